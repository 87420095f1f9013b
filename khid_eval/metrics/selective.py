"""Selective reading: how often is an accepted reading wrong, and what share is accepted?

Equal confidences are accepted together; areas take the expectation over the order within a tie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from khid_eval.metrics.intervals import upper_bound, wilson
from khid_eval.metrics.tally import IntArray, Tally
from khid_eval.records import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """k points, the strictest cut-off first; arrays are (k,). A reading is accepted when its confidence >= cutoff."""

    cutoff: FloatArray
    accepted: IntArray
    wrong: IntArray
    total: int

    @property
    def coverage(self) -> FloatArray:
        """accepted / all, in (0, 1]."""
        return self.accepted / self.total

    @property
    def risk(self) -> FloatArray:
        """wrong / accepted, in [0, 1]."""
        return self.wrong / self.accepted

    def interval(self, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Pointwise Wilson interval of the risk."""
        return wilson(self.wrong, self.accepted, confidence)

    def bound(self, confidence: float = 0.95) -> FloatArray:
        """Pointwise exact upper bound of the risk: right for one cut-off fixed beforehand, not for a chosen one."""
        return upper_bound(self.wrong, self.accepted, confidence)

    def thinned(self, points: int) -> RiskCoverage:
        """At most that many points, evenly over coverage; first and last stay. For drawing."""
        if self.cutoff.size <= points:
            return self
        wanted = np.linspace(self.accepted[0], self.accepted[-1], points)
        kept = np.unique(np.searchsorted(self.accepted, wanted).clip(0, self.cutoff.size - 1))
        return RiskCoverage(self.cutoff[kept], self.accepted[kept], self.wrong[kept], self.total)


@dataclass(frozen=True, slots=True)
class SelectiveSummary:
    """Areas in [0, 1], smaller is better; NaN for no readings.

    aurc: mean risk over all coverages. e_aurc: aurc less that of a perfect ranking. augrc: mean over coverages of the
    share of all readings that are accepted and wrong: comparable between readers of unequal accuracy.
    """

    aurc: float
    e_aurc: float
    augrc: float
    n: int
    wrong: int


def risk_coverage(counted: Tally) -> RiskCoverage:
    """Error among the accepted at every distinct confidence.

    Source: El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification", section 2.
    """
    return RiskCoverage(counted.confidence, np.cumsum(counted.count), np.cumsum(counted.wrong), counted.n)


def summary(counted: Tally) -> SelectiveSummary:
    """AURC (Geifman and El-Yaniv 2017), E-AURC (Geifman et al. 2019), AUGRC (Traub et al. 2024, arXiv 2407.01032)."""
    n, wrong = counted.n, counted.n_wrong
    if not n:
        return SelectiveSummary(float("nan"), float("nan"), float("nan"), 0, 0)
    size, errors = counted.count.astype(np.float64), counted.wrong.astype(np.float64)
    before, errors_before = np.cumsum(size) - size, np.cumsum(errors) - errors
    share = errors / size
    # k readings into a tie group: errors_before + (k - before) * share of k are wrong. Summed over the group:
    risk_sum = size * share + (errors_before - before * share) * (_harmonic(before + size) - _harmonic(before))
    wrong_sum = size * errors_before + share * size * (size + 1.0) / 2.0
    aurc = float(risk_sum.sum() / n)
    best = (wrong - (n - wrong) * float(_harmonic(n) - _harmonic(n - wrong))) / n
    return SelectiveSummary(aurc, max(aurc - best, 0.0), float(wrong_sum.sum() / n**2), n, wrong)


def _harmonic(k: FloatArray | float) -> FloatArray:
    """1 + 1/2 + … + 1/k."""
    return np.asarray(special.digamma(np.asarray(k) + 1.0) + np.euler_gamma)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A cut-off and what it did on the readings at hand. coverage 0: nothing is accepted, cutoff is None."""

    cutoff: float | None
    accepted: int
    wrong: int
    total: int

    @property
    def coverage(self) -> float:
        return self.accepted / self.total if self.total else float("nan")

    @property
    def risk(self) -> float:
        return self.wrong / self.accepted if self.accepted else float("nan")


def coverage_at_risk(curve: RiskCoverage, max_error: float) -> OperatingPoint:
    """The lowest cut-off whose error on these very readings is at most max_error.

    This is the naive choice: it looks only at the luck of the sample and breaks its promise about every second time.
    """
    allowed = np.flatnonzero((curve.risk <= max_error) & (curve.cutoff > 0.0))
    if not allowed.size:
        return OperatingPoint(None, 0, 0, curve.total)
    return _point(curve, int(allowed[-1]))


def at_cutoff(curve: RiskCoverage, cutoff: float) -> OperatingPoint:
    """What a given cut-off accepts."""
    passing = int(np.searchsorted(-curve.cutoff, -cutoff, side="right"))
    return _point(curve, passing - 1) if passing else OperatingPoint(cutoff, 0, 0, curve.total)


def _point(curve: RiskCoverage, at: int) -> OperatingPoint:
    return OperatingPoint(float(curve.cutoff[at]), int(curve.accepted[at]), int(curve.wrong[at]), curve.total)


__all__ = [
    "OperatingPoint",
    "RiskCoverage",
    "SelectiveSummary",
    "at_cutoff",
    "coverage_at_risk",
    "risk_coverage",
    "summary",
]
