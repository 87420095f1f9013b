"""Where the card is: four ordered corners and whether there is a Cambodian card at all.

A small net draws one heat map per corner, named by the upright card, so the card's turn at any angle comes with them.
A second look at the first rectification sharpens the corners, a line fit to the card's edges sharpens them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from khid_eval.engine.cut_side import completed
from khid_eval.engine.edge_fit import Outline, edge_support, fit_edges, seen_inside
from khid_eval.engine.geometry import (
    as_array,
    as_quad,
    box_quad,
    card_width_px,
    is_convex,
    project_quad,
    signed_area,
)
from khid_eval.engine.heat_maps import area_box, decode_corners, letterbox, normalised
from khid_eval.engine.onnx_model import OnnxModel, packaged
from khid_eval.engine.rectify import Reductions, rectify
from khid_eval.engine.side_choice import misshape, settled, shape_error
from khid_eval.records import FloatArray, Quad, RgbImage

SECOND_LOOK_MARGIN = 0.13
"""Photo shown around the card in a second look, as a share of the card's width."""
SECOND_LOOK_PX = 240
_THUMB_PX = 640
_SURE = 0.6
"""Sharpness of the least certain corner from which a first look needs no other to confirm it."""
_DOUBTFUL = 0.5
"""Sharpness below which the picture is also looked at in the three other quarter turns, as it is where the corners are
those of no card."""
_WELL_SEEN = 0.9
"""Share of the card's sides that shows an edge, below which one of the corners may be wrong."""
_CLEARLY = 0.05
"""By how much more another quad must be worth, showing no less of its sides."""
_SHAPE_WEIGHT = 1.0
"""Share of the sides that a unit of `misshape` outweighs. Trials on 1,804 photos of the generator: of 85 with a corner
more than 1 % off 5 came right, of 160 others none went wrong; of 360 of another renderer, which moves each corner by
chance, 2 of 3 and none. A weight of 3 mends 10, but spoils one of that renderer: not every camera is a pinhole.
"""
_ALIKE = 0.002
"""By how much another quad may have less of a card's shape, also where that counts for nothing. Trials on 1,744 photos:
of 19 that a better seen quad spoiled, 17 had lost shape, of 25 that it mended none.
"""
_WELL_SHAPED = 0.02
"""`misshape` from which one of the corners may be wrong however well the edges are seen."""
_MORE_LOOKS = 2
_STEADY = 0.02
"""Move of a corner, as a share of the card's width, below which another look would change nothing."""


@dataclass(frozen=True, slots=True)
class Located:
    """quad: the card's corners on the picture that was looked at, in the order of the upright card.

    presence: P(there is the front of a Cambodian card), in [0, 1].
    corner_confidence: how sharply the least certain corner stood out, in [0, 1].
    """

    quad: Quad
    presence: float
    corner_confidence: float


@dataclass(frozen=True, slots=True)
class _Look:
    """One pass of the net. quad: on the picture it was shown; sharpness: of its least certain corner, in [0, 1];
    logit: presence; area: left, top, right, bottom of the card's area on that picture, None where there is none.
    """

    quad: Quad
    sharpness: float
    logit: float
    area: tuple[float, float, float, float] | None


class Locator:
    """Finds the card in a picture. Safe to share between threads."""

    def __init__(self, model: Path | str | None = None, *, threads: int = 1) -> None:
        """model: by default the packaged one. Raises FileNotFoundError if it is missing."""
        self._net = OnnxModel(model or packaged("locator.onnx"), threads=threads)

    def __call__(self, image: RgbImage) -> Located:
        """image: (H, W, 3) uint8 RGB, upright or not. Never raises for want of a card: see `presence`."""
        photo = Reductions(image)
        thumb, scale = _thumbnail(photo)
        first = self._look(thumb)
        if first.sharpness < _SURE:
            first = self._closer(thumb, first)
        if first.sharpness < _DOUBTFUL or not _plausible(first.quad, thumb.shape):
            first = self._turned(thumb, first)
        if not _plausible(first.quad, thumb.shape):
            return Located(_whole(image), 0.0, 0.0)
        quad, second = self._second_look(thumb, first.quad)
        before = first.quad
        for _ in range(_MORE_LOOKS):
            if _largest_move(before, quad) <= _STEADY:
                break
            before = quad
            quad, second = self._second_look(thumb, quad)
        fitted = self._one_corner_moved(photo, thumb, scale, fit_edges(photo, as_quad(as_array(quad) / scale)))
        return Located(
            _whole_card(photo, fitted),
            _sigmoid(0.5 * (first.logit + second.logit)),
            min(first.sharpness, second.sharpness),
        )

    def others(self, image: RgbImage, quad: Quad) -> Iterator[Quad]:
        """Other places where the card may be, for when `quad`, which was found, holds none: as if one of its corners
        were wrong, and as the picture's other quarter turns have it. image: as it was looked at.
        """
        photo = Reductions(image)
        thumb, scale = _thumbnail(photo)
        starts = [*_with_one_corner_moved(as_array(quad) * scale, thumb.shape)]
        starts += [look.quad for look in self._quarter_turns(thumb) if _plausible(look.quad, thumb.shape)]
        for start in starts:
            seen = start
            for _ in range(_MORE_LOOKS):
                seen = self._second_look(thumb, seen)[0]
            yield _whole_card(photo, fit_edges(photo, as_quad(as_array(seen) / scale)))

    def _one_corner_moved(self, photo: Reductions, thumb: RgbImage, scale: float, found: Outline) -> Outline:
        """Where the card's edges are not well seen or its shape is no card's, start again with each corner where the
        other three would have it: most wrong quads have one wrong corner. A second look stays near its start, and can
        go back to what misled the first: so the start itself counts too.
        """
        seen, shape = _seen(photo, found), misshape(found, photo.shape)
        if seen >= _WELL_SEEN and shape <= _WELL_SHAPED:
            return found
        best, least = found, seen - _SHAPE_WEIGHT * shape + _CLEARLY
        most_shape = shape_error(found.quad, photo.shape) + _ALIKE
        for start in _with_one_corner_moved(as_array(found.quad) * scale, thumb.shape):
            quads = [start]
            for _ in range(2):
                quads.append(self._second_look(thumb, quads[-1])[0])
            for quad in quads:
                fitted = fit_edges(photo, as_quad(as_array(quad) / scale))
                support = _seen(photo, fitted)
                worth = support - _SHAPE_WEIGHT * misshape(fitted, photo.shape)
                shaped = shape_error(fitted.quad, photo.shape) <= most_shape
                if shaped and support >= seen and worth >= least:
                    best, least = fitted, worth
        return best

    def _look(self, picture: RgbImage) -> _Look:
        boxed, placed = letterbox(picture)
        maps, logit = self._net(normalised(boxed, placed)[None])[:2]
        corners, mass = decode_corners(maps[0])
        area = area_box(maps[0, 4])
        on_picture = None
        if area is not None:
            (left, top), (right, bottom) = placed.to_picture(np.array(area).reshape(2, 2)).tolist()
            on_picture = (left, top, right, bottom)
        quad = as_quad(placed.to_picture(corners))
        return _Look(quad, float(mass.min()), float(np.ravel(logit)[0]), on_picture)

    def _closer(self, thumb: RgbImage, first: _Look) -> _Look:
        """Look again at the card's area alone, where it is small or lies among other things; the sharper look wins."""
        if first.area is None:
            return first
        left, top, right, bottom = first.area
        room = 0.2 * max(right - left, bottom - top)
        height, width = thumb.shape[:2]
        x0, y0 = max(0, int(left - room)), max(0, int(top - room))
        x1, y1 = min(width, int(right + room) + 1), min(height, int(bottom + room) + 1)
        if (x1 - x0) * (y1 - y0) > 0.8 * width * height or min(x1 - x0, y1 - y0) < 16:
            return first
        near = self._look(np.ascontiguousarray(thumb[y0:y1, x0:x1]))
        if near.sharpness <= first.sharpness:
            return first
        return _Look(as_quad(as_array(near.quad) + np.array([x0, y0])), near.sharpness, near.logit, first.area)

    def _turned(self, thumb: RgbImage, first: _Look) -> _Look:
        """Look at the picture in its other quarter turns; the sharpest look at what can be a card wins."""
        best, found = first, _plausible(first.quad, thumb.shape)
        for seen in self._quarter_turns(thumb):
            plausible = _plausible(seen.quad, thumb.shape)
            if (plausible, seen.sharpness) > (found, best.sharpness):
                best, found = replace(seen, area=first.area), plausible
        return best

    def _quarter_turns(self, thumb: RgbImage) -> Iterator[_Look]:
        """Looks at the picture in its three other quarter turns, each with its corners on the picture as it is."""
        height, width = thumb.shape[:2]
        for quarter in (1, 2, 3):
            seen = self._look(np.ascontiguousarray(np.rot90(thumb, quarter)))
            quad = as_quad(_turned_back(as_array(seen.quad), quarter, width, height))
            yield replace(seen, quad=quad, area=None)

    def _second_look(self, thumb: RgbImage, quad: Quad) -> tuple[Quad, _Look]:
        """The card flattened by `quad` and looked at again. Returns the corners on the thumbnail, and the look."""
        card = rectify(thumb, quad, width_px=SECOND_LOOK_PX, margin=SECOND_LOOK_MARGIN)
        look = self._look(card.image)
        moved = project_quad(card.to_photo, look.quad)
        if look.sharpness < 0.15 or not _plausible(moved, thumb.shape):
            return quad, look
        return moved, look


def _with_one_corner_moved(corners: FloatArray, shape: tuple[int, ...]) -> Iterator[Quad]:
    """Each corner in turn where it makes a parallelogram with the other three; corners: (4, 2)."""
    for wrong in range(4):
        start = corners.copy()
        start[wrong] = corners[wrong - 1] + corners[(wrong + 1) % 4] - corners[(wrong + 2) % 4]
        if _plausible(as_quad(start), shape):
            yield as_quad(start)


def _whole_card(photo: Reductions, found: Outline) -> Quad:
    """Its sides on the card's own edges, and completed where the photo cuts it."""
    outline = settled(photo, found)
    return completed(outline.quad, photo.shape, partial(seen_inside, photo, outline))


def _seen(photo: Reductions, outline: Outline) -> float:
    """Share of all its sides that shows an edge, in [0, 1]."""
    return float(edge_support(photo, outline).mean())


def _turned_back(points: FloatArray, quarters: int, width: int, height: int) -> FloatArray:
    """Points (n, 2) on np.rot90(picture, quarters) -> the same on the picture, which has this width and height."""
    for done in range(quarters, 0, -1):
        side = width if done % 2 else height
        points = np.stack([side - points[:, 1], points[:, 0]], axis=1)
    return points


def _thumbnail(photo: Reductions) -> tuple[RgbImage, float]:
    """The picture reduced to some 640 px a side, and how many of its pixels span one of the picture's."""
    factor = min(max(1, round(max(photo.shape[:2]) / _THUMB_PX)), min(photo.shape[:2]))
    return photo.by(factor), 1.0 / factor


def _plausible(quad: Quad, shape: tuple[int, ...]) -> bool:
    """Convex, clockwise (a card seen from the front is never mirrored), and at least a thousandth of the picture."""
    return is_convex(quad) and signed_area(quad) > 0.001 * shape[0] * shape[1]


def _largest_move(before: Quad, after: Quad) -> float:
    """The largest way of a corner, as a share of the card's width."""
    steps = np.linalg.norm(as_array(after) - as_array(before), axis=1)
    return float(steps.max()) / max(card_width_px(after), 1.0)


def _whole(image: RgbImage) -> Quad:
    height, width = image.shape[:2]
    return box_quad(0.0, 0.0, float(width), float(height))


def _sigmoid(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))


__all__ = ["SECOND_LOOK_MARGIN", "SECOND_LOOK_PX", "Located", "Locator"]
