"""Quads and homographies. Points are (x, y) with integer coordinates at pixel EDGES, everywhere in the engine.

OpenCV's warps count pixel CENTRES; `centre_form` is the one place where the two conventions meet.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from khid_eval.records import FloatArray, Point, Quad

CARD_ASPECT = 85.60 / 53.98
"""Width over height of an ISO/IEC 7810 ID-1 card."""


def as_array(quad: Quad) -> FloatArray:
    """(4, 2) float64, in the quad's own order."""
    return np.asarray(quad, dtype=np.float64).reshape(4, 2)


def as_quad(points: ArrayLike) -> Quad:
    """points: (4, 2) numbers. Returns plain Python floats, safe to put into a record."""
    a, b, c, d = np.asarray(points, dtype=np.float64).reshape(4, 2).tolist()
    return ((a[0], a[1]), (b[0], b[1]), (c[0], c[1]), (d[0], d[1]))


def box_quad(left: float, top: float, right: float, bottom: float) -> Quad:
    """An upright box as a quad."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def homography(source: Quad, target: Quad) -> FloatArray:
    """(3, 3) float64 that takes the corners of `source` to those of `target`.

    Raises ValueError if three corners of either quad stand on one line.
    """
    for quad in (source, target):
        if abs(signed_area(quad)) < 1e-6 or not is_convex(quad):
            raise ValueError("a homography needs two convex quads with an area")
    matrix = cv2.getPerspectiveTransform(as_array(source).astype(np.float32), as_array(target).astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def project(matrix: FloatArray, points: ArrayLike) -> FloatArray:
    """points: (n, 2). Returns (n, 2) float64: each point taken through the (3, 3) matrix."""
    flat = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    lifted = np.hstack([flat, np.ones((len(flat), 1))]) @ matrix.T
    return np.asarray(lifted[:, :2] / lifted[:, 2:3], dtype=np.float64)


def project_quad(matrix: FloatArray, quad: Quad) -> Quad:
    return as_quad(project(matrix, as_array(quad)))


def inverse(matrix: FloatArray) -> FloatArray:
    """(3, 3): the way back. Raises numpy.linalg.LinAlgError for a map that has none."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def centre_form(matrix: FloatArray) -> FloatArray:
    """The same map, written for coordinates at pixel centres, as cv2.warpPerspective wants it."""
    to_edge = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]], dtype=np.float64)
    to_centre = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]], dtype=np.float64)
    return np.asarray(to_centre @ matrix @ to_edge, dtype=np.float64)


def signed_area(quad: Quad) -> float:
    """Area in square pixels; positive when the corners run clockwise on the screen (y points down)."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad  # on four points numpy takes ten times as long
    return float((cx - ax) * (dy - by) - (dx - bx) * (cy - ay)) / 2.0


def is_convex(quad: Quad) -> bool:
    """True when all four turns go the same way, so the quad can be the picture of a flat rectangle."""
    a, b, c, d = quad
    turns = (_turn(a, b, c), _turn(b, c, d), _turn(c, d, a), _turn(d, a, b))
    return all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)


def _turn(a: Point, b: Point, c: Point) -> float:
    """Above 0 where the way from a over b to c turns clockwise on the screen, 0 where it goes straight on."""
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def side_lengths(quad: Quad) -> FloatArray:
    """(4,) pixels: top, right, bottom, left."""
    points = as_array(quad)
    return np.asarray(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1), dtype=np.float64)


def card_width_px(quad: Quad) -> float:
    """How many pixels of the photo span the card's width: the longest of what its four sides say."""
    top, right, bottom, left = side_lengths(quad)
    return float(max(top, bottom, right * CARD_ASPECT, left * CARD_ASPECT))


def intersection_over_union(one: Quad, other: Quad) -> float:
    """In [0, 1]; both quads must be convex."""
    first, second = as_array(one).astype(np.float32), as_array(other).astype(np.float32)
    shared = float(cv2.intersectConvexConvex(first, second)[0])
    union = abs(signed_area(one)) + abs(signed_area(other)) - shared
    return shared / union if union > 0 else 0.0
