"""What the card lies on, as (H, W, 3) RGB of about 0..255."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import cv2
import numpy as np

from tests.benchmarks.second_renderer.paint import (
    Colour,
    Floats,
    choose_colour,
    cloud,
    pixel_grid,
    softened,
)
from tests.benchmarks.second_renderer.papers import keyboard, text_page

Background = Callable[[random.Random, np.random.Generator, int, int], Floats]
"""Of that height and width."""
_WOODS: tuple[Colour, ...] = ((150, 104, 66), (96, 62, 40), (196, 156, 112), (70, 48, 38), (214, 186, 150))
_CHECKS: tuple[Colour, ...] = ((236, 236, 236), (150, 20, 30), (20, 40, 120))
_STONES: tuple[Colour, ...] = ((232, 230, 226), (70, 74, 78), (206, 196, 184), (120, 132, 124))
_TILES: tuple[Colour, ...] = ((220, 214, 206), (180, 120, 90), (150, 170, 180), (240, 240, 240))
_PLAIN: tuple[Colour, ...] = (
    (236, 236, 234),
    (200, 204, 210),
    (170, 178, 170),
    (120, 130, 150),
    (244, 238, 224),
    (90, 96, 100),
)
_DARK: tuple[Colour, ...] = ((22, 22, 24), (38, 32, 30), (18, 24, 36), (50, 50, 52))
_PALMS: tuple[Colour, ...] = ((206, 158, 124), (176, 126, 94), (226, 186, 156))
_SOFAS: tuple[Colour, ...] = ((96, 80, 70), (60, 70, 90), (150, 140, 126))


def _wood(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    base = choose_colour(rng, _WOODS)
    warp = cloud(grain, height, width, 6) * 3 + cloud(grain, height, width, 16) * 0.6
    y = np.arange(height, dtype=np.float32)[:, None] / max(height, width)
    rings = 0.5 + 0.5 * np.sin((y * rng.uniform(20, 70) + warp) * 6.28)
    fine = cv2.resize(grain.random((height, max(2, width // 60)), np.float32), (width, height))
    image = base * (0.78 + 0.22 * rings + 0.16 * (fine - 0.5))[..., None]
    if rng.random() < 0.5:
        for board in range(1, 5):
            gap = int(height * board / 5)
            image[max(0, gap - 2) : gap + 2] *= 0.45
    return np.asarray(image, np.float32)


def _cloth(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    base = np.array([rng.randint(30, 220) for _ in range(3)], np.float32)
    y, x = pixel_grid(height, width)
    period = rng.uniform(4, 9)
    threads = 0.86 + 0.07 * np.sin(x * 6.28 / period) + 0.07 * np.sin(y * 6.28 / period)
    image = base * (threads + 0.3 * (cloud(grain, height, width, 5) - 0.5))[..., None]
    if rng.random() < 0.5:  # the checks of a krama
        step = rng.uniform(30, 90)
        check = (((x // step) % 2 + (y // step) % 2) / 2)[..., None]
        image = image * (1 - 0.5 * check) + 0.5 * check * choose_colour(rng, _CHECKS)
    return np.asarray(image, np.float32)


def _marble(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    base = choose_colour(rng, _STONES)
    field = np.zeros((height, width), np.float32)
    for at, cells in enumerate((4, 9, 20, 45), 1):
        field += cloud(grain, height, width, cells) / at
    vein = np.exp(-np.abs(np.sin(field * 6)) * 9)
    return np.asarray(base * (0.9 + 0.12 * cloud(grain, height, width, 8) - 0.35 * vein)[..., None], np.float32)


def _desk(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    """Papers on wood or on something plain."""
    image = _wood(rng, grain, height, width) if rng.random() < 0.6 else _plain(rng, grain, height, width)
    for _ in range(rng.randint(2, 4)):
        wide, tall = int(width * rng.uniform(0.4, 0.8)), int(height * rng.uniform(0.4, 0.8))
        page = text_page(rng, wide, tall)
        turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), rng.uniform(-40, 40), 1)
        left, top = rng.uniform(-0.3, 0.8) * width - wide / 4, rng.uniform(-0.3, 0.8) * height - tall / 4
        turn[:, 2] += np.array([left, top])
        mask = cv2.warpAffine(np.ones((tall, wide), np.float32), turn, (width, height))[..., None]
        image = np.asarray(image * (1 - mask) + mask * cv2.warpAffine(page, turn, (width, height)), np.float32)
    return image


def _tiles(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    y, x = pixel_grid(height, width)
    step = max(width, height) / rng.uniform(3, 9)
    angle = rng.uniform(0, 0.8)
    u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    joints = ((u % step) < step * 0.03) | ((v % step) < step * 0.03)
    base = choose_colour(rng, _TILES)
    checker = (((u // step) + (v // step)) % 2) * rng.choice([0.0, 0.0, 0.35])
    image = np.asarray(base * (0.95 + 0.1 * cloud(grain, height, width, 20) - checker)[..., None], np.float32)
    image[joints] = rng.choice([90.0, 150.0, 200.0])
    return image


def _keyboard(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    return keyboard(rng, width, height)


def _plain(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    base = choose_colour(rng, _PLAIN)
    return np.asarray(base * (0.94 + 0.12 * cloud(grain, height, width, 3))[..., None], np.float32)


def _dark(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    base = choose_colour(rng, _DARK)
    image = base * (0.7 + 0.6 * cloud(grain, height, width, 7))[..., None]
    return np.asarray(image + 5 * cloud(grain, height, width, 250)[..., None], np.float32)


def _palm(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    """An open hand before something plain that is out of focus."""
    image = softened(np.asarray(_plain(rng, grain, height, width) * rng.uniform(0.5, 1), np.float32), 9)
    skin = choose_colour(rng, _PALMS)
    mask = np.zeros((height, width), np.uint8)
    x, y = width * rng.uniform(0.35, 0.65), height * rng.uniform(0.5, 0.8)
    middle = (int(x), int(y))
    cv2.ellipse(mask, middle, (int(width * 0.36), int(height * 0.42)), rng.uniform(-20, 20), 0, 360, 255, -1)
    for finger in range(4):
        angle = -1.2 + 0.42 * finger + rng.uniform(-0.1, 0.1)
        tip = (int(x + math.sin(angle) * width * 0.55), int(y - math.cos(angle) * height * 0.75))
        cv2.line(mask, middle, tip, 255, max(4, int(width * 0.11)), cv2.LINE_AA)
    soft = cv2.GaussianBlur(mask, (0, 0), 3).astype(np.float32)[..., None] / 255
    deep = cv2.GaussianBlur(mask, (0, 0), max(4, width * 0.03)).astype(np.float32)[..., None] / 255
    shade = 0.75 + 0.25 * deep + 0.14 * (cloud(grain, height, width, 30)[..., None] - 0.5)
    return np.asarray(image * (1 - soft) + soft * skin * shade, np.float32)


def _coloured(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    """Magazines, stickers, leaves."""
    image = np.empty((height, width, 3), np.float32)
    image[:] = [rng.randint(40, 240) for _ in range(3)]
    for _ in range(rng.randint(15, 50)):
        colour = tuple(float(rng.randint(10, 250)) for _ in range(3))
        middle, size = (rng.randrange(width), rng.randrange(height)), rng.uniform(0.02, 0.2) * max(width, height)
        if rng.random() < 0.5:
            axes = (int(size), int(size * rng.uniform(0.2, 1)))
            cv2.ellipse(image, middle, axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            box = cv2.boxPoints((middle, (size * 2, size * rng.uniform(0.3, 2)), rng.uniform(0, 90)))
            cv2.fillPoly(image, [box.astype(np.int32)], colour, cv2.LINE_AA)
    return image


def _sofa(rng: random.Random, grain: np.random.Generator, height: int, width: int) -> Floats:
    base = choose_colour(rng, _SOFAS)
    folds = 0.75 + 0.25 * cloud(grain, height, width, 4)
    return np.asarray(base * (folds + 0.35 * (cloud(grain, height, width, 160) - 0.2))[..., None], np.float32)


BACKGROUNDS: dict[str, Background] = {
    "wood": _wood,
    "cloth": _cloth,
    "marble": _marble,
    "desk": _desk,
    "tiles": _tiles,
    "keyboard": _keyboard,
    "plain": _plain,
    "dark": _dark,
    "palm": _palm,
    "coloured": _coloured,
    "sofa": _sofa,
}
BUSY = ("desk", "keyboard", "coloured", "palm", "tiles")
CALM = ("wood", "plain", "cloth", "marble", "dark", "wood", "sofa")
SCANNER = "scanner"
"""A white lid, which only scans have behind them."""


def choose_background(rng: random.Random, condition: str) -> str:
    """The kind of background under a condition."""
    if condition == "scan":
        return SCANNER
    return rng.choice({"busy_background": BUSY, "plain": CALM}.get(condition, tuple(BACKGROUNDS)))


def draw_background(rng: random.Random, grain: np.random.Generator, kind: str, height: int, width: int) -> Floats:
    """Drawn at 1000 pixels at most and enlarged: nothing behind the card needs to be sharp."""
    share = min(1.0, 1000 / max(width, height))
    low, small = max(16, round(height * share)), max(16, round(width * share))
    if kind == SCANNER:
        white = np.full((low, small, 3), rng.choice([255, 252, 247, 240]), np.float32)
        ground = white - 3 * grain.random((low, small, 1), np.float32)
    else:
        ground = np.clip(BACKGROUNDS[kind](rng, grain, low, small), 0, 255)
    return np.asarray(cv2.resize(ground, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
