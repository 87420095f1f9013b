"""Line work and figures of a card: guilloches, a temple, a seal. Curves are (n, 2) points in card units."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.second_renderer.layouts import LINES
from tests.benchmarks.second_renderer.paint import Colour, Floats, Points, blend, shares

_SUBPIXELS = 4
"""Bits behind the point in OpenCV's coordinates."""
_SEALS: tuple[Colour, ...] = ((170, 30, 40), (180, 140, 40), (40, 60, 140))


def strokes(size: tuple[int, int], curves: Sequence[Points], scale: float, thickness: int) -> Floats:
    """Mask of open lines. size: width, height in pixels; scale: pixels per unit; thickness: pixels."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for curve in curves:
        cv2.polylines(mask, [_fixed(curve, scale)], False, 255, thickness, cv2.LINE_AA, _SUBPIXELS)
    return shares(mask)


def filled(size: tuple[int, int], polygons: Sequence[Points], scale: float) -> Floats:
    """Mask of polygons."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [_fixed(polygon, scale)], 255, cv2.LINE_AA, _SUBPIXELS)
    return shares(mask)


def _fixed(points: Points, scale: float) -> NDArray[np.int32]:
    return np.asarray(np.round(points * scale * 2**_SUBPIXELS), np.int32)


def _ribbon(rng: random.Random) -> list[Points]:
    t = np.linspace(0, 1, 260)
    middle, amplitude = rng.uniform(80, 560), rng.uniform(30, 120)
    waves, phase = rng.uniform(1.5, 5), rng.random() * 6.28
    turns = [number / 14 for number in range(rng.randint(14, 30))]
    return [
        np.stack([t * 1000, middle + amplitude * np.sin(waves * 6.28 * t + phase + k) * np.cos(k * 1.3 + t * 2)], 1)
        for k in turns
    ]


def _rosette(rng: random.Random) -> list[Points]:
    x, y, largest = rng.uniform(150, 900), rng.uniform(120, 520), rng.uniform(70, 230)
    petals, depth = rng.randint(5, 13), rng.uniform(0.15, 0.5)
    angle = np.linspace(0, 2 * np.pi, 420)
    curves = []
    for ring in range(rng.randint(8, 18)):
        radius = largest * (0.3 + 0.7 * ring / 16) * (1 + depth * np.sin(petals * angle + ring * 0.35))
        curves.append(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1))
    return curves


def _waves(rng: random.Random) -> list[Points]:
    t = np.linspace(0, 1, 260)
    step, amplitude, waves = rng.uniform(8, 17), rng.uniform(4, 16), rng.uniform(4, 14)
    return [
        np.stack([t * 1000, row * step - 20 + amplitude * np.sin(waves * 6.28 * t + row * 0.22)], 1)
        for row in range(int(700 / step))
    ]


def _fan(rng: random.Random) -> list[Points]:
    t = np.linspace(0, 1, 260)
    x, y = rng.uniform(0, 1000), rng.choice([-60.0, 690.0])
    radius, sway = t * 1100, 0.14 * np.sin(t * 12)
    angles = [ray / 60 * 2 * np.pi for ray in range(60)]
    return [np.stack([x + radius * np.cos(a + sway), y + radius * np.sin(a + sway)], 1) for a in angles]


def _diagonal(rng: random.Random) -> list[Points]:
    t = np.linspace(0, 1, 260)
    step = rng.uniform(14, 26)
    return [np.stack([at * step + t * 400, t * 640 + 7 * np.sin(t * 50 + at)], 1) for at in range(-50, 110)]


GUILLOCHES: tuple[Callable[[random.Random], list[Points]], ...] = (_ribbon, _rosette, _waves, _fan, _diagonal)


def guilloche(rng: random.Random) -> list[Points]:
    """Curves of one kind of line work over the whole card."""
    return rng.choice(GUILLOCHES)(rng)


def temple(x: float, y: float, width: float) -> list[Points]:
    """Polygons of a temple of five towers that stands on y and starts at x."""
    steps = [[0, 0], [1, 0], [1, -0.08], [0.95, -0.08], [0.95, -0.16], [0.05, -0.16], [0.05, -0.08], [0, -0.08]]
    polygons = [np.array(steps)]
    up = np.linspace(0, 1, 12)
    for middle, height, base in (
        (0.5, 0.62, 0.16),
        (0.32, 0.45, 0.12),
        (0.68, 0.45, 0.12),
        (0.16, 0.34, 0.1),
        (0.84, 0.34, 0.1),
    ):
        side = base / 2 * np.sqrt(np.clip(1 - up**2, 0, 1)) * (1 + 0.1 * np.sign(np.sin(up * 38)))
        level = -0.14 - (height - 0.14) * up
        left, right = np.stack([middle - side, level], 1), np.stack([middle + side[::-1], level[::-1]], 1)
        polygons.append(np.concatenate([left, right]))
    return [polygon * width + np.array([x, y]) for polygon in polygons]


def add_seal(rng: random.Random, card: Floats, scale: float) -> None:
    """A pale seal: rings, rays and the temple."""
    size = (card.shape[1], card.shape[0])
    places = [
        (rng.uniform(500, 640), rng.uniform(180, 340), rng.uniform(60, 120)),
        (rng.uniform(840, 900), rng.uniform(300, 380), rng.uniform(40, 70)),
    ]
    x, y, radius = rng.choice(places)
    angles = np.linspace(0, 2 * np.pi, 90)
    rings = [np.stack([x + radius * k * np.cos(angles), y + radius * k * np.sin(angles)], 1) for k in (1, 0.93, 0.7)]
    rays = [
        np.array([[x + radius * k * math.cos(a), y + radius * k * math.sin(a)] for k in (0.72, 0.91)])
        for a in np.linspace(0, 6.28, 40)
    ]
    lines = strokes(size, rings + rays, scale, max(1, round(1.6 * scale)))
    mask = lines + filled(size, temple(x - radius * 0.5, y + radius * 0.3, radius), scale)
    blend(card, np.minimum(mask, 1), rng.choice(_SEALS), rng.uniform(0.12, 0.26))


def add_line_work(rng: random.Random, card: Floats, scale: float) -> None:
    """Two to four guilloches and, on most cards, the temple."""
    size = (card.shape[1], card.shape[0])
    thickness = max(1, round(scale * 0.9))
    for _ in range(rng.randint(2, 4)):
        mask = strokes(size, guilloche(rng), scale, thickness)
        blend(card, mask, rng.choice(LINES), rng.uniform(0.1, 0.3))
    if rng.random() < 0.7:
        left, width = rng.uniform(260, 560), rng.uniform(220, 420)
        mask = filled(size, temple(left, rng.uniform(330, 440), width), scale)
        blend(card, mask, rng.choice(LINES), rng.uniform(0.08, 0.2))
