"""Mean corruption error: what the conditions cost this run, against a named other one."""

from __future__ import annotations

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.robustness import MeanCorruptionError, mean_corruption_error
from khid_eval.runs.condition_queries import Cell, corruption_errors
from khid_eval.ui import choice, frame, run_shelf
from khid_eval.ui.conditions_page import kept
from khid_eval.ui.conditions_page.kept import Asked, condition_name
from khid_eval.ui.words import t


def draw(asked: Asked, cells: tuple[Cell, ...]) -> None:
    """A menu of the other runs, the two figures, and a row a condition."""
    st.subheader(t("conditions.mce_title"), anchor=False)
    # A run without made conditions has nothing to stand against.
    others = {one.path: one for one in run_shelf.shelf() if one.path != asked.run.path and kept.counts(one)[0]}
    if not others:
        frame.empty("conditions.mce_needs_a_run")
        return
    path = choice.select(
        t("conditions.mce_reference"),
        list(others),
        format_func=lambda one: others[one].title,
        key="conditions_reference",
    )
    found = compared(asked, cells, others[path])
    if found is None:
        frame.empty("conditions.mce_nothing_shared")
        return
    with st.container(horizontal=True):
        st.metric(t("conditions.mce"), _ratio(found.mce), width="content", help=t("conditions.mce_help"))
        st.metric(
            t("conditions.relative_mce"),
            _ratio(found.relative_mce),
            width="content",
            help=t("conditions.relative_mce_help"),
        )
    st.dataframe(_rows(found), hide_index=True, key="conditions_mce")
    frame.note("conditions.mce_note", reference=found.reference)


def compared(asked: Asked, cells: tuple[Cell, ...], other: run_shelf.Shelved) -> MeanCorruptionError | None:
    """None where the two runs share no condition and severity."""
    theirs = kept.made(Asked(other, asked.level, asked.field)).severities
    errors, clean = corruption_errors(cells)
    other_errors, other_clean = corruption_errors(theirs)
    try:
        return mean_corruption_error(errors, clean, other.info.id, other_errors, other_clean)
    except ValueError:
        return None


def _rows(found: MeanCorruptionError) -> list[dict[str, str]]:
    return [
        {
            t("conditions.condition"): condition_name(one.condition),
            t("conditions.error_here"): charts.share(one.error),
            t("conditions.error_there"): charts.share(one.reference_error),
            t("conditions.ratio"): _ratio(one.ratio),
            t("conditions.judged"): f"{one.judged:,}",
        }
        for one in sorted(found.conditions, key=lambda one: -one.error)
    ]


def _ratio(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"


__all__ = ["compared", "draw"]
