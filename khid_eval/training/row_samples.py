"""Rectified cards that teach the row net: as the locator would cut them out, with its errors, in all kinds of light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval import conditions
from khid_eval.engine.geometry import as_array, as_quad, box_quad, centre_form, homography, project
from khid_eval.engine.onnx_model import Float32Array
from khid_eval.engine.rows import CELLS_X, CELLS_Y, KINDS, NET_HEIGHT_PX, NET_WIDTH_PX, normalised
from khid_eval.records import FloatArray, GreyImage, RgbImage
from khid_eval.training.card_pool import HEIGHT_PX, WIDTH_PX, Fractions, PoolCard
from khid_eval.training.row_layouts import rearranged

_CORE = 0.5
"""Share of a row's height that counts as its core: neighbouring rows stay apart even where they touch."""


@dataclass(frozen=True, slots=True)
class RowSample:
    """image: (1, 320, 512) float32. targets: (5, 80, 128) float32: core, portrait, cells up to the row's top and down
    to its bottom, index of its kind. card: 1.0, or 0.0 for another document.

    boxes: (rows + 1, 4) on the net's picture in pixels, in the order of `kinds`; the last is the portrait.
    """

    image: Float32Array
    targets: Float32Array
    card: float
    boxes: FloatArray
    kinds: tuple[int, ...]


def row_sample(card: RgbImage, truth: PoolCard | None, surface: RgbImage, rng: np.random.Generator) -> RowSample:
    """card: flat. truth: None for another document. surface: what shows where the cut reaches past the card."""
    if truth:
        card, truth = rearranged(card, truth, rng)
    image, matrix = _cut_out(card, surface, rng)
    spoilt = row_effects(image, rng)
    boxes, kinds = _boxes(truth, matrix) if truth else (np.zeros((1, 4)), ())
    return RowSample(normalised(spoilt), targets_of(boxes, kinds), 1.0 if truth else 0.0, boxes, kinds)


def _cut_out(card: RgbImage, surface: RgbImage, rng: np.random.Generator) -> tuple[RgbImage, FloatArray]:
    """The card at the net's size with corners a little wrong, and the map from shares of the card to its pixels."""
    spread = float(rng.choice([0.002, 0.005, 0.015], p=[0.5, 0.35, 0.15]))
    quad = as_array(box_quad(0, 0, NET_WIDTH_PX, NET_HEIGHT_PX)) + rng.normal(0.0, spread * NET_WIDTH_PX, (4, 2))
    matrix = homography(box_quad(0, 0, WIDTH_PX, HEIGHT_PX), as_quad(quad))
    size = (NET_WIDTH_PX, NET_HEIGHT_PX)
    over = cv2.warpPerspective(card, centre_form(matrix), size, flags=cv2.INTER_LINEAR)
    mask = np.zeros((NET_HEIGHT_PX, NET_WIDTH_PX), dtype=np.uint8)
    cv2.fillConvexPoly(mask, np.rint(quad - 0.5).astype(np.int32), 255)
    below = cv2.resize(surface, size, interpolation=cv2.INTER_LINEAR)
    image = np.where(mask[..., None] > 0, over, below).astype(np.uint8)
    return image, matrix @ np.diag([WIDTH_PX, HEIGHT_PX, 1.0])


_LIGHT = ("dark", "bright", "uneven_light", "shadow", "shadow", "glare", "glare")
_OPTICS = ("defocus", "motion_blur", "sensor_noise", "jpeg", "pixelate", "occlusion", "photocopy", "recapture")


def row_effects(image: RgbImage, rng: np.random.Generator) -> GreyImage:
    """(320, 512) grey under none to four conditions; the card fills the picture, so blur is told in its own size."""
    picture = conditions.Picture(image)
    for names in (_LIGHT, _OPTICS, _OPTICS):
        if rng.random() < 0.45:
            picture = conditions.apply_amount(picture, str(rng.choice(names)), float(rng.uniform(0.05, 0.85)), rng)
    grey = np.asarray(cv2.cvtColor(picture.image, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    if rng.random() < 0.25:
        factor = rng.uniform(0.3, 0.8)
        small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        grey = np.asarray(cv2.resize(small, (NET_WIDTH_PX, NET_HEIGHT_PX)), dtype=np.float32)
    toned = 255.0 * (np.clip(grey, 0, 255) / 255.0) ** rng.uniform(0.6, 1.7)
    return np.asarray(np.clip(toned, 0, 255), dtype=np.uint8)


def _boxes(truth: PoolCard, matrix: FloatArray) -> tuple[FloatArray, tuple[int, ...]]:
    kinds = tuple(KINDS.index(kind) for kind in truth.rows)
    shares = [*truth.rows.values(), truth.portrait]
    return np.array([_moved(box, matrix) for box in shares]), kinds


def _moved(box: Fractions, matrix: FloatArray) -> tuple[float, float, float, float]:
    """The upright box around a box that went through a nearly upright map: sides at the means of its corners."""
    corners = project(matrix, as_array(box_quad(*box)))
    left, right = corners[[0, 3], 0].mean(), corners[[1, 2], 0].mean()
    return float(left), float(corners[[0, 1], 1].mean()), float(right), float(corners[[2, 3], 1].mean())


def targets_of(boxes: FloatArray, kinds: tuple[int, ...]) -> Float32Array:
    """boxes: (rows + 1, 4) pixels, the portrait last. Returns (5, CELLS_Y, CELLS_X), see RowSample."""
    out = np.zeros((5, CELLS_Y, CELLS_X), dtype=np.float32)
    cells = boxes / 4.0
    ys, xs = np.arange(CELLS_Y) + 0.5, np.arange(CELLS_X) + 0.5
    for (left, top, right, bottom), kind in zip(cells[:-1], kinds, strict=True):
        middle, half = (top + bottom) / 2, _CORE * (bottom - top) / 2
        # At least one row of cells, however small the line is.
        rows = np.abs(ys - middle) <= max(half, 0.5)
        columns = (xs > left) & (xs < right)
        where = np.ix_(rows, columns)
        out[0][where], out[4][where] = 1.0, kind
        out[2][where] = (ys[rows] - top)[:, None]
        out[3][where] = (bottom - ys[rows])[:, None]
    left, top, right, bottom = cells[-1]
    across = np.clip(np.minimum(xs + 0.5 - left, right - xs + 0.5), 0.0, 1.0)
    down = np.clip(np.minimum(ys + 0.5 - top, bottom - ys + 0.5), 0.0, 1.0)
    out[1] = down[:, None] * across[None, :]
    return out
