"""Labelled photos: what is in them, what is wrong with them, new ones."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.ui import choice, frame
from khid_eval.ui.dataset_page import contents, faults, grid, listing, make, shelf
from khid_eval.ui.words import t

VIEWS = {"list": listing.draw, "contents": contents.draw, "check": faults.draw, "photos": grid.draw}

frame.guard(__file__)
frame.heading("datasets")

try:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        dataset = shelf.choose()
        view = choice.segmented(
            t("datasets.view"),
            [*VIEWS, "new"],
            default="list" if dataset else "new",
            format_func=lambda one: t(f"datasets.view_{one}"),
            key=listing.VIEW_KEY,
        )
    if view == "new":
        make.draw()
    elif dataset is None:
        frame.empty("datasets.nothing_yet")
    else:
        VIEWS[view](dataset)
except KhidError as error:
    frame.failed(error)
