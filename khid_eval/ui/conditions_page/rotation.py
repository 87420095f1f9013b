"""Around the circle, and near upright."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from khid_eval import charts
from khid_eval.charts.condition_details import small_angles
from khid_eval.runs.condition_queries import Cell
from khid_eval.ui import charting, frame

_FEWEST_ANGLES = 3
"""With fewer there is nothing to see of a turn."""


def is_shown(around: Sequence[Cell]) -> bool:
    """Whether there are enough judged angles."""
    return sum(cell.right.total > 0 for cell in around) >= _FEWEST_ANGLES


def draw(around: Sequence[Cell], near: Sequence[Cell], *, key: str) -> None:
    """The two charts side by side, or nothing. key: start of the widgets' keys."""
    if not is_shown(around):
        return
    left, right = st.columns(2, gap="medium", vertical_alignment="top" if is_shown(near) else "center")
    with left:
        charting.show(charts.rotation_polar(_points(around), **charting.style()), f"{key}_polar")
    with right:
        if is_shown(near):
            charting.show(small_angles(_points(near), **charting.style()), f"{key}_near")
        else:
            frame.empty("conditions.near_needed")


def _points(cells: Sequence[Cell]) -> list[charts.Point]:
    return [charts.Point(float(cell.key[0] or 0.0), cell.right, cell.mean_confidence) for cell in cells]


__all__ = ["draw", "is_shown"]
