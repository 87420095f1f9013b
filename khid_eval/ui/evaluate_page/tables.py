"""The figures in full, as tables that not everybody needs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from khid_eval.charts.accuracy import visible
from khid_eval.metrics.fields import Level
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import tabulate
from khid_eval.runs.figures import OVERALL, Figures
from khid_eval.ui import charting, choice
from khid_eval.ui.conditions_page.kept import column_name, value_name
from khid_eval.ui.words import t

_BY_CONDITION = "Condition"
"""Heads the names of conditions."""


def draw(found: Figures) -> None:
    """One table, of those that have a row."""
    tables = {table.title: table for table in tabulate.tables(found)}
    if not tables:
        return
    title = choice.select(t("evaluate.table"), list(tables), format_func=charting.say, key="evaluate_table", width=420)
    table = tables[title]
    st.caption(charting.say(table.note))
    name_cells = _condition if table.header[0] == _BY_CONDITION else _others
    rows = [(_row_name(first), *name_cells(first, others)) for first, *others in table.rows]
    header = [_heading(name) for name in table.header]
    st.dataframe(pd.DataFrame(rows, columns=header), hide_index=True, key="evaluate_more")


def _heading(name: str) -> str:
    return t(f"evaluate.level_{name}") if name in set(Level) else charting.say(name)


def _row_name(name: str) -> str:
    """Of a field, of all of them, or of a condition; letters and codes stay as they are."""
    if name in FIELD_NAMES:
        return f"{t(f'fields.{name}')} · {name}"
    return t("evaluate.all_fields") if name == OVERALL else _cell(column_name(name))


def _others(_name: str, cells: Sequence[str]) -> list[str]:
    return [_cell(one) for one in cells]


def _condition(column: str, cells: Sequence[str]) -> list[str]:
    """Of the row of a condition: its value, then figures."""
    value, *figures = cells
    return [value_name(column, None if value == tabulate.NOT_STATED else value), *figures]


def _cell(said: str) -> str:
    if said.startswith(tabulate.UP_TO):
        return t("evaluate.up_to", n=said.removeprefix(tabulate.UP_TO))
    return visible(said) if said.isspace() else said


__all__ = ["draw"]
