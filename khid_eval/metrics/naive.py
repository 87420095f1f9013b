"""The cut-off that most people would choose, and the chance that it breaks its promise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from khid_eval.metrics.selective import OperatingPoint, coverage_at_risk, risk_coverage
from khid_eval.metrics.tally import Tally
from khid_eval.metrics.trials import Promise

_CELLS = 200
_DRAWS = 500


@dataclass(frozen=True, slots=True)
class Naive:
    """The lowest cut-off whose error on these very readings is within the promise.

    chance_of_breaking: share of bootstrap worlds in which this rule picks a cut-off whose true error there is above the
    promise, in [0, 1]; NaN where nothing can be chosen, and where no reading is wrong: drawn from readings without an
    error, no sample has one either, which says nothing about the readings to come.
    """

    point: OperatingPoint
    chance_of_breaking: float


def naive_cutoff(counted: Tally, promise: Promise, rng: np.random.Generator, draws: int = _DRAWS) -> Naive:
    """Choose naively, then ask how often the same choice on other samples of that size breaks its promise.

    The readings at hand stand for the world; samples of the same size are drawn from them, the naive rule is applied to
    each, and its choice is judged in that world (Efron 1979).
    """
    curve = risk_coverage(counted)
    point = coverage_at_risk(curve, promise.max_error)
    if point.cutoff is None:
        return Naive(point, float("nan"))
    right, wrong = _cells(counted)
    if not wrong.any():
        return Naive(point, float("nan"))
    n = counted.n
    shares = np.concatenate([right, wrong]) / n
    drawn = rng.multinomial(n, shares / shares.sum(), size=draws)
    sample_wrong = np.cumsum(drawn[:, right.size :], axis=1)
    sample_all = np.cumsum(drawn[:, : right.size] + drawn[:, right.size :], axis=1)
    within = (sample_wrong <= promise.max_error * sample_all) & (sample_all > 0)
    chooses = within.any(axis=1)
    chosen = right.size - 1 - np.argmax(within[:, ::-1], axis=1)
    world_risk = np.cumsum(wrong) / np.maximum(np.cumsum(right + wrong), 1)
    broken = chooses & (world_risk[chosen] > promise.max_error)
    return Naive(point, float(broken.mean()))


def _cells(
    counted: Tally,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Right and wrong readings in at most _CELLS runs of neighbouring confidences, without those that were not read."""
    read = counted.confidence > 0.0
    right, wrong = counted.right[read], counted.wrong[read]
    reached = np.cumsum(right + wrong)
    edges = np.searchsorted(reached, np.linspace(0, reached[-1], _CELLS + 1)[1:-1], side="left") + 1
    starts = np.unique(np.concatenate([[0], edges[edges < reached.size]]))
    return np.add.reduceat(right, starts), np.add.reduceat(wrong, starts)


__all__ = ["Naive", "naive_cutoff"]
