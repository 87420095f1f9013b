"""What the labelled cards of a run answer; kept for the questions asked lately.

What is kept are confidences and counts, no card content.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from khid_eval.metrics.calibration import Reliability, reliability
from khid_eval.metrics.fields import Level
from khid_eval.metrics.review import ReviewWork, review_work
from khid_eval.metrics.split import Cards
from khid_eval.metrics.study import Question, Study, score_tally, smallest_error, study
from khid_eval.metrics.tally import Tally
from khid_eval.metrics.threshold import Certified
from khid_eval.metrics.trials import LabelsTable, labels_table
from khid_eval.runs import Store
from khid_eval.runs.labelled import labelled_cards
from khid_eval.runs.query import Tables
from khid_eval.ui.run_shelf import Shelved

_LABEL_TARGETS = 40


def cards(run: Shelved, level: Level, column: str = "") -> Cards:
    """The run's labelled cards. Raises BadData where it has none, and of a run that is not finished."""
    return _cards(run.path, run.stamp, level, column)


@st.cache_resource(show_spinner=False, max_entries=3)
def _cards(path: str, stamp: str, level: Level, column: str) -> Cards:
    with Tables(Store(path)) as tables:
        tables.info.check_finished("certify on it")
        return labelled_cards(tables, level=level, condition_column=column)


def condition_columns(run: Shelved) -> tuple[str, ...]:
    """Columns by which certificates can be issued apart."""
    return _condition_columns(run.path, run.stamp)


@st.cache_data(show_spinner=False, max_entries=24)
def _condition_columns(path: str, stamp: str) -> tuple[str, ...]:
    with Tables(Store(path)) as tables:
        return tables.condition_columns()


def without_confidence(run: Shelved) -> tuple[str, ...]:
    """Fields that were read, yet never with a confidence above 0."""
    return _without_confidence(run.path, run.stamp)


@st.cache_data(show_spinner=False, max_entries=24)
def _without_confidence(path: str, stamp: str) -> tuple[str, ...]:
    with Tables(Store(path)) as tables:
        rows = tables.rows(
            "SELECT field FROM fields WHERE trim(coalesce(text, '')) <> ''"
            " GROUP BY field HAVING max(coalesce(confidence, 0.0)) <= 0.0 ORDER BY field"
        )
    return tuple(str(row["field"]) for row in rows)


def answer(run: Shelved, level: Level, column: str, question: Question) -> Study:
    """All certificates that the question asks for."""
    return _answer(run.path, run.stamp, level, column, question)


@st.cache_resource(show_spinner=False, max_entries=4)
def _answer(path: str, stamp: str, level: Level, column: str, question: Question) -> Study:
    return study(_cards(path, stamp, level, column), question)


def smallest(run: Shelved, level: Level, column: str, question: Question, key: str) -> Certified | None:
    """The certificate of the smallest error that the run certifies; None where there is none."""
    return _smallest(run.path, run.stamp, level, column, question, key)


@st.cache_resource(show_spinner=False, max_entries=24)
def _smallest(path: str, stamp: str, level: Level, column: str, question: Question, key: str) -> Certified | None:
    return smallest_error(_cards(path, stamp, level, column), question, key)


@st.cache_resource(show_spinner=False, max_entries=24)
def work(_found: Study, identity: str, key: str, whole_card: bool) -> ReviewWork:
    """What people look at, at each step. identity: names the study."""
    sequence = _found.sequences[key]
    return review_work(sequence.path, _found.certifying.cards, _found.certifying.trials, whole_card=whole_card)


@st.cache_resource(show_spinner=False, max_entries=24)
def confidence_of(_found: Study, identity: str, key: str) -> tuple[Tally, Reliability]:
    """Certifying cards by their deciding confidence, and how far that is true."""
    counted = score_tally(_found.sequences[key].path, _found.certifying)
    return counted, reliability(counted, np.random.default_rng(_found.question.seed))


@st.cache_data(show_spinner=False, max_entries=8)
def label_targets(confidence: float) -> LabelsTable:
    """Labels needed over a range of promised errors, for the chart."""
    return labels_table(confidence, max_error=np.geomspace(0.001, 0.1, _LABEL_TARGETS))


__all__ = [
    "answer",
    "cards",
    "condition_columns",
    "confidence_of",
    "label_targets",
    "smallest",
    "without_confidence",
    "work",
]
