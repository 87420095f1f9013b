"""Figures by condition, kept for runs that were looked at lately. They hold counts, no card content."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from khid_eval import runs
from khid_eval.conditions import CONDITIONS
from khid_eval.datasets.schema import CAPTURES, IDCARD_TYPES, LIGHTING
from khid_eval.metrics.fields import Level
from khid_eval.runs import condition_queries as queries
from khid_eval.runs.condition_queries import Captured, Cell, Made
from khid_eval.runs.query import Tables
from khid_eval.runs.sweep import ROTATION
from khid_eval.ui import run_shelf
from khid_eval.ui.dataset_page import contents
from khid_eval.ui.words import has, language, t

_MOST_VALUES = 40
_PHRASES = {
    ("lighting", "normal"): "evaluate.lighting_normal",
    **{("capture", one): f"evaluate.capture_{one}" for one in CAPTURES},
    **{("idcard_type", one): f"verdict.type_{one}" for one in IDCARD_TYPES},
}
"""Column and value -> phrase."""
_MADE_LIGHTINGS = {"uneven": "uneven_light"}
"""Lightings of a dataset that are made conditions under another name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the visitor looks at. field: "" for all together."""

    run: run_shelf.Shelved
    level: Level
    field: str


@dataclass(frozen=True, slots=True)
class MadeFigures:
    """Under made conditions. by_condition: all severities of a condition together, undisturbed photos first."""

    severities: tuple[Cell, ...]
    around: tuple[Cell, ...]
    near: tuple[Cell, ...]
    by_field: dict[tuple[str, str | float | None], Cell]


@dataclass(frozen=True, slots=True)
class CapturedFigures:
    """By the values of one column, over captured photos; around, near: by how far the cards lie turned."""

    column: str
    cells: tuple[Cell, ...]
    around: tuple[Cell, ...]
    near: tuple[Cell, ...]
    by_field: dict[tuple[str, str | float | None], Cell]


def counts(run: run_shelf.Shelved) -> tuple[int, int]:
    """Photos with made conditions, and photos as they were taken."""
    return _counts(run.path, run.stamp)


@st.cache_data(show_spinner=False, max_entries=48)
def _counts(path: str, stamp: str) -> tuple[int, int]:
    with Tables(runs.Store(path)) as tables:
        return queries.count_photos(tables, Made()), queries.count_photos(tables, Captured())


def made(asked: Asked) -> MadeFigures:
    """Of the run's photos with made conditions."""
    return _made(asked.run.path, asked.run.stamp, asked.level, asked.field)


@st.cache_data(show_spinner=False, max_entries=48)
def _made(path: str, stamp: str, level: Level, field: str) -> MadeFigures:
    with Tables(runs.Store(path)) as tables:
        return MadeFigures(
            queries.severity_cells(tables, level, field=field),
            queries.rotation_cells(tables, level, where=Made(), field=field),
            queries.rotation_cells(tables, level, where=Made(), field=field, near=True),
            queries.field_cells(tables, "condition", level, where=Made()),
        )


def columns(run: run_shelf.Shelved) -> tuple[str, ...]:
    """What captured photos can be told apart by: columns with at least two values among them."""
    return _columns(run.path, run.stamp)


@st.cache_data(show_spinner=False, max_entries=48)
def _columns(path: str, stamp: str) -> tuple[str, ...]:
    with Tables(runs.Store(path)) as tables:
        known = (one for one in tables.condition_columns() if one != "capture")
        return tuple(one for one in known if len(queries.captured_cells(tables, one)) > 1)


def captured(asked: Asked, column: str) -> CapturedFigures:
    """Of the run's captured photos, by the values of a column; the most frequent values where there are many."""
    return _captured(asked.run.path, asked.run.stamp, asked.level, asked.field, column)


@st.cache_data(show_spinner=False, max_entries=48)
def _captured(path: str, stamp: str, level: Level, field: str, column: str) -> CapturedFigures:
    with Tables(runs.Store(path)) as tables:
        cells = queries.captured_cells(tables, column, level, field=field)
        kept = {one.key for one in sorted(cells, key=lambda one: -one.photos)[:_MOST_VALUES]}
        by_field = queries.field_cells(tables, column, level, where=Captured())
        around = queries.rotation_cells(tables, level, where=Captured(), field=field)
        near = queries.rotation_cells(tables, level, where=Captured(), field=field, near=True)
    return CapturedFigures(
        column,
        tuple(one for one in cells if one.key in kept),
        around,
        near,
        {key: one for key, one in by_field.items() if key[1:] in kept},
    )


def condition_name(name: str | float | None) -> str:
    """A made condition for people; other names stay as they are."""
    if name in queries.UNDISTURBED:
        return t("conditions.undisturbed")
    known = CONDITIONS.get(str(name))
    if known:
        return known.title_km if language() == "km" else known.title_en
    if name in contents.NAMED:
        return contents.condition_name(str(name))
    return t("conditions.not_stated") if name is None else f"{name:g}" if isinstance(name, float) else str(name)


def value_name(column: str, value: str | float | None) -> str:
    """A value of a column for people: the words that a dataset may use are said as the conditions that this program
    makes are; a dataset's own words stay as they are."""
    if column == "condition" or not isinstance(value, str):
        return condition_name(value)
    if phrase := _PHRASES.get((column, value)):
        return t(phrase)
    return condition_name(_MADE_LIGHTINGS.get(value, value)) if column == "lighting" and value in LIGHTING else value


def column_name(column: str) -> str:
    """A condition column for people; the dataset's own keys stay as they are."""
    key = f"evaluate.column_{column}"
    return t(key) if has(key) else column


__all__ = [
    "ROTATION",
    "Asked",
    "CapturedFigures",
    "MadeFigures",
    "captured",
    "column_name",
    "columns",
    "condition_name",
    "counts",
    "made",
    "value_name",
]
