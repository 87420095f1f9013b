"""Two runs over the same photos: which is better, by how much, and whether that is decided."""

from __future__ import annotations

from khid_eval.errors import KhidError
from khid_eval.ui import compare_runs, frame

frame.guard(__file__)
frame.heading("compare")

try:
    a, b = compare_runs.choose()
    if a is None or b is None or a.path == b.path:
        frame.empty("compare.two_needed")
    else:
        compare_runs.draw(a, b)
except KhidError as error:
    frame.failed(error)
