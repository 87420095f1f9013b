"""The promise: how wrong accepted readings may be, how sure that is, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.metrics.study import LOOSEST, Question, Scope
from khid_eval.metrics.trials import Promise
from khid_eval.ui import choice
from khid_eval.ui.run_shelf import Shelved
from khid_eval.ui.threshold_page import answers, naming
from khid_eval.ui.words import t

ERRORS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, LOOSEST)
ERROR_KEY = "thresholds_error"
_USUAL_ERROR = 0.01
LEVELS_OF_CONFIDENCE = (0.8, 0.9, 0.95, 0.99)
NO_COLUMN = ""
DEFAULT_REQUIRED = ("id_number", "name_kh", "birth_date", "expiry_date")
_SCOPES: tuple[Scope, ...] = ("document", "field")


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
    form = st.container()  # above what is drawn first: what counts as right decides which fields have labels
    with st.expander(t("thresholds.more")):
        level, more = _more()
    fields = answers.cards(run, level).fields
    with form:
        scope, promise, column = _promise(run)
        required = choice.several(
            t("thresholds.required"),
            fields,
            default=[name for name in DEFAULT_REQUIRED if name in fields] or list(fields),
            format_func=lambda name: t(f"fields.{name}"),
            key="thresholds_required",
            wrap=True,
        )
    if not required:
        return None
    return Asked(run, level, column, Question(tuple(required), promise, scope, **more))


def _promise(run: Shelved) -> tuple[Scope, Promise, str]:
    about, error, sure, apart = st.columns(4, gap="medium")
    with about:
        scope = choice.segmented(
            t("thresholds.scope"),
            _SCOPES,
            format_func=lambda one: t(f"thresholds.scope_{one}"),
            key="thresholds_scope",
            help=t("thresholds.scope_help"),
        )
    with error:
        max_error = choice.slider(
            t("thresholds.max_error"), _errors(), default=_USUAL_ERROR, format_func=charts.share, key=ERROR_KEY
        )
    with sure:
        confidence = choice.slider(
            t("thresholds.confidence"),
            LEVELS_OF_CONFIDENCE,
            default=0.95,
            format_func=lambda c: charts.share(c, 0),
            key="thresholds_confidence",
            help=t("thresholds.confidence_help"),
        )
    with apart:
        column = choice.select(
            t("thresholds.column"),
            (NO_COLUMN, *answers.condition_columns(run)),
            format_func=naming.column,
            key="thresholds_column",
            help=t("thresholds.column_help"),
        )
    return scope, Promise(max_error, confidence), column


def _errors() -> list[float]:
    """Those to choose from, and one between them that the page itself proposed."""
    return sorted({*ERRORS, float(st.session_state.get(ERROR_KEY, _USUAL_ERROR))})


def _more() -> tuple[Level, More]:
    left, middle, right = st.columns(3, gap="medium")
    with left:
        level = choice.select(
            t("thresholds.level"),
            list(Level),
            default=DEFAULT_LEVEL,
            format_func=lambda one: t(f"thresholds.level_{one}"),
            key="thresholds_level",
        )
    with middle:
        share = choice.amount(
            t("thresholds.tune_share"), 0.1, 0.7, default=0.3, step=0.05, key="thresholds_share",
            help=t("thresholds.tune_share_help"),
        )  # fmt: skip
    return level, {
        "tune_share": share,
        "seed": int(
            right.number_input(
                t("thresholds.seed"), 0, 10_000, 1, key="thresholds_seed",
                help=t("thresholds.seed_help"), persist_state="session",
            )
        ),
        "recalibrate": _tick("recalibrate", True),
        "together": _tick("together", False),
    }  # fmt: skip


def _tick(name: str, at_first: bool) -> bool:
    return st.checkbox(
        t(f"thresholds.{name}"),
        at_first,
        key=f"thresholds_{name}",
        help=t(f"thresholds.{name}_help"),
        persist_state="session",
    )


__all__ = ["DEFAULT_REQUIRED", "ERROR_KEY", "Asked", "draw"]
