"""What every condition promises: seeded, pure, harder with every severity, any size of photo."""

from __future__ import annotations

import doctest
import itertools
import pickle
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from khid_eval import conditions
from khid_eval.conditions import CARD, CONDITIONS, SEVERITIES, Picture, rectangle
from khid_eval.conditions.surface import blend, quad_mask

PHOTOMETRIC = [name for name, one in CONDITIONS.items() if one.kind == "photometric"]


def card_on_desk() -> Picture:
    image = np.full((300, 440, 3), (150, 130, 110), np.uint8)
    image[50:250, 60:380] = (205, 220, 230)
    image[80:170, 75:140] = (90, 70, 60)
    for row in range(6):
        cv2.putText(image, "SPECIMEN 0123", (150, 80 + 22 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30, 30, 40), 1)
    cv2.putText(image, "IDKHM<<<0123456789<<<", (70, 235), cv2.FONT_HERSHEY_PLAIN, 1.4, (10, 10, 10), 2)
    return Picture(image, {CARD: rectangle(60, 50, 380, 250)})


def texture() -> Picture:
    rough = np.random.default_rng(5).integers(20, 236, (30, 44, 3), dtype=np.uint8)
    return Picture(np.asarray(cv2.resize(rough, (431, 299), interpolation=cv2.INTER_CUBIC), dtype=np.uint8))


def flat_card() -> Picture:
    inner = conditions.crop(card_on_desk(), 60, 50, 380, 250)
    return Picture(inner.image, inner.quads)


PICTURES = {"card on a desk": card_on_desk, "texture": texture, "flat card": flat_card}


def psnr(a: Picture, b: Picture) -> float:
    error = np.mean((a.image.astype(np.float64) - b.image) ** 2)
    return float(10 * np.log10(255.0**2 / error))


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("name", PHOTOMETRIC)
@pytest.mark.parametrize("seed", range(6))
def test_psnr_falls_with_severity(name: str, make: Callable[[], Picture], seed: int) -> None:
    clean = make()
    quality = [psnr(clean, conditions.apply(clean, name, s, np.random.default_rng(seed))) for s in SEVERITIES]
    assert all(a > b for a, b in itertools.pairwise(quality)), quality


def corner_shift(picture: Picture) -> float:
    """How far the card's corners have turned about its middle, as a share of its size."""
    points, upright = np.array(picture.card_quad), np.array(card_on_desk().card_quad)
    turned, still = points - points.mean(axis=0), upright - upright.mean(axis=0)
    return float(np.linalg.norm(turned - still, axis=1).mean() / np.linalg.norm(still, axis=1).mean())


def foreshortening(picture: Picture) -> float:
    points = np.array(picture.card_quad)
    sides = np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1)
    diagonals = np.linalg.norm(points[[0, 1]] - points[[2, 3]], axis=1)
    return float(max(np.log(sides / sides[[2, 3, 0, 1]]).max(), abs(np.log(diagonals[0] / diagonals[1]))))


def cut_off(picture: Picture) -> float:
    """Share of the card that lies outside the photo."""
    frame = np.array(rectangle(0, 0, picture.width_px, picture.height_px), np.float32)
    quad = np.array(picture.card_quad, np.float32)
    return 1.0 - cv2.intersectConvexConvex(quad, frame)[0] / cv2.contourArea(quad)


def background_edges(picture: Picture) -> float:
    return float(np.abs(np.diff(picture.image.astype(np.int64), axis=1)).mean())


HARDER = {
    "rotation": corner_shift,
    "perspective": foreshortening,
    "scale": lambda picture: -picture.card_px,
    "cut_border": cut_off,
    "clutter": background_edges,
}


def test_every_geometric_condition_has_a_measure() -> None:
    assert set(HARDER) | set(PHOTOMETRIC) == set(CONDITIONS)


@pytest.mark.parametrize("name", HARDER)
@pytest.mark.parametrize("seed", range(8))
def test_truth_overlap_falls_with_severity(name: str, seed: int) -> None:
    clean = card_on_desk()
    shift = [HARDER[name](conditions.apply(clean, name, s, np.random.default_rng(seed))) for s in SEVERITIES]
    assert all(a < b for a, b in itertools.pairwise(shift)), shift


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_same_seed_gives_the_same_picture_and_the_input_stays(name: str) -> None:
    clean = card_on_desk()
    clean.image.setflags(write=False)
    kept = clean.image.copy()
    one, two = (conditions.apply(clean, name, 4, conditions.seeded("photo", name)) for _ in range(2))
    assert np.array_equal(one.image, two.image)
    assert one.quads == two.quads
    assert np.array_equal(clean.image, kept)
    assert clean.quads == card_on_desk().quads


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("size", [(15, 15), (15, 16), (17, 31), (101, 67), (8192, 15), (15, 8192), (1, 1)])
def test_any_size_is_taken(name: str, size: tuple[int, int]) -> None:
    width, height = size
    image = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for severity in (1, 5):
        after = conditions.apply(Picture(image), name, severity, np.random.default_rng(severity))
        assert after.image.dtype == np.uint8
        assert after.image.flags.c_contiguous
        assert after.image.shape[2] == 3
        assert max(after.image.shape) <= conditions.MAX_SIDE_PX
        if min(size) >= conditions.MIN_SIDE_PX:
            assert min(after.image.shape[:2]) >= conditions.MIN_SIDE_PX
        if CONDITIONS[name].kind == "photometric":
            assert after.image.shape == image.shape
            assert after.quads == {}


@pytest.mark.parametrize("name", PHOTOMETRIC)
@pytest.mark.parametrize("level", [0, 255])
def test_black_and_white_photos_stay_in_range(name: str, level: int) -> None:
    after = conditions.apply(Picture(np.full((40, 60, 3), level, np.uint8)), name, 5, np.random.default_rng(0))
    assert after.image.shape == (40, 60, 3)


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_slider_meets_the_severities(name: str) -> None:
    clean = card_on_desk()
    assert conditions.apply_amount(clean, name, 0.0, np.random.default_rng(0)) is clean
    for severity in SEVERITIES:
        a = conditions.apply_amount(clean, name, severity / 5, np.random.default_rng(0))
        b = conditions.apply(clean, name, severity, np.random.default_rng(0))
        assert np.array_equal(a.image, b.image)
    conditions.apply_amount(clean, name, 0.01, np.random.default_rng(0))


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_table_is_complete(name: str) -> None:
    one = CONDITIONS[name]
    assert one.name == name
    assert all([one.title_en, one.title_km, one.about_en, one.about_km, one.unit])
    values = (one.neutral, *one.levels)
    assert list(values) in (sorted(set(values)), sorted(set(values), reverse=True))
    assert conditions.parameters(name, 2) == {one.parameter: one.levels[1]}
    assert not one.same_constants or one.imagenet_c


def test_imagenet_c_names_are_understood() -> None:
    assert conditions.find("jpeg_compression").name == "jpeg"
    assert conditions.find("brightness").levels == (0.1, 0.2, 0.3, 0.4, 0.5)


@pytest.mark.parametrize("severity", [0, 6, -1])
def test_other_severities_are_refused(severity: int) -> None:
    with pytest.raises(ValueError, match="severity"):
        conditions.apply(card_on_desk(), "dark", severity, np.random.default_rng(0))
    with pytest.raises(ValueError, match="there are: rotation"):
        conditions.parameters("fog", 1)
    with pytest.raises(ValueError, match="amount"):
        conditions.apply_amount(card_on_desk(), "dark", 1.5, np.random.default_rng(0))


def test_steps_follow_one_another() -> None:
    rng = np.random.default_rng(3)
    steps = [("rotation", 2), ("dark", 1)]
    both = conditions.apply_all(card_on_desk(), steps, np.random.default_rng(3))
    expected = conditions.apply(conditions.apply(card_on_desk(), "rotation", 2, rng), "dark", 1, rng)
    assert np.array_equal(both.image, expected.image)


def test_pictures_travel_to_workers() -> None:
    copy = pickle.loads(pickle.dumps(card_on_desk()))
    assert np.array_equal(copy.image, card_on_desk().image)
    assert pickle.loads(pickle.dumps(Picture(texture().image))).quads == {}


def test_blur_costs_the_same_share_of_the_card_at_every_resolution() -> None:
    small = card_on_desk()
    large = conditions.resize(small, 1320, 900)
    blurred = conditions.apply(large, "defocus", 4, np.random.default_rng(0))
    back = conditions.resize(blurred, 440, 300)
    plain = conditions.resize(large, 440, 300)
    direct = conditions.apply(plain, "defocus", 4, np.random.default_rng(0))
    assert psnr(back, direct) > psnr(back, plain) + 6


def test_blending_mixes_by_the_mask() -> None:
    rng = np.random.default_rng(2)
    below, above = (rng.integers(0, 256, (40, 50, 3), dtype=np.uint8) for _ in range(2))
    mask = quad_mask(((5.3, 4.2), (44.1, 7.7), (40.9, 33.0), (8.8, 30.4)), 50, 40)
    share = mask[:, :, None] / 255.0
    assert np.abs(blend(below, above, mask) - (above * share + below * (1 - share))).max() <= 0.5
    assert np.array_equal(blend(below, above, np.zeros_like(mask)), below)
    assert np.array_equal(blend(below, above, np.full_like(mask, 255)), above)
    assert 3 < ((mask > 0) & (mask < 255)).sum() < 300


def test_the_example_of_the_room_holds() -> None:
    assert doctest.testmod(conditions).failed == 0
