"""What to do where nothing is certified: more labels, the smallest error that can be certified, another run."""

from __future__ import annotations

import math

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.intervals import upper_bound
from khid_eval.metrics.study import LOOSEST, Sequence, Study
from khid_eval.metrics.trials import smallest_certifiable
from khid_eval.ui import run_shelf
from khid_eval.ui.threshold_page import answers, naming
from khid_eval.ui.threshold_page.ask import ERROR_KEY, Asked
from khid_eval.ui.words import t


def in_words(found: Study, sequence: Sequence) -> str:
    """What the promise that was asked for would take."""
    total, promise, more = sequence.overall.total, found.promise, sequence.labels.more
    needed = smallest_certifiable(promise)
    if more is None:
        return t("thresholds.none_helps")
    if total >= needed:
        return t("thresholds.more_labels", more=f"{more:,}")
    return t(
        "thresholds.too_small",
        confidence=charts.share(promise.confidence, 0 if found.promise == found.question.promise else 2),
        needed=f"{needed:,}",
        certifying=f"{total:,}",
        cards=f"{found.cards:,}",
        labels=f"{math.ceil(needed / (1.0 - found.question.tune_share)):,}",
        reach=naming.percent(float(upper_bound(0, total, promise.confidence))),
    )


def draw(asked: Asked, found: Study, key: str) -> None:
    """The smallest error that the run certifies, and a larger example."""
    with st.spinner(t("thresholds.working")):
        smallest = answers.smallest(asked.run, asked.level, asked.column, asked.question, key)
    if smallest is None:
        st.markdown(t("thresholds.smallest_none", error=charts.share(LOOSEST)))
    else:
        error = charts.share(smallest.promise.max_error)
        accepted, total = f"{smallest.accepted:,}", f"{smallest.total:,}"
        share = naming.percent(smallest.coverage)
        st.markdown(t("thresholds.smallest", error=error, share=share, accepted=accepted, total=total))
        if st.button(
            t("thresholds.smallest_use", error=error),
            key="thresholds_smallest",
            icon=":material/arrow_forward:",
            help=t("thresholds.smallest_help"),
        ):
            st.session_state[ERROR_KEY] = smallest.promise.max_error
            st.rerun()  # all of the page: this part of it draws alone
    _offer_larger(asked.run)


def _offer_larger(run: run_shelf.Shelved) -> None:
    """The small example is for looking at photos; another one has cards enough to certify something."""
    larger = run_shelf.larger_example(run)
    if larger and st.button(
        t("thresholds.larger_example", photos=f"{larger.info.counts.done:,}"),
        key="thresholds_larger_example",
        icon=":material/arrow_forward:",
    ):
        run_shelf.look_at(larger)
        st.rerun()  # all of the page: this part of it draws alone


__all__ = ["draw", "in_words"]
