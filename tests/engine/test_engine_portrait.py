"""The alarm for exchanged portraits, by the packaged net on drawn photos."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from khid_eval.conditions import CARD, CONDITIONS, Picture, apply
from khid_eval.engine.geometry import as_array, as_quad, box_quad
from khid_eval.engine.portrait import (
    INSIDE,
    LEAST_PX,
    NET_HEIGHT_PX,
    NET_WIDTH_PX,
    exchange_logit,
    exchange_score,
    net_input,
    portrait_window,
)
from khid_eval.records import Quad, RgbImage
from khid_eval.synth import nominal_style, random_person, render_card
from khid_eval.synth.cards import PORTRAIT
from khid_eval.synth.portraits import random_portrait

Photo = Callable[[int], Picture]


@pytest.fixture(scope="module")
def photo() -> Photo:
    """A card as printed, lying on grey; another one for each number."""

    def take(number: int) -> Picture:
        rng = np.random.default_rng([21, number])
        card = render_card(random_person(rng), nominal_style(1100), rng)
        height, width = card.image.shape[:2]
        image = np.full((height + 120, width + 120, 3), 96, np.uint8)
        image[60 : 60 + height, 60 : 60 + width] = card.image
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.7), np.uint8)
        portrait = as_quad(as_array(card.portrait_quad) + 60)
        return Picture(image, {CARD: box_quad(60, 60, 60 + width, 60 + height), PORTRAIT: portrait})

    return take


def glued_on(image: RgbImage, portrait: Quad, rng: np.random.Generator) -> RgbImage:
    """Another portrait with a white rim, a little turned, and its shadow: drawn here, not by what taught the net."""
    left, top, right, bottom = (round(v) for v in (*portrait[0], *portrait[2]))
    wide, tall = right - left, bottom - top
    sheet = np.full((tall, wide, 3), 246, np.uint8)
    sheet[5:-5, 5:-5] = random_portrait(rng, wide - 10, tall - 10)
    turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), 3.0, 1.02)
    turn[:, 2] += [left, top]
    size = (image.shape[1], image.shape[0])
    laid = cv2.warpAffine(sheet, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(np.ones((tall, wide), np.float32), turn, size)
    shadow = cv2.GaussianBlur(np.roll(share, (4, 5), axis=(0, 1)), (0, 0), 3.0)
    below = image * (1.0 - 0.4 * shadow[..., None])
    return np.asarray(below * (1.0 - share[..., None]) + laid * share[..., None], np.uint8)


@pytest.mark.parametrize("number", range(3))
def test_a_photo_glued_over_the_portrait_raises_the_alarm(photo: Photo, number: int) -> None:
    as_printed = photo(number)
    portrait = as_printed.quads[PORTRAIT]
    changed = glued_on(as_printed.image, portrait, np.random.default_rng(number))
    assert exchange_score(as_printed.image, portrait) <= 50
    assert exchange_score(changed, portrait) > 50


@pytest.mark.parametrize("condition", CONDITIONS)
def test_no_condition_raises_it(photo: Photo, condition: str) -> None:
    for severity in (2, 4):
        seen = apply(photo(0), condition, severity, np.random.default_rng(7))
        assert exchange_score(seen.image, seen.quads[PORTRAIT]) <= 50


def test_nothing_is_said_without_a_portrait_or_of_a_small_one(photo: Photo) -> None:
    seen = photo(1)
    changed = glued_on(seen.image, seen.quads[PORTRAIT], np.random.default_rng(1))
    share = 0.9 * LEAST_PX / (seen.quads[PORTRAIT][1][0] - seen.quads[PORTRAIT][0][0])
    small = np.asarray(cv2.resize(changed, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
    assert exchange_score(changed, None) == 0
    assert exchange_score(small, as_quad(share * as_array(seen.quads[PORTRAIT]))) == 0


@pytest.mark.parametrize(
    "quad",
    [((0, 0), (100, 0), (0, 100), (100, 100)), ((0, 0), (100, 0), (200, 0), (300, 0)), box_quad(300, 0, 100, 200)],
    ids=["crossed", "flat", "mirrored"],
)
def test_nothing_is_said_of_what_is_no_view_of_a_rectangle(quad: Quad) -> None:
    assert exchange_logit(np.zeros((300, 400, 3), np.uint8), quad) is None


@pytest.mark.parametrize("factor", [1, 3])
def test_the_window_shows_the_portrait_where_the_net_expects_it(factor: int) -> None:
    image = np.zeros((200 * factor, 240 * factor, 3), np.uint8)
    image[40 * factor : 160 * factor, 60 * factor : 160 * factor] = 200
    window = portrait_window(image, box_quad(60 * factor, 40 * factor, 160 * factor, 160 * factor))
    assert window.shape == (NET_HEIGHT_PX, NET_WIDTH_PX, 3)
    bright = np.argwhere(window[..., 0] > 100)
    left, top, right, bottom = INSIDE
    assert bright.min(axis=0) == pytest.approx([top, left], abs=1.5)
    assert bright.max(axis=0) + 1 == pytest.approx([bottom, right], abs=1.5)


def test_the_net_sees_the_same_in_dim_light() -> None:
    window = np.random.default_rng(2).integers(0, 250, (NET_HEIGHT_PX, NET_WIDTH_PX, 3)).astype(np.uint8)
    assert net_input(window) == pytest.approx(net_input(window // 2), abs=0.15)
