"""The locator's bookkeeping: canvases, turns, refusals. What the net finds is measured, not asserted, elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from khid_eval.engine import EngineReader
from khid_eval.engine.geometry import as_array, box_quad, is_convex
from khid_eval.engine.heat_maps import (
    BORDER_PX,
    SIDE_PX,
    area_box,
    corner_targets,
    decode_corners,
    letterbox,
    normalised,
)
from khid_eval.engine.locate import Locator, _turned_back
from khid_eval.engine.photo_decode import decode


@pytest.fixture(scope="module")
def locate() -> Locator:
    return Locator()


@pytest.mark.parametrize("size", [(15, 15), (640, 480), (480, 641), (2000, 31), (15, 8192)])
def test_letterbox_shows_the_whole_picture_and_finds_back(size: tuple[int, int]) -> None:
    width, height = size
    canvas, placed = letterbox(np.full((height, width, 3), 200, dtype=np.uint8))
    assert canvas.shape == (SIDE_PX, SIDE_PX, 3)
    assert min(placed.left, placed.top) >= BORDER_PX
    corners = as_array(box_quad(0, 0, width, height))
    assert placed.to_picture(placed.to_canvas(corners)) == pytest.approx(corners)
    seen = normalised(canvas, placed)
    assert np.isfinite(seen).all()
    assert abs(float(seen.mean())) < 1e-3


def test_corner_maps_are_read_where_they_were_drawn() -> None:
    corners = np.array([[30.3, 40.9], [200.1, 50.2], [190.7, 180.6], [26.0, 170.0]])
    read, mass = decode_corners(np.log(corner_targets(corners) + 1e-12))
    assert read == pytest.approx(corners, abs=0.25)
    assert mass.min() > 0.9


def test_area_is_the_largest_patch() -> None:
    logits = np.full((64, 64), -5.0, dtype=np.float32)
    assert area_box(logits) is None
    logits[2:4, 2:4] = 5.0
    logits[10:20, 30:50] = 5.0
    assert area_box(logits) == (120.0, 40.0, 200.0, 80.0)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_points_of_a_turned_picture_are_turned_back(quarters: int) -> None:
    picture = np.zeros((30, 50), dtype=np.uint8)
    picture[7, 11] = 1
    row, column = np.argwhere(np.rot90(picture, quarters))[0]
    points = np.array([[column + 0.5, row + 0.5]])
    assert _turned_back(points, quarters, 50, 30) == pytest.approx(np.array([[11.5, 7.5]]))


@pytest.mark.parametrize("size", [(15, 15), (15, 400), (3000, 40), (300, 300)])
@pytest.mark.parametrize("kind", ["black", "noise"])
def test_pictures_without_a_card_have_none(locate: Locator, size: tuple[int, int], kind: str) -> None:
    shape = (size[1], size[0], 3)
    rng = np.random.default_rng(1)
    picture = np.zeros(shape, np.uint8) if kind == "black" else rng.integers(0, 255, shape, dtype=np.uint8)
    found = locate(picture)
    assert found.presence < 0.5
    assert is_convex(found.quad)


@pytest.mark.parametrize(
    ("file", "corners"),
    [
        ("one_corner_lost.jpg", [[44.1, 339.4], [333.4, 44.1], [520.1, 226.4], [230.4, 522.4]]),
        ("corner_on_paper_behind.jpg", [[177.6, 95.5], [577.2, 150.6], [542.4, 402.5], [142.8, 347.4]]),
    ],
)
def test_a_corner_that_the_net_lost_is_found_by_edges_and_shape(
    locate: Locator, file: str, corners: list[list[float]]
) -> None:
    """Drawn cards on a printed page and on a sheet as bright as the card: the net alone puts one corner far away."""
    photo = decode(Path(__file__).with_name(file).read_bytes()).image
    truth = np.array(corners)
    found = as_array(locate(photo).quad)
    assert np.linalg.norm(found - truth, axis=1).max() < 0.01 * np.linalg.norm(truth[1] - truth[0])


def test_a_clear_card_of_which_the_first_look_makes_no_card_is_looked_at_turned(locate: Locator) -> None:
    """Another renderer's card, upside down: at first two of its corners stand in one place, and it was refused."""
    photo = decode(Path(__file__).with_name("upside_down.jpg").read_bytes()).image
    truth = np.array([[808.3, 668.9], [29.3, 487.9], [152.2, 17.5], [912.3, 168.2]])
    found = locate(photo)
    assert found.presence > 0.9
    assert np.linalg.norm(as_array(found.quad) - truth, axis=1).max() < 0.01 * np.linalg.norm(truth[1] - truth[0])


def test_a_place_that_shows_no_card_is_not_taken_for_the_only_one(locate: Locator) -> None:
    """Papers as bright as the card mislead the locator; the row finder sees no card in what it found."""
    file = Path(__file__).with_name("papers_all_round.jpg").read_bytes()
    image = decode(file).image
    wrong = locate(image)
    assert np.abs(as_array(wrong.quad)[3] - (433.0, 1136.0)).max() > 100.0
    assert min(np.abs(as_array(quad)[3] - (433.0, 1136.0)).max() for quad in locate.others(image, wrong.quad)) < 8.0
    number = EngineReader().read(file).get("id_number")
    assert number is not None
    assert number.text == "194467456"
