"""Runs over labelled photos: start one, watch it, look at its figures and at what went wrong."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.ui import choice, frame, run_shelf
from khid_eval.ui.evaluate_page import address, exports, failures, new_run, overview, wanted, watch
from khid_eval.ui.words import t

VIEWS = {"overview": overview.draw, "failures": failures.draw, "export": exports.draw}

frame.guard(__file__)
frame.heading("evaluate")
address.follow()
wanted.obey()

try:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = run_shelf.choose("evaluate")
        view = choice.segmented(
            t("evaluate.view"),
            [*VIEWS, "new"],
            default="overview" if run else "new",
            format_func=lambda one: t(f"evaluate.view_{one}"),
            key=wanted.VIEW_KEY,
        )
    if view == "new":
        new_run.draw()
    elif run is None:
        frame.empty("evaluate.nothing_yet")
    else:
        watch.draw(run)
        VIEWS[view](run)
except KhidError as error:
    frame.failed(error)
address.remember()
