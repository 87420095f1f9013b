"""Surfaces for a card to lie on, drawn from numbers: nothing photographed, nothing to license.

Some families are kept for validation, so that the figures speak of surfaces never seen in training.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.records import RgbImage

FloatMap = NDArray[np.float32]
Split = Literal["train", "validation"]


def texture(side_px: int, rng: np.random.Generator, split: Split = "train") -> RgbImage:
    """(side_px, side_px, 3) uint8: one random surface of a family of that split."""
    families = _TRAIN if split == "train" else _VAL
    pattern = families[int(rng.integers(len(families)))](side_px, rng)
    return _coloured(pattern, rng)


def smooth_noise(side_px: int, cells: int, rng: np.random.Generator, stretch: float = 1.0) -> FloatMap:
    """(side, side) float32 around 0: noise with `cells` waves across, `stretch` times as many down."""
    grid = rng.standard_normal((max(2, round(cells * stretch)), max(2, cells))).astype(np.float32)
    return np.asarray(cv2.resize(grid, (side_px, side_px), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _grain(side: int, rng: np.random.Generator) -> FloatMap:
    weights = rng.uniform(0.1, 1.0, 5)
    layers = [smooth_noise(side, cells, rng) for cells in (3, 9, 27, 81, min(side, 243))]
    return np.asarray(sum(float(w) * layer for w, layer in zip(weights, layers, strict=True)), dtype=np.float32)


def _plain(side: int, rng: np.random.Generator) -> FloatMap:
    return 0.15 * smooth_noise(side, 2, rng) + 0.03 * smooth_noise(side, side, rng)


def _wood(side: int, rng: np.random.Generator) -> FloatMap:
    rings = smooth_noise(side, int(rng.integers(20, 90)), rng, 0.05) + 1.2 * smooth_noise(side, 5, rng, 0.5)
    planks = int(rng.integers(1, 6))
    out = np.sin(rng.uniform(1.0, 5.0) * rings).astype(np.float32) + 0.4 * _grain(side, rng)
    for k in range(1, planks):
        x = round(k * side / planks)
        out[:, x : x + max(1, side // 150)] -= 2.0
    return _turned(out, rng)


def _weave(side: int, rng: np.random.Generator) -> FloatMap:
    step = 2 * np.pi / rng.uniform(3.0, 14.0)
    x, y = np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32)[:, None]
    return np.asarray(np.sin(step * x) * np.sin(step * y) + 0.5 * _grain(side, rng), dtype=np.float32)


def _tiles(side: int, rng: np.random.Generator) -> FloatMap:
    out = 0.4 * _grain(side, rng)
    pitch, joint = int(rng.integers(side // 9, side // 2)), int(rng.integers(1, 6))
    sign = float(rng.choice([-2.0, 2.0]))
    for start in range(int(rng.integers(pitch)), side, pitch):
        out[start : start + joint] += sign
        out[:, start : start + joint] += sign
    return _turned(out, rng)


def _ruled(side: int, rng: np.random.Generator) -> FloatMap:
    out = 0.1 * _grain(side, rng)
    pitch = int(rng.integers(5, 26))
    out[int(rng.integers(pitch)) :: pitch] -= rng.uniform(0.3, 1.5)
    if rng.random() < 0.4:
        out[:, int(rng.integers(pitch)) :: pitch] -= rng.uniform(0.3, 1.0)
    return _turned(out, rng)


def _printed(side: int, rng: np.random.Generator) -> FloatMap:
    """A page of lines of words, as bars and letters would look from some way off."""
    out = 0.08 * _grain(side, rng)
    height = int(rng.integers(3, 14))
    y = int(rng.integers(height))
    while y + height < side:
        x, end = rng.uniform(0.0, 0.2) * side, rng.uniform(0.5, 1.0) * side
        while x < end:
            width = rng.uniform(1.0, 7.0) * height
            word = rng.random((height, max(1, round(width)))) < rng.uniform(0.4, 0.8)
            part = out[y : y + height, round(x) : round(x) + word.shape[1]]
            part -= 1.6 * word[:, : part.shape[1]].astype(np.float32)
            x += width + 0.6 * height
        y += round(height * rng.uniform(1.4, 2.2))
    return _turned(out, rng)


def _blobs(side: int, rng: np.random.Generator) -> FloatMap:
    out = np.zeros((side, side), dtype=np.float32)
    for x, y, radius, level in rng.uniform(0.0, 1.0, (int(rng.integers(8, 60)), 4)):
        cv2.circle(out, (int(x * side), int(y * side)), int(2 + 0.16 * radius * side), 2.0 * float(level) - 1.0, -1)
    blur = float(rng.choice([0.0, 1.0, 4.0, 9.0]))
    return cv2.GaussianBlur(out, (0, 0), blur).astype(np.float32) if blur else out


def _stripes(side: int, rng: np.random.Generator) -> FloatMap:
    wave = np.sin(np.arange(side, dtype=np.float32) * (2 * np.pi / rng.uniform(6.0, 80.0)))
    hard = np.sign(wave) if rng.random() < 0.5 else wave
    return _turned(np.tile(hard.astype(np.float32)[:, None], (1, side)) + 0.2 * _grain(side, rng), rng)


def _boxes(side: int, rng: np.random.Generator) -> FloatMap:
    """Rectangles over rectangles: a desk full of paper, where straight edges are not the card's."""
    out = 0.2 * _grain(side, rng)
    for x, y, width, height, angle, level in rng.uniform(0.0, 1.0, (int(rng.integers(3, 25)), 6)):
        size = ((0.1 + 0.6 * width) * side, (0.1 + 0.6 * height) * side)
        corners = cv2.boxPoints(((x * side, y * side), size, 180.0 * angle)).astype(np.int32)
        cv2.fillConvexPoly(out, corners, 2.0 * float(level) - 1.0, lineType=cv2.LINE_AA)
    return out


def _marble(side: int, rng: np.random.Generator) -> FloatMap:
    phase = np.arange(side, dtype=np.float32) * rng.uniform(0.02, 0.1)
    return _turned(np.sin(phase + 3.0 * _grain(side, rng)).astype(np.float32), rng)


def _checks(side: int, rng: np.random.Generator) -> FloatMap:
    pitch = int(rng.integers(8, 70))
    index = np.arange(side) // pitch
    return _turned(((index[:, None] + index) % 2 * 2.0 - 1.0).astype(np.float32) + 0.2 * _grain(side, rng), rng)


def _leather(side: int, rng: np.random.Generator) -> FloatMap:
    cells = smooth_noise(side, int(rng.integers(25, 80)), rng)
    return np.asarray(np.abs(cells) + 0.3 * _grain(side, rng), dtype=np.float32)


def _turned(pattern: FloatMap, rng: np.random.Generator) -> FloatMap:
    side = pattern.shape[0]
    angle = float(rng.choice([0.0, 90.0, rng.uniform(0.0, 180.0)]))
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1.0)
    turned = cv2.warpAffine(pattern, matrix, (side, side), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned, dtype=np.float32)


def _coloured(pattern: FloatMap, rng: np.random.Generator) -> RgbImage:
    """Between two colours, related or not, with a random contrast."""
    spread = float(np.abs(pattern).max()) or 1.0
    share = np.clip(0.5 + 0.5 * pattern / spread * rng.uniform(0.2, 1.6), 0.0, 1.0)[..., None]
    first = rng.uniform(0.0, 255.0, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0.0, 255.0))
    second = (
        rng.uniform(0.0, 255.0, 3) if rng.random() < 0.3 else first + rng.normal(0.0, 35.0) + rng.normal(0.0, 8.0, 3)
    )
    return np.asarray(np.clip(first * share + second * (1.0 - share), 0.0, 255.0), dtype=np.uint8)


_TRAIN: tuple[Callable[[int, np.random.Generator], FloatMap], ...] = (
    _plain, _plain, _grain, _wood, _weave, _tiles, _ruled, _printed, _blobs, _stripes, _boxes,
)  # fmt: skip
_VAL = (_marble, _checks, _leather)
