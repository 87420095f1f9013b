"""The rows below the chart: certificates by field and condition, causes of review, labels needed."""

from __future__ import annotations

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.study import Sequence, Study
from khid_eval.metrics.threshold import Certified
from khid_eval.metrics.trials import labels_table
from khid_eval.ui import charting
from khid_eval.ui.threshold_page import answers, naming, nothing
from khid_eval.ui.threshold_page.ask import Asked
from khid_eval.ui.words import t

_TABLE_ERRORS = (0.05, 0.02, 0.01, 0.005, 0.001)


def fields(asked: Asked, found: Study, key: str) -> None:
    """One row a required field: its cut-off, what it accepts, and the map of its confidence."""
    rows = [row for one in found.sequences.values() for row in _field_rows(found, one)]
    st.dataframe(rows, hide_index=True, key="thresholds_fields")
    st.caption(t("thresholds.fields_note", cards=f"{found.cards:,}", certifying=f"{found.certifying.trials.size:,}"))


def _field_rows(found: Study, sequence: Sequence) -> list[dict[str, str]]:
    overall = sequence.overall
    values = overall.cutoffs or (None,) * len(overall.required)
    naive = found.naive_of(sequence)
    return [
        {
            t("thresholds.field"): naming.field(name),
            t("thresholds.cutoff"): t("thresholds.always_review") if value is None else naming.cutoff(value),
            t("thresholds.accepted"): charts.share(overall.coverage),
            t("thresholds.wrong_accepted"): _counts(overall) if value is not None else "–",
            t("thresholds.bound", confidence=charts.share(found.promise.confidence, 0)): charts.share(overall.bound, 2)
            if value is not None
            else "–",
            t("thresholds.naive_breaks"): charts.share(naive, 0),
            t("thresholds.map"): t(f"thresholds.map_{found.maps[name].kind}") if name in found.maps else "–",
        }
        for name, value in zip(overall.required, values, strict=True)
    ]


def _counts(one: Certified) -> str:
    return f"{one.wrong:,} / {one.accepted:,}"


def conditions(asked: Asked, found: Study, key: str) -> None:
    """Certificates for each condition, and where the general cut-off fails."""
    sequence = found.sequences[key]
    if not sequence.conditions:
        st.info(t("thresholds.choose_column"), icon=":material/tune:")
        return
    rows = []
    for name, one in sequence.conditions.items():
        kept = sequence.kept.get(name)
        rows.append(
            {
                t("thresholds.condition"): naming.condition(name),
                t("thresholds.labelled"): f"{one.total:,}",
                t("thresholds.own"): "✓" if one.cutoffs is not None else "–",
                t("thresholds.accepted"): charts.share(one.coverage),
                t("thresholds.wrong_accepted"): _counts(one) if one.cutoffs is not None else "–",
                t("thresholds.general"): t(f"thresholds.kept_{kept.verdict.replace(' ', '_')}") if kept else "–",
                t("thresholds.general_wrong"): f"{kept.wrong:,} / {kept.accepted:,}" if kept else "–",
            }
        )
    broken = [name for name, keys in found.broken.items() if key in keys]
    if broken:
        st.warning(t("thresholds.broken", names=", ".join(map(naming.condition, broken))), icon=":material/warning:")
    st.dataframe(rows, hide_index=True, key="thresholds_conditions")
    st.caption(t("thresholds.conditions_note"))


def causes(asked: Asked, found: Study, key: str) -> None:
    """Which fields send cards to review at the certified cut-offs (or where testing begins)."""
    sequence = found.sequences[key]
    if not sequence.path.steps:
        nothing.draw(asked, sequence.path.required)
        return
    step = sequence.overall.step if sequence.overall.step is not None else sequence.path.start
    figure = charts.review_causes(found.causes(key, step), captions=charting.captions(), **charting.style())
    charting.show(figure, "thresholds_causes")


def labels(asked: Asked, found: Study, key: str) -> None:
    """How many labelled cards a promise takes, and where this run stands."""
    sequence, promise = found.sequences[key], found.promise
    overall = sequence.overall
    table = answers.label_targets(promise.confidence)
    figure = charts.labels_needed(table, promise, accepted=overall.accepted, **charting.style())
    charting.show(figure, "thresholds_labels")
    rows = labels_table(promise.confidence, max_error=_TABLE_ERRORS)
    st.dataframe(
        [
            {t("thresholds.max_error"): charts.share(error)}
            | {t("thresholds.with_wrong", n=n): f"{rows.needed[i, j]:,}" for i, n in enumerate(rows.wrong)}
            for j, error in enumerate(_TABLE_ERRORS)
        ],
        hide_index=True,
        key="thresholds_labels_table",
    )
    more = sequence.labels.more
    if overall.step is None:
        st.markdown(t("thresholds.none_helps") if more is None else t("thresholds.more_labels", more=f"{more:,}"))


__all__ = ["causes", "conditions", "fields", "labels"]
