"""Figures as tables of words: the one place that decides what a report shows; HTML, Markdown and terminal only draw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from khid_eval.metrics.fields import Level
from khid_eval.metrics.intervals import Estimate, Rate
from khid_eval.runs.figures import FieldFigures, Figures

NONE = "–"
NOT_STATED = "not stated"
UP_TO = "up to "
"""Begins a figure that is a limit."""


@dataclass(frozen=True, slots=True)
class Table:
    """title: a question. note: how to read it. The first column holds names, the others figures."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def percent(value: float, digits: int = 1) -> str:
    return NONE if math.isnan(value) else f"{value * 100:.{digits}f} %"


def rate(one: Rate) -> str:
    """ "97.4 % (96.1–98.3, n 812)"; an unknown rate is a dash."""
    if math.isnan(one.value):
        return NONE
    return f"{one.value * 100:.1f} % ({one.low * 100:.1f}–{one.high * 100:.1f}, n {one.total:,})"


def estimate(one: Estimate) -> str:
    """An error rate of letters, with its interval and the letters of truth behind it."""
    if math.isnan(one.value):
        return NONE
    return f"{one.value * 100:.2f} % ({one.low * 100:.2f}–{one.high * 100:.2f}, n {one.n:,})"


def number(value: float, digits: int = 3) -> str:
    return NONE if math.isnan(value) else f"{value:.{digits}f}"


def seconds(value: float) -> str:
    if math.isnan(value):
        return NONE
    return f"{value * 1000:.0f} ms" if value < 1.0 else f"{value:.2f} s"


def headline(found: Figures) -> tuple[tuple[str, str], ...]:
    """The figures that come first: name and value."""
    return (
        ("Fields exact", rate(found.overall.exact[found.level])),
        ("Cards wholly right", rate(found.cards_right)),
        ("CER of Khmer fields", estimate(found.overall.cluster_cer)),
        ("Time a photo, p50 / p95", f"{seconds(found.latency.p50)} / {seconds(found.latency.p95)}"),
    )


def about(found: Figures) -> tuple[tuple[str, str], ...]:
    """What was run."""
    info = found.info
    return (
        ("Run", f"{info.id} ({info.state})"),
        ("Dataset", f"{info.dataset.get('name', NONE)}, fingerprint {str(info.dataset.get('fingerprint', NONE))[:12]}"),
        ("Target", str(info.target.get("label", info.target.get("kind", NONE)))),
        ("Slice", str(found.where) or "all photos"),
        ("Photos", f"{found.photos:,} of {found.groups:,} cards; {found.failed:,} failed"),
        ("Calls", f"{info.counts.calls:,} in {info.seconds:,.0f} s"),
        ("Level", f"{found.level}"),
        ("Made", f"{info.created}; " + ", ".join(f"{name} {version}" for name, version in info.versions.items())),
    )


def tables(found: Figures) -> tuple[Table, ...]:
    """All tables that have a row."""
    every = (
        _accuracy(found),
        _mistakes(found),
        _letters(found),
        _confidence(found),
        _conditions(found),
        _self_checks(found),
        _confusions(found),
        _errors(found),
    )
    return tuple(one for one in every if one.rows)


def _all(found: Figures) -> tuple[FieldFigures, ...]:
    judged = [one for one in found.fields if one.outcomes.judged or one.outcomes.absent]
    return (*judged, found.overall) if judged else ()


def _accuracy(found: Figures) -> Table:
    return Table(
        "How often is a field read exactly?",
        "Share of fields with a truth or a reading, with its 95 % interval over cards. raw: the same code points. "
        "canonical: Khmer canonical order, no invisible characters. semantic: the same date, number or words.",
        ("Field", *(level.value for level in Level)),
        tuple((one.field, *(rate(one.exact[level]) for level in Level)) for one in _all(found)),
    )


def _mistakes(found: Figures) -> Table:
    return Table(
        "What kind of mistakes?",
        "Miss: on the card and not read. Hallucination: read and not on the card. Absent: neither, counted apart.",
        ("Field", "exact", "wrong", "miss", "hallucination", "absent", "miss rate", "hallucination rate"),
        tuple((one.field, *map(str, _counts(one)), rate(one.miss), rate(one.hallucination)) for one in _all(found)),
    )


def _counts(one: FieldFigures) -> tuple[int, ...]:
    of = one.outcomes
    return of.exact, of.wrong, of.miss, of.hallucination, of.absent


def _letters(found: Figures) -> Table:
    return Table(
        "How many letters are wrong?",
        "Edits against the truth's length. Code points after NFC; clusters are Khmer orthographic clusters "
        "(rule khmer-cluster-1). In the last row clusters are those of Khmer fields.",
        ("Field", "CER (code points)", "CER (clusters)"),
        tuple((one.field, estimate(one.cer), estimate(one.cluster_cer)) for one in _all(found)),
    )


def _confidence(found: Figures) -> Table:
    return Table(
        "Can its confidence be trusted?",
        "ECE over bins of equal mass, beside the 95th percentile that a perfectly calibrated reader shows by chance. "
        "Signed error above 0: overconfident. AUROC is ranking, not calibration. AURC, AUGRC: smaller is better.",
        ("Field", "mean", "ECE", "ECE by chance", "signed error", "Brier", "AUROC", "AURC", "AUGRC", "n"),
        tuple(
            (
                one.field,
                number(one.mean_confidence),
                number(one.calibration.ece),
                f"{UP_TO}{number(one.calibration.ece_null_high)}",
                f"{one.calibration.signed_error:+.3f}" if one.calibration.n else NONE,
                number(one.calibration.brier),
                number(one.calibration.auroc),
                number(one.selective.aurc),
                number(one.selective.augrc),
                str(one.calibration.n),
            )
            for one in _all(found)
        ),
    )


def _conditions(found: Figures) -> Table:
    return Table(
        "Under which conditions?",
        "All fields together. Where mean confidence is above the share exact, the reader is too sure of itself there.",
        ("Condition", "value", "photos", "fields exact", "cards wholly right", "mean confidence"),
        tuple(
            (
                one.column,
                NOT_STATED if one.value is None else f"{one.value:g}" if isinstance(one.value, float) else one.value,
                str(one.photos),
                rate(one.exact),
                rate(one.cards_right),
                number(one.mean_confidence),
            )
            for one in found.conditions
        ),
    )


def _self_checks(found: Figures) -> Table:
    return Table(
        "What do the answers say about themselves?",
        "MRZ check digits, and the printed text against the MRZ: an estimate that needs no labels. "
        "Beside it how often the field was right when the check passed and when it failed, where there are labels.",
        ("Field", "check passed", "right when passed", "right when failed"),
        tuple((o.field, rate(o.passed), rate(o.right_if_passed), rate(o.right_if_failed)) for o in found.self_checks),
    )


def _confusions(found: Figures) -> Table:
    return Table(
        "Which Khmer letters are confused?",
        "Clusters of wrong Khmer readings, the most frequent first; an empty place is a cluster left out or put in.",
        ("Truth", "read as", "times", "of", "photos"),
        tuple(
            (o.truth or "∅", o.reading or "∅", str(o.count), str(o.of or NONE), ", ".join(o.examples))
            for o in found.confusions
        ),
    )


def _errors(found: Figures) -> Table:
    return Table(
        "Which photos failed?",
        "By the API's code. A photo that the reader refused counts as one of which nothing was read; one that got no "
        "answer (network, throttling) is in no other figure.",
        ("Code", "photos"),
        tuple((code, str(count)) for code, count in found.errors.items()),
    )


def flat(found: Figures) -> list[dict[str, Any]]:
    """One row a field and one for all: every figure as a plain number, for CSV and Parquet."""
    return [_flat_row(found, one) for one in (*found.fields, found.overall)]


def _flat_row(found: Figures, one: FieldFigures) -> dict[str, Any]:
    row: dict[str, Any] = {"run": found.info.id, "slice": str(found.where), "level": found.level.value}
    row["field"] = one.field
    for level in Level:
        share = one.exact[level]
        row |= {f"exact_{level}": share.value, f"exact_{level}_low": share.low, f"exact_{level}_high": share.high}
    row["judged"] = one.outcomes.judged
    row |= dict(zip(("exact", "wrong", "miss", "hallucination", "absent"), _counts(one), strict=True))
    for name, figure in (("cer", one.cer), ("cluster_cer", one.cluster_cer)):
        row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high, f"{name}_length": figure.n}
    of, areas = one.calibration, one.selective
    row |= {"mean_confidence": one.mean_confidence, "ece": of.ece, "ece_null_high": of.ece_null_high}
    row |= {"signed_error": of.signed_error, "brier": of.brier, "log_loss": of.log_loss, "auroc": of.auroc}
    return row | {"aurc": areas.aurc, "e_aurc": areas.e_aurc, "augrc": areas.augrc}


__all__ = [
    "NONE",
    "NOT_STATED",
    "UP_TO",
    "Table",
    "about",
    "estimate",
    "flat",
    "headline",
    "number",
    "percent",
    "rate",
    "seconds",
    "tables",
]
