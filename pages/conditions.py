"""How reading changes with the condition of the photo, and whether confidence notices."""

from __future__ import annotations

from khid_eval.errors import KhidError
from khid_eval.ui import frame, run_shelf
from khid_eval.ui.conditions_page import captured, choices, made
from khid_eval.ui.evaluate_page import watch

VIEWS = {"made": made.draw, "captured": captured.draw}

frame.guard(__file__)
frame.heading("conditions")

try:
    run = run_shelf.choose("conditions")
    if run is None:
        frame.empty("conditions.nothing_yet")
    else:
        watch.draw(run)
        view, asked = choices.draw(run)
        VIEWS[view](asked)
except KhidError as error:
    frame.failed(error)
