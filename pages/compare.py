"""Two runs over the same photos: which is better, by how much, and whether that is decided."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.ui import compare_runs, frame, run_shelf
from khid_eval.ui.words import t

frame.guard(__file__)
frame.heading("compare")

try:
    left, right = st.columns(2)
    with left:
        a = run_shelf.choose("compare_a", label=t("compare.run_a"), offset=1)
    with right:
        b = run_shelf.choose("compare_b", label=t("compare.run_b"))
    if a is None or b is None or a.path == b.path:
        frame.empty("compare.two_needed")
    else:
        compare_runs.draw(a, b)
except KhidError as error:
    frame.failed(error)
