"""Confidences with how often each was right and wrong: the one input of calibration and selective figures.

Equal confidences stand in one row, so that no figure can depend on the order of rows, and a database can count
millions of readings (`GROUP BY confidence`) and hand over the counts alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from khid_eval.records import BoolArray, FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """k distinct confidences, the highest first. Arrays are (k,); right + wrong >= 1 in every row.

    Raises ValueError where the confidences do not strictly fall within [0, 1] or a count is negative.
    """

    confidence: FloatArray
    right: IntArray
    wrong: IntArray

    def __post_init__(self) -> None:
        if not self.confidence.ndim == 1 or not self.confidence.shape == self.right.shape == self.wrong.shape:
            raise ValueError("a tally has three equal 1-d arrays")
        _check_confidence(self.confidence)
        if np.any(np.diff(self.confidence) >= 0.0):
            raise ValueError("confidences must strictly fall")
        if np.any(self.right < 0) or np.any(self.wrong < 0) or np.any(self.count == 0):
            raise ValueError("counts must be >= 0, and at least one reading a row")

    @property
    def count(self) -> IntArray:
        """(k,) readings at each confidence."""
        return np.asarray(self.right + self.wrong, np.int64)

    @property
    def n(self) -> int:
        return int(self.right.sum() + self.wrong.sum())

    @property
    def n_wrong(self) -> int:
        return int(self.wrong.sum())


def _check_confidence(confidence: FloatArray) -> None:
    if not np.all((confidence >= 0.0) & (confidence <= 1.0)):  # also refuses NaN
        raise ValueError("confidence must be in [0, 1]")


def tally(confidence: ArrayLike, correct: ArrayLike) -> Tally:
    """Count readings row by row. confidence: (n,) in [0, 1]; correct: (n,) bool. n = 0 gives an empty tally.

    Raises ValueError if shapes differ or a confidence is NaN or outside [0, 1].
    """
    scores = np.asarray(confidence, np.float64)
    is_right = np.asarray(correct)
    if is_right.dtype != np.bool_ and is_right.size:
        raise ValueError(f"correct must be bool, got {is_right.dtype}")
    if scores.ndim != 1 or scores.shape != is_right.shape:
        raise ValueError(f"need two equal 1-d arrays, got {scores.shape} and {is_right.shape}")
    _check_confidence(scores)
    ones = np.ones(scores.size, np.int64)
    return from_counts(scores, np.where(is_right, ones, 0), np.where(is_right, 0, ones))


def from_counts(confidence: ArrayLike, right: ArrayLike, wrong: ArrayLike) -> Tally:
    """A tally of counted rows in any order; equal confidences are added up, rows of nothing dropped."""
    scores = np.asarray(confidence, np.float64) + 0.0  # -0.0 becomes 0.0
    _check_confidence(scores)
    rights, wrongs = np.asarray(right, np.int64), np.asarray(wrong, np.int64)
    kept = (rights + wrongs) > 0
    scores, rights, wrongs = scores[kept], rights[kept], wrongs[kept]
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.diff(ranked, prepend=2.0) != 0.0)
    if not starts.size:
        return Tally(ranked, rights, wrongs)
    return Tally(ranked[starts], np.add.reduceat(rights[order], starts), np.add.reduceat(wrongs[order], starts))


def rows(counted: Tally) -> tuple[FloatArray, BoolArray]:
    """The readings one by one again: confidence (n,) and correct (n,)."""
    confidence = np.repeat(np.tile(counted.confidence, 2), np.concatenate([counted.right, counted.wrong]))
    correct = np.arange(counted.n) < counted.n - counted.n_wrong
    return confidence, correct


__all__ = ["IntArray", "Tally", "from_counts", "rows", "tally"]
