"""The figures of a run: four first, then by field, by confidence, by condition."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from khid_eval import charts
from khid_eval.metrics import calibration
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import tabulate
from khid_eval.runs.failures import Timed, photos_by_latency
from khid_eval.runs.figures import OVERALL, SEED, Figures
from khid_eval.runs.query import Slice, Tables
from khid_eval.ui import charting, choice, frame, run_shelf
from khid_eval.ui.conditions_page.kept import column_name, value_name
from khid_eval.ui.evaluate_page import tables, wanted
from khid_eval.ui.words import t

_BY_FIELD = "evaluate_by_field"
_RELIABILITY, _CONFIDENCES = "evaluate_reliability", "evaluate_confidences"
_CONDITIONS = "evaluate_conditions"
_CONFUSED, _LATENCY = "evaluate_confusions", "evaluate_latency"
_MOST_CONFUSIONS = 15
_LEAST = 0.001
_NEAR = 5
"""Points of a hundred to both sides of a clicked confidence."""


def draw(run: run_shelf.Shelved) -> None:
    """Level and slice, then everything about them."""
    level, where = choices(run)
    found = run_shelf.all_figures(run, level, where)
    if found.photos:
        headline(found)
    if lacking := unjudged(found):
        frame.empty(lacking)
    else:
        _by_field(found)
        _by_confidence(found)
        _by_condition(found)
        _confusions(found)
    _latency(run, found)
    tables.draw(found)


def unjudged(found: Figures) -> str:
    """Why nothing could be judged, as a phrase; "" where something was."""
    if not found.photos:
        return "evaluate.no_reading"
    if found.labelled:
        return ""
    return "evaluate.no_labels" if found.latency.n else "evaluate.no_answer"


def choices(run: run_shelf.Shelved) -> tuple[Level, Slice]:
    """How strictly, and which photos."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = choice.segmented(
            t("evaluate.level"),
            list(Level),
            default=DEFAULT_LEVEL,
            format_func=lambda one: t(f"evaluate.level_{one}"),
            key=wanted.LEVEL_KEY,
            help=t("evaluate.level_help"),
        )
        return level, pick_slice(run)


def pick_slice(run: run_shelf.Shelved) -> Slice:
    """A condition and its value, or all photos."""
    with Tables(run.store, run.info) as read:
        columns = read.condition_columns()
        column = choice.select(
            t("evaluate.slice"),
            ["", *columns],
            format_func=lambda one: column_name(one) if one else t("evaluate.all_photos"),
            key=wanted.SLICE_KEY,
            width=220,
        )
        if not column:
            return Slice()
        values = {wanted.word(value): value for value in read.values(column)}
        word = choice.select(
            t("evaluate.value"),
            list(values),
            format_func=lambda one: value_name(column, values[one]),
            key=wanted.value_key(column),
            width=220,
        )
    return Slice(((column, values[word]),))


def headline(found: Figures) -> None:
    """Four figures, each with its interval."""
    values = [value for _, value in tabulate.headline(found)]
    for column, name, value in zip(st.columns(4), ("fields", "cards", "cer", "latency"), values, strict=True):
        main, _, interval = value.partition(" (")
        with column:
            st.metric(
                t(f"evaluate.head_{name}"),
                main,
                interval.rstrip(")") or None,
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
            )


def _by_field(found: Figures) -> None:
    rates = [(one.field, one.exact[found.level]) for one in found.fields]
    made = charts.accuracy_per_field(rates, captions=charting.captions(), **charting.style())
    charting.show(made, _BY_FIELD, on_select=_open_failures)
    frame.note("evaluate.click_a_point")


def _open_failures() -> None:
    """A clicked point shows the failures of its field."""
    for point in _clicked(_BY_FIELD):
        wanted.show(wanted.FAILURES, **{wanted.FIELD_KEY: point["customdata"][0]})


def _clicked(key: str) -> list[Any]:
    return list(st.session_state[key]["selection"]["points"])[:1]


def _open_near(key: str) -> None:
    """A clicked point or bar shows the failures at about its confidence, of the field that is drawn."""
    field = st.session_state[wanted.CHARTED_KEY]
    for point in _clicked(key):
        at = round(float(point["x"]) * 100)
        near = (max(0, at - _NEAR), min(100, at + _NEAR))
        choices = {wanted.CONFIDENCE_KEY: near, wanted.FIELD_KEY: "" if field == OVERALL else field}
        wanted.show(wanted.FAILURES, **choices)


def _by_confidence(found: Figures) -> None:
    field = choice.select(
        t("evaluate.field"),
        [OVERALL, *FIELD_NAMES],
        format_func=lambda one: t("evaluate.all_fields") if one == OVERALL else charting.captions()[one],
        key=wanted.CHARTED_KEY,
        width=320,
    )
    counted = found.tallies[field]
    shown = calibration.reliability(counted, np.random.default_rng(SEED))
    left, right = st.columns(2, gap="medium")
    with left:
        made = charts.reliability(shown, **charting.style())
        charting.show(made, _RELIABILITY, on_select=partial(_open_near, _RELIABILITY))
    with right:
        made = charts.confidences(counted, **charting.style())
        charting.show(made, _CONFIDENCES, on_select=partial(_open_near, _CONFIDENCES))
    one = found.overall if field == OVERALL else next(each for each in found.fields if each.field == field)
    summary = one.calibration
    if not summary.n:
        return
    verdict = "shown" if summary.miscalibration_shown else "not_shown"
    sign = "over" if summary.signed_error > 0 else "under"
    st.markdown(
        t(
            f"evaluate.calibration_{verdict}",
            ece=tabulate.number(summary.ece),
            chance=tabulate.number(summary.ece_null_high),
            sign=t(f"evaluate.{sign}"),
            signed=tabulate.number(abs(summary.signed_error)),
            auroc=tabulate.number(summary.auroc),
            augrc=_small(one.selective.augrc),
        )
    )


def _small(value: float) -> str:
    """Three decimals, and a figure that they cannot show is not called nothing."""
    return f"<\u00a0{_LEAST}" if 0.0 < value < _LEAST / 2 else tabulate.number(value)


def _with_n(share: float, n: int) -> str:
    return f"{tabulate.percent(share)} (n {n:,})" if n else tabulate.NONE


def _by_condition(found: Figures) -> None:
    if not found.conditions:
        return
    st.subheader(t("evaluate.by_condition"), anchor=False)
    rows = [
        {
            t("evaluate.column_condition"): column_name(one.column),
            t("evaluate.value"): value_name(one.column, one.value),
            t("evaluate.photos"): one.photos,
            t("evaluate.head_fields"): tabulate.rate(one.exact),
            t("evaluate.head_cards"): tabulate.rate(one.cards_right),
            t("evaluate.mean_confidence"): _with_n(one.mean_confidence, one.exact.total),
        }
        for one in found.conditions
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key=_CONDITIONS,
        selection_mode="single-row",
        on_select=partial(_open_condition, [(one.column, one.value) for one in found.conditions]),
    )
    frame.note("evaluate.choose_a_row")


def _open_condition(pairs: list[tuple[str, str | float | None]]) -> None:
    """A chosen row shows the failures under its condition."""
    for row in st.session_state[_CONDITIONS]["selection"]["rows"][:1]:
        column, value = pairs[row]
        wanted.show(wanted.FAILURES, **{wanted.SLICE_KEY: column, wanted.value_key(column): wanted.word(value)})


def _confusions(found: Figures) -> None:
    if found.confusions:
        made = charts.confusions(found.confusions[:_MOST_CONFUSIONS], **charting.style())
        charting.show(made, _CONFUSED, on_select=_open_letters)


def _open_letters() -> None:
    """A clicked confusion shows the readings that have it."""
    for point in _clicked(_CONFUSED):
        truth, read = point["customdata"][:2]
        wanted.show(wanted.FAILURES, **{wanted.LETTERS_KEY: (truth, read), wanted.FIELD_KEY: ""})


def _latency(run: run_shelf.Shelved, found: Figures) -> None:
    took = found.latency
    if not took.step_s > 0.0:
        return
    edges = np.arange(len(took.counts) + 1, dtype=np.float64) * took.step_s
    counts = np.array(took.counts, np.int64)
    made = charts.latency(edges, counts, took.p50, took.p95, **charting.style())
    charting.show(made, _LATENCY, on_select=lambda: None)
    for point in _clicked(_LATENCY):
        step = min(int(float(point["x"]) / took.step_s), len(took.counts) - 1)
        high_s = float("inf") if step == len(took.counts) - 1 else (step + 1) * took.step_s
        with Tables(run.store, run.info) as read:
            slow = photos_by_latency(read, step * took.step_s, high_s, level=found.level, where=found.where)
        frame.note("evaluate.slowest", shown=len(slow), total=f"{counts[step]:,}")
        st.dataframe([_timed(one) for one in slow], hide_index=True, key="evaluate_slowest")


def _timed(one: Timed) -> dict[str, str | int]:
    return {
        t("evaluate.photo"): one.file_name,
        t("evaluate.took"): tabulate.seconds(one.latency_s),
        t("evaluate.attempts"): one.attempts,
        t("evaluate.fields_wrong"): one.failed,
    }


__all__ = ["choices", "draw", "headline", "pick_slice", "unjudged"]
