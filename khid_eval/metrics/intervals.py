"""Intervals: Wilson for what is shown, Clopper-Pearson for what is promised, cluster bootstrap for what is pooled."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from khid_eval.records import FloatArray

BOOTSTRAP_REPLICATES = 1000
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its counts and interval. value, low, high: in [0, 1], NaN where total is 0."""

    part: int
    total: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure that is no simple share, with its interval; n: the readings behind it."""

    value: float
    low: float
    high: float
    n: int


def wilson(part: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Two-sided Wilson score interval for each part / total; NaN where total is 0.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    k, n = _counts(part, total)
    z = float(special.ndtri(0.5 + _checked(confidence) / 2.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / n
        centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
        half = z / (1.0 + z * z / n) * np.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    low = np.where(k == 0, 0.0, np.clip(centre - half, 0.0, 1.0))  # rounding must not miss the ends
    high = np.where(k == n, 1.0, np.clip(centre + half, 0.0, 1.0))
    nothing = n == 0
    return np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)


def rate(part: int, total: int, confidence: float = 0.95) -> Rate:
    """One share with its Wilson interval."""
    low, high = wilson(part, total, confidence)
    return Rate(int(part), int(total), part / total if total else float("nan"), float(low), float(high))


def poisson(events: float, exposure: float, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval for events / exposure, which may pass 1; exposure > 0. No event: up to z² / exposure, which is the
    rule of three, rounded up.

    Source: Brown, Cai and DasGupta 2003, "Interval estimation in exponential families", the Rao score interval.
    """
    z = float(special.ndtri(0.5 + _checked(confidence) / 2.0))
    centre, half = events + z * z / 2.0, z * math.sqrt(events + z * z / 4.0)
    return max(0.0, centre - half) / exposure, (centre + half) / exposure


def design_effect(spread: float, simple: float, clump: float, cards: int) -> float:
    """How many trials that hang together say as much as one that stands alone; at least 1 (Kish 1965).

    spread: sum over cards of (errors - errors expected of its number of trials)²; simple: what that sum would be were
    all trials independent. For rare errors it is the mean, over errors, of how many errors their card has.
    That cannot be seen in a handful of errors, and not at all in none or on one card. So one more error is imagined, on
    a card with `clump` of them: without any error, `clump` trials count as one, and each error makes it matter less.
    """
    if cards < 2:
        return max(1.0, clump)
    return max(1.0, (spread * cards / (cards - 1) + clump) / (simple + 1.0))


def upper_bound(wrong: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> FloatArray:
    """Exact one-sided upper bound on a rate (Clopper and Pearson 1934); 1 where total is 0."""
    k, n = _counts(wrong, total)
    bound = special.betaincinv(k + 1.0, np.maximum(n - k, 1e-300), _checked(confidence))
    return np.where(k >= n, 1.0, bound)


def lower_bound(wrong: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> FloatArray:
    """Exact one-sided lower bound on a rate; 0 where nothing was wrong."""
    k, n = _counts(wrong, total)
    bound = special.betaincinv(np.maximum(k, 1e-300), n - k + 1.0, 1.0 - _checked(confidence))
    return np.where(k == 0, 0.0, bound)


def _counts(part: ArrayLike, total: ArrayLike) -> tuple[FloatArray, FloatArray]:
    k, n = np.asarray(part, np.float64), np.asarray(total, np.float64)
    if not np.all((k >= 0.0) & (k <= n)):
        raise ValueError("need 0 <= part <= total")
    return k, n


def _checked(confidence: float) -> float:
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence level must be in (0, 1), got {confidence}")
    return confidence


def group_weights(
    group_count: int, rng: np.random.Generator, replicates: int = BOOTSTRAP_REPLICATES
) -> Iterator[NDArray[np.int64]]:
    """How often each group is drawn in each replicate: blocks (b, group_count) that together have all replicates."""
    share = np.full(group_count, 1.0 / group_count)
    block = max(1, _CELLS_AT_ONCE // max(group_count, 1))
    for start in range(0, replicates, block):
        yield rng.multinomial(group_count, share, size=min(block, replicates - start))


def pooled_rate(
    part: ArrayLike,
    total: ArrayLike,
    groups: ArrayLike,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    replicates: int = BOOTSTRAP_REPLICATES,
) -> Estimate:
    """sum(part) / sum(total) with a percentile interval from resampling whole groups.

    part, total: (n,) numbers a row (a photo, or a field of a photo); groups: (n,) the card of each row.
    A pooled rate must not treat fields or photos of one card as independent. Groups with equal sums are exchangeable,
    so cells of equal sums are resampled together: exact, and fast for counts at any number of cards.
    Source: Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8.
    """
    sums = group_sums(groups, part, total)
    whole = float(sums[:, 1].sum())
    if not whole:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    cells, counts = np.unique(sums, axis=0, return_counts=True)
    drawn = rng.multinomial(len(sums), counts / len(sums), size=replicates) @ cells
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = drawn[:, 0] / drawn[:, 1]
    low, high = percentile_interval(ratios, confidence)
    return Estimate(float(sums[:, 0].sum() / whole), low, high, len(np.asarray(total)))


def group_sums(groups: ArrayLike, *columns: ArrayLike) -> FloatArray:
    """(number of groups, number of columns): each column summed within each group, groups in sorted order."""
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    return np.stack([np.bincount(codes, np.asarray(column, np.float64)) for column in columns], axis=1)


def percentile_interval(draws: FloatArray, confidence: float = 0.95) -> tuple[float, float]:
    """The central share of the draws; NaN draws (a rate of nothing) are left out."""
    tail = (1.0 - _checked(confidence)) / 2.0
    kept = draws[~np.isnan(draws)]
    if not kept.size:
        return float("nan"), float("nan")
    low, high = np.quantile(kept, [tail, 1.0 - tail])
    return float(low), float(high)


__all__ = [
    "BOOTSTRAP_REPLICATES",
    "Estimate",
    "Rate",
    "design_effect",
    "group_sums",
    "group_weights",
    "lower_bound",
    "percentile_interval",
    "poisson",
    "pooled_rate",
    "rate",
    "upper_bound",
    "wilson",
]
