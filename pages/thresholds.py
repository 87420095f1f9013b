"""Cut-offs that keep their promise: ask, look, weigh, export."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.ui import choice, frame, run_shelf
from khid_eval.ui.threshold_page import answers, ask, cost, details, drift, explore, policy_out
from khid_eval.ui.words import t

VIEWS = {
    "fields": details.fields,
    "conditions": details.conditions,
    "causes": details.causes,
    "cost": cost.draw,
    "labels": details.labels,
}

frame.guard(__file__)
frame.heading("thresholds")

run = run_shelf.choose("thresholds")
if run is None:
    frame.empty("thresholds.no_run")
    st.stop()

try:
    asked = ask.draw(run)
    if asked is None:
        frame.empty("thresholds.no_field")
        st.stop()
    with st.spinner(t("thresholds.working")):
        found = answers.answer(run, asked.level, asked.column, asked.question)
    key = explore.choose_sequence(found)
    explore.draw(asked, found, key)
    view = choice.segmented(
        t("thresholds.view"),
        [*VIEWS, "drift", "policy"],
        default="fields",
        format_func=lambda one: t(f"thresholds.view_{one}"),
        key="thresholds_view",
    )
    if view == "drift":
        drift.draw(run, asked.column)
    elif view == "policy":
        policy_out.draw(asked, found)
    else:
        VIEWS[view](asked, found, key)
except KhidError as error:
    frame.failed(error)
