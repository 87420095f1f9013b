"""What lies over the card in its own plane: a plastic sleeve, finger tips. Images are the card with a margin around."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np

from tests.benchmarks.second_renderer.conditions import Condition
from tests.benchmarks.second_renderer.paint import (
    Colour,
    Floats,
    Pixels,
    choose_colour,
    cloud,
    mix,
    pixel_grid,
    scale_by,
    shares,
)
from tests.benchmarks.second_renderer.sheet import HEIGHT

MARGIN = 0.1
"""Room around the card, in card widths: a sleeve's."""
FINGER_MARGIN = 0.6
_FILMS: tuple[Colour, ...] = ((240, 242, 246), (236, 240, 232), (250, 246, 240))
_SKINS: tuple[Colour, ...] = ((206, 158, 124), (176, 126, 94), (226, 186, 156), (140, 96, 70))
_SPOTS = (
    ("left", 0.30),
    ("left", 0.55),
    ("right", 0.62),
    ("right", 0.3),
    ("bottom", 0.3),
    ("bottom", 0.7),
    ("top", 0.3),
)
"""Rims with nothing printed near them, and how far along."""
_DEPTHS = {"left": 30, "right": 24, "bottom": 16, "top": 14}
"""How far a finger tip reaches in, in card units."""
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Covered:
    """image: (H, W, 3); alpha: (H, W), 0 where the background shows; margin: around the card, in card widths."""

    image: Floats
    alpha: Floats
    margin: float

    @property
    def margin_px(self) -> int:
        return round(int(self.alpha.shape[1]) / (1 + 2 * self.margin) * self.margin)


def padded(image: Floats, alpha: Floats, margin: float) -> Covered:
    """The card with room around it."""
    px = round(image.shape[1] * margin)
    wide = cv2.copyMakeBorder(image, px, px, px, px, cv2.BORDER_REPLICATE)
    clear = cv2.copyMakeBorder(alpha, px, px, px, px, cv2.BORDER_CONSTANT, value=(0.0,))
    return Covered(np.asarray(wide, np.float32), np.asarray(clear, np.float32), margin)


def cover(rng: random.Random, grain: np.random.Generator, card: Floats, alpha: Floats, condition: Condition) -> Covered:
    """Sleeve and fingers where the condition has them, and now and then under another one."""
    in_sleeve = condition.name == "sleeve" or (bool(condition) and rng.random() < 0.04)
    held = condition.name == "fingers" or (
        bool(condition) and condition.name not in ("scan", "screenshot") and rng.random() < 0.05
    )
    covered = padded(card, alpha, FINGER_MARGIN if held else MARGIN)
    if in_sleeve:
        _sleeve(rng, grain, covered, condition.severity if condition.name == "sleeve" else 1)
    if held:
        _fingers(rng, covered)
    return covered


def _sleeve(rng: random.Random, grain: np.random.Generator, covered: Covered, severity: int) -> None:
    """Haze, streaks of light and a bright rim."""
    image, alpha = covered.image, covered.alpha
    height, width = alpha.shape
    margin = covered.margin_px
    reach = int(margin * MARGIN / covered.margin * rng.uniform(0.25, 0.85))
    film = np.zeros((height, width), np.float32)
    film[margin - reach : height - margin + reach, margin - reach : width - margin + reach] = 1
    mix(image, choose_colour(rng, _FILMS), film * np.float32(0.06 + 0.05 * severity))
    streaks = np.clip(cloud(grain, height, width, 5) * 1.6 - 1.05, 0, 1) * (0.25 + 0.1 * severity)
    y, x = pixel_grid(height, width)
    for _ in range(rng.randint(1, 3)):
        lean, middle = rng.uniform(-0.6, 0.6), rng.uniform(0.1, 0.9) * width
        away = (x - middle - lean * (y - height / 2)) / (width * rng.uniform(0.008, 0.03))
        streaks += (0.1 + 0.06 * severity) * np.exp(-(away**2))
    mix(image, (255, 255, 255), (np.minimum(streaks, 0.62) * film).astype(np.float32))
    inner = cv2.erode(film, np.ones((3, 3), np.uint8), iterations=max(1, width // 500))
    mix(image, (255, 255, 255), np.asarray((film - inner) * np.float32(0.6), np.float32))
    np.maximum(alpha, film * 0.28, out=alpha)


def _fingers(rng: random.Random, covered: Covered) -> None:
    """One to three finger tips over the rim, where nothing is printed."""
    skin = choose_colour(rng, _SKINS)
    for side, along in rng.sample(_SPOTS, rng.randint(1, 3)):
        depth = _DEPTHS[side] * rng.uniform(0.7, 1.0)
        radius = rng.uniform(44, 62)
        lean = rng.uniform(-0.4, 0.4)
        if side in ("left", "right"):
            tip = (depth if side == "left" else 1000 - depth, along * HEIGHT)
            away: Spot = (-1 if side == "left" else 1, lean)
        else:
            tip = (along * 1000, HEIGHT - depth if side == "bottom" else depth)
            away = (lean, 1 if side == "bottom" else -1)
        _finger(covered, skin, tip, away, radius)


def _finger(covered: Covered, skin: Floats, tip: Spot, away: Spot, radius: float) -> None:
    """A finger that comes from `away` and ends at `tip`, in card units."""
    image, alpha = covered.image, covered.alpha
    unit, margin = alpha.shape[1] / (1 + 2 * covered.margin) / 1000, covered.margin * 1000

    def pixel(steps: float) -> tuple[int, int]:
        """A point so far from the tip, in pixels."""
        x, y = tip[0] + away[0] * steps, tip[1] + away[1] * steps
        return int((x + margin) * unit), int((y + margin) * unit)

    middle = radius * 0.98
    mask = np.zeros(alpha.shape, np.uint8)
    cv2.line(mask, pixel(middle), pixel(middle + 900), 255, max(2, int(2 * radius * unit)), cv2.LINE_AA)
    scale_by(image, 1 - np.float32(0.35) * _soft(mask, max(1.0, 6 * unit)))
    hard = _soft(mask, max(0.6, 1.2 * unit))
    shade = 0.7 + 0.3 * _soft(mask, max(1.0, 16 * unit))
    mix(image, np.asarray(cv2.merge(tuple(shade * one for one in skin)), np.float32), hard)
    nail = np.zeros(alpha.shape, np.uint8)
    axes = (int(radius * 0.5 * unit), int(radius * 0.42 * unit))
    cv2.ellipse(nail, pixel(middle - radius * 0.35), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    mix(image, np.minimum(skin * 1.15, 245), shares(nail) * hard * np.float32(0.6))
    np.maximum(alpha, hard, out=alpha)


def _soft(mask: Pixels, sigma: float) -> Floats:
    return shares(np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.uint8))
