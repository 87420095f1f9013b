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
with st.container(horizontal=True, vertical_alignment="center", key="recognise_actions"):
    with st.popover(t("recognise.options"), icon=":material/tune:"):
        asked = options.choose("recognise")
    with st.popover(t("recognise.policy"), icon=":material/rule:"):
        policy_choice.draw("recognise")
    st.button(t("recognise.again"), key="recognise_again", icon=":material/refresh:", on_click=recognise.read_again)
    intake.notice(target)
    waiting = st.container(width="content", key="recognise_waiting")
if photo is None:
    frame.empty("recognise.nothing_yet")
    st.stop()

places = result.places()
with places.harder:
    drawer = st.expander(t("harder.title"), icon=":material/exercise:", key="recognise_harder", on_change="rerun")
amounts, trace = harder.controls(drawer)
seen = harder.changed(photo, amounts)
with waiting:
    read = recognise.read_once(seen, target, asked)
harder.follow(trace, photo, read, amounts)

content = result.draw(seen, read, places)
with places.below:
    recognise.more(seen, read, content, target, asked)
