"""Letters that go on below their row are given back to it; other ink is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from khid_eval.engine.rectify import rectify
from khid_eval.engine.row_crop import row_window
from khid_eval.engine.row_ink import with_whole_letters
from khid_eval.engine.rows import MRZ_KINDS, Row, RowKind
from khid_eval.records import GreyImage

WIDTH, HEIGHT = 1000, 630
BOX = (400.0, 100.0, 700.0, 132.0)


def paper() -> GreyImage:
    """A plain card with a row of letters in BOX."""
    image = np.full((HEIGHT, WIDTH), 200, np.uint8)
    for x in range(410, 690, 30):
        cv2.rectangle(image, (x, 102), (x + 14, 130), 30, 5)
    return image


def found(image: GreyImage, kind: RowKind = RowKind.NAME_KH, others: tuple[Row, ...] = ()) -> tuple[float, float]:
    """How far down the window of the row in BOX goes, and how far it did, on the rectified image."""
    quad = ((0.0, 0.0), (float(WIDTH), 0.0), (float(WIDTH), float(HEIGHT)), (0.0, float(HEIGHT)))
    card = rectify(image, quad)
    scale = card.width_px / WIDTH
    left, top = card.box[:2]
    rows = [Row(BOX, kind, 1.0, 1.0), *others]
    rows = [
        Row(
            (left + r.box[0] * scale, top + r.box[1] * scale, left + r.box[2] * scale, top + r.box[3] * scale),
            r.kind,
            1.0,
            1.0,
        )
        for r in rows
    ]
    whole = with_whole_letters(card, rows)
    return (row_window(card, whole[0])[3] - top) / scale, (row_window(card, rows[0])[3] - top) / scale


def test_a_row_that_shows_whole_letters_stays_as_it_is() -> None:
    now, before = found(paper())
    assert now == before


def test_a_vowel_that_is_cut_off_is_whole_again() -> None:
    image = paper()
    cv2.rectangle(image, (470, 136), (474, 146), 30, -1)
    now, before = found(image)
    assert before < 146 <= now < 152


@pytest.mark.parametrize("kind", sorted(MRZ_KINDS))
def test_the_mrz_stacks_nothing(kind: RowKind) -> None:
    image = paper()
    cv2.rectangle(image, (470, 136), (474, 146), 30, -1)
    now, before = found(image, kind)
    assert now == before


def test_letters_of_the_row_below_are_none_of_it() -> None:
    image = paper()
    cv2.rectangle(image, (470, 136), (490, 170), 30, 4)
    now, before = found(image, others=(Row((400.0, 142.0, 700.0, 174.0), RowKind.NAME_EN, 1.0, 1.0),))
    assert now == before


def test_a_line_below_is_no_letter() -> None:
    image = paper()
    cv2.rectangle(image, (380, 136), (720, 143), 30, -1)
    now, before = found(image)
    assert now == before
