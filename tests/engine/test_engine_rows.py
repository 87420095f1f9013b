"""The row net's answer -> rows and portrait; crops of rows. The net's answers are written by hand here."""

from __future__ import annotations

import numpy as np
import pytest

from khid_eval.engine.geometry import box_quad, intersection_over_union
from khid_eval.engine.rectify import RectifiedCard, rectify
from khid_eval.engine.row_crop import crop_row, row_quad_on_photo, row_window
from khid_eval.engine.rows import CELLS_X, CELLS_Y, CHANNELS, KINDS, Box, Row, RowKind, decode_layout, net_input
from khid_eval.records import Quad

CARD: Box = (0.0, 0.0, 1024.0, 640.0)
"""Two pixels of the card a pixel of the net, eight a cell."""


def answer(*rows: tuple[int, int, int, int, RowKind], portrait: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """rows: left, right, core's top and bottom in cells and kind; each reaches one cell above and below its core."""
    maps = np.full((CHANNELS, CELLS_Y, CELLS_X), -6.0, dtype=np.float32)
    maps[2:4] = 0.0
    for left, right, top, bottom, kind in rows:
        where = (slice(top, bottom), slice(left, right))
        maps[0][where] = 6.0
        middles = np.arange(top, bottom)[:, None] + 0.5
        maps[2][where], maps[3][where] = middles - (top - 1), bottom + 1 - middles
        maps[4 + KINDS.index(kind)][where] = 6.0
    if portrait:
        left, top, right, bottom = portrait
        maps[1, top:bottom, left:right] = 6.0
    return maps


def test_rows_come_from_top_to_bottom_with_box_and_kind() -> None:
    maps = answer((10, 118, 70, 73, RowKind.MRZ3), (30, 80, 10, 12, RowKind.NAME_KH))
    layout = decode_layout(maps, 4.0, CARD)
    assert [row.kind for row in layout.rows] == [RowKind.NAME_KH, RowKind.MRZ3]
    assert layout.rows[0].box == pytest.approx((240.0, 72.0, 640.0, 104.0))
    assert layout.rows[0].score > 0.99
    assert layout.rows[0].kind_score > 0.99
    assert layout.presence > 0.95
    assert layout.portrait is None


def test_pieces_of_one_row_are_joined_and_other_kinds_are_not() -> None:
    maps = answer((30, 50, 20, 22, RowKind.BIRTH), (60, 70, 20, 22, RowKind.BIRTH), (30, 50, 30, 32, RowKind.MARK))
    layout = decode_layout(maps, 0.0, CARD)
    assert [row.kind for row in layout.rows] == [RowKind.BIRTH, RowKind.MARK]
    assert layout.rows[0].box == pytest.approx((240.0, 152.0, 560.0, 184.0))


def test_a_row_of_no_clear_kind_has_the_one_that_its_neighbours_leave() -> None:
    rows = [(30, 80, 10 + 5 * at, 12 + 5 * at, kind) for at, kind in enumerate(KINDS)]
    maps = answer(*rows)
    maps[4:, 35:38] = 0.0
    layout = decode_layout(maps, 0.0, CARD)
    assert [row.kind for row in layout.rows] == list(KINDS)
    assert layout.rows[5].kind_score < 0.1


def test_rows_of_a_layout_that_stands_lower_have_their_kinds_by_their_order() -> None:
    taken_for = [*KINDS[:5], *KINDS[6:10], *KINDS[10:], RowKind.MRZ3]
    maps = answer(*[(5 if at > 8 else 35, 110, 5 + 6 * at, 7 + 6 * at, kind) for at, kind in enumerate(taken_for)])
    for at in range(len(KINDS)):
        row = maps[4:, 5 + 6 * at : 7 + 6 * at]
        row[at] = np.maximum(row[at], row.max(axis=0) - 0.5)  # the second likeliest
    assert [row.kind for row in decode_layout(maps, 0.0, CARD).rows] == list(KINDS)


def test_a_thirteenth_row_is_unknown() -> None:
    rows = [(30, 80, 5 + 6 * at, 7 + 6 * at, kind) for at, kind in enumerate(KINDS[:6])]
    rows += [(30, 80, 41, 43, RowKind.NAME_KH)]
    rows += [(30, 80, 47 + 5 * at, 49 + 5 * at, kind) for at, kind in enumerate(KINDS[6:])]
    layout = decode_layout(answer(*rows), 0.0, CARD)
    assert [row.kind for row in layout.rows] == [*KINDS[:6], RowKind.UNKNOWN, *KINDS[6:]]


def test_portrait_is_placed_by_its_cells() -> None:
    layout = decode_layout(answer(portrait=(5, 8, 30, 44)), 0.0, CARD)
    assert layout.portrait is not None
    assert intersection_over_union(layout.portrait, box_quad(40, 64, 240, 352)) > 0.95
    assert layout.portrait_score > 0.9


@pytest.mark.parametrize("fill", [-6.0, 6.0, 0.0])
def test_any_flat_answer_is_decoded(fill: float) -> None:
    maps = np.full((CHANNELS, CELLS_Y, CELLS_X), fill, dtype=np.float32)
    assert len(decode_layout(maps, 0.0, CARD).rows) <= 1


def test_noise_is_decoded() -> None:
    maps = np.random.default_rng(1).normal(0, 3, (CHANNELS, CELLS_Y, CELLS_X)).astype(np.float32)
    for row in decode_layout(maps, 0.0, CARD).rows:
        assert row.box[0] < row.box[2]
        assert row.box[1] < row.box[3]


@pytest.fixture
def card() -> RectifiedCard:
    photo = np.random.default_rng(2).integers(0, 255, (700, 1000, 3), dtype=np.uint8)
    quad: Quad = ((50.0, 60.0), (900.0, 50.0), (910.0, 600.0), (40.0, 590.0))
    return rectify(photo, quad, width_px=800)


def test_net_input_is_normalised(card: RectifiedCard) -> None:
    image = net_input(card)
    assert image.shape == (1, 320, 512)
    assert abs(float(image.mean())) < 1e-3


def test_khmer_rows_get_room_and_mrz_rows_the_whole_width(card: RectifiedCard) -> None:
    khmer = Row((300.0, 100.0, 500.0, 130.0), RowKind.NAME_KH, 1.0, 1.0)
    left, top, right, bottom = row_window(card, khmer)
    assert left < 300 < 500 < right
    assert top < 95
    assert bottom > 135
    mrz = Row((60.0, 400.0, 500.0, 430.0), RowKind.MRZ1, 1.0, 1.0)
    assert row_window(card, mrz)[::2] == (0.0, 800.0)
    assert crop_row(card, mrz).shape == (42, 800)


@pytest.mark.parametrize("box", [(-50.0, -20.0, 10.0, 5.0), (790.0, 500.0, 900.0, 700.0), (5.0, 5.0, 5.1, 5.1)])
def test_crops_at_the_border_are_never_empty(card: RectifiedCard, box: Box) -> None:
    crop = crop_row(card, Row(box, RowKind.MARK, 1.0, 1.0))
    assert min(crop.shape) >= 1


def test_a_row_is_placed_on_the_photo(card: RectifiedCard) -> None:
    whole = Row(card.box, RowKind.MARK, 1.0, 1.0)
    corners = np.array(row_quad_on_photo(card, whole))
    assert corners == pytest.approx(np.array([(50, 60), (900, 50), (910, 600), (40, 590)]), abs=1e-2)
