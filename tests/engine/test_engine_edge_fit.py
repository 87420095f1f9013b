"""Sides that are curves: of bent cards and under lenses that bend lines the corners are where the curves meet."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from khid_eval.engine.cut_side import completed
from khid_eval.engine.edge_fit import Outline, edge_support, fit_edges, seen_inside
from khid_eval.engine.geometry import CARD_ASPECT, as_array, as_quad, box_quad
from khid_eval.engine.side_choice import misshape
from khid_eval.records import FloatArray, RgbImage

WIDE = 600.0
CARD = as_array(box_quad(150.0, 160.0, 150.0 + WIDE, 160.0 + WIDE / CARD_ASPECT))
GUESS = as_quad(CARD + np.array([[5.0, -4.0], [-6.0, 3.0], [4.0, 5.0], [-3.0, -6.0]]))
ALONG = np.linspace(0.0, 1.0, 200, endpoint=False)[:, None]
Bows = tuple[float, float, float, float]


def outline(bows: Bows) -> FloatArray:
    """(800, 2) points around the card; bows: of the top, right, bottom and left side, in pixels right or down."""
    ways = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    sides = [
        a + (b - a) * ALONG + 4.0 * bow * ALONG * (1.0 - ALONG) * way
        for a, b, bow, way in zip(CARD, np.roll(CARD, -1, axis=0), bows, ways, strict=True)
    ]
    return np.concatenate(sides)


def photo(bows: Bows, *joints: int) -> RgbImage:
    """A light card with rows of text on a dark table, and light joints across it at those heights."""
    rng = np.random.default_rng(4)
    image = np.full((700, 900, 3), (70, 80, 90), np.uint8)
    for y in joints:
        cv2.line(image, (0, y), (900, y), (190, 190, 180), 3)
    cv2.fillPoly(image, [np.rint(outline(bows) * 16).astype(np.int32)], (205, 196, 200), cv2.LINE_AA, 4)
    for row in range(220, 500, 40):
        cv2.putText(image, "IDKHM0123456789<<<<", (190, row), 0, 0.7, (90, 90, 90), 1)
    return np.asarray((image + rng.normal(0, 2, image.shape)).clip(0, 255), np.uint8)


def worst(found: Outline) -> float:
    """Distance of the worst corner from its truth, as a share of the card's width."""
    return float(np.linalg.norm(as_array(found.quad) - CARD - 0.5, axis=1).max()) / WIDE


@pytest.mark.parametrize(
    "bows",
    [
        (-9.0, 0.0, -6.0, 0.0),
        (0.0, 14.0, 0.0, -8.0),
        (-12.0, 8.0, 12.0, -8.0),
        (5.0, -4.0, -5.0, 4.0),
        (-20.0, 0.0, -9.0, 0.0),
    ],
    ids=["bent", "bent across", "barrel", "pincushion", "bent a lot"],
)
def test_corners_of_a_bent_card_are_where_its_sides_meet(bows: Bows) -> None:
    found = fit_edges(photo(bows), GUESS)
    assert worst(found) < 0.003
    assert np.array(found.bows) * WIDE == pytest.approx(np.array(bows), abs=1.5)


def test_a_straight_card_has_no_bows() -> None:
    found = fit_edges(photo((0.0, 0.0, 0.0, 0.0)), GUESS)
    assert worst(found) < 0.002
    assert max(map(abs, found.bows)) < 0.001


def test_a_bow_that_the_opposite_side_does_not_share_is_not_taken() -> None:
    """A finger's width of the table looks like card: the top side alone seems to bulge."""
    found = fit_edges(photo((-9.0, 0.0, 0.0, 0.0)), GUESS)
    assert max(map(abs, found.bows)) < 0.001
    assert not found.is_bent


def test_joints_beside_a_straight_side_do_not_bend_it() -> None:
    found = fit_edges(photo((0.0, 0.0, 0.0, 0.0), 146, 550), GUESS)
    assert worst(found) < 0.003


def test_the_support_of_bent_sides_is_along_their_bows() -> None:
    image, bows = photo((-12.0, 8.0, 12.0, -8.0)), (-0.02, 0.0133, 0.02, -0.0133)
    assert edge_support(image, Outline(as_quad(CARD), bows)).min() > 0.95
    assert edge_support(image, Outline(as_quad(CARD))).max() < 0.6


def test_a_bent_card_has_no_known_shape() -> None:
    wrong = as_quad(CARD + np.array([[0.0, 0.0], [0.0, 30.0], [0.0, 0.0], [0.0, 0.0]]))
    assert misshape(Outline(wrong), (700, 900, 3)) > 0.01
    assert misshape(Outline(wrong, (0.01, 0.0, 0.01, 0.0)), (700, 900, 3)) == 0.0


def test_a_side_that_is_seen_is_not_cut_however_near_the_border() -> None:
    image = np.ascontiguousarray(photo((0.0, 0.0, 0.0, 0.0))[:, : 150 + 560])
    narrow = as_array(box_quad(150.0, 160.0, 150.0 + 552.0, 160.0 + WIDE / CARD_ASPECT))
    image[:, 702:] = (70, 80, 90)  # a short card, whole, eight pixels from the border
    outline_found = Outline(as_quad(narrow))
    assert completed(outline_found.quad, image.shape) != outline_found.quad
    seen = seen_inside(image, outline_found)
    assert completed(outline_found.quad, image.shape, lambda: seen) == outline_found.quad


def test_the_end_of_the_photo_is_no_edge_of_the_card() -> None:
    image = np.ascontiguousarray(photo((0.0, 0.0, 0.0, 0.0))[:, : 150 + 560])
    cut = Outline(box_quad(150.0, 160.0, 708.0, 160.0 + WIDE / CARD_ASPECT))
    assert seen_inside(image, cut)[1] < 0.5
