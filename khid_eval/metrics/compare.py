"""Two runs on the same photos: which is better, by how much, and is that decided at all?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from khid_eval.metrics.intervals import (
    BOOTSTRAP_REPLICATES,
    design_effect,
    group_sums,
    group_weights,
    percentile_interval,
)
from khid_eval.records import BoolArray, FloatArray

Verdict = Literal["B is better", "A is better", "not decisive"]


@dataclass(frozen=True, slots=True)
class Paired:
    """Right and wrong on the same readings: n pairs of so many cards; only_a were right in A alone, only_b in B alone.

    delta: share right in B less in A, in [-1, 1], with its interval (see `paired`). p_value: exact two-sided McNemar.
    """

    name: str
    n: int
    cards: int
    right_a: int
    right_b: int
    only_a: int
    only_b: int
    delta: float
    low: float
    high: float
    p_value: float


def mcnemar(only_a: ArrayLike, only_b: ArrayLike) -> FloatArray:
    """Exact two-sided p-value: of the pairs that differ, is one side more than chance? 1 where none differ.

    Source: McNemar 1947, with the exact binomial tail.
    """
    b, c = np.asarray(only_a, np.float64), np.asarray(only_b, np.float64)
    return np.asarray(np.minimum(1.0, 2.0 * special.betaincc(np.minimum(b, c) + 1.0, np.maximum(b, c), 0.5)))


def paired(name: str, right_a: BoolArray, right_b: BoolArray, groups: ArrayLike, rng: np.random.Generator) -> Paired:
    """Compare correctness pair by pair. right_a, right_b: (n,) bool in the same order; groups: (n,) card of each.

    The interval holds both the bootstrap of cards and the score interval at the effective number of pairs: resampling
    cannot draw what was not seen, and says "no difference, for sure" of a few cards that happen to be read alike.
    """
    if right_a.shape != right_b.shape or right_a.ndim != 1:
        raise ValueError(f"need two equal 1-d arrays, got {right_a.shape} and {right_b.shape}")
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    difference = right_b.astype(np.float64) - right_a.astype(np.float64)
    ones = np.ones(difference.size)
    drawn = ratio_interval(difference, ones, groups, rng)
    sums = group_sums(groups, difference, ones) if difference.size else np.empty((0, 2))
    scored = _scored(sums, only_a, only_b)
    return Paired(
        name=name,
        n=int(right_a.size),
        cards=len(sums),
        right_a=int(right_a.sum()),
        right_b=int(right_b.sum()),
        only_a=only_a,
        only_b=only_b,
        delta=float(difference.mean()) if difference.size else float("nan"),
        low=min(drawn[0], scored[0]),
        high=max(drawn[1], scored[1]),
        p_value=float(mcnemar(only_a, only_b)),
    )


def _scored(sums: FloatArray, only_a: int, only_b: int) -> tuple[float, float]:
    """Score interval from each card's difference and number of pairs, (cards, 2)."""
    n = float(sums[:, 1].sum())
    if not n:
        return float("nan"), float("nan")
    delta = (only_b - only_a) / n
    spread = float(((sums[:, 0] - delta * sums[:, 1]) ** 2).sum())
    effect = design_effect(spread, only_a + only_b - n * delta**2, float((sums[:, 1] ** 2).sum()) / n, len(sums))
    return tango(only_a / effect, only_b / effect, n / effect)


def tango(only_a: float, only_b: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval for the difference (only_b - only_a) / n of two shares over the same n pairs; n > 0. Counts may be
    fractions of pairs. Where no pair differs it is ±z² / (n + z²).

    All differences d with (only_b - only_a - n d)² <= z² n (2q + d (1 - d)), where q is the likeliest share of pairs
    that only A has right if d is true. Source: Tango 1998, "Equivalence test and confidence interval for the difference
    in proportions for the paired-sample design", Statistics in Medicine 17.
    """
    z = float(special.ndtri(0.5 + confidence / 2.0))
    return _tango_low(only_a, only_b, n, z), -_tango_low(only_b, only_a, n, z)


def _tango_low(loss: float, gain: float, n: float, z: float) -> float:
    outside, inside = -1.0, (gain - loss) / n
    for _ in range(50):
        d = (outside + inside) / 2.0
        b = (2.0 * n - gain + loss) * d - gain - loss
        q = (math.sqrt(max(0.0, b * b + 8.0 * n * loss * d * (1.0 - d))) - b) / (4.0 * n)
        if (gain - loss - n * d) ** 2 > z * z * n * (2.0 * q + d * (1.0 - d)):
            outside = d
        else:
            inside = d
    return outside


def ratio_interval(
    numerator: ArrayLike, denominator: ArrayLike, groups: ArrayLike, rng: np.random.Generator, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of sum(numerator) / sum(denominator) when whole cards are resampled."""
    if not np.asarray(groups).size:
        return float("nan"), float("nan")
    cells, counts = np.unique(group_sums(groups, numerator, denominator), axis=0, return_counts=True)
    drawn = rng.multinomial(int(counts.sum()), counts / counts.sum(), size=BOOTSTRAP_REPLICATES) @ cells
    with np.errstate(divide="ignore", invalid="ignore"):
        return percentile_interval(drawn[:, 0] / drawn[:, 1], confidence)


@dataclass(frozen=True, slots=True)
class Delta:
    """B less A of any figure, with its interval (the same cards resampled for both)."""

    a: float
    b: float
    delta: float
    low: float
    high: float


def delta_of_rates(
    part_a: ArrayLike,
    total_a: ArrayLike,
    part_b: ArrayLike,
    total_b: ArrayLike,
    groups: ArrayLike,
    rng: np.random.Generator,
) -> Delta:
    """B less A of sum(part) / sum(total), such as CER. All (n,), in the same order. Where resampling the cards cannot
    tell them apart, the interval is that of as many pairs without a flip."""
    sums = group_sums(groups, part_a, total_a, part_b, total_b)

    def both(weighted: FloatArray) -> tuple[FloatArray, FloatArray]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return weighted[..., 0] / weighted[..., 1], weighted[..., 2] / weighted[..., 3]

    cells, counts = np.unique(sums, axis=0, return_counts=True)
    drawn = rng.multinomial(len(sums), counts / len(sums), size=BOOTSTRAP_REPLICATES) @ cells
    resampled_a, resampled_b = both(drawn)
    a, b = (float(value) for value in both(sums.sum(axis=0)))
    low, high = percentile_interval(resampled_b - resampled_a)
    below, above = tango(0, 0, len(sums)) if low == high else (0.0, 0.0)
    return Delta(a, b, b - a, low + below, high + above)


Statistic = Callable[[FloatArray, BoolArray, FloatArray], FloatArray]
"""(confidence (n,), right (n,), weights (B, n)) -> (B,): a figure of weighted readings."""


def delta_of(
    statistic: Statistic,
    confidence_a: FloatArray,
    right_a: BoolArray,
    confidence_b: FloatArray,
    right_b: BoolArray,
    groups: ArrayLike,
    rng: np.random.Generator,
    replicates: int = 400,
) -> Delta:
    """B less A of a figure of confidences (weighted_augrc, weighted_signed_error, weighted_brier), cards resampled."""
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    once = np.ones((1, codes.size))
    a = float(statistic(confidence_a, right_a, once)[0])
    b = float(statistic(confidence_b, right_b, once)[0])
    draws = [
        statistic(confidence_b, right_b, weights[:, codes].astype(np.float64))
        - statistic(confidence_a, right_a, weights[:, codes].astype(np.float64))
        for weights in group_weights(int(codes.max()) + 1, rng, replicates)
    ]
    return Delta(a, b, b - a, *percentile_interval(np.concatenate(draws)))


def weighted_augrc(confidence: FloatArray, right: BoolArray, weights: FloatArray) -> FloatArray:
    """AUGRC of weighted readings, by the trapezoid over tie groups (a reading of weight 2 is two readings)."""
    order = np.argsort(-confidence, kind="stable")
    last = np.flatnonzero(np.diff(confidence[order], append=-1.0))
    accepted = np.cumsum(weights[:, order], axis=1)[:, last]
    wrong = np.cumsum(weights[:, order] * ~right[order], axis=1)[:, last]
    n = accepted[:, -1:]
    start = np.zeros_like(n)
    widths = np.diff(accepted, axis=1, prepend=start)
    before = np.concatenate([start, wrong[:, :-1]], axis=1)
    return np.asarray((widths * (before + wrong) / 2.0).sum(axis=1) / n[:, 0] ** 2)


def weighted_signed_error(confidence: FloatArray, right: BoolArray, weights: FloatArray) -> FloatArray:
    """mean(confidence - right) of weighted readings."""
    return np.asarray(weights @ (confidence - right) / weights.sum(axis=1))


def weighted_brier(confidence: FloatArray, right: BoolArray, weights: FloatArray) -> FloatArray:
    """mean (confidence - right)² of weighted readings."""
    return np.asarray(weights @ (confidence - right) ** 2 / weights.sum(axis=1))


def holm(p_values: Sequence[float]) -> FloatArray:
    """Adjusted p-values for several fields at once (Holm 1979): each compared with alpha itself."""
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(adjusted, 1.0)
    return result


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """A field's comparison after the correction for all fields. adjusted: Holm p-value, in [0, 1]."""

    pair: Paired
    adjusted: float
    verdict: Verdict

    @property
    def words(self) -> str:
        """The verdict as a sentence part, in points of a hundred."""
        pair = self.pair
        if self.verdict == "not decisive":
            return f"not decisive: {pair.only_b} against {pair.only_a} flips"
        points = f"{abs(pair.delta) * 100:.1f} points"
        low, high = sorted((abs(pair.low), abs(pair.high)))
        return f"{self.verdict[0]} better by {points} ({low * 100:.1f}–{high * 100:.1f}, n {pair.n})"


def verdicts(pairs: Sequence[Paired], alpha: float = 0.05) -> list[FieldVerdict]:
    """Which fields are decided at family-wise level alpha: by the exact test, and by the interval too.

    The test takes pairs as independent; the interval resamples whole cards, so several photos of one card cannot
    decide what the cards do not.
    """
    adjusted = holm([pair.p_value for pair in pairs])
    return [
        FieldVerdict(pair, float(p), _verdict(pair, float(p), alpha)) for pair, p in zip(pairs, adjusted, strict=True)
    ]


def _verdict(pair: Paired, adjusted: float, alpha: float) -> Verdict:
    if adjusted > alpha or pair.only_a == pair.only_b or pair.low <= 0.0 <= pair.high:
        return "not decisive"
    return "B is better" if pair.only_b > pair.only_a else "A is better"


GateVerdict = Literal["not worse", "worse", "not decisive"]


def non_inferior(low: float, high: float, margin: float) -> GateVerdict:
    """Is B not worse than A by more than the margin? low, high: interval of B less A, where more is better.

    margin: >= 0, in the figure's own unit. "worse": the whole interval lies below -margin.
    """
    if margin < 0.0:
        raise ValueError("the margin is >= 0")
    if low >= -margin:
        return "not worse"
    return "worse" if high < -margin else "not decisive"


__all__ = [
    "Delta",
    "FieldVerdict",
    "GateVerdict",
    "Paired",
    "Statistic",
    "Verdict",
    "delta_of",
    "delta_of_rates",
    "holm",
    "mcnemar",
    "non_inferior",
    "paired",
    "ratio_interval",
    "tango",
    "verdicts",
    "weighted_augrc",
    "weighted_brier",
    "weighted_signed_error",
]
