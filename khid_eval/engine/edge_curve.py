"""One side of a card as a line or, of a card that is bent or seen through a lens that bends lines, as a parabola.

A parabola is taken only where it runs along clearly more of the edge than the best line does: it fits clutter better
than a line, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from khid_eval.engine.edge_steps import (
    ALONG,
    ARCH,
    BIN_NUMBERS,
    BINS,
    Places,
    at_corners,
    lines_tried,
    noise_of,
    sums_along,
    votes_of,
)
from khid_eval.records import BoolArray, FloatArray

_MIN_AGREEING = 0.5
_STRAIGHT = 0.9
"""Share of the bins that agree with a line from which no bow is looked for."""
_BENT_AGREEING, _MORE = 0.7, 0.1
"""Share of the bins that must agree with a bow, and by how much it must be more than with the line."""
_BOW_STEP, _BOWS = 3, 5  # pixels between the bows that are looked for, and how many there are to either side
_NEAR = np.arange(-2, 3)[:, None]
_BASIS = np.stack([1 - ALONG, ALONG, ARCH], axis=1)
_SIGNIFICANT = 60.0
"""How many times the mean squared distance that is left a bow must take off the sum of squares to be one."""
_SHARED, _WELL_SEEN = 0.08, 0.75
"""Least bow of the opposite side, as a share of this one's, and the share of it from which it counts as seen. Of 21
drawn cards with bows above 0.8 % of their width the weaker bow of two is at least a tenth of the stronger.
"""
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Curve:
    """How far a side runs from where it was taken to be, in pixels of the flat card, to the right or downwards: at its
    first and last corner (from the left or the top), and the height of its middle above the line between these two.

    seen: share of it along which an edge was found, in [0, 1].
    """

    start: float
    end: float
    bow: float
    seen: float

    def at(self, share: float) -> float:
        """share: of the way from the first corner to the last."""
        return self.start + (self.end - self.start) * share + 4.0 * self.bow * share * (1.0 - share)


def best_curves(sides: Sequence[FloatArray], reach: int, known_bows: Sequence[int]) -> list[Curve]:
    """The best line or parabola along the top, right, bottom and left side; the straight side itself where neither has
    enough support.

    sides: (2 * reach + 1, BINS) each, see `side_steps`. known_bows: by which their rows are already bent.
    """
    found = [_best(steps, reach, bow) for steps, bow in zip(sides, known_bows, strict=True)]
    return [
        one if _is_shared(one, found[(side + 2) % 4]) else _best(sides[side], reach, known_bows[side], straight=True)
        for side, one in enumerate(found)
    ]


def _is_shared(curve: Curve, opposite: Curve) -> bool:
    """Whether the opposite side lets that bow be: a card and a lens bend both, clutter bends one."""
    return abs(opposite.bow) >= _SHARED * abs(curve.bow) or opposite.seen < _WELL_SEEN


def _best(steps: FloatArray, reach: int, known_bow: int, *, straight: bool = False) -> Curve:
    noise = noise_of(steps)
    centre = _best_line(steps, reach, noise)
    agreeing = _agreeing(steps, centre, noise)
    bent = False
    if agreeing.mean() < _STRAIGHT and not straight:
        bowed = _best_bow(steps, reach, noise)
        with_bow = _agreeing(steps, bowed, noise)
        if with_bow.mean() >= max(_BENT_AGREEING, agreeing.mean() + _MORE):
            centre, agreeing, bent = bowed, with_bow, True
    seen = float(agreeing.mean())
    if seen < _MIN_AGREEING:
        return Curve(0.0, 0.0, known_bow, seen)
    offsets = _centroids(steps, reach, centre)
    line = _straight(ALONG[agreeing], offsets[agreeing])
    if straight or not (bent or _is_bent(ALONG[agreeing], offsets[agreeing], line)):
        return Curve(*at_corners(*line), known_bow, seen)
    parabola = _parabola(steps, reach, noise, offsets, agreeing)
    if parabola is None:
        return Curve(0.0, 0.0, known_bow, 0.0)
    start, end, bow = parabola
    return Curve(*at_corners(start, end), bow + known_bow, seen)


def crossings(box: Sequence[float], curves: Sequence[Curve]) -> list[tuple[float, float]]:
    """Where the top, right, bottom and left side meet, in the order of a quad; box: left, top, right, bottom."""
    left, top, right, bottom = box
    corners = []
    for x, across, y, down in ((left, 0, top, 3), (right, 0, top, 1), (right, 2, bottom, 1), (left, 2, bottom, 3)):
        found = (x, y)
        for _ in range(_ROUNDS):  # the sides are nearly at right angles, so that each round mends nearly all
            found = (
                x + curves[down].at((found[1] - top) / (bottom - top)),
                y + curves[across].at((found[0] - left) / (right - left)),
            )
        corners.append(found)
    return corners


def _best_line(steps: FloatArray, reach: int, noise: float) -> Places:
    """(BINS,) the rows along the line with the most votes."""
    offsets = np.arange(-reach, reach + 1)
    votes = votes_of(steps, noise) * np.exp(-0.5 * (offsets[:, None] / (0.6 * reach)) ** 2)
    # Ends two pixels apart are near enough for a wide search: the fit looks two pixels around the line.
    _, _, places = lines_tried(reach, every=2 if reach > 10 else 1)
    return np.asarray(places[int(sums_along(votes, places).argmax())])


def _best_bow(steps: FloatArray, reach: int, noise: float) -> Places:
    """(BINS,) the rows along the parabola with the most votes."""
    votes = votes_of(steps, noise)
    # As a line, a parabola between two that are tried counts too.
    wide = np.maximum(votes, np.maximum(np.roll(votes, 1, axis=0), np.roll(votes, -1, axis=0)))
    places, weights = _bows_tried(reach)
    padded = np.vstack([0.5 * (votes + wide), np.zeros((1, BINS))])
    best = places[int((sums_along(padded, places) * weights).argmax())]
    return np.asarray(np.minimum(best, len(steps) - 1))


@cache
def _bows_tried(reach: int) -> tuple[Places, FloatArray]:
    """Rows of the steps along each parabola that is tried, (N, BINS), one beyond the last where it leaves them; and
    what its votes count, (N,): less the farther its corners stand from where they were found.
    """
    starts, stops, _ = lines_tried(reach, every=2)
    heights = _BOW_STEP * np.delete(np.arange(-_BOWS, _BOWS + 1), _BOWS)
    lines = starts[:, None] * (1 - ALONG) + stops[:, None] * ALONG
    places = np.rint(lines[None] + heights[:, None, None] * ARCH).astype(np.intp).reshape(-1, BINS) + reach
    places[(places < 0) | (places > 2 * reach)] = 2 * reach + 1
    weights = np.exp(-0.25 * (starts**2 + stops**2) / (0.6 * reach) ** 2)
    return places, np.tile(weights, len(heights))


def _agreeing(steps: FloatArray, centre: Places, noise: float) -> BoolArray:
    """(BINS,): where an edge runs within two pixels of those rows, and none beside it is twice as strong."""
    strongest = steps[np.clip(centre + _NEAR, 0, len(steps) - 1), BIN_NUMBERS].max(axis=0)
    return np.asarray((strongest > 2.5 * noise) & (strongest >= 0.5 * steps.max(axis=0)))


def _parabola(
    steps: FloatArray, reach: int, noise: float, offsets: FloatArray, agreeing: BoolArray
) -> tuple[float, float, float] | None:
    """(offset at the first bin, at the last, bow) of the parabola through those offsets, where they agree; None where
    it loses the edge. Looked for around itself twice more: near a line its outer parts were cut off.
    """
    for _ in range(2):
        centre = np.clip(np.rint(_BASIS @ _through(offsets, agreeing)).astype(np.intp) + reach, 0, 2 * reach)
        agreeing = _agreeing(steps, centre, noise)
        if agreeing.mean() < _MIN_AGREEING:
            return None
        offsets = _centroids(steps, reach, centre)
    start, end, bow = _through(offsets, agreeing).tolist()
    return start, end, bow


def _through(offsets: FloatArray, agreeing: BoolArray) -> FloatArray:
    """(3,) start, end and bow of the parabola with the least squares; at least three bins agree."""
    return np.asarray(np.linalg.lstsq(_BASIS[agreeing], offsets[agreeing], rcond=None)[0], dtype=np.float64)


def _straight(along: FloatArray, offsets: FloatArray) -> tuple[float, float]:
    """Values at 0 and at 1 of the line through the points with the least squares; (n,) each, n >= 2."""
    middle, level = float(along.mean()), float(offsets.mean())
    spread = along - middle
    slope = float(spread @ offsets) / float(spread @ spread)
    return level - slope * middle, level + slope * (1.0 - middle)


def _is_bent(along: FloatArray, offsets: FloatArray, line: tuple[float, float]) -> bool:
    """Whether a parabola explains far more of the offsets than a line."""
    if len(along) < 0.6 * BINS:
        return False
    basis = np.stack([np.ones_like(along), along, along**2], axis=1)
    parabola = np.linalg.lstsq(basis, offsets, rcond=None)[0]
    straight = float(((offsets - line[0] - (line[1] - line[0]) * along) ** 2).sum())
    curved = float(((offsets - basis @ parabola) ** 2).sum())
    return straight - curved > _SIGNIFICANT * (curved / (len(along) - 3) + 0.001)


def _centroids(steps: FloatArray, reach: int, centre: Places) -> FloatArray:
    """(BINS,) offsets of the steps' middle within two pixels of those rows."""
    near = np.clip(centre + _NEAR, 0, len(steps) - 1)
    weight = steps[near, BIN_NUMBERS]
    return np.asarray((weight * (near - reach)).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9))


__all__ = ["Curve", "best_curves", "crossings"]
