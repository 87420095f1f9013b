"""What is known of a run once it is counted: see `figures`, which counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from khid_eval.metrics import calibration, intervals, selective, tally, text
from khid_eval.metrics.fields import Level, OutcomeCounts
from khid_eval.runs.query import Slice
from khid_eval.runs.slices import ConditionFigures
from khid_eval.runs.state import RunInfo


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """One field, or `figures.OVERALL`. exact: share of judged fields (absent-absent apart), by level.

    outcomes: at the report's level. cer: NFC code points; cluster_cer: Khmer orthographic clusters (overall: Khmer
    fields only).
    """

    field: str
    exact: Mapping[Level, intervals.Rate]
    outcomes: OutcomeCounts
    miss: intervals.Rate
    hallucination: intervals.Rate
    cer: intervals.Estimate
    cluster_cer: intervals.Estimate
    mean_confidence: float
    calibration: calibration.CalibrationSummary
    selective: selective.SelectiveSummary


@dataclass(frozen=True, slots=True)
class Latency:
    """Of the last attempt of each photo that got an answer, in seconds. NaN without one. calls: attempts of all.

    step_s, counts: photos in steps of that many seconds from 0 on; the last step has all that took longer.
    """

    n: int
    mean: float
    p50: float
    p95: float
    p99: float
    calls: int
    step_s: float = 0.0
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What a reader's answers say about themselves (MRZ check digits, MRZ against print), and how far that is true.

    passed: of the photos where it could be told. right_if_passed, right_if_failed: against the truth, if there is one.
    """

    field: str
    passed: intervals.Rate
    right_if_passed: intervals.Rate
    right_if_failed: intervals.Rate


@dataclass(frozen=True, slots=True)
class Figures:
    """A run at one level. groups: physical cards. cards_right: photos with every labelled field right."""

    info: RunInfo
    level: Level
    where: Slice
    photos: int
    groups: int
    failed: int
    errors: Mapping[str, int]
    cards_right: intervals.Rate
    overall: FieldFigures
    fields: tuple[FieldFigures, ...]
    latency: Latency
    self_checks: tuple[SelfCheck, ...]
    conditions: tuple[ConditionFigures, ...]
    confusions: tuple[text.Confusion, ...]
    tallies: Mapping[str, tally.Tally]

    @property
    def labelled(self) -> bool:
        return self.overall.outcomes.judged + self.overall.outcomes.absent > 0


__all__ = ["FieldFigures", "Figures", "Latency", "SelfCheck"]
