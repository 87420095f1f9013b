"""Exact binomial evidence about one error rate, and how many labelled cards a promise takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from khid_eval.metrics.intervals import lower_bound, upper_bound
from khid_eval.metrics.tally import IntArray
from khid_eval.records import BoolArray, FloatArray

_HOPELESS = 10_000_000
"""More cards than anybody labels: answered as "no number helps"."""


@dataclass(frozen=True, slots=True)
class Promise:
    """At most max_error of the accepted are wrong, by a procedure that errs at most 1 - confidence of the time.

    Both in (0, 1).
    """

    max_error: float = 0.01
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not (0.0 < self.max_error < 1.0 and 0.0 < self.confidence < 1.0):
            raise ValueError("max_error and confidence must be in (0, 1)")

    @property
    def delta(self) -> float:
        """The allowed chance of a false promise."""
        return 1.0 - self.confidence

    def among(self, certificates: int) -> Promise:
        """The same promise so strict that ALL of that many certificates hold together (Bonferroni)."""
        return Promise(self.max_error, 1.0 - self.delta / certificates)


def p_values(wrong: ArrayLike, accepted: ArrayLike, max_error: float) -> FloatArray:
    """P(at most this many wrong among the accepted) if the true error were max_error: exact, 1 where none is accepted.

    Source: Angelopoulos et al. 2021, "Learn then Test", with the exact binomial tail in place of a bound.
    """
    k, m = np.asarray(wrong, np.float64), np.asarray(accepted, np.float64)
    if not np.all((k >= 0.0) & (k <= m)):
        raise ValueError("need 0 <= wrong <= accepted")
    # The binomial tail as an incomplete beta function: exact at any size.
    return np.asarray(np.where(m > k, special.betaincc(k + 1.0, np.maximum(m - k, 1.0), max_error), 1.0))


def smallest_certifiable(promise: Promise) -> int:
    """Fewest accepted cards, all right, that certify the promise: (1 - max_error)^m <= delta."""
    guess = math.ceil(math.log(promise.delta) / math.log1p(-promise.max_error) - 1e-9)
    while (1.0 - promise.max_error) ** guess > promise.delta:
        guess += 1
    return guess


def accepted_needed(wrong: ArrayLike, promise: Promise) -> IntArray:
    """Fewest accepted cards that certify the promise with that many errors among them."""
    errors = np.atleast_1d(np.asarray(wrong, np.int64))
    low, high = errors.copy(), np.maximum(errors, 1) * 2
    while np.any(short := p_values(errors, high, promise.max_error) > promise.delta):
        high[short] *= 2
    while np.any(high - low > 1):
        middle = (low + high) // 2
        enough = p_values(errors, middle, promise.max_error) <= promise.delta
        high, low = np.where(enough, middle, high), np.where(enough, low, middle)
    return high


@dataclass(frozen=True, slots=True)
class LabelsNeeded:
    """How many more labelled cards a promise takes at the least, if the reader goes on as it did.

    more: labelled cards to add, 0 where it is certified already, None where no number helps: at every cut-off the error
    is above the promise for certain. error, coverage: as observed at the cut-off that takes fewest.
    """

    more: int | None
    error: float
    coverage: float


def labels_needed(
    accepted: IntArray, wrong: IntArray, cards: int, promise: Promise, *, certify_share: float = 1.0
) -> LabelsNeeded:
    """The fewest cards over all steps at which the observed error rates would certify.

    accepted, wrong: (J,) per step among `cards` labelled cards of the certifying side; certify_share: share of labelled
    cards that reach that side. A step whose observed error is above the promise, but not for certain, counts as if
    no further error came: an answer from few cards is a lower bound, and so is that from none.
    """
    if not np.any(accepted):
        # So few cards that none was accepted tell nothing about the reader, but what any reader needs.
        least = math.ceil((smallest_certifiable(promise) - cards) / certify_share)
        return LabelsNeeded(least if least > 0 else None, float("nan"), 0.0)
    used = accepted > 0
    m, k = accepted[used].astype(np.float64), wrong[used]
    error = k / m
    hopeless = lower_bound(k, m, promise.confidence) > promise.max_error
    trials = np.where(error < promise.max_error, _trials_for(error, promise), accepted_needed(k, promise))
    needed = np.where(hopeless, np.inf, trials) * cards / m
    best = int(np.argmin(needed))
    if not np.isfinite(needed[best]):
        return LabelsNeeded(None, float(error.min()), float(m[int(np.argmin(error))] / cards))
    more = max(0, math.ceil((needed[best] - cards) / certify_share))
    return LabelsNeeded(more, float(error[best]), float(m[best] / cards))


def _trials_for(error: FloatArray, promise: Promise) -> FloatArray:
    """Accepted cards at which the expected number of errors just certifies; inf where the error is not below target."""
    possible = np.flatnonzero(error < promise.max_error)
    low = np.zeros(possible.size, np.int64)
    high = np.full(possible.size, smallest_certifiable(promise), np.int64)

    def enough(accepted: IntArray) -> BoolArray:
        wrong = np.ceil(accepted * error[possible])
        return np.asarray(p_values(wrong, accepted, promise.max_error) <= promise.delta)

    while np.any(short := ~enough(high) & (high < _HOPELESS)):
        low[short], high[short] = high[short], high[short] * 2
    while np.any(high - low > 1):
        middle = (low + high) // 2
        certified = enough(middle)
        high, low = np.where(certified, middle, high), np.where(certified, low, middle)
    trials = np.full(error.shape, np.inf)
    trials[possible] = np.where(high < _HOPELESS, high, np.inf)
    return trials


@dataclass(frozen=True, slots=True, eq=False)
class LabelsTable:
    """Accepted cards that a promise takes: needed (E, T) for E numbers of errors and T promised errors."""

    wrong: tuple[int, ...]
    max_error: FloatArray
    needed: IntArray


def labels_table(
    confidence: float = 0.95,
    wrong: tuple[int, ...] = (0, 1, 2, 5),
    max_error: ArrayLike = (0.05, 0.02, 0.01, 0.005, 0.001),
) -> LabelsTable:
    """The table, and with many promised errors the chart, of labels against what they can certify."""
    targets = np.asarray(max_error, np.float64)
    columns = [accepted_needed(wrong, Promise(float(target), confidence)) for target in targets]
    return LabelsTable(wrong, targets, np.stack(columns, axis=1))


def certifiable_error(wrong: ArrayLike, accepted: ArrayLike, confidence: float = 0.95) -> FloatArray:
    """The smallest max_error that these counts certify: for the chart of labels against what they can promise."""
    return upper_bound(wrong, accepted, confidence)


__all__ = [
    "LabelsNeeded",
    "LabelsTable",
    "Promise",
    "accepted_needed",
    "certifiable_error",
    "labels_needed",
    "labels_table",
    "p_values",
    "smallest_certifiable",
]
