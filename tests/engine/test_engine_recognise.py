"""Lines in, readings out: shapes, order, spans, and independence of the lines from one another."""

import math

import cv2
import numpy as np
import pytest

from khid_eval.engine import alphabet
from khid_eval.engine.recognise import HEIGHT_PX, MAX_WIDTH_PX, Recogniser, normalised, read_line
from khid_eval.records import GreyImage


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(threads=1)


def drawn(text: str, width: int = 420) -> GreyImage:
    """Plain letters, black on light grey, by OpenCV's stroke font: enough to tell a working chain from a broken one."""
    canvas = np.full((64, width), 225, np.uint8)
    cv2.putText(canvas, text, (12, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
    return canvas


def test_columns_become_clusters_with_places() -> None:
    classes = alphabet.encode("ស្រី 1")
    table = np.full((16, len(alphabet.TOKENS)), -20.0, np.float32)
    for at in range(16):
        table[at, classes[at // 3] if at % 3 == 1 and at // 3 < len(classes) else alphabet.BLANK] = math.log(0.9)
    reading = read_line(table, columns=15.0)
    assert reading.text == "ស្រី 1"
    assert [char.text for char in reading.chars] == ["ស្រី", " ", "1"]
    assert reading.chars[0].confidence == pytest.approx(0.9**3, rel=1e-4)
    assert (reading.chars[0].start, reading.chars[0].end) == pytest.approx((1 / 15, 8 / 15))
    assert reading.confidence == pytest.approx(0.9**5, rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (48, 1), (200, 40), (64, 3000)])
def test_any_crop_is_brought_to_size(shape: tuple[int, int]) -> None:
    crop = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    line = normalised(crop)
    assert line.shape[0] == HEIGHT_PX
    assert 4 <= line.shape[1] <= MAX_WIDTH_PX
    assert line.dtype == np.float32
    assert np.isfinite(line).all()


@pytest.mark.parametrize("bad", [np.zeros((0, 5), np.uint8), np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4))])
def test_what_is_no_grey_picture_is_refused(bad: GreyImage) -> None:
    with pytest.raises(ValueError, match="grey uint8"):
        normalised(bad)


def test_no_lines_no_readings(recogniser: Recogniser) -> None:
    assert recogniser([]) == []


def test_readings_keep_the_order_and_hardly_depend_on_each_other(recogniser: Recogniser) -> None:
    lines = [drawn("SOK DARA"), drawn("012345678"), drawn("A", 90), drawn("KHM", 900)]
    together = recogniser(lines)
    alone = [recogniser([line])[0] for line in lines]
    assert [one.text for one in together] == [one.text for one in alone]
    for one, other in zip(together, alone, strict=True):
        assert np.exp(one.log_probs) == pytest.approx(np.exp(other.log_probs), abs=0.02)  # int8 steps are shared
        assert "".join(char.text for char in one.chars) == one.text
        assert all(0.0 <= char.start < char.end <= 1.0 for char in one.chars)
        assert np.exp(one.log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-3)


def test_a_restricted_reading_has_only_those_characters(recogniser: Recogniser) -> None:
    reading = recogniser.columns([drawn("O1Z5")])[0].read(alphabet.NUMBER_CHARACTERS)
    assert set(reading.text) <= set(alphabet.NUMBER_CHARACTERS)
