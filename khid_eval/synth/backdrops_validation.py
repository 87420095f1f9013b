"""Floors, walls and desks that validation photos are taken on. None of them is ever seen in training."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import cv2
import numpy as np

from khid_eval.records import RgbImage
from khid_eval.synth.paint import coloured, filled, fractal, hsv, mixed, ramp, random_colour, tinted
from khid_eval.synth.printed_paper import printed_paper


def _marble(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    base = hsv(rng.random(), rng.uniform(0, 0.3), rng.uniform(0.3, 1.0))
    field = ramp(rng, height, width) * 6 + fractal(rng, height, width, cells=(3, 3), octaves=5) * 5
    veins = np.abs(np.sin(np.pi * field)).astype(np.float32) ** np.float32(0.4)
    return coloured(veins, mixed(base, (20, 20, 20), 0.5), base)


def _bricks(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    tall, long = rng.uniform(0.04, 0.15) * height, rng.uniform(0.1, 0.4) * width
    y, x = np.arange(height)[:, None], np.arange(width)[None, :]
    row = (y // tall).astype(np.int64)
    column = ((x + (row % 2) * long / 2) // long).astype(np.int64)
    tone = rng.random((int(row.max()) + 1, int(column.max()) + 1), dtype=np.float32)[row, column]
    one = random_colour(rng, (0.1, 0.7), (0.2, 0.8))
    image = coloured(tone, one, mixed(one, random_colour(rng), 0.35))
    joint = (y % tall < tall * 0.09) | ((x + (row % 2) * long / 2) % long < tall * 0.09)
    tinted(image, joint.astype(np.float32), random_colour(rng, (0, 0.2), (0.5, 0.95)))
    return image


def _terrazzo(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    image = filled(height, width, random_colour(rng, (0, 0.3), (0.5, 1.0)))
    palette = [random_colour(rng, (0, 0.6), (0.1, 0.9)) for _ in range(5)]
    for _ in range(rng.integers(60, 260)):
        middle = rng.uniform(0, 1, 2) * (width, height)
        chip = middle + rng.normal(0, rng.uniform(0.003, 0.03) * height, (6, 2))
        hull = cv2.convexHull(np.rint(chip).astype(np.int32))
        cv2.fillPoly(image, [hull], palette[rng.integers(5)], cv2.LINE_AA)
    return image


def _keyboard(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    body = random_colour(rng, (0, 0.15), (0.05, 0.9))
    image = filled(height, width, body)
    key = mixed(body, (255, 255, 255) if sum(body) < 300 else (0, 0, 0), rng.uniform(0.1, 0.3))
    pitch = rng.uniform(0.06, 0.16) * min(height, width)
    for top in np.arange(0, height, pitch):
        for left in np.arange(-rng.uniform(0, pitch), width, pitch):
            low, high = (int(left), int(top)), (int(left + pitch * 0.86), int(top + pitch * 0.86))
            cv2.rectangle(image, low, high, key, -1)
            glyph = chr(65 + int(rng.integers(26)))
            cv2.putText(
                image, glyph, (low[0] + int(pitch * 0.25), high[1] - int(pitch * 0.25)), 0, pitch / 60, body, 1, 16
            )
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-40, 40)), 1.3)
    return np.asarray(cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _carpet(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    tuft = rng.normal(0, 1, (height // 2 + 1, width // 2 + 1)).astype(np.float32)
    pile = cv2.resize(cv2.GaussianBlur(tuft, (0, 0), rng.uniform(0.6, 1.6)), (width, height))
    x, y = np.linspace(-1, 1, width, dtype=np.float32)[None, :], np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    figure = np.sin((np.abs(x) + np.abs(y)) * np.float32(rng.uniform(6, 30))) > rng.uniform(-0.5, 0.5)
    one = random_colour(rng, (0.2, 0.9), (0.1, 0.8))
    image = coloured(np.asarray(0.5 + 0.35 * pile, np.float32), mixed(one, (0, 0, 0), 0.4), one)
    tinted(image, figure.astype(np.float32), random_colour(rng, (0.2, 0.9), (0.1, 0.8)), rng.uniform(0.2, 0.6))
    return image


VALIDATION_BACKDROPS: MappingProxyType[str, Callable[[np.random.Generator, int, int], RgbImage]] = MappingProxyType(
    {
        "marble": _marble,
        "bricks": _bricks,
        "terrazzo": _terrazzo,
        "keyboard": _keyboard,
        "carpet": _carpet,
        "page": printed_paper("validation"),
    }
)
"""name -> (rng, height_px, width_px) -> picture."""

__all__ = ["VALIDATION_BACKDROPS"]
