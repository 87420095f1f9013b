"""The promise: how wrong accepted readings may be, how sure that is, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.metrics.study import Question, Scope
from khid_eval.metrics.trials import Promise
from khid_eval.ui.run_shelf import Shelved
from khid_eval.ui.threshold_page import answers
from khid_eval.ui.words import t

ERRORS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
LEVELS_OF_CONFIDENCE = (0.8, 0.9, 0.95, 0.99)
NO_COLUMN = ""
DEFAULT_REQUIRED = ("id_number", "name_kh", "birth_date", "expiry_date")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to one run. column: condition whose values are certified apart, "" for none."""

    run: Shelved
    level: Level
    column: str
    question: Question

    @property
    def identity(self) -> str:
        """Names the answer among those that are kept."""
        return f"{self.run.path}|{self.run.stamp}|{self.level}|{self.column}|{self.question}"


class More(TypedDict):
    """The rarer wishes, as khid_eval.metrics.study.Question takes them."""

    tune_share: float
    seed: int
    recalibrate: bool
    together: bool


def draw(run: Shelved) -> Asked | None:
    """The form; None while no field is chosen. Raises BadData where the run has no labels."""
    level = Level(st.session_state.get("thresholds_level", DEFAULT_LEVEL))
    fields = answers.cards(run, level).fields
    scope: Scope = st.segmented_control(
        t("thresholds.scope"),
        ("document", "field"),
        default="document",
        required=True,
        format_func=lambda one: t(f"thresholds.scope_{one}"),
        key="thresholds_scope",
        help=t("thresholds.scope_help"),
    )
    required = st.multiselect(
        t("thresholds.required"),
        fields,
        default=[name for name in DEFAULT_REQUIRED if name in fields] or list(fields),
        format_func=lambda name: t(f"fields.{name}"),
        key="thresholds_required",
    )
    max_error = st.select_slider(
        t("thresholds.max_error"), ERRORS, value=0.01, format_func=charts.share, key="thresholds_error"
    )
    confidence = st.select_slider(
        t("thresholds.confidence"),
        LEVELS_OF_CONFIDENCE,
        value=0.95,
        format_func=lambda c: charts.share(c, 0),
        key="thresholds_confidence",
        help=t("thresholds.confidence_help"),
    )
    column = st.selectbox(
        t("thresholds.column"),
        (NO_COLUMN, *answers.condition_columns(run)),
        format_func=lambda one: one or t("thresholds.no_column"),
        key="thresholds_column",
        help=t("thresholds.column_help"),
    )
    with st.expander(t("thresholds.more")):
        more = _more()
    if not required:
        return None
    promise = Promise(max_error, confidence)
    return Asked(run, level, column or NO_COLUMN, Question(tuple(required), promise, scope, **more))


def _more() -> More:
    st.selectbox(
        t("thresholds.level"),
        list(Level),
        index=list(Level).index(DEFAULT_LEVEL),
        format_func=lambda one: t(f"thresholds.level_{one}"),
        key="thresholds_level",
    )
    return {
        "tune_share": st.slider(
            t("thresholds.tune_share"),
            0.1,
            0.7,
            0.3,
            0.05,
            key="thresholds_share",
            help=t("thresholds.tune_share_help"),
        ),
        "seed": int(
            st.number_input(t("thresholds.seed"), 0, 10_000, 1, key="thresholds_seed", help=t("thresholds.seed_help"))
        ),
        "recalibrate": st.checkbox(
            t("thresholds.recalibrate"), True, key="thresholds_recalibrate", help=t("thresholds.recalibrate_help")
        ),
        "together": st.checkbox(
            t("thresholds.together"), False, key="thresholds_together", help=t("thresholds.together_help")
        ),
    }


__all__ = ["DEFAULT_REQUIRED", "Asked", "draw"]
