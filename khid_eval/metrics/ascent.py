"""Per-field cut-offs for whole cards: as many cards accepted as possible, with the error among them within a target."""

from __future__ import annotations

import numpy as np

from khid_eval.metrics.tally import IntArray
from khid_eval.records import BoolArray, FloatArray

_SAFETY = 0.8
_PRICES = 10
_ROUNDS = 3


def best_cutoffs(confidence: FloatArray, right: BoolArray, max_error: float) -> FloatArray:
    """(R,) cut-offs in (0, 1]. confidence: (n, R), 0 = not read; right: (n,) all required fields right.

    Coordinate ascent on accepted - price * wrong: one field's cut-off is the best with all others held. Among several
    prices the one that accepts most with an error of at most 0.8 * max_error on these cards wins; where none does,
    the one with the least error. Only a proposal: the certificate comes from other cards.
    """
    order = np.argsort(-confidence, axis=0, kind="stable")
    chosen, best = np.ones(confidence.shape[1]), (False, -np.inf)
    cutoffs = np.full(confidence.shape[1], np.finfo(float).tiny)
    for price in np.geomspace(1.0, 3.0 / max_error, _PRICES):
        cutoffs = _ascend(confidence, right, order, float(price), cutoffs)
        passing = (confidence >= cutoffs).all(axis=1)
        accepted, wrong = int(passing.sum()), int((passing & ~right).sum())
        risk = wrong / accepted if accepted else 1.0
        within = risk <= _SAFETY * max_error
        merit = (within, float(accepted) if within else -risk)
        if merit > best:
            chosen, best = cutoffs, merit
    return chosen


def _ascend(confidence: FloatArray, right: BoolArray, order: IntArray, price: float, start: FloatArray) -> FloatArray:
    worth = np.where(right, 1.0, 1.0 - price)
    cutoffs = start.copy()
    passes = confidence >= cutoffs
    failing = (~passes).sum(axis=1)
    for _ in range(_ROUNDS):
        before = cutoffs.copy()
        for field in range(cutoffs.size):
            others_pass = failing - ~passes[:, field] == 0
            cutoffs[field] = _best_cutoff(confidence[:, field], order[:, field], worth * others_pass)
            failing += passes[:, field]
            passes[:, field] = confidence[:, field] >= cutoffs[field]
            failing -= passes[:, field]
        if np.array_equal(before, cutoffs):
            break
    return cutoffs


def _best_cutoff(score: FloatArray, order: IntArray, worth: FloatArray) -> float:
    """The cut-off with the largest summed worth at or above it; the loosest of equals. Ties stay together."""
    ranked, gained = score[order], np.cumsum(worth[order])
    last = np.flatnonzero((np.diff(ranked, append=-1.0) != 0.0) & (ranked > 0.0))
    if not last.size:
        return 1.0
    values = gained[last]
    best = last[values.size - 1 - int(np.argmax(values[::-1]))]
    return float(ranked[best]) if gained[best] > 0.0 else 1.0


__all__ = ["best_cutoffs"]
