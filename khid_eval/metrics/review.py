"""What people are left with: fields to confirm and to correct at each step of a path, and which fields cause it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from khid_eval.metrics.paths import Path, first_passing_step
from khid_eval.metrics.split import Cards, CodeArray
from khid_eval.metrics.tally import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class ReviewWork:
    """Right fields to confirm and wrong ones to correct, summed over the cards, at each of J steps; arrays are (J,)."""

    confirmed: IntArray
    corrected: IntArray


def review_work(path: Path, cards: Cards, rows: CodeArray, *, whole_card: bool = True) -> ReviewWork:
    """whole_card: a card that is not accepted is looked at in all required fields; else only in those that fail."""
    confirmed, corrected = np.zeros(path.steps, np.int64), np.zeros(path.steps, np.int64)
    card_step = first_passing_step(path, cards, rows)
    for position, field in enumerate(path.required):
        step = card_step if whole_card else first_passing_step(_alone(path, position), cards, rows)
        right = cards.right[:, cards.column(field)][rows]
        confirmed += _not_yet_passed(step[right], path.steps)
        corrected += _not_yet_passed(step[~right], path.steps)
    return ReviewWork(confirmed, corrected)


def _alone(path: Path, position: int) -> Path:
    return Path((path.required[position],), np.ascontiguousarray(path.cutoffs[:, [position]]), path.rule, path.learnt)


def _not_yet_passed(first: IntArray, steps: int) -> IntArray:
    """(J,) how many have their first passing step after each step."""
    passed = np.cumsum(np.bincount(first, minlength=steps + 1)[:steps])
    return np.asarray(first.size - passed, np.int64)


@dataclass(frozen=True, slots=True)
class ReviewCause:
    """fails: reviewed cards with this field below its cut-off; alone: with no other field below. of: reviewed cards."""

    field: str
    fails: int
    alone: int
    of: int


def review_causes(path: Path, step: int, cards: Cards, rows: CodeArray) -> list[ReviewCause]:
    """Which required fields send cards to review at that step; the most frequent first."""
    columns = [cards.column(field) for field in path.required]
    failing = cards.confidence[:, columns][rows] < path.cutoffs[step]
    count = failing.sum(axis=1)
    reviewed = int((count > 0).sum())
    causes = [
        ReviewCause(field, int(failing[:, i].sum()), int((failing[:, i] & (count == 1)).sum()), reviewed)
        for i, field in enumerate(path.required)
    ]
    return sorted(causes, key=lambda cause: -cause.fails)


__all__ = ["ReviewCause", "ReviewWork", "review_causes", "review_work"]
