"""Sharpens the four corners by fitting lines, or parabolas, to the card's edges on a first rectification.

Each side is searched in a narrow strip: brightness steps across the side, pooled along it, vote for the line through
them. A side moves only when most of its length agrees; otherwise the net's own answer stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from khid_eval.engine.edge_curve import best_curves, crossings
from khid_eval.engine.edge_steps import BINS, at_corners, lines_tried, noise_of, side_steps, sums_along, votes_of
from khid_eval.engine.geometry import as_array, as_quad, is_convex, project, project_quad, signed_area
from khid_eval.engine.rectify import FlatCard, Image, Reductions, flat_card
from khid_eval.records import FloatArray, Quad

_LOOKS = ((480, 16), (720, 9))
"""Width of the flat card and how far from a side a line is looked for, in its pixels: at first far, then closely."""
_SUPPORT_LOOK = (480, 8)
_WIDE_LOOK = (480, 36)
_LINES, _LEAST_SEEN = 4, 0.4  # lines near a side that are returned beside the present one, and what each must show
_SKEW, _APART = 24, 8  # pixels of the wide look: most that a line's ends move apart; least that two lines differ
_MAX_MOVE_SHARE = 0.04
_RIM = 2  # pixels of the support look inside the photo's end within which no edge counts as inside
_BENT = 0.006  # bow of a side, as a share of the card's width, from which its corners are not those of a flat card


@dataclass(frozen=True, slots=True)
class Outline:
    """A card on a photo. quad: where its sides meet. bows: by how much the middle of the top, right, bottom and left
    side stands off the line between its corners, to the right or downwards, as a share of the card's width.
    """

    quad: Quad
    bows: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)

    @property
    def is_bent(self) -> bool:
        """Whether the card is bent, or the light by a lens: its corners are not those of a flat card then."""
        return max(map(abs, self.bows)) >= _BENT


def fit_edges(image: Image | Reductions, quad: Quad) -> Outline:
    """image: the photo. quad: corners within some 4 % of the card's width of the truth. Returns the sharpened outline.

    Corners that would move farther than that are left as they were: such an edge belongs to something else.
    """
    found = Outline(quad)
    for width, reach in _LOOKS:
        card = _flat(image, found.quad, width, reach)
        known = _bows_px(found, width)
        curves = best_curves(side_steps(card, reach, known), reach, known)
        moved = project_quad(card.to_photo, as_quad(crossings(card.box, curves)))
        if not is_convex(moved) or signed_area(moved) < 1.0:
            return found
        found = Outline(moved, tuple(curve.bow / width for curve in curves))
    limit = _MAX_MOVE_SHARE * float(np.linalg.norm(as_array(quad)[0] - as_array(quad)[1]))
    steps = np.linalg.norm(as_array(found.quad) - as_array(quad), axis=1)
    mixed = as_quad(np.where((steps <= limit)[:, None], as_array(found.quad), as_array(quad)))
    return replace(found, quad=mixed) if is_convex(mixed) else Outline(quad)


def edge_support(image: Image | Reductions, outline: Outline) -> FloatArray:
    """(4,) Share of the top, right, bottom and left side along which an edge stands there and no stronger one beside
    it, in [0, 1].
    """
    return _support(image, outline, rim=0)


def seen_inside(image: Image | Reductions, outline: Outline) -> FloatArray:
    """The same of edges clear of the photo's end, which looks like one itself."""
    return _support(image, outline, rim=_RIM)


def _support(image: Image | Reductions, outline: Outline, *, rim: int) -> FloatArray:
    width, reach = _SUPPORT_LOOK
    shares = []
    card, bows = _flat(image, outline.quad, width, reach), _bows_px(outline, width)
    for steps in side_steps(card, reach, bows, rim=rim):
        there = steps[reach - 2 : reach + 3].max(axis=0)
        shares.append(float(np.mean((there > 2.5 * noise_of(steps)) & (there >= 0.5 * steps.max(axis=0)))))
    return np.array(shares)


def _flat(image: Image | Reductions, quad: Quad, width: int, reach: int) -> FlatCard:
    return flat_card(image, quad, width_px=width, margin=(reach + 6) / width)


def _bows_px(outline: Outline, width: int) -> list[int]:
    return [round(width * bow) for bow in outline.bows]


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
    card = _flat(image, quad, width, reach)
    found = []
    for side, steps in enumerate(side_steps(card, reach)):
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
    return float(votes_of(steps, noise_of(steps))[reach - 1 : reach + 2].max(axis=0).mean())


def _peaks(steps: FloatArray, reach: int) -> list[tuple[float, float, float]]:
    """(offset at the start, at the end, share of it that shows an edge) of the best lines that differ."""
    votes = votes_of(steps, noise_of(steps))
    # A line between two that are tried still counts, one that is met exactly counts for more.
    votes = 0.5 * (votes + np.maximum(votes, np.maximum(np.roll(votes, 1, axis=0), np.roll(votes, -1, axis=0))))
    starts, ends, places = lines_tried(reach, every=2)
    fair = np.abs(starts - ends) <= _SKEW
    starts, ends = starts[fair], ends[fair]
    seen = sums_along(votes, places[fair]) / BINS
    left, peaks = seen.copy(), list[tuple[float, float, float]]()
    for _ in range(_LINES):
        best = int(left.argmax())
        if left[best] < _LEAST_SEEN:
            break
        left[(np.abs(starts - starts[best]) <= _APART) & (np.abs(ends - ends[best]) <= _APART)] = 0.0
        if max(abs(starts[best]), abs(ends[best])) > _APART / 2:
            peaks.append((*at_corners(float(starts[best]), float(ends[best])), float(seen[best])))
    return peaks


def _ends(card: FlatCard, side: int, start: float, end: float) -> FloatArray:
    """(2, 2) ends on the flat card of the line that is so far from side 0 to 3 (top, right, bottom, left)."""
    left, top, right, bottom = (round(value) for value in card.box)
    if side in (0, 2):
        edge = top if side == 0 else bottom
        return np.array([(left, edge + start), (right, edge + end)], dtype=np.float64)
    edge = right if side == 1 else left
    return np.array([(edge + start, top), (edge + end, bottom)], dtype=np.float64)


def _crossing(one: FloatArray, other: FloatArray) -> FloatArray:
    """Where two lines, each (2, 2) points, meet."""
    across, down = one[1] - one[0], other[1] - other[0]
    determinant = across[0] * down[1] - across[1] * down[0]
    gap = other[0] - one[0]
    share = (gap[0] * down[1] - gap[1] * down[0]) / determinant
    return np.asarray(one[0] + share * across, dtype=np.float64)
