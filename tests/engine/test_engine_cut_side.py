"""A cut side is put back where the card's shape says it is, and only where a side is cut."""

from __future__ import annotations

import numpy as np
import pytest

from khid_eval.engine.cut_side import completed
from khid_eval.engine.geometry import as_array, as_quad, box_quad
from khid_eval.records import FloatArray, Quad

CARD = as_array(box_quad(100, 100, 585, 405.8))
"""485 x 305.8: an ID-1 card."""
SHAPE = (500, 700, 3)


def clipped(points: FloatArray, cut: tuple[float, float, float, float]) -> tuple[Quad, Quad, tuple[int, int]]:
    """The whole card and what the locator sees of it, on a photo cut to (left, top, right, bottom)."""
    left, top, right, bottom = cut
    shift = np.array([left, top])
    seen = points.clip([left, top], [right, bottom])
    return as_quad(points - shift), as_quad(seen - shift), (round(bottom - top), round(right - left))


@pytest.mark.parametrize(
    "cut",
    [(0, 0, 540, 500), (150, 0, 700, 500), (0, 130, 700, 500), (0, 0, 700, 370)],
    ids=["right", "left", "top", "bottom"],
)
def test_the_missing_side_is_put_back(cut: tuple[float, float, float, float]) -> None:
    truth, seen, shape = clipped(CARD, cut)
    np.testing.assert_allclose(as_array(completed(seen, shape)), as_array(truth), atol=0.5)


def test_sides_that_run_apart_go_on_running_apart() -> None:
    """The cut end of a card that is nearer to the camera is wider than what is seen of it."""
    near = as_array(((100.0, 112.0), (566.0, 100.0), (566.0, 405.8), (100.0, 393.8)))
    share = (540.0 - 100.0) / (566.0 - 100.0)
    seen = near.copy()
    seen[1], seen[2] = (near[0] + share * (near[1] - near[0])), (near[3] + share * (near[2] - near[3]))
    found = as_array(completed(as_quad(seen), (500, 540)))
    assert np.linalg.norm(found - near, axis=1).max() < 1.0


def test_a_whole_card_stays_also_at_the_border() -> None:
    assert completed(as_quad(CARD), SHAPE) == as_quad(CARD)
    touching = as_quad(CARD - [100.0, 0.0])
    assert completed(touching, SHAPE) == touching


def test_a_card_that_is_cut_at_two_sides_stays() -> None:
    _, seen, shape = clipped(CARD, (150, 130, 700, 500))
    assert completed(seen, shape) == seen


def test_what_is_no_card_with_a_cut_stays() -> None:
    sliver = box_quad(0, 100, 150, 405.8)
    assert completed(sliver, SHAPE) == sliver
