"""Truth goes along exactly: what is drawn at a point is found at the carried point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khid_eval import conditions
from khid_eval.conditions import CARD, Picture, rectangle
from khid_eval.records import Quad

ANGLES = [0.0, 90.0, 180.0, 270.0, 1.0, 13.7, 45.0, 89.5, 135.0, 222.2, 359.0, -30.0, 725.0]


def dotted(width: int = 330, height: int = 211) -> Picture:
    """Four soft white dots on black, one at each corner of the quad "dots", at fractional edge coordinates."""
    quad: Quad = (71.3, 58.8), (255.0, 61.5), (249.6, 150.2), (68.4, 148.0)
    y, x = np.mgrid[0:height, 0:width] + 0.5
    light = sum(255.0 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 3.0**2)) for cx, cy in quad)
    image = np.repeat(np.rint(light).astype(np.uint8)[:, :, None], 3, axis=2)
    return Picture(image, {"dots": quad, CARD: rectangle(40.0, 30.0, width - 40.0, height - 30.0)})


def found_at(picture: Picture, near: tuple[float, float], radius: float) -> tuple[float, float]:
    """Centre of mass of the light within a radius of a point, in edge coordinates."""
    height, width = picture.image.shape[:2]
    y, x = np.mgrid[0:height, 0:width] + 0.5
    weight = picture.image[:, :, 0] * (np.hypot(x - near[0], y - near[1]) <= radius)
    return float((x * weight).sum() / weight.sum()), float((y * weight).sum() / weight.sum())


def assert_dots_lie_on_their_quad(picture: Picture, radius: float, within_px: float = 0.1) -> None:
    inside = [
        (x, y)
        for x, y in picture.quads["dots"]
        if radius <= x <= picture.width_px - radius and radius <= y <= picture.height_px - radius
    ]
    assert len(inside) >= 2  # a cut border may take the others away
    for point in inside:
        assert math.dist(found_at(picture, point, radius), point) < within_px


@pytest.mark.parametrize("angle_deg", ANGLES)
def test_rotation_by_any_angle_carries_points(angle_deg: float) -> None:
    before = dotted()
    after = conditions.rotate(before, angle_deg)
    assert_dots_lie_on_their_quad(after, 14)
    turned = (conditions.rotation_deg(after.quads[CARD]) - conditions.rotation_deg(before.quads[CARD])) % 360
    assert min(abs(turned - angle_deg % 360), 360 - abs(turned - angle_deg % 360)) < 1e-6


@pytest.mark.parametrize("angle_deg", ANGLES)
def test_rotation_grows_the_canvas_just_enough(angle_deg: float) -> None:
    corners = Picture(np.zeros((211, 330, 3), np.uint8), {"all": rectangle(0, 0, 330, 211)})
    after = conditions.rotate(corners, angle_deg)
    points = np.array(after.quads["all"])
    assert points.min() > -1e-6
    assert (points.max(axis=0) <= (after.width_px + 1e-6, after.height_px + 1e-6)).all()
    assert (np.array([after.width_px, after.height_px]) - np.ptp(points, axis=0) < 1.0).all()


def test_quarter_turns_move_pixels_without_resampling() -> None:
    picture = dotted()
    back = conditions.rotate(conditions.rotate(picture, 90), 270)
    assert np.array_equal(back.image, picture.image)
    assert np.allclose(back.quads["dots"], picture.quads["dots"])


def test_a_huge_canvas_is_shrunk_to_the_limit_of_the_api() -> None:
    wide = Picture(np.zeros((20, 8192, 3), np.uint8), {CARD: rectangle(0, 0, 8192, 20)})
    tall = conditions.rotate(Picture(np.zeros((6000, 6000, 3), np.uint8)), 45)
    assert max(conditions.rotate(wide, 1.0).image.shape) <= conditions.MAX_SIDE_PX
    assert max(tall.image.shape) <= conditions.MAX_SIDE_PX


@pytest.mark.parametrize("name", ["rotation", "perspective", "scale", "cut_border", "clutter"])
@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_geometric_conditions_carry_points(name: str, severity: int, seed: int) -> None:
    before = dotted()
    after = conditions.apply(before, name, severity, np.random.default_rng(seed))
    shrunk = min(1.0, after.width_px / before.width_px) if name == "scale" else 1.0
    # A dot of three pixels that is shrunk to half a pixel has no sharper centre than this.
    assert_dots_lie_on_their_quad(after, 14 * max(shrunk, 0.35), 0.1 if shrunk > 0.3 else 0.15)


@settings(max_examples=40, deadline=None)
@given(st.integers(15, 90), st.integers(15, 90), st.floats(-400, 400))
def test_rotation_keeps_lengths_and_angles(width: int, height: int, angle_deg: float) -> None:
    after = conditions.rotate(Picture(np.zeros((height, width, 3), np.uint8)), angle_deg)
    quad = conditions.rotate(
        Picture(np.zeros((height, width, 3), np.uint8), {CARD: rectangle(0, 0, width, height)}), angle_deg
    ).quads[CARD]
    assert math.isclose(math.dist(quad[0], quad[1]), width, rel_tol=1e-9)
    assert math.isclose(math.dist(quad[1], quad[2]), height, rel_tol=1e-9)
    assert min(after.image.shape[:2]) >= 15


def test_resize_and_crop_carry_points() -> None:
    picture = dotted()
    assert_dots_lie_on_their_quad(conditions.resize(picture, 495, 400), 20)
    assert_dots_lie_on_their_quad(conditions.resize(picture, 200, 131), 9)
    assert_dots_lie_on_their_quad(conditions.crop(picture, 31, 17, 300, 200), 14)


def test_the_filling_is_the_colour_of_the_edge() -> None:
    image = np.full((40, 60, 3), (10, 200, 30), np.uint8)
    image[10:30, 10:50] = 255
    after = conditions.rotate(Picture(image), 45)
    assert after.image[0, 0].tolist() == [10, 200, 30]
    assert conditions.rotate(Picture(image), 45, fill=(1, 2, 3)).image[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "image", [np.zeros((10, 10), np.uint8), np.zeros((10, 10, 3), np.float32), np.zeros((0, 5, 3), np.uint8)]
)
def test_a_picture_refuses_other_arrays(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="picture"):
        Picture(image)
