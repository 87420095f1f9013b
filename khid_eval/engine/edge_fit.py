"""Sharpens the four corners by fitting straight lines to the card's edges on a first rectification.

Each side is searched in a narrow strip: brightness steps across the side, pooled along it, vote for the line through
them. A side moves only when most of its length agrees; otherwise the net's own answer stands.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.engine.geometry import as_array, as_quad, is_convex, project_quad, signed_area
from khid_eval.engine.rectify import FlatCard, flat_card
from khid_eval.records import BoolArray, FloatArray, GreyImage, Quad, RgbImage

Float32Array = NDArray[np.float32]

_LOOKS = ((480, 16), (720, 9))
"""Width of the flat card and how far from a side a line is looked for, in its pixels: at first far, then closely."""
_SUPPORT_LOOK = (480, 8)
_BINS = 64
_ENDS = (0.08, 0.92)
"""Share of a side that is looked at: an ID-1 card has round corners of 3.18 mm."""
_MIN_AGREEING = 0.5
_MAX_MOVE_SHARE = 0.04


def fit_edges(image: RgbImage | GreyImage, quad: Quad) -> Quad:
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


def edge_support(image: RgbImage | GreyImage, quad: Quad) -> float:
    """Share of the quad's four sides along which an edge stands there and no stronger one beside it, in [0, 1]."""
    width, reach = _SUPPORT_LOOK
    shares = []
    for steps in _sides(flat_card(image, quad, width_px=width, margin=(reach + 6) / width), reach):
        there = steps[reach - 2 : reach + 3].max(axis=0)
        shares.append((there > 2.5 * _noise(steps)) & (there >= 0.5 * steps.max(axis=0)))
    return float(np.mean(shares))


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
    left, top, right, bottom = (round(value) for value in card.box)
    (t0, t1), (r0, r1), (b0, b1), (l0, l1) = (_line(steps, reach) for steps in _sides(card, reach))
    upper = np.array([(left, top + t0), (right, top + t1)])
    right_hand = np.array([(right + r0, top), (right + r1, bottom)])
    lower = np.array([(left, bottom + b0), (right, bottom + b1)])
    left_hand = np.array([(left + l0, top), (left + l1, bottom)])
    pairs = ((upper, left_hand), (upper, right_hand), (lower, right_hand), (lower, left_hand))
    return as_quad([_crossing(one, other) for one, other in pairs])


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
    steps = np.abs(level[2:-1] + level[3:] - level[:-3] - level[1:-2]).max(axis=2).astype(np.float64)
    # The end of the photo is a step too, but not one of the card's.
    beyond = hidden[2:-1] | hidden[3:] | hidden[:-3] | hidden[1:-2]
    return np.where(beyond, 0.0, steps)


def _noise(steps: FloatArray) -> float:
    return float(np.median(steps)) + 1.0


def _line(steps: FloatArray, reach: int) -> tuple[float, float]:
    """Offsets of the best line at both ends of the side, in pixels; (0, 0) where no line has enough support."""
    offsets = np.arange(-reach, reach + 1)
    size = len(offsets)
    noise = _noise(steps)
    votes = np.minimum(steps / (4.0 * noise), 1.0)
    votes *= np.exp(-0.5 * (offsets[:, None] / (0.6 * reach)) ** 2)
    along = np.linspace(0.0, 1.0, _BINS)
    # Ends two pixels apart are near enough for a wide search: the fit below looks two pixels around the line.
    tried = offsets[:: 2 if reach > 10 else 1]
    starts, ends = (grid.ravel() for grid in np.meshgrid(tried, tried, indexing="ij"))
    places = np.rint(starts[:, None] * (1 - along) + ends[:, None] * along).astype(np.intp) + reach
    score = votes[places, np.arange(_BINS)].sum(axis=1)
    best = int(score.argmax())
    centre = places[best]
    # Sub-pixel: centroid of the steps within two pixels of that line, then least squares over the bins that agree.
    near = np.clip(centre[None, :] + np.arange(-2, 3)[:, None], 0, size - 1)
    weight = steps[near, np.arange(_BINS)]
    total = weight.sum(axis=0)
    agreeing = (weight.max(axis=0) > 2.5 * noise) & (weight.max(axis=0) >= 0.5 * steps.max(axis=0))
    if agreeing.mean() < _MIN_AGREEING:
        return 0.0, 0.0
    found = (weight * (near - reach)).sum(axis=0)[agreeing] / total[agreeing]
    slope, start = np.polyfit(along[agreeing], found, 1)
    # The bins span only the middle of the side: carry the line on to the corners.
    low, high = _ENDS
    per_side = slope / (high - low)
    return float(start - per_side * low), float(start + per_side * (1.0 - low))


def _crossing(one: FloatArray, other: FloatArray) -> FloatArray:
    """Where two lines, each (2, 2) points, meet."""
    across, down = one[1] - one[0], other[1] - other[0]
    determinant = across[0] * down[1] - across[1] * down[0]
    gap = other[0] - one[0]
    share = (gap[0] * down[1] - gap[1] * down[0]) / determinant
    return np.asarray(one[0] + share * across, dtype=np.float64)
