"""Read a card and see how it was read."""

from __future__ import annotations

from khid_eval.ui import frame

frame.guard(__file__)
frame.heading("recognise")
