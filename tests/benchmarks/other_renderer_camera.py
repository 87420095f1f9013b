"""A plain camera for the cards of `other_renderer_card.py`: where a card lies, on what, in what light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.engine.geometry import as_array, as_quad, card_width_px
from khid_eval.records import FloatArray, Quad, RgbImage
from tests.benchmarks.other_renderer_card import HEIGHT, WIDTH


def photograph(card: NDArray[np.uint8], rng: np.random.Generator, severity: int) -> tuple[RgbImage, Quad]:
    """A photo of the card and its corners there. severity: 0 is flat and sharp; more tilts, blurs and adds noise."""
    width = int(rng.integers(1300, 2400))
    height = int(width * rng.uniform(0.66, 0.8))
    if rng.random() < 0.2:
        width, height = height, width
    quad = _pose(rng, width, height, severity)
    photo = _laid(card, _table(rng, width, height), quad) * _light(rng, width, height)
    if severity and rng.random() < 0.5:
        sigma = rng.uniform(0.4, 0.9 * severity * max(width, height) / 1600)
        photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma), np.float64)
    photo = photo + rng.normal(0, rng.uniform(1, 4 + 3 * severity), photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8), quad


def _pose(rng: np.random.Generator, width: int, height: int, severity: int) -> Quad:
    """Corners of a card that lies whole within the photo: three in ten at any angle, the others about upright."""
    card_width = min(width, height * WIDTH / HEIGHT) * rng.uniform(0.55, 0.95)
    angle = np.deg2rad(rng.normal(0, 6) if rng.random() < 0.7 else rng.uniform(0, 360))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    upright = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [0.5, 0.5 * HEIGHT / WIDTH]
    corners = card_width * (upright @ turn + rng.normal(0, 0.012 * severity, (4, 2)))
    reach = np.abs(corners).max(axis=0) / [0.49 * width, 0.49 * height]
    return as_quad(corners / max(1.0, *reach) + [width / 2, height / 2])


def _table(rng: np.random.Generator, width: int, height: int) -> FloatArray:
    """What the card lies on: a colour with soft spots, and up to eight boxes and frames."""
    spots = cv2.resize(rng.normal(0, 1, (12, 16, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    table = np.clip(spots * rng.uniform(3, 30) + rng.uniform(30, 220, 3), 0, 255)
    for _ in range(int(rng.integers(9))):
        (x0, x1), (y0, y1) = rng.integers(0, width, 2).tolist(), rng.integers(0, height, 2).tolist()
        cv2.rectangle(table, (x0, y0), (x1, y1), rng.uniform(0, 255, 3).tolist(), int(rng.choice([-1, 3])))
    return np.asarray(table, np.float64)


def _laid(card: NDArray[np.uint8], table: FloatArray, quad: Quad) -> FloatArray:
    """The card at that place of the table; it is first reduced to about the size that it has there."""
    ink = card.astype(np.float32)
    ink[..., :3] *= ink[..., 3:] / 255
    scale = card_width_px(quad) / ink.shape[1]
    if scale < 1:
        ink = np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
    height, width = ink.shape[:2]
    edges = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = cv2.getPerspectiveTransform(edges - 0.5, as_array(quad).astype(np.float32) - 0.5)  # OpenCV counts centres
    seen = cv2.warpPerspective(ink, moved, table.shape[1::-1], flags=cv2.INTER_LINEAR)
    return np.asarray(table * (1 - seen[..., 3:] / 255) + seen[..., :3], np.float64)


def _light(rng: np.random.Generator, width: int, height: int) -> FloatArray:
    """(H, W, 3) factors: brighter to one side, dim or bright, of some colour."""
    across, down = np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height)
    slope = 1 + rng.uniform(-0.3, 0.3) * across[None, :] + rng.uniform(-0.3, 0.3) * down[:, None]
    return np.asarray(slope[..., None] * rng.uniform(0.7, 1.15) * (1 + rng.uniform(-0.07, 0.07, 3)), np.float64)
