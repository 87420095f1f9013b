"""A card of which the photo cuts off one side: where its corners lie beyond the border, by the shape of an ID-1 card.

What is searched for ends at the photo's border, and so does the card that is found. The two sides that run into the
border are seen, and only their lengths are not: two unknowns, for which `camera.card_errors` gives two equations.
Trials on 94 cut cards: corners more than 1 % of the card's width off on 19, against 62 when only the untilted shape was
asked for. On 150 simulated ones under lenses from 0.72 to 2 the mean error is 1.5 % against 4.2 %.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from khid_eval.engine.camera import card_errors
from khid_eval.engine.geometry import CARD_ASPECT, as_array, as_quad, card_width_px, is_convex
from khid_eval.records import FloatArray, Quad

_AT_BORDER = 0.02
"""Share of the card's width within which a corner counts as standing at the border of the photo."""
_SEEN = 0.93
"""Share of a side that shows an edge inside the photo from which it is not cut. Trials: up to 0.91 at cut sides, where
a line of the MRZ runs along the border, and above it at 35 of 42 whole ones near a border.
"""
_LEAST, _MOST = 1.005, 1.6
"""By how much the card must seem too short, and may: less is an error of measurement, more is no card with a cut."""
_SHORTEST = 0.9
"""Least of a single side: tilted away it seems too long before the camera is taken out."""
_SQUARE, _ALIKE, _PLAIN = 0.005, 0.1, 0.3
"""How exactly the two equations hold, how much the two sides may differ, and how far both may be from what a card
without tilt needs. Seen from afar the sides are parallel, the equations say next to nothing, and the rest decides.
"""
_STEPS, _NUDGE = 8, 1e-3
SeenShares = Callable[[], FloatArray]
"""Gives the share of each side that shows an edge inside the photo, (4,)."""


def _not_seen() -> FloatArray:
    return np.zeros(4)


def completed(quad: Quad, shape: tuple[int, ...], seen: SeenShares = _not_seen) -> Quad:
    """The quad with the corners of a cut side moved beyond the border of the photo; the same where no side is cut.

    shape: of the photo, (H, W, ...). seen: see `cut_sides`. Cards that are cut at two sides stay as they are: nothing
    tells their size.
    """
    size = np.array([shape[1], shape[0]], dtype=np.float64)
    cut = cut_sides(quad, size, seen)
    if len(cut) != 1:
        return quad
    side = cut[0]
    plain = _untilted(as_array(quad), side)
    if not _SHORTEST < plain < _MOST:
        return quad
    lengths = _lengths(as_array(quad), side, size, plain)
    whole = as_quad(_lengthened(as_array(quad), side, lengths))
    return whole if _LEAST < float(lengths.mean()) < _MOST and is_convex(whole) else quad


def cut_sides(quad: Quad, size: FloatArray, seen: SeenShares) -> list[int]:
    """Sides that the photo cuts off: of those at its border, the ones that do not show an edge of their own.

    size: (2,) width and height of the photo. seen: asked only where a side is at the border.
    """
    near = sides_at_border(quad, size)
    shown = seen() if near else np.zeros(4)
    return [side for side in near if shown[side] < _SEEN]


def sides_at_border(quad: Quad, size: FloatArray) -> list[int]:
    """Sides (from corner k to k + 1) of which both corners stand at the same border of the photo.

    size: (2,) width and height of the photo.
    """
    points, reach_px = as_array(quad), _AT_BORDER * card_width_px(quad)
    near = np.concatenate([points < reach_px, points > size - reach_px], axis=1)
    return [side for side in range(4) if bool((near[side] & near[(side + 1) % 4]).any())]


def _lengthened(points: FloatArray, side: int, lengths: FloatArray) -> FloatArray:
    """The corners of that side moved out so that the sides which lead to them are as many times longer."""
    moved = points.copy()
    for corner, behind, length in ((side, side - 1, lengths[0]), ((side + 1) % 4, (side + 2) % 4, lengths[1])):
        moved[corner] = points[behind] + length * (points[corner] - points[behind])
    return moved


def _untilted(points: FloatArray, side: int) -> float:
    """How many times longer the sides that are cut must be if the card is not tilted about the cut.

    With the sides' lengths `along`, the far end as wide as `seen` and growing to `cut` at the border, the whole card is
    seen + factor * (cut - seen) / 2 wide in its middle, and that times its shape is factor * along.
    """
    first, second, after, before = (points[(side + k) % 4] for k in range(4))
    seen, cut = float(np.linalg.norm(after - before)), float(np.linalg.norm(second - first))
    along = 0.5 * float(np.linalg.norm(first - before) + np.linalg.norm(second - after))
    shape = CARD_ASPECT if side in (1, 3) else 1.0 / CARD_ASPECT
    rest = along - 0.5 * shape * (cut - seen)
    return shape * seen / rest if rest > 0.0 else 0.0


def _lengths(points: FloatArray, side: int, size: FloatArray, plain: float) -> FloatArray:
    """(2,) How many times longer the two sides that are cut must be: Gauss and Newton's least squares."""

    def errors(lengths: FloatArray) -> FloatArray:
        apart, far = (lengths[0] - lengths[1]) / _ALIKE, (lengths.mean() - plain) / _PLAIN
        return np.array([*card_errors(_lengthened(points, side, lengths), size) / _SQUARE, apart, far])

    lengths = np.array([plain, plain])
    for _ in range(_STEPS):
        now = errors(lengths)
        slopes = _slopes(errors, lengths, now)
        lengths = lengths - np.linalg.lstsq(slopes, now, rcond=None)[0]
        lengths = lengths.clip(_SHORTEST, _MOST)
    return lengths


def _slopes(errors: Callable[[FloatArray], FloatArray], at: FloatArray, now: FloatArray) -> FloatArray:
    """(errors, 2): how much each error changes with each length."""
    return np.stack([(errors(at + nudge) - now) / _NUDGE for nudge in _NUDGE * np.eye(2)], axis=1)


__all__ = ["completed", "cut_sides", "sides_at_border"]
