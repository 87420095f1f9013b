"""Captured conditions: photos as a camera took them, by what the dataset says about them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from khid_eval import charts
from khid_eval.charts.condition_details import Trust, trust
from khid_eval.runs.condition_queries import Captured, Cell
from khid_eval.ui import charting, choice, frame
from khid_eval.ui.conditions_page import kept, matrix, rotation, worst
from khid_eval.ui.conditions_page.kept import Asked, column_name, value_name
from khid_eval.ui.words import t


def draw(asked: Asked) -> None:
    """A column of the dataset, then the same questions as for made conditions."""
    columns = kept.columns(asked.run)
    if not columns:
        frame.empty("conditions.nothing_stated")
        return
    column = choice.select(t("conditions.column"), columns, format_func=column_name, key="conditions_column", width=320)
    found = kept.captured(asked, column)
    if not any(cell.right.total for cell in found.cells):
        frame.empty("conditions.no_labels")
        return
    names = [_name(cell, found.column) for cell in found.cells]
    worst.say(found.cells, names)
    st.dataframe(_rows(found.cells, names), hide_index=True, key="conditions_captured")
    rotation.draw(found.around, found.near, key="conditions_captured")
    matrix.draw(asked, found.column, found.by_field, Captured(), key="conditions_captured")
    groups = [Trust(name, cell.right, cell.mean_confidence) for name, cell in zip(names, found.cells, strict=True)]
    charting.show(trust(groups, **charting.style()), "conditions_captured_trust")


def _name(cell: Cell, column: str) -> str:
    return value_name(column, cell.key[0]) + ("°" if column == "rotation_deg" and cell.key[0] is not None else "")


def _rows(cells: Sequence[Cell], names: Sequence[str]) -> list[dict[str, str]]:
    return [
        {
            t("conditions.value"): name,
            t("conditions.photos"): f"{cell.photos:,}",
            t("conditions.exact"): worst.in_words(cell.right),
            t("conditions.confidence"): charts.share(cell.mean_confidence),
            t("conditions.sign"): worst.sign_in_words(cell),
        }
        for cell, name in zip(cells, names, strict=True)
    ]


__all__ = ["draw"]
