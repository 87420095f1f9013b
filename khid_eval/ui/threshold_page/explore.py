"""The one big chart with its cut-off, and what that cut-off means."""

from __future__ import annotations

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.intervals import upper_bound
from khid_eval.metrics.study import Sequence, Study
from khid_eval.ui import charting
from khid_eval.ui.threshold_page import answers, cost
from khid_eval.ui.threshold_page.ask import Asked
from khid_eval.ui.words import t

_STEP = "thresholds_step"
_CHART = "thresholds_chart"


def choose_sequence(found: Study) -> str:
    """Whole cards, or the field that is looked at."""
    keys = list(found.sequences)
    if len(keys) == 1:
        return keys[0]
    chosen = st.selectbox(t("thresholds.look_at"), keys, format_func=_named, key="thresholds_sequence")
    return str(chosen)


def _named(key: str) -> str:
    return t("thresholds.scope_document") if key == "document" else f"{t(f'fields.{key}')} · {key}"


@st.fragment
def draw(asked: Asked, found: Study, key: str) -> None:
    """Chart and consequence; only this part runs again when the cut-off moves."""
    sequence = found.sequences[key]
    if not sequence.path.steps or not sequence.overall.step_accepted[-1]:
        st.warning(t("thresholds.nothing_accepted"), icon=":material/block:")
        return
    left, right = st.columns([5, 3], gap="medium")
    with left:
        step = _slider(sequence, f"{asked.identity}|{key}")
        _chart(found, key, step)
    with right:
        _consequence(asked, found, key, step)


def _slider(sequence: Sequence, identity: str) -> int:
    steps = list(range(sequence.path.steps))
    if st.session_state.get("thresholds_step_of") != identity:  # another question: begin at its certified cut-off
        st.session_state["thresholds_step_of"] = identity
        certified = sequence.overall.step
        st.session_state[_STEP] = certified if certified is not None else sequence.path.start
    total = max(sequence.overall.total, 1)
    if len(steps) == 1:
        return 0
    chosen = st.select_slider(
        t("thresholds.cutoff"),
        steps,
        format_func=lambda step: (
            f"{cutoff_text(sequence, step)} → {charts.share(float(sequence.overall.step_accepted[step]) / total)}"
        ),
        key=_STEP,
        help=t("thresholds.cutoff_help"),
    )
    return int(chosen)


def cutoff_text(sequence: Sequence, step: int) -> str:
    """The cut-off of that step, or the least and the greatest of several."""
    values = sequence.path.cutoffs[step]
    return f"{values[0]:.4f}" if values.size == 1 else f"{values.min():.3f}–{values.max():.3f}"


def _chart(found: Study, key: str, step: int) -> None:
    sequence = found.sequences[key]
    empty = int((sequence.overall.step_accepted == 0).sum())  # steps that accept nobody are not on the curve

    def jump() -> None:
        points = st.session_state[_CHART].selection.points
        data = points[0].get("customdata") if points else None
        if data is not None and len(data) > 2:
            st.session_state[_STEP] = int(data[2]) + empty

    labels = [cutoff_text(sequence, one) for one in range(empty, sequence.path.steps)]
    figure = charts.risk_coverage(
        sequence.curve,
        found.promise,
        certified_coverage=sequence.overall.coverage,
        naive=found.naive[key],
        chosen=step - empty if step >= empty else None,
        labels=labels,
        **charting.style(),
    )
    charting.show(figure, _CHART, on_select=jump)


def _consequence(asked: Asked, found: Study, key: str, step: int) -> None:
    sequence = found.sequences[key]
    overall, promise = sequence.overall, found.promise
    accepted, wrong = int(overall.step_accepted[step]), int(overall.step_wrong[step])
    _verdict(found, sequence, step)
    bound = float(upper_bound(wrong, accepted, promise.confidence))
    rows = [
        (t("thresholds.accepted"), _share(accepted, overall.total)),
        (t("thresholds.reviewed"), _share(overall.total - accepted, overall.total)),
        (t("thresholds.wrong_accepted"), _share(wrong, accepted)),
        (t("thresholds.bound", confidence=charts.share(promise.confidence, 0)), f"**{charts.share(bound, 2)}**"),
        *cost.month_at(asked, found, key, step),
    ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    head = f"| {t('thresholds.cutoff')} | {cutoff_text(sequence, step)} |"
    st.markdown("\n".join([head, "|:--|--:|", *lines]))
    if overall.step is None:
        st.caption(t("thresholds.without_promise"))
    if st.toggle(t("thresholds.linked"), key="thresholds_linked"):
        counted, shown = answers.confidence_of(found, asked.identity, key)
        cutoff = float(sequence.path.cutoffs[step].min())
        charting.show(charts.confidences(counted, cutoff=cutoff, **charting.style()), "thresholds_confidences")
        charting.show(charts.reliability(shown, **charting.style()), "thresholds_reliability")


def _share(part: int, whole: int) -> str:
    digits = 2 if part < 0.1 * whole else 1
    counts = f"({part:,} / {whole:,})".replace(" ", "\u00a0")
    return f"**{charts.share(part / whole if whole else float('nan'), digits)}** {counts}"


def _verdict(found: Study, sequence: Sequence, step: int) -> None:
    overall = sequence.overall
    promise = found.question.promise
    error, confidence = charts.share(promise.max_error), charts.share(promise.confidence, 0)
    if overall.step is None:
        more = sequence.labels.more
        words = t("thresholds.none_helps") if more is None else t("thresholds.more_labels", more=f"{more:,}")
        st.warning(f"**{t('thresholds.nothing_certified', error=error)}** {words}", icon=":material/block:")
    elif sequence.path.start <= step <= overall.step:
        st.success(t("thresholds.holds", error=error, confidence=confidence), icon=":material/verified:")
    elif step > overall.step:
        st.warning(t("thresholds.too_loose", error=error), icon=":material/warning:")
    else:
        st.info(t("thresholds.not_tested"), icon=":material/info:")
    chance = found.naive_of(sequence)
    if chance == chance:
        st.caption(t("thresholds.naive", chance=charts.share(chance, 0)))


__all__ = ["choose_sequence", "cutoff_text", "draw"]
