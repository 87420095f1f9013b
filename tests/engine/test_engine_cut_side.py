"""A cut side is put back where the card's shape says it is, and only where a side is cut."""

from __future__ import annotations

import cv2
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


def photographed(focal_px: float, tilt_deg: float, axis_deg: float) -> FloatArray:
    """A tilted card's corners in a photo of 700 x 500 whose right border cuts off a seventh of it."""
    axis = np.radians(axis_deg)
    turn, _ = cv2.Rodrigues(np.radians(tilt_deg) * np.array([np.cos(axis), np.sin(axis), 0.0]))
    flat = np.column_stack([CARD - CARD.mean(axis=0), np.zeros(4)]) @ turn.T + [0.0, 0.0, focal_px]
    at_border = flat.mean(axis=0) + 0.36 * (flat[1] - flat[0])
    flat[:, 0] += 350.0 * at_border[2] / focal_px - at_border[0]
    return np.asarray(flat[:, :2] * focal_px / flat[:, 2:] + [350.0, 250.0])


@pytest.mark.parametrize("axis_deg", [0.0, 40.0, 90.0, 140.0])
@pytest.mark.parametrize(
    ("focal_px", "tilt_deg", "most"),
    [(770.0, 10.0, 0.005), (770.0, 25.0, 0.02), (600.0, 10.0, 0.03), (1100.0, 10.0, 0.03)],
)
def test_a_tilted_card_is_completed(axis_deg: float, focal_px: float, tilt_deg: float, most: float) -> None:
    """Exactly under the lens that is assumed, and under others with a part of the error that the tilt would make."""
    whole = photographed(focal_px, tilt_deg, axis_deg)
    seen = whole.copy()
    for corner, behind in ((1, 0), (2, 3)):  # where each side meets the border
        part = (700.0 - whole[behind, 0]) / (whole[corner, 0] - whole[behind, 0])
        seen[corner] = whole[behind] + part * (whole[corner] - whole[behind])
    found = as_array(completed(as_quad(seen), SHAPE))
    assert np.linalg.norm(found - whole, axis=1).max() < most * np.linalg.norm(whole[1] - whole[0])


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
