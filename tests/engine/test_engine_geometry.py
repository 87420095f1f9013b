"""Quads, homographies and the flat card: pixel conventions must hold exactly."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from khid_eval.engine import geometry
from khid_eval.engine.edge_fit import fit_edges
from khid_eval.engine.rectify import flat_card, rectify, supported_width_px
from khid_eval.records import Quad, RgbImage

SQUARE: Quad = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
STEEP: Quad = ((100.3, 80.7), (402.2, 60.1), (431.9, 270.4), (88.8, 250.2))


def close(one: Quad, other: Quad, by_px: float) -> bool:
    return bool(np.abs(geometry.as_array(one) - geometry.as_array(other)).max() <= by_px)


def picture_of(quad: Quad, width: int = 520, height: int = 340, inside: int = 220, outside: int = 60) -> RgbImage:
    """A plain card on a plain ground, smoothed by drawing it at four times the size."""
    import cv2

    big = np.full((4 * height, 4 * width), outside, dtype=np.uint8)
    points = np.rint((geometry.as_array(quad) * 4 - 0.5) * 16).astype(np.int32)
    cv2.fillConvexPoly(big, points, inside, shift=4)
    small = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA)
    return np.repeat(small[..., None], 3, axis=2).astype(np.uint8)


def test_homography_takes_corners_to_corners_and_back() -> None:
    matrix = geometry.homography(STEEP, SQUARE)
    assert geometry.project(matrix, STEEP) == pytest.approx(np.array(SQUARE), abs=1e-4)
    assert geometry.project(geometry.inverse(matrix), SQUARE) == pytest.approx(np.array(STEEP), abs=1e-3)


@pytest.mark.parametrize(
    "bad",
    [
        ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)),
        ((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)),
        ((1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)),
    ],
    ids=["line", "crossed", "point"],
)
def test_quads_without_a_shape_are_refused(bad: Quad) -> None:
    with pytest.raises(ValueError, match="convex"):
        geometry.homography(bad, SQUARE)


@pytest.mark.parametrize(
    ("one", "other", "iou"),
    [
        (SQUARE, SQUARE, 1.0),
        (SQUARE, ((1.0, 0.0), (3.0, 0.0), (3.0, 2.0), (1.0, 2.0)), 1 / 3),
        (SQUARE, ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0), (5.0, 6.0)), 0.0),
    ],
)
def test_intersection_over_union(one: Quad, other: Quad, iou: float) -> None:
    assert geometry.intersection_over_union(one, other) == pytest.approx(iou, abs=1e-6)


def test_card_width_looks_through_foreshortening() -> None:
    flat = geometry.box_quad(0, 0, 856, 539.8)
    leaned = geometry.box_quad(0, 0, 400, 539.8)
    assert geometry.card_width_px(flat) == pytest.approx(856)
    assert geometry.card_width_px(leaned) == pytest.approx(856)


def test_rectifying_an_upright_card_at_its_own_size_changes_no_pixel() -> None:
    rng = np.random.default_rng(1)
    photo = rng.integers(0, 255, (600, 900, 3), dtype=np.uint8)
    quad = geometry.box_quad(30, 40, 830, 40 + 800 / geometry.CARD_ASPECT)
    card = rectify(photo, geometry.box_quad(30, 40, 830, 40 + round(800 / geometry.CARD_ASPECT)), width_px=800)
    assert np.array_equal(card.image, photo[40 : 40 + card.image.shape[0], 30:830])
    assert close(card.quad_to_photo(geometry.box_quad(0, 0, 800, card.height_px)), quad, 0.5)


def test_margin_shows_the_surroundings_and_says_what_lies_outside() -> None:
    photo = picture_of(STEEP)
    card = rectify(photo, STEEP, width_px=300, margin=0.5)
    assert card.width_px == 300
    assert card.box[0] == 150
    assert card.outside.any()
    middle = card.image[int(card.box[1]) + 20 : int(card.box[3]) - 20, int(card.box[0]) + 20 : int(card.box[2]) - 20]
    assert middle.min() > 200
    beside = card.image[int(card.box[1]) + 20 : int(card.box[3]) - 20, 135:145]
    assert beside.max() < 80


@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_a_part_of_the_flat_card_is_that_part_of_the_whole(margin: float) -> None:
    photo = np.random.default_rng(2).integers(0, 255, (600, 900, 3), dtype=np.uint8)
    part, outside = flat_card(photo, STEEP, width_px=300, margin=margin).part(20, 10, 90, 60)
    whole = rectify(photo, STEEP, width_px=300, margin=margin)
    assert np.abs(part.astype(int) - whole.image[10:60, 20:90]).max() <= 8  # OpenCV's fractions of a pixel are coarse
    assert (outside == whole.outside[10:60, 20:90]).mean() > 0.99


def test_points_go_to_the_photo_and_back() -> None:
    card = rectify(picture_of(STEEP), STEEP, width_px=400, margin=0.1)
    assert close(card.quad_to_photo(geometry.box_quad(*card.box)), STEEP, 1e-3)
    assert close(card.quad_from_photo(STEEP), geometry.box_quad(*card.box), 1e-3)


@pytest.mark.parametrize(("width", "wanted"), [(100, 640), (1000, 1000), (5000, 1280)])
def test_width_follows_the_photo_within_limits(width: int, wanted: int) -> None:
    assert supported_width_px(geometry.box_quad(0, 0, width, width / geometry.CARD_ASPECT)) == wanted


@pytest.mark.parametrize("angle_deg", [0, 33, 90, 180, 275])
def test_edge_fit_pulls_a_nearby_guess_onto_the_edges(angle_deg: float) -> None:
    turn = math.radians(angle_deg)
    flat = geometry.as_array(geometry.box_quad(-300, -189, 300, 189))
    spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    truth = geometry.as_quad(flat @ spin + 400)
    photo = picture_of(truth, 800, 800)
    guess = geometry.as_quad(geometry.as_array(truth) + np.array([[5, -4], [-6, 3], [4, 5], [-3, -6]]))
    error = np.linalg.norm(geometry.as_array(fit_edges(photo, guess).quad) - geometry.as_array(truth), axis=1).max()
    assert error < 0.5


def test_edge_fit_sees_a_card_that_differs_from_its_table_in_colour_alone() -> None:
    table, card = (150, 100, 150), (100, 125, 152)  # in grey both are 121
    photo = np.full((400, 600, 3), table, dtype=np.uint8)
    photo[60:340, 80:524] = card
    grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8)
    assert int(grey.max()) - int(grey.min()) <= 1
    truth, guess = geometry.box_quad(80, 60, 524, 340), geometry.box_quad(86, 55, 520, 345)
    assert close(fit_edges(photo, guess).quad, truth, 0.5)
    assert close(fit_edges(grey, guess).quad, guess, 1e-3)


def test_edge_fit_leaves_a_card_without_edges_alone() -> None:
    plain = np.full((400, 600, 3), 128, dtype=np.uint8)
    quad = geometry.box_quad(60, 40, 540, 340)
    assert close(fit_edges(plain, quad).quad, quad, 1e-3)


def test_edge_fit_does_not_take_the_end_of_the_photo_for_the_card() -> None:
    bright = np.full((300, 476, 3), 200, dtype=np.uint8)
    quad = geometry.box_quad(-4, -3, 480, 303)
    assert close(fit_edges(bright, quad).quad, quad, 1e-3)
