"""Quality alarms and card type on drawn cards."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from khid_eval.conditions import CARD, Picture, apply
from khid_eval.engine.geometry import as_array, as_quad, box_quad
from khid_eval.engine.quality import border_score, judge
from khid_eval.records import ALARM_NAMES, Quad
from khid_eval.synth import nominal_style, random_person, render_card
from khid_eval.synth.cards import PORTRAIT


@pytest.mark.parametrize(
    ("quad", "low", "high"),
    [
        (box_quad(100, 100, 700, 478), 0, 0),
        (box_quad(0, 0, 1000, 630), 0, 10),
        (box_quad(-3, -3, 1003, 633), 1, 40),
        (box_quad(-30, 100, 600, 500), 99, 99),
        (box_quad(300, 300, 1100, 800), 99, 99),
        (box_quad(0, 100, 600, 478), 0, 20),
        (box_quad(0, 100, 550, 478), 99, 99),
        (box_quad(100, 340, 736, 700), 60, 99),
    ],
)
def test_border_score_grows_with_what_is_cut_off(quad: Quad, low: float, high: float) -> None:
    assert low <= border_score(quad, (700, 1000, 3)) <= high


@pytest.fixture(scope="module")
def plain() -> Picture:
    rng = np.random.default_rng(11)
    card = render_card(random_person(rng), nominal_style(1000), rng)
    height, width = card.image.shape[:2]
    photo = np.full((height + 200, width + 200, 3), 90, dtype=np.uint8)
    photo[100 : 100 + height, 100 : 100 + width] = card.image
    portrait = as_quad(as_array(card.portrait_quad) + 100)
    return Picture(photo, {CARD: box_quad(100, 100, 100 + width, 100 + height), PORTRAIT: portrait})


def test_a_good_photo_raises_nothing(plain: Picture) -> None:
    found = judge(plain.image, plain.card_quad, plain.quads[PORTRAIT])
    assert [alarm.name for alarm in found.alarms] == list(ALARM_NAMES)
    assert [alarm.name for alarm in found.alarms if alarm.raised] == []
    assert found.idcard_type == "normal"
    assert found.type_score <= 50


@pytest.mark.parametrize(
    ("condition", "severity", "alarm"),
    [
        ("occlusion", 4, "blocking_within_border"),
        ("glare", 4, "glare"),
        ("defocus", 5, "blur"),
        ("recapture", 5, "reproduce"),
    ],
)
def test_a_fault_raises_its_alarm(plain: Picture, condition: str, severity: int, alarm: str) -> None:
    spoilt = apply(plain, condition, severity, np.random.default_rng(3))
    raised = {one.name for one in judge(spoilt.image, spoilt.card_quad, spoilt.quads[PORTRAIT]).alarms if one.raised}
    assert alarm in raised


@pytest.mark.parametrize("share", [0.7, 0.5])
def test_a_small_card_is_not_blurred_for_that(plain: Picture, share: float) -> None:
    size = (round(share * plain.width_px), round(share * plain.height_px))
    small = cv2.resize(plain.image, size, interpolation=cv2.INTER_AREA)
    quad = as_quad(share * as_array(plain.card_quad))
    raised = {one.name for one in judge(np.asarray(small, np.uint8), quad, None).alarms if one.raised}
    assert "blur" not in raised
    spoilt = apply(Picture(np.asarray(small, np.uint8), {CARD: quad}), "defocus", 5, np.random.default_rng(3))
    assert "blur" in {one.name for one in judge(spoilt.image, quad, None).alarms if one.raised}


def test_a_copy_is_told(plain: Picture) -> None:
    copied = apply(plain, "photocopy", 3, np.random.default_rng(3))
    found = judge(copied.image, copied.card_quad, None)
    assert found.idcard_type == "copy"
    assert found.type_score > 50
    assert found.type_confidence > 0.5
