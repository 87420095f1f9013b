"""Labelled photos: what is in them, what is wrong with them, new ones."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.ui import frame
from khid_eval.ui.dataset_page import contents, faults, grid, make, shelf
from khid_eval.ui.words import t

VIEWS = {"contents": contents.draw, "check": faults.draw, "photos": grid.draw}

frame.guard(__file__)
frame.heading("datasets")

try:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        dataset = shelf.choose()
        view = st.segmented_control(
            t("datasets.view"),
            [*VIEWS, "new"],
            default="contents" if dataset else "new",
            required=True,
            format_func=lambda one: t(f"datasets.view_{one}"),
            key="datasets_view",
        )
    if view == "new":
        make.draw()
    elif dataset is None:
        frame.empty("datasets.nothing_yet")
    else:
        VIEWS[view or "contents"](dataset)
except KhidError as error:
    frame.failed(error)
