"""Cut-off paths: which cut-offs are tested, strictest first, fixed before any certifying card is seen.

A path has J steps of cut-offs for R required fields; a card passes a step when every required field is at or above
its cut-off. Steps are nested: what passes one step passes all later ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from khid_eval.metrics.ascent import best_cutoffs
from khid_eval.metrics.split import Cards, CodeArray, SplitRule, TuneCards
from khid_eval.metrics.tally import IntArray
from khid_eval.metrics.trials import Promise, p_values, smallest_certifiable
from khid_eval.records import BoolArray, FloatArray

MAX_STEPS = 200
_STEP_RATIO = 1.03
_EDGE = 1e-9
_LOOSER = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
"""Log-odds by which the path goes on below the loosest tuning card: with few of those, most others lie there. Known
before any card is seen, so it costs a certificate nothing.
"""
_LIKELIER_RIGHT = 0.5
"""The path goes on below the tuning cards no further than this confidence: nobody should accept, unseen, what the
reader itself holds to be wrong, be the error of the seen cards ever so low.
"""
_DECIMALS = 1e9
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A nested sequence of cut-offs and where testing begins.

    cutoffs: (J, R) in (0, 1], each column never rising. start: the step tested first. condition_starts: the same for
    each condition of the cards, by index. rule: the split it was tuned under. learnt: whether labels of the tuning
    side chose it; if not, only confidences did.
    """

    required: tuple[str, ...]
    cutoffs: FloatArray
    rule: SplitRule
    learnt: bool
    start: int = 0
    condition_starts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.cutoffs.ndim != 2 or self.cutoffs.shape[1] != len(self.required) or not self.required:
            raise ValueError(f"cutoffs must be (steps, {len(self.required)})")
        if not np.all((self.cutoffs > 0.0) & (self.cutoffs <= 1.0)):
            raise ValueError("cut-offs must be in (0, 1]")
        if np.any(np.diff(self.cutoffs, axis=0) > 0.0):
            raise ValueError("cut-offs go from strict to loose")

    @property
    def steps(self) -> int:
        return int(self.cutoffs.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class PathCounts:
    """What each of J steps accepted, by slice: accepted and wrong are (S, J), total is (S,) trials."""

    accepted: IntArray
    wrong: IntArray
    total: IntArray


def first_passing_step(path: Path, cards: Cards, rows: CodeArray) -> IntArray:
    """(t,) the first step that accepts each of these rows; path.steps where none does."""
    first = np.zeros(rows.size, np.int64)
    for position, field in enumerate(path.required):
        rising = np.ascontiguousarray(path.cutoffs[::-1, position])
        passed = np.searchsorted(rising, cards.confidence[:, cards.column(field)][rows], side="right")
        np.maximum(first, path.steps - passed, out=first)
    return first


def all_right(path: Path, cards: Cards, rows: CodeArray) -> BoolArray:
    """(t,) whether every required field is right."""
    right = np.ones(rows.size, np.bool_)
    for field in path.required:
        right &= cards.right[:, cards.column(field)][rows]
    return right


def count_steps(
    path: Path, cards: Cards, rows: CodeArray, code: CodeArray | None = None, slices: int = 1
) -> PathCounts:
    """Accepted and wrong at every step, by slice; each row is one trial. code: (t,) slice of each row, or all are 0."""
    width = path.steps + 1
    cell = first_passing_step(path, cards, rows)
    if code is not None:
        cell += code * width
    shape = (slices, width)
    entered = np.bincount(cell, minlength=slices * width).reshape(shape)
    failed = np.bincount(cell[~all_right(path, cards, rows)], minlength=slices * width).reshape(shape)
    accepted, wrong = np.cumsum(entered, axis=1), np.cumsum(failed, axis=1)
    return PathCounts(accepted[:, :-1], wrong[:, :-1], accepted[:, -1])


def field_path(tune: TuneCards, field: str, promise: Promise, *, learn: bool = True) -> Path:
    """The path for one field alone.

    learn: also use the tuning labels, to start at the safest cut-off; otherwise confidences alone decide.
    """
    cards = tune.sample
    grid = _quantile_grid(cards.confidence[:, cards.column(field)])
    return _started((field,), np.zeros(1), _logit(grid[grid > 0.0]), tune, promise, learn=learn)


def document_path(tune: TuneCards, required: tuple[str, ...], promise: Promise, *, learn: bool = True) -> Path:
    """The path for whole cards: per-field cut-offs, moved together on the log-odds scale.

    learn: the cut-offs it passes through are those that accept most tuning cards with their error within the promise
    (see khid_eval.metrics.ascent); otherwise all fields share one cut-off.
    """
    cards = tune.sample
    columns = [cards.column(field) for field in required]
    confidence, right = cards.confidence[:, columns], np.all(cards.right[:, columns], axis=1)
    centre = _logit(best_cutoffs(confidence, right, promise.max_error) if learn else np.full(len(required), 0.5))
    read = (confidence > 0.0).all(axis=1)
    shifts = _quantile_grid((_logit(confidence[read]) - centre).min(axis=1))
    return _started(required, centre, shifts, tune, promise, learn=learn)


def constant_path(required: tuple[str, ...], cutoffs: ArrayLike, rule: SplitRule) -> Path:
    """A path of numbers known before the data: an existing policy's cut-offs, or a fixed grid. (J, R)."""
    return Path(required, np.asarray(cutoffs, np.float64), rule, learnt=False)


def _quantile_grid(scores: FloatArray) -> FloatArray:
    """Falling values at geometrically growing numbers of accepted tuning cards; ties merge."""
    ranked = np.sort(scores)[::-1]
    if not ranked.size:
        return np.empty(0)
    ratio = max(_STEP_RATIO, ranked.size ** (1.0 / MAX_STEPS))
    powers = np.arange(0.0, np.log(ranked.size) / np.log(ratio) + 1.0)
    sizes = np.minimum(np.rint(ratio**powers).astype(np.int64), ranked.size)
    return np.unique(ranked[np.unique(sizes) - 1])[::-1]


def _tidy(cutoffs: FloatArray) -> FloatArray:
    """Cut-offs of at most nine decimals, rounded down so that no card which made a step is shut out of it."""
    tidy = np.floor(cutoffs * _DECIMALS + _ROUNDING) / _DECIMALS
    tidy = tidy[(tidy > 0.0).all(axis=1)]
    changed = np.any(np.diff(tidy, axis=0, prepend=2.0) != 0.0, axis=1)
    return np.asarray(tidy[changed])


def _moved(centre: FloatArray, shifts: FloatArray) -> FloatArray:
    return _tidy(special.expit(centre[None, :] + shifts[:, None]))


def _moved_on(centre: FloatArray, shifts: FloatArray) -> FloatArray:
    """The steps of `_moved` and those that go on below the loosest tuning card, to where a wrong field is likelier."""
    if not shifts.size:
        return _moved(centre, shifts)
    loosest = special.expit(centre + shifts[-1])
    looser = special.expit(centre + (shifts[-1] - _LOOSER)[:, None])
    looser = np.maximum(looser, np.minimum(loosest, _LIKELIER_RIGHT))
    return _tidy(np.concatenate([special.expit(centre[None, :] + shifts[:, None]), looser]))


def _started(
    required: tuple[str, ...], centre: FloatArray, shifts: FloatArray, tune: TuneCards, promise: Promise, *, learn: bool
) -> Path:
    """The path through `centre` moved by each shift, (J,) falling log-odds, and on below the loosest tuning card.

    Testing begins at a step that the tuning cards reach, for all cards and for each condition.
    """
    names = tune.cards.condition_names
    reached = len(_moved(centre, shifts))
    path = Path(required, _moved_on(centre, shifts), tune.rule, learn)
    if not path.steps:
        return replace(path, condition_starts=(0,) * len(names))
    every, sliced = tune.sample, tune.condition_sample
    counts = count_steps(path, every, np.arange(len(every)))
    by_condition = count_steps(path, sliced, np.arange(len(sliced)), sliced.condition, len(names))
    starts = [
        _start(accepted[:reached], wrong[:reached], promise, tune.condition_expect, learn)
        for accepted, wrong in zip(by_condition.accepted, by_condition.wrong, strict=True)
    ]
    start = _start(counts.accepted[0][:reached], counts.wrong[0][:reached], promise, tune.expect, learn)
    return replace(path, start=start, condition_starts=tuple(starts))


def _start(accepted: IntArray, wrong: IntArray, promise: Promise, scale: float, learn: bool) -> int:
    """The first step worth testing: not so strict that no certificate is possible, and the safest by the labels."""
    expected = accepted * scale
    possible = int(np.searchsorted(expected, smallest_certifiable(promise) * 1.1))
    if possible >= accepted.size:
        return int(accepted.size - 1)
    if not learn:
        return possible
    # Half an imagined error keeps a short lucky stretch without errors from looking safest.
    risk = (wrong[possible:] + 0.5) / (accepted[possible:] + 1.0)
    trials = np.rint(expected[possible:])
    return possible + int(np.argmin(p_values(np.minimum(np.rint(risk * trials), trials), trials, promise.max_error)))


def _logit(confidence: FloatArray) -> FloatArray:
    return np.asarray(special.logit(np.clip(confidence, _EDGE, 1.0 - _EDGE)))


__all__ = [
    "MAX_STEPS",
    "Path",
    "PathCounts",
    "all_right",
    "constant_path",
    "count_steps",
    "document_path",
    "field_path",
    "first_passing_step",
]
