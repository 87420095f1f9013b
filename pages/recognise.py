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
    recognise.again_button(photo)
    intake.notice(target)
    waiting = st.container(width="content", key="recognise_waiting")
if photo is None:
    frame.empty("recognise.nothing_yet")
    st.stop()

places = result.places()
with places.harder:
    amounts, trace = harder.controls(photo)
seen = harder.changed(photo, amounts)
with waiting:
    read = recognise.read_once(seen, target, asked)
harder.follow(trace, photo, read, amounts)

content = result.draw(seen, read, places)
with places.below:
    recognise.more(seen, read, content, target, asked)
