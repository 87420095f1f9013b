"""Read a card and see how it was read."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.ui import frame, harder, intake, options, policy_choice, recognise, result, session
from khid_eval.ui.words import t

frame.guard(__file__)
frame.heading("recognise")

try:
    target = session.target()
except KhidError as error:
    frame.failed(error)
    st.stop()

photo = intake.choose(target)
with st.container(horizontal=True):
    with st.popover(t("recognise.options"), icon=":material/tune:"):
        asked = options.choose("recognise")
    with st.popover(t("recognise.policy"), icon=":material/rule:"):
        policy_choice.draw("recognise")
    st.button(t("recognise.again"), key="recognise_again", icon=":material/refresh:", on_click=recognise.read_again)
if photo is None:
    frame.empty("recognise.nothing_yet")
    st.stop()

with st.expander(t("harder.title"), icon=":material/exercise:"):
    controls, trace = st.columns([3, 2], gap="medium")
    with controls:
        amounts = harder.sliders()
seen = harder.changed(photo, amounts)
read = recognise.read_once(seen, target, asked)
trace.plotly_chart(harder.chart(harder.remember(photo, read, amounts)), key="recognise_trace")

content = result.draw(seen, read)
recognise.more(seen, read, content, target, asked)
