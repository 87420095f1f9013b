"""A side that was found on a parallel line moves to the card's own edge; what is shaped like a card stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from khid_eval.engine.camera import card_errors
from khid_eval.engine.edge_fit import Outline, edge_support
from khid_eval.engine.geometry import CARD_ASPECT, as_array, as_quad, box_quad
from khid_eval.engine.side_choice import settled
from khid_eval.records import FloatArray, Quad, RgbImage

SIZE = np.array([900.0, 700.0])
WIDE = 560.0
CARD = box_quad(170.0, 170.0, 170.0 + WIDE, 170.0 + WIDE / CARD_ASPECT)
SIDES = {"top": (0, 1), "right": (1, 2), "bottom": (2, 3), "left": (3, 0)}
OUTWARDS = {"top": (0.0, -1.0), "right": (1.0, 0.0), "bottom": (0.0, 1.0), "left": (-1.0, 0.0)}


def moved(side: str, px: float) -> Quad:
    """The card with one side farther out."""
    points = as_array(CARD)
    points[list(SIDES[side])] += px * np.array(OUTWARDS[side])
    return as_quad(points)


def photo(*lines: Quad) -> RgbImage:
    """A grey card with text on a lighter table, and dark joints along those quads' sides."""
    rng = np.random.default_rng(2)
    image = np.full((700, 900, 3), 196, np.uint8)
    for quad in lines:
        cv2.polylines(image, [np.rint(as_array(quad)).astype(np.int32)], True, (96, 96, 96), 2)
    cv2.fillPoly(image, [np.rint(as_array(CARD)).astype(np.int32)], (172, 176, 168))
    for row in range(210, 500, 34):
        cv2.putText(image, "IDKHM0123456789<<<<", (200, row), 0, 0.7, (90, 90, 90), 1)
    return np.asarray((image + rng.normal(0, 2, image.shape)).clip(0, 255), np.uint8)


@pytest.mark.parametrize("side", SIDES)
def test_a_side_on_the_joint_beside_the_card_comes_back(side: str) -> None:
    wrong = moved(side, 18.0)
    found = settled(photo(wrong), Outline(wrong)).quad
    assert np.linalg.norm(as_array(found) - as_array(CARD), axis=1).max() < 2.0


def test_what_is_shaped_like_a_card_stays() -> None:
    around = as_quad(as_array(CARD).mean(axis=0) + 1.06 * (as_array(CARD) - as_array(CARD).mean(axis=0)))
    for quad in (CARD, around):
        assert settled(photo(around), Outline(quad)).quad == quad


def test_without_other_edges_the_quad_stays() -> None:
    plain = np.full((700, 900, 3), 180, np.uint8)
    assert settled(plain, Outline(moved("left", 18.0))).quad == moved("left", 18.0)


def test_a_side_at_the_border_of_the_photo_has_no_shape_to_keep() -> None:
    image = photo()[170:, :]
    shifted = as_quad(as_array(moved("right", 18.0)) - [0.0, 170.0])
    assert settled(image, Outline(shifted)).quad == shifted


def test_support_is_the_share_of_the_sides_that_show_an_edge() -> None:
    assert edge_support(photo(), Outline(CARD)).mean() > 0.97
    assert 0.5 < edge_support(photo(), Outline(moved("top", 12.0))).mean() < 0.85
    assert edge_support(np.full((700, 900, 3), 180, np.uint8), Outline(CARD)).max() == 0.0


def seen(turn: tuple[float, float, float], focal_px: float) -> FloatArray:
    """An ID-1 card's corners under a camera, the card turned by those degrees about x, y and z."""
    matrix, _ = cv2.Rodrigues(np.radians(np.array(turn)))
    flat = np.column_stack([as_array(CARD) - as_array(CARD).mean(axis=0), np.zeros(4)]) @ matrix.T
    flat += [20.0, -30.0, focal_px]
    return np.asarray(focal_px * flat[:, :2] / flat[:, 2:] + SIZE / 2)


@pytest.mark.parametrize("turn", [(0, 0, 0), (20, 0, 10), (0, 25, 130), (-15, 15, 200)])
def test_an_id_1_card_has_no_errors_whatever_its_turn(turn: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(card_errors(seen(turn, 1.1 * 900.0), SIZE), 0.0, atol=1e-4)
    # Another lens is not known, and matters little while the card is nearly flat before it.
    assert np.abs(card_errors(seen((turn[0] / 4, turn[1] / 4, turn[2]), 1.5 * 900.0), SIZE)).max() < 0.01


def test_a_corner_off_by_a_twentieth_shows() -> None:
    corners = seen((10, 5, 20), 990.0)
    corners[1] += [0.05 * WIDE, 0.0]
    assert np.linalg.norm(card_errors(corners, SIZE)) > 0.02
    assert card_errors(corners[[0, 2, 1, 3]], SIZE).tolist() == [1.0, 1.0]


def test_a_side_that_is_seen_near_the_border_does_not_hide_the_shape() -> None:
    """The card stands whole, six pixels from the photo's border, and its right side was found on a joint."""
    wrong = moved("right", 18.0)
    image = np.ascontiguousarray(photo(wrong)[164:, :])
    near, truth = as_quad(as_array(wrong) - [0.0, 164.0]), as_array(CARD) - [0.0, 164.0]
    found = settled(image, Outline(near)).quad
    assert np.linalg.norm(as_array(found) - truth, axis=1).max() < 2.0


def test_of_a_bent_card_the_shape_is_not_known() -> None:
    wrong = Outline(moved("right", 18.0), (0.01, 0.0, 0.01, 0.0))
    assert settled(photo(wrong.quad), wrong) == wrong
