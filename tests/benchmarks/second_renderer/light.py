"""Light on the whole photo: slope, vignette, shadows, exposure, colour and glare."""

from __future__ import annotations

import math
import random

import cv2
import numpy as np

from tests.benchmarks.second_renderer.conditions import Condition
from tests.benchmarks.second_renderer.paint import Floats, grid, mix, pixel_grid, resized
from tests.benchmarks.second_renderer.pose import Pose
from tests.benchmarks.second_renderer.sheet import HEIGHT


def light_up(rng: random.Random, photo: Floats, pose: Pose, condition: Condition) -> Floats:
    """The photo under the lamp, as the camera exposes it, of about 0..255."""
    name = condition.name
    field = None
    if name != "scan":
        shadows = condition.severity if name == "shadow" else int(bool(condition) and rng.random() < 0.12)
        field = _field(rng, photo.shape[0], photo.shape[1], shadows, rng.uniform(0, 0.35 if condition else 0.18))
    gains = _gains(rng, condition)
    if name == "scan" and condition.severity >= 2 and rng.random() < 0.4:
        photo = np.asarray(cv2.merge((cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY),) * 3), np.float32)
    photo *= gains if field is None else cv2.merge(tuple(field * one for one in gains))
    if name == "glare" or (condition and name not in ("scan", "screenshot") and rng.random() < 0.1):
        _glare(rng, photo, pose, condition.severity if name == "glare" else 0)
    return photo


def _gains(rng: random.Random, condition: Condition) -> Floats:
    """(3,) exposure and white balance."""
    exposure = rng.uniform(0.86, 1.08)
    gains = np.array([rng.gauss(1, 0.03), 1, rng.gauss(1, 0.04)], np.float32)
    if condition.name == "low_light":
        exposure *= condition.at(0.62, 0.5, 0.41)
    if condition.name == "colour_cast":
        cast, warm = condition.at(0.14, 0.25, 0.36), rng.choice([-1, 1])
        gains = np.array([1 + warm * cast, 1 + rng.uniform(-0.3, 0.3) * cast, 1 - warm * cast], np.float32)
    if condition.name == "scan":
        exposure = rng.uniform(0.95, 1.05)
        gains = np.array([rng.gauss(1, 0.01), 1, rng.gauss(1, 0.01)], np.float32)
    return gains * np.float32(exposure)


def _field(rng: random.Random, height: int, width: int, shadows: int, vignette: float) -> Floats:
    """(H, W) factors. shadows: how dark they are, 0 for none."""
    low, small = max(8, height // 8), max(8, width // 8)
    y, x = grid(-1, 1, low, small)
    angle, slope = rng.uniform(0, 6.28), rng.uniform(0, 0.18)
    field = 1 + np.float32(slope) * (x * math.cos(angle) + y * math.sin(angle))
    field *= 1 - np.float32(vignette) * (x**2 + y**2) / 2
    for _ in range(shadows and rng.randint(1, 2)):
        field *= 1 - _shadow(rng, low, small) * (0.18 + 0.14 * shadows)
    return resized(field, width, height)


def _shadow(rng: random.Random, height: int, width: int) -> Floats:
    """(H, W) mask of a phone's shadow, or of a hand's and its arm's."""
    mask = np.zeros((height, width), np.float32)
    if rng.random() < 0.5:
        middle = (rng.uniform(0, width), rng.uniform(0, height))
        size = (width * rng.uniform(0.3, 0.6), height * rng.uniform(0.6, 1.3))
        cv2.fillPoly(mask, [cv2.boxPoints((middle, size, rng.uniform(0, 180))).astype(np.int32)], (1.0,))
    else:
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        hand, axes = (int(x), int(y)), (int(width * 0.2), int(height * 0.16))
        cv2.ellipse(mask, hand, axes, rng.uniform(0, 180), 0, 360, (1.0,), -1)
        elbow = (int(x + rng.uniform(-1, 1) * width), int(y + height))
        cv2.line(mask, hand, elbow, (1.0,), max(2, int(width * 0.16)))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, width * rng.uniform(0.01, 0.06))), np.float32)


def _glare(rng: random.Random, photo: Floats, pose: Pose, severity: int) -> None:
    """Spots of the lamp on the card."""
    height, width = photo.shape[:2]
    y, x = pixel_grid(height // 4 + 1, width // 4 + 1)
    size = pose.card_px() / 4
    total = np.zeros_like(x)
    for _ in range(rng.randint(1 + severity // 2, 2 + severity)):
        left, top = pose.project(np.array([[rng.uniform(0, 1000), rng.uniform(0, HEIGHT)]]))[0] / 4
        long, short = size * rng.uniform(0.03, 0.05 + 0.04 * severity), size * rng.uniform(0.02, 0.06)
        angle = rng.uniform(0, 3.14)
        u = ((x - left) * math.cos(angle) + (y - top) * math.sin(angle)) / long
        v = ((y - top) * math.cos(angle) - (x - left) * math.sin(angle)) / short
        total += np.exp(-((u**2 + v**2) ** rng.uniform(0.6, 1.3))) * rng.uniform(0.5, 1)
    peak = (0.3, 0.42, 0.58, 0.74)[severity]
    mix(photo, (255, 253, 248), resized(np.clip(total * peak, 0, peak), width, height))
