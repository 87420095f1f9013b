"""The one big chart with its cut-off, and what that cut-off means."""

from __future__ import annotations

import numpy as np
import streamlit as st

from khid_eval import charts
from khid_eval.metrics.intervals import upper_bound
from khid_eval.metrics.study import Sequence, Study
from khid_eval.ui import charting, choice
from khid_eval.ui.threshold_page import answers, cost, naming, nothing, way_out
from khid_eval.ui.threshold_page.ask import Asked
from khid_eval.ui.words import t

_STEP = "thresholds_step"
_CHART = "thresholds_chart"


def choose_sequence(found: Study) -> str:
    """Whole cards, or the field that is looked at."""
    keys = list(found.sequences)
    if len(keys) == 1:
        return keys[0]
    return choice.select(t("thresholds.look_at"), keys, format_func=naming.sequence, key="thresholds_sequence")


@st.fragment
def draw(asked: Asked, found: Study, key: str) -> None:
    """Chart and consequence; only this part runs again when the cut-off moves."""
    sequence = found.sequences[key]
    steps = _useful_steps(sequence)
    if not steps:
        nothing.draw(asked, sequence.path.required)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        step = _slider(sequence, steps, f"{asked.identity}|{key}")
        _chart(found, key, steps, step)
    with right:
        _consequence(asked, found, key, step)


def _useful_steps(sequence: Sequence) -> list[int]:
    """Steps that accept somebody; the loosest of those that accept the same cards."""
    accepted = sequence.overall.step_accepted
    return [int(step) for step in np.flatnonzero(np.diff(accepted, append=-1) != 0) if accepted[step]]


def _slider(sequence: Sequence, steps: list[int], identity: str) -> int:
    if st.session_state.get("thresholds_step_of") != identity:  # another question: begin at its certified cut-off
        st.session_state["thresholds_step_of"] = identity
        st.session_state[_STEP] = _first_shown(sequence, steps)
    if len(steps) == 1:
        return steps[0]
    return choice.slider(
        t("thresholds.cutoff"),
        steps,
        format_func=lambda step: _step_text(sequence, step),
        key=_STEP,
        help=t("thresholds.cutoff_help"),
    )


def _first_shown(sequence: Sequence, steps: list[int]) -> int:
    """The certified step; without one the loosest whose cards keep the promise, or the strictest of all."""
    overall = sequence.overall
    if overall.step is not None:
        return _nearest(steps, overall.step)
    kept = [s for s in steps if overall.step_wrong[s] <= overall.promise.max_error * overall.step_accepted[s]]
    return kept[-1] if kept else steps[0]


def _nearest(steps: list[int], step: int) -> int:
    """The one among these steps that accepts the same cards."""
    return next((one for one in steps if one >= step), steps[-1])


def _step_text(sequence: Sequence, step: int) -> str:
    """Told apart by the count alone: cut-offs and shares of neighbours can look alike."""
    accepted, total = int(sequence.overall.step_accepted[step]), sequence.overall.total
    return f"{naming.cutoffs(sequence, step)} → {charts.share(accepted / total)} ({accepted:,})"


def _chart(found: Study, key: str, steps: list[int], step: int) -> None:
    sequence = found.sequences[key]
    empty = int((sequence.overall.step_accepted == 0).sum())  # steps that accept nobody are not on the curve

    def jump() -> None:
        points = st.session_state[_CHART].selection.points
        data = points[0].get("customdata") if points else None
        if data is not None and len(data) > 2:
            st.session_state[_STEP] = _nearest(steps, int(data[2]) + empty)

    labels = [naming.cutoffs(sequence, one) for one in range(empty, sequence.path.steps)]
    figure = charts.risk_coverage(
        sequence.curve,
        found.promise,
        certified_coverage=sequence.overall.coverage,
        naive=found.naive[key],
        chosen=step - empty,
        labels=labels,
        **charting.style(),
    )
    charting.show(figure, _CHART, on_select=jump)


def _consequence(asked: Asked, found: Study, key: str, step: int) -> None:
    sequence = found.sequences[key]
    overall, promise = sequence.overall, found.promise
    accepted, wrong = int(overall.step_accepted[step]), int(overall.step_wrong[step])
    _verdict(asked, found, key, step)
    bound = float(upper_bound(wrong, accepted, promise.confidence))
    rows = [
        (t("thresholds.accepted"), _share(accepted, overall.total)),
        (t("thresholds.reviewed"), _share(overall.total - accepted, overall.total)),
        (t("thresholds.wrong_accepted"), _share(wrong, accepted)),
        (t("thresholds.bound", confidence=charts.share(promise.confidence, 0)), f"**{naming.percent(bound)}**"),
        *cost.month_at(asked, found, key, step),
    ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    head = f"| {t('thresholds.cutoff')} | {naming.cutoffs(sequence, step)} |"
    st.markdown("\n".join([head, "|:--|--:|", *lines]))
    if overall.step is None:
        st.caption(t("thresholds.without_promise"))
    if st.toggle(t("thresholds.linked"), key="thresholds_linked", persist_state="session"):
        counted, shown = answers.confidence_of(found, asked.identity, key)
        cutoff = float(sequence.path.cutoffs[step].min())
        charting.show(charts.confidences(counted, cutoff=cutoff, **charting.style()), "thresholds_confidences")
        charting.show(charts.reliability(shown, **charting.style()), "thresholds_reliability")


def _share(part: int, whole: int) -> str:
    counts = f"({part:,} / {whole:,})".replace(" ", "\u00a0")
    return f"**{naming.percent(part / whole if whole else float('nan'))}** {counts}"


def _verdict(asked: Asked, found: Study, key: str, step: int) -> None:
    sequence = found.sequences[key]
    overall = sequence.overall
    promise = found.question.promise
    error, confidence = charts.share(promise.max_error), charts.share(promise.confidence, 0)
    if overall.step is None:
        words = f"**{t('thresholds.nothing_certified', error=error)}** {way_out.in_words(found, sequence)}"
        st.warning(words, icon=":material/block:")
        way_out.draw(asked, found, key)
    elif sequence.path.start <= step <= overall.step:
        st.success(t("thresholds.holds", error=error, confidence=confidence), icon=":material/verified:")
    elif step > overall.step:
        st.warning(t("thresholds.too_loose", error=error), icon=":material/warning:")
    else:
        st.info(t("thresholds.not_tested"), icon=":material/info:")
    chance = found.naive_of(sequence)
    if chance == chance:
        st.caption(t("thresholds.naive", chance=charts.share(chance, 0)))


__all__ = ["choose_sequence", "draw"]
