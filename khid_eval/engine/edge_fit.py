"""Sharpens the four corners by fitting straight lines to the card's edges on a first rectification.

Each side is searched in a narrow strip: brightness steps across the side, pooled along it, vote for the line through
them. A side moves only when most of its length agrees; otherwise the net's own answer stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.engine.geometry import as_array, as_quad, is_convex, project, project_quad, signed_area
from khid_eval.engine.rectify import FlatCard, Image, Reductions, flat_card
from khid_eval.records import BoolArray, FloatArray, Quad

Float32Array = NDArray[np.float32]

_LOOKS = ((480, 16), (720, 9))
"""Width of the flat card and how far from a side a line is looked for, in its pixels: at first far, then closely."""
_SUPPORT_LOOK = (480, 8)
_WIDE_LOOK = (480, 30)
_LINES, _LEAST_SEEN = 4, 0.4  # lines near a side that are returned beside the present one, and what each must show
_SKEW, _APART = 24, 8  # pixels of the wide look: most that a line's ends move apart; least that two lines differ
_BINS = 64
_BIN_NUMBERS = np.arange(_BINS)
_ALONG = np.linspace(0.0, 1.0, _BINS)
_ENDS = (0.08, 0.92)
"""Share of a side that is looked at: an ID-1 card has round corners of 3.18 mm."""
_MIN_AGREEING = 0.5
_MAX_MOVE_SHARE = 0.04


def fit_edges(image: Image | Reductions, quad: Quad) -> Quad:
    """image: the photo. quad: corners within some 4 % of the card's width of the truth. Returns the sharpened quad.

    Corners that would move farther than that are left as they were: such an edge belongs to something else.
    """
    found = quad
    for width, reach in _LOOKS:
        card = flat_card(image, found, width_px=width, margin=(reach + 6) / width)
        moved = project_quad(card.to_photo, _fit_once(card, reach))
        if not is_convex(moved) or signed_area(moved) < 1.0:
            return found
        found = moved
    limit = _MAX_MOVE_SHARE * float(np.linalg.norm(as_array(quad)[0] - as_array(quad)[1]))
    steps = np.linalg.norm(as_array(found) - as_array(quad), axis=1)
    mixed = as_quad(np.where((steps <= limit)[:, None], as_array(found), as_array(quad)))
    return mixed if is_convex(mixed) else quad


def edge_support(image: Image | Reductions, quad: Quad) -> float:
    """Share of the quad's four sides along which an edge stands there and no stronger one beside it, in [0, 1]."""
    width, reach = _SUPPORT_LOOK
    shares = []
    for steps in _sides(flat_card(image, quad, width_px=width, margin=(reach + 6) / width), reach):
        there = steps[reach - 2 : reach + 3].max(axis=0)
        shares.append((there > 2.5 * _noise(steps)) & (there >= 0.5 * steps.max(axis=0)))
    return float(np.mean(shares))


@dataclass(frozen=True, slots=True)
class EdgeLine:
    """A line near a side of the card. ends: on the flat card, (2, 2), in the direction of x or y.

    seen: share of it that shows an edge, in [0, 1]. moved: its farthest distance from the side, in units of the
    search's reach.
    """

    ends: FloatArray
    seen: float
    moved: float


def lines_near_sides(image: Image | Reductions, quad: Quad) -> tuple[list[list[EdgeLine]], FloatArray]:
    """For the top, right, bottom and left side: the side itself and other lines that show an edge; and the (3, 3) map
    from the flat card to the photo. The lines are within some 6 % of the card's width, to two pixels in 480.
    """
    width, reach = _WIDE_LOOK
    card = flat_card(image, quad, width_px=width, margin=(reach + 6) / width)
    found = []
    for side, steps in enumerate(_sides(card, reach)):
        offsets = [(0.0, 0.0, _seen_at(steps, reach)), *_peaks(steps, reach)]
        found.append([EdgeLine(_ends(card, side, a, b), seen, max(abs(a), abs(b)) / reach) for a, b, seen in offsets])
    return found, card.to_photo


def quad_of_lines(lines: Sequence[EdgeLine], to_photo: FloatArray) -> FloatArray:
    """(4, 2) corners on the photo: where the top, right, bottom and left line cross."""
    return project(to_photo, _corners([line.ends for line in lines]))


def _corners(ends: Sequence[FloatArray]) -> list[FloatArray]:
    """Where the top, right, bottom and left line cross, in the order of a quad."""
    top, right, bottom, left = ends
    return [_crossing(*pair) for pair in ((top, left), (top, right), (bottom, right), (bottom, left))]


def _seen_at(steps: FloatArray, reach: int) -> float:
    """Share of the side itself that shows an edge within a pixel."""
    return float(_votes(steps, _noise(steps))[reach - 1 : reach + 2].max(axis=0).mean())


def _peaks(steps: FloatArray, reach: int) -> list[tuple[float, float, float]]:
    """(offset at the start, at the end, share of it that shows an edge) of the best lines that differ."""
    votes = _votes(steps, _noise(steps))
    # A line between two that are tried still counts, one that is met exactly counts for more.
    votes = 0.5 * (votes + np.maximum(votes, np.maximum(np.roll(votes, 1, axis=0), np.roll(votes, -1, axis=0))))
    starts, ends, places = _tried(reach, every=2)
    fair = np.abs(starts - ends) <= _SKEW
    starts, ends = starts[fair], ends[fair]
    seen = _along(votes, places[fair]) / _BINS
    left, peaks = seen.copy(), list[tuple[float, float, float]]()
    for _ in range(_LINES):
        best = int(left.argmax())
        if left[best] < _LEAST_SEEN:
            break
        left[(np.abs(starts - starts[best]) <= _APART) & (np.abs(ends - ends[best]) <= _APART)] = 0.0
        if max(abs(starts[best]), abs(ends[best])) > _APART / 2:
            peaks.append((*_at_corners(float(starts[best]), float(ends[best])), float(seen[best])))
    return peaks


def _sides(card: FlatCard, reach: int) -> list[FloatArray]:
    """The steps across the top, right, bottom and left side; see `_steps`."""
    left, top, right, bottom = (round(value) for value in card.box)
    return [
        _steps(_band(card, top, left, right, reach)),
        _steps(_band(card, right, top, bottom, reach, upright=True)),
        _steps(_band(card, bottom, left, right, reach)),
        _steps(_band(card, left, top, bottom, reach, upright=True)),
    ]


def _fit_once(card: FlatCard, reach: int) -> Quad:
    """The four sides of the card on the flat image, each moved to the line found near it."""
    return as_quad(
        _corners([_ends(card, side, *_line(steps, reach)) for side, steps in enumerate(_sides(card, reach))])
    )


def _ends(card: FlatCard, side: int, start: float, end: float) -> FloatArray:
    """(2, 2) ends on the flat card of the line that is so far from side 0 to 3 (top, right, bottom, left)."""
    left, top, right, bottom = (round(value) for value in card.box)
    if side in (0, 2):
        edge = top if side == 0 else bottom
        return np.array([(left, edge + start), (right, edge + end)], dtype=np.float64)
    edge = right if side == 1 else left
    return np.array([(edge + start, top), (edge + end, bottom)], dtype=np.float64)


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
    size = (_BINS, 2 * reach + 4)
    pooled = np.atleast_3d(cv2.resize(flat, size, interpolation=cv2.INTER_AREA))
    if not hidden.any():
        return np.asarray(pooled), np.zeros(pooled.shape[:2], dtype=np.bool_)
    gone = cv2.resize(hidden.astype(np.float32, order="C"), size, interpolation=cv2.INTER_AREA)
    return np.asarray(pooled), np.asarray(gone > 0)


def _steps(band: tuple[Float32Array, BoolArray]) -> FloatArray:
    """(2 * reach + 1, BINS): size of the step across the side at each offset, in the channel that shows it best.

    A card on a table as bright as itself still has another colour.
    """
    level, hidden = band
    channels = np.moveaxis(np.abs(level[2:-1] + level[3:] - level[:-3] - level[1:-2]), 2, 0)
    steps = reduce(np.maximum, channels).astype(np.float64)  # along the last axis numpy takes thrice as long
    # The end of the photo is a step too, but not one of the card's.
    beyond = hidden[2:-1] | hidden[3:] | hidden[:-3] | hidden[1:-2]
    return np.where(beyond, 0.0, steps)


def _noise(steps: FloatArray) -> float:
    """Their median and a little more; np.median itself takes four times as long."""
    middle = steps.size // 2  # the number of steps is even
    return float(np.partition(steps, (middle - 1, middle), axis=None)[middle - 1 : middle + 1].mean()) + 1.0


def _line(steps: FloatArray, reach: int) -> tuple[float, float]:
    """Offsets of the best line at both ends of the side, in pixels; (0, 0) where no line has enough support."""
    offsets = np.arange(-reach, reach + 1)
    noise = _noise(steps)
    votes = _votes(steps, noise) * np.exp(-0.5 * (offsets[:, None] / (0.6 * reach)) ** 2)
    # Ends two pixels apart are near enough for a wide search: the fit below looks two pixels around the line.
    _, _, places = _tried(reach, every=2 if reach > 10 else 1)
    centre = places[int(_along(votes, places).argmax())]
    # Sub-pixel: centroid of the steps within two pixels of that line, then least squares over the bins that agree.
    near = np.clip(centre[None, :] + np.arange(-2, 3)[:, None], 0, len(offsets) - 1)
    weight = steps[near, _BIN_NUMBERS]
    total = weight.sum(axis=0)
    agreeing = (weight.max(axis=0) > 2.5 * noise) & (weight.max(axis=0) >= 0.5 * steps.max(axis=0))
    if agreeing.mean() < _MIN_AGREEING:
        return 0.0, 0.0
    found = (weight * (near - reach)).sum(axis=0)[agreeing] / total[agreeing]
    return _at_corners(*_straight(_ALONG[agreeing], found))


def _straight(along: FloatArray, offsets: FloatArray) -> tuple[float, float]:
    """Values at 0 and at 1 of the line through the points with the least squares; (n,) each, n >= 2."""
    middle, level = float(along.mean()), float(offsets.mean())
    spread = along - middle
    slope = float(spread @ offsets) / float(spread @ spread)
    return level - slope * middle, level + slope * (1.0 - middle)


def _along(votes: FloatArray, places: NDArray[np.intp]) -> FloatArray:
    """The sum of the votes along each line; places: rows of the votes, (N, BINS), for each line. Returns (N,)."""
    return np.asarray(votes.ravel().take(places * _BINS + _BIN_NUMBERS).sum(axis=1))


def _votes(steps: FloatArray, noise: float) -> FloatArray:
    """Steps as votes in [0, 1]: four times the noise is as good as more."""
    return np.minimum(steps / (4.0 * noise), 1.0)


@cache
def _tried(reach: int, *, every: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """All lines that are tried: offsets at the first bin and at the last, (N,), and rows of the steps, (N, BINS)."""
    ends = np.arange(-reach, reach + 1)[::every]
    starts, stops = (grid.ravel() for grid in np.meshgrid(ends, ends, indexing="ij"))
    places = np.rint(starts[:, None] * (1 - _ALONG) + stops[:, None] * _ALONG).astype(np.intp) + reach
    return starts, stops, places


def _at_corners(start: float, end: float) -> tuple[float, float]:
    """Offsets at both corners of a line given at the first bin and the last: the bins span the middle of the side."""
    low, high = _ENDS
    per_side = (end - start) / (high - low)
    return start - per_side * low, start + per_side * (1.0 - low)


def _crossing(one: FloatArray, other: FloatArray) -> FloatArray:
    """Where two lines, each (2, 2) points, meet."""
    across, down = one[1] - one[0], other[1] - other[0]
    determinant = across[0] * down[1] - across[1] * down[0]
    gap = other[0] - one[0]
    share = (gap[0] * down[1] - gap[1] * down[0]) / determinant
    return np.asarray(one[0] + share * across, dtype=np.float64)
