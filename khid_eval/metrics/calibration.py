"""Calibration: is a confidence of 0.9 right nine times in ten? And does confidence separate right from wrong?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from khid_eval.metrics.intervals import wilson
from khid_eval.metrics.tally import IntArray, Tally
from khid_eval.records import FloatArray

BINS = 15
NULL_DRAWS = 1000
_EXACT_UP_TO = 500
_LOG_FLOOR = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """k bins of about equal mass, the least confident first; arrays are (k,).

    mean_confidence, accuracy: in [0, 1]. low, high: Wilson interval of the accuracy. null_low, null_high: where the
    accuracy of a perfectly calibrated reader with these confidences falls in 95 % of draws (consistency band).
    """

    mean_confidence: FloatArray
    accuracy: FloatArray
    count: IntArray
    low: FloatArray
    high: FloatArray
    null_low: FloatArray
    null_high: FloatArray


@dataclass(frozen=True, slots=True)
class CalibrationSummary:
    """Figures of n readings; NaN where they do not exist (no reading; AUROC with one class only).

    ece: mean |accuracy - confidence| over bins of equal mass. ece_null, ece_null_high: mean and 95th percentile of the
    ECE of a perfectly calibrated reader with the same confidences: an ece below ece_null_high shows nothing.
    signed_error: mean(confidence - right): above 0 is overconfident. brier, log_loss: smaller is better.
    auroc: chance that a right reading has more confidence than a wrong one (ties count half): ranking, not calibration.
    """

    n: int
    wrong: int
    ece: float
    ece_null: float
    ece_null_high: float
    signed_error: float
    brier: float
    log_loss: float
    auroc: float

    @property
    def miscalibration_shown(self) -> bool:
        """Whether the ECE is more than chance gives a perfectly calibrated reader."""
        return bool(self.ece > self.ece_null_high)


def _bin_edges(counted: Tally, bins: int) -> IntArray:
    """Row index where each bin of the REVERSED tally (least confident first) starts. A tie is never cut."""
    reached = np.cumsum(counted.count[::-1])
    wanted = np.arange(1, bins) * (counted.n / bins)
    starts = np.searchsorted(reached, wanted - 1e-9, side="left") + 1
    return np.unique(np.concatenate([[0], starts[starts < reached.size]])).astype(np.int64)


def reliability(counted: Tally, rng: np.random.Generator, *, bins: int = BINS, draws: int = NULL_DRAWS) -> Reliability:
    """Accuracy against confidence, with the band that a perfectly calibrated reader would show."""
    if not counted.n:
        nothing = np.empty(0)
        return Reliability(nothing, nothing, nothing.astype(np.int64), nothing, nothing, nothing, nothing)
    sums = _bin_sums(counted, bins)
    null = _null_right(counted, sums, rng, draws) / sums.count
    low, high = wilson(sums.right, sums.count)
    band = np.quantile(null, [0.025, 0.975], axis=0)
    return Reliability(sums.confidence / sums.count, sums.right / sums.count, sums.count, low, high, band[0], band[1])


@dataclass(frozen=True, slots=True, eq=False)
class _BinSums:
    start: IntArray  # rows of the reversed tally
    confidence: FloatArray  # summed over readings
    variance: FloatArray  # summed c (1 - c)
    right: IntArray
    count: IntArray


def _bin_sums(counted: Tally, bins: int) -> _BinSums:
    if bins < 1:
        raise ValueError("at least one bin")
    start = _bin_edges(counted, bins)
    c, count = counted.confidence[::-1], counted.count[::-1]
    return _BinSums(
        start=start,
        confidence=np.add.reduceat(c * count, start),
        variance=np.add.reduceat(c * (1.0 - c) * count, start),
        right=np.add.reduceat(counted.right[::-1], start),
        count=np.add.reduceat(count, start),
    )


def _null_right(counted: Tally, sums: _BinSums, rng: np.random.Generator, draws: int) -> FloatArray:
    """(draws, bins): right readings a bin if every confidence were true.

    A bin of many readings is drawn as a normal sum, or as a Poisson count of the rarer kind where that kind is rare
    (Le Cam 1960); a small bin reading by reading.
    """
    c, count = counted.confidence[::-1], counted.count[::-1]
    ends = np.append(sums.start[1:], c.size)
    columns = []
    for i, (first, last) in enumerate(zip(sums.start, ends, strict=True)):
        n, mean, variance = sums.count[i], sums.confidence[i], sums.variance[i]
        if variance >= 25.0:
            drawn = np.clip(np.rint(rng.normal(mean, np.sqrt(variance), draws)), 0, n)
        elif last - first <= _EXACT_UP_TO:
            drawn = rng.binomial(count[first:last], c[first:last], size=(draws, last - first)).sum(axis=1).astype(float)
        elif mean > n / 2:
            drawn = n - np.minimum(rng.poisson(n - mean, draws), n).astype(float)
        else:
            drawn = np.minimum(rng.poisson(mean, draws), n).astype(float)
        columns.append(drawn)
    return np.stack(columns, axis=1)


def summary(
    counted: Tally, rng: np.random.Generator, *, bins: int = BINS, draws: int = NULL_DRAWS
) -> CalibrationSummary:
    """All figures at once.

    Sources: ECE with equal mass: Nguyen and O'Connor 2015; its upward bias: Roelofs et al. 2022, "Mitigating Bias in
    Calibration Error Estimation"; consistency resampling: Bröcker and Smith 2007; AUROC: Mann and Whitney 1947.
    """
    nan = float("nan")
    if not counted.n:
        return CalibrationSummary(0, 0, nan, nan, nan, nan, nan, nan, nan)
    sums = _bin_sums(counted, bins)
    null = np.abs(_null_right(counted, sums, rng, draws) - sums.confidence).sum(axis=1) / counted.n
    return CalibrationSummary(
        n=counted.n,
        wrong=counted.n_wrong,
        ece=float(np.abs(sums.right - sums.confidence).sum() / counted.n),
        ece_null=float(null.mean()),
        ece_null_high=float(np.quantile(null, 0.95)),
        signed_error=signed_error(counted),
        brier=brier(counted),
        log_loss=log_loss(counted),
        auroc=auroc(counted),
    )


def ece(counted: Tally, bins: int = BINS) -> float:
    """Expected calibration error over bins of equal mass."""
    if not counted.n:
        return float("nan")
    sums = _bin_sums(counted, bins)
    return float(np.abs(sums.right - sums.confidence).sum() / counted.n)


def mean_confidence(counted: Tally) -> float:
    """In [0, 1]; NaN for no readings."""
    return _mean(counted.confidence * counted.count.astype(np.float64), counted.n)


def signed_error(counted: Tally) -> float:
    """mean(confidence - right), in [-1, 1]; above 0 is overconfident."""
    return _mean(counted.confidence * counted.count.astype(np.float64) - counted.right, counted.n)


def brier(counted: Tally) -> float:
    """mean (confidence - right)², in [0, 1]."""
    c = counted.confidence
    return _mean(counted.right * (1.0 - c) ** 2 + counted.wrong * c**2, counted.n)


def log_loss(counted: Tally) -> float:
    """mean -ln(probability given to what happened); confidences are kept 1e-12 away from 0 and 1."""
    c = np.clip(counted.confidence, _LOG_FLOOR, 1.0 - _LOG_FLOOR)
    rights, wrongs = counted.right.astype(np.float64), counted.wrong.astype(np.float64)
    return _mean(-rights * np.log(c) - wrongs * np.log1p(-c), counted.n)


def auroc(counted: Tally) -> float:
    """Area under the ROC curve; NaN unless there are both right and wrong readings."""
    rights, wrongs = int(counted.right.sum()), counted.n_wrong
    if not rights or not wrongs:
        return float("nan")
    below = counted.n_wrong - np.cumsum(counted.wrong)  # wrong readings with less confidence
    return float((counted.right * (below + counted.wrong / 2.0)).sum() / (float(rights) * float(wrongs)))


def _mean(values: FloatArray, n: int) -> float:
    return float(values.sum() / n) if n else float("nan")


__all__ = [
    "BINS",
    "CalibrationSummary",
    "Reliability",
    "auroc",
    "brier",
    "ece",
    "log_loss",
    "mean_confidence",
    "reliability",
    "signed_error",
    "summary",
]
