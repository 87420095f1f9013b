"""The strip of a flat card around each of its sides: how large the steps in brightness across it are, and how much of
them lies along a line or a parabola.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.engine.rectify import FlatCard
from khid_eval.records import BoolArray, FloatArray

Float32Array = NDArray[np.float32]
Places = NDArray[np.intp]

BINS = 64
BIN_NUMBERS = np.arange(BINS)
ALONG = np.linspace(0.0, 1.0, BINS)
_ENDS = (0.08, 0.92)
"""Share of a side that is looked at: an ID-1 card has round corners of 3.18 mm."""
_HALF_BIN = (_ENDS[1] - _ENDS[0]) / BINS / 2
_FIRST, _LAST = _ENDS[0] + _HALF_BIN, _ENDS[1] - _HALF_BIN  # middles of the outermost bins, as shares of the side
ARCH = 4.0 * (_FIRST + (_LAST - _FIRST) * ALONG) * (1.0 - (_FIRST + (_LAST - _FIRST) * ALONG))
"""(BINS,): a parabola that is 0 at both corners of the side and 1 in its middle."""
_STRAIGHT = (0, 0, 0, 0)


def side_steps(card: FlatCard, reach: int, bows: Sequence[int] = _STRAIGHT, *, rim: int = 0) -> list[FloatArray]:
    """The steps across the top, right, bottom and left side; see `_steps`.

    bows: pixels of the flat card by which each side's middle is known to stand off the line between its corners; the
    strip around such a side is bent with it. rim: pixels inside the photo's end within which no step counts.
    """
    left, top, right, bottom = (round(value) for value in card.box)
    bands = [
        _band(card, top, left, right, reach + abs(bows[0])),
        _band(card, right, top, bottom, reach + abs(bows[1]), upright=True),
        _band(card, bottom, left, right, reach + abs(bows[2])),
        _band(card, left, top, bottom, reach + abs(bows[3]), upright=True),
    ]
    return [_unbent(_steps(band, rim), bow) for band, bow in zip(bands, bows, strict=True)]


def noise_of(steps: FloatArray) -> float:
    """Their median and a little more; np.median itself takes four times as long."""
    middle = steps.size // 2  # the number of steps is even
    return float(np.partition(steps, (middle - 1, middle), axis=None)[middle - 1 : middle + 1].mean()) + 1.0


def votes_of(steps: FloatArray, noise: float) -> FloatArray:
    """Steps as votes in [0, 1]: four times the noise is as good as more."""
    return np.minimum(steps / (4.0 * noise), 1.0)


def sums_along(votes: FloatArray, places: Places) -> FloatArray:
    """The sum of the votes along each line; places: rows of the votes, (N, BINS), for each line. Returns (N,)."""
    return np.asarray(votes.ravel().take(places * BINS + BIN_NUMBERS).sum(axis=1))


@cache
def lines_tried(reach: int, *, every: int) -> tuple[Places, Places, Places]:
    """All lines that are tried: offsets at the first bin and at the last, (N,), and rows of the steps, (N, BINS)."""
    ends = np.arange(-reach, reach + 1)[::every]
    starts, stops = (grid.ravel() for grid in np.meshgrid(ends, ends, indexing="ij"))
    places = np.rint(starts[:, None] * (1 - ALONG) + stops[:, None] * ALONG).astype(np.intp) + reach
    return starts, stops, places


def at_corners(start: float, end: float) -> tuple[float, float]:
    """Offsets at both corners of a line given at the first bin and the last: the bins span the middle of the side."""
    per_side = (end - start) / (_LAST - _FIRST)
    return start - per_side * _FIRST, end + per_side * (1.0 - _LAST)


def _band(
    card: FlatCard, edge: int, start: int, end: int, reach: int, *, upright: bool = False
) -> tuple[Float32Array, BoolArray]:
    """The rows around a side that runs along x at y = `edge` from x = start to end, pooled along it to BINS columns.

    upright: the side runs along y at x = `edge`; its columns are taken for rows. Returns (2 * reach + 4, BINS,
    channels) brightness and whether any of it lies outside the photo, (2 * reach + 4, BINS).
    """
    first, last = (start + round(share * (end - start)) for share in _ENDS)
    low, high = edge - reach - 2, edge + reach + 2
    part, hidden = card.part(low, first, high, last) if upright else card.part(first, low, last, high)
    flat = np.atleast_3d(part).astype(np.float32)
    if upright:
        flat, hidden = np.ascontiguousarray(flat.transpose(1, 0, 2)), hidden.T
    size = (BINS, 2 * reach + 4)
    pooled = np.atleast_3d(cv2.resize(flat, size, interpolation=cv2.INTER_AREA))
    if not hidden.any():
        return np.asarray(pooled), np.zeros(pooled.shape[:2], dtype=np.bool_)
    gone = cv2.resize(hidden.astype(np.float32, order="C"), size, interpolation=cv2.INTER_AREA)
    return np.asarray(pooled), np.asarray(gone > 0)


def _steps(band: tuple[Float32Array, BoolArray], rim: int) -> FloatArray:
    """(2 * reach + 1, BINS): size of the step across the side at each offset, in the channel that shows it best.

    A card on a table as bright as itself still has another colour.
    """
    level, hidden = band
    if rim and hidden.any():
        hidden = cv2.dilate(hidden.astype(np.uint8), np.ones((2 * rim + 1, 1), np.uint8)) > 0
    channels = np.moveaxis(np.abs(level[2:-1] + level[3:] - level[:-3] - level[1:-2]), 2, 0)
    steps = reduce(np.maximum, channels).astype(np.float64)  # along the last axis numpy takes thrice as long
    # The end of the photo is a step too, but not one of the card's.
    beyond = hidden[2:-1] | hidden[3:] | hidden[:-3] | hidden[1:-2]
    return np.where(beyond, 0.0, steps)


def _unbent(steps: FloatArray, bow: int) -> FloatArray:
    """(2 * reach + 1 + 2 * |bow|, BINS) -> (2 * reach + 1, BINS), each column taken around the arch of that height."""
    if not bow:
        return steps
    room = abs(bow)
    rows = np.arange(room, len(steps) - room)[:, None] + np.rint(bow * ARCH).astype(np.intp)
    return steps[rows, BIN_NUMBERS]


__all__ = [
    "ALONG",
    "ARCH",
    "BINS",
    "BIN_NUMBERS",
    "at_corners",
    "lines_tried",
    "noise_of",
    "side_steps",
    "sums_along",
    "votes_of",
]
