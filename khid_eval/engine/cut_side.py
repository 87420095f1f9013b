"""A card of which the photo cuts off one side: where its corners lie beyond the border, by the shape of an ID-1 card.

What is searched for ends at the photo's border, and so does the card that is found. The two sides that run into the
border are seen, and only their length is not: it follows from the other two, as if the card were not tilted about the
cut. Trials on 20 cut cards: the median error of the worst corner falls from 5 to 1 % of the card's width.
"""

from __future__ import annotations

import numpy as np

from khid_eval.engine.geometry import CARD_ASPECT, as_array, as_quad, card_width_px, is_convex
from khid_eval.records import FloatArray, Quad

_AT_BORDER = 0.012
"""Share of the card's width within which a corner counts as standing at the border of the photo."""
_LEAST, _MOST = 1.02, 1.6
"""By how much the card must seem too short, and may: a slight tilt does the first, the second is no card with a cut."""


def completed(quad: Quad, shape: tuple[int, ...]) -> Quad:
    """The quad with the corners of a cut side moved beyond the border of the photo; the same where no side is cut.

    shape: of the photo, (H, W, ...). Cards that are cut at two sides stay as they are: nothing tells their size.
    """
    points = as_array(quad)
    cut = _sides_at_border(points, np.array([shape[1], shape[0]]), _AT_BORDER * card_width_px(quad))
    if len(cut) != 1:
        return quad
    first, second = cut[0], (cut[0] + 1) % 4
    before, after = (first + 3) % 4, (second + 1) % 4  # the corners of the side that is seen
    factor = _too_short(points, first, second, before, after)
    if not _LEAST < factor < _MOST:
        return quad
    moved = points.copy()
    moved[first] = points[before] + factor * (points[first] - points[before])
    moved[second] = points[after] + factor * (points[second] - points[after])
    return as_quad(moved) if is_convex(as_quad(moved)) else quad


def _sides_at_border(points: FloatArray, size: FloatArray, reach_px: float) -> list[int]:
    """Sides (from corner k to k + 1) of which both corners stand at the same border of the photo."""
    near = np.concatenate([points < reach_px, points > size - reach_px], axis=1)
    return [side for side in range(4) if bool((near[side] & near[(side + 1) % 4]).any())]


def _too_short(points: FloatArray, first: int, second: int, before: int, after: int) -> float:
    """How many times longer the sides that are cut must be.

    With the sides' lengths `along`, the far end as wide as `seen` and growing to `cut` at the border, the whole card is
    seen + factor * (cut - seen) / 2 wide in its middle, and that times its shape is factor * along.
    """
    seen = float(np.linalg.norm(points[after] - points[before]))
    cut = float(np.linalg.norm(points[second] - points[first]))
    along = 0.5 * float(np.linalg.norm(points[first] - points[before]) + np.linalg.norm(points[second] - points[after]))
    shape = CARD_ASPECT if first in (1, 3) else 1.0 / CARD_ASPECT
    rest = along - 0.5 * shape * (cut - seen)
    return shape * seen / rest if rest > 0.0 else 0.0


__all__ = ["completed"]
