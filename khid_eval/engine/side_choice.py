"""Which of several parallel edges is the card's: a joint of tiles, the rim of a shadow or a line on the card can show
more clearly than its own edge.

What decides is the shape: corners of which one is on the wrong line are no picture of an ID-1 card (`camera`). Lines
are looked for farther from each side, and of all quads that they make, that one wins which shows the most edge for the
least distance from that shape and from where the card was found. Trials on 990 photos: of 53 with a corner more than
1 % off 16 came right and none went wrong; of 132 that no camera could have taken (each corner moved anywhere by up to
6 %) one went wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from khid_eval.engine.camera import card_errors
from khid_eval.engine.cut_side import cut_sides, sides_at_border
from khid_eval.engine.edge_fit import (
    EdgeLine,
    Outline,
    edge_support,
    fit_edges,
    lines_near_sides,
    quad_of_lines,
    seen_inside,
)
from khid_eval.engine.geometry import as_array, as_quad, is_convex
from khid_eval.engine.rectify import Image, Reductions
from khid_eval.records import FloatArray, Quad

_SHAPED = 0.008
"""Length of `card_errors` up to which a quad is taken for the picture of a card."""
_MENDED = 0.35
"""Share of its `card_errors` to which another quad must bring a quad that no assumed camera makes a card of: those of
other lenses, and of tilted cards at the photo's side, stay at 0.03.
"""
_SHAPE_WEIGHT, _WORST_SHAPE = 3.0, 0.15  # share of edges that a unit of `card_errors` outweighs, and most that counts
_MOVE_WEIGHT = 0.4  # share of edges that a move of all sides to the end of the search outweighs
_GAIN = 0.02  # by how much the other quad must be better
_LOSS = 0.02  # share of the sides that may show less edge beside the others than before


@dataclass(frozen=True, slots=True)
class _Choice:
    """One line for each side. worth: the share of edge along them, less what their distance costs."""

    lines: tuple[EdgeLine, ...]
    worth: float


def settled(image: Image | Reductions, found: Outline) -> Outline:
    """image: the photo. found: the card on it. Returns it with the sides that its shape speaks for.

    What is shaped like a card stays, and so does what has no known shape: a bent card, or one that the photo cuts.
    """
    shape = shape_error(found.quad, image.shape)
    if shape < _SHAPED or found.is_bent:
        return found
    size = np.array([image.shape[1], image.shape[0]], dtype=np.float64)
    if cut_sides(found.quad, size, partial(seen_inside, image, found)):
        return found
    other = _best(image, found.quad, size)
    if other is None:
        return found
    fitted = fit_edges(image, other)
    if _misshape(as_array(fitted.quad), size) > max(_SHAPED, _MENDED * shape):
        return found
    loss = edge_support(image, found).mean() - edge_support(image, fitted).mean()
    return fitted if loss <= _LOSS else found


def misshape(outline: Outline, shape: tuple[int, ...]) -> float:
    """As `shape_error`, and 0 where no shape is known: of a bent card, and of one with a side at the photo's border."""
    size = np.array([shape[1], shape[0]], dtype=np.float64)
    unknown = outline.is_bent or sides_at_border(outline.quad, size)
    return 0.0 if unknown else shape_error(outline.quad, shape)


def shape_error(quad: Quad, shape: tuple[int, ...]) -> float:
    """How far the corners are from the picture of a flat card, in [0, 0.15]. shape: of the photo, (H, W, ...)."""
    size = np.array([shape[1], shape[0]], dtype=np.float64)
    return min(_misshape(as_array(quad), size), _WORST_SHAPE)


def _misshape(corners: FloatArray, size: FloatArray) -> float:
    return float(np.linalg.norm(card_errors(corners, size)))


def _best(image: Image | Reductions, quad: Quad, size: FloatArray) -> Quad | None:
    """The best quad of lines near the sides, None where the present one is about as good."""
    sides, to_photo = lines_near_sides(image, quad)
    found, least = None, _present(sides) - _SHAPE_WEIGHT * min(_misshape(as_array(quad), size), _WORST_SHAPE) + _GAIN
    for choice in sorted((_choice(lines) for lines in product(*sides)), key=lambda one: -one.worth):
        if choice.worth <= least:  # nor can any after it be better, whatever its shape
            break
        corners = quad_of_lines(choice.lines, to_photo)
        if not is_convex(as_quad(corners)):
            continue
        shaped = choice.worth - _SHAPE_WEIGHT * min(_misshape(corners, size), _WORST_SHAPE)
        if shaped > least:
            found, least = as_quad(corners), shaped
    return found


def _present(sides: Sequence[Sequence[EdgeLine]]) -> float:
    """What the lines are worth that the sides now stand on: the first of each."""
    return _choice(tuple(lines[0] for lines in sides)).worth


def _choice(lines: tuple[EdgeLine, ...]) -> _Choice:
    seen, moved = np.mean([line.seen for line in lines]), np.mean([line.moved for line in lines])
    return _Choice(lines, float(seen - _MOVE_WEIGHT * moved))


__all__ = ["misshape", "settled", "shape_error"]
