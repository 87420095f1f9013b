"""Conditions of light. Pixels change, nothing moves.

Factors of light are meant in linear light. Under a power law of gamma 2.2 a factor f there is f ** (1 / 2.2) on the
stored values, so no picture has to be linearised.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.conditions.picture import Picture
from khid_eval.records import GreyImage, RgbImage

GAMMA = 2.2
_GRID_PX = 256
_LEVELS = np.arange(256, dtype=np.float32)
FieldMap = NDArray[np.float32]
"""(h, w) float32: a smooth quantity over the photo on a coarse grid."""


def _table(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


def _look_up(image: RgbImage, table: NDArray[np.uint8]) -> RgbImage:
    return np.asarray(cv2.LUT(image, table), dtype=np.uint8)


def coarse_grid(picture: Picture) -> tuple[FieldMap, FieldMap]:
    """x and y in photo pixels at the cells of a coarse grid; both (h, w) float32, the longer side at most 256."""
    width, height = picture.width_px, picture.height_px
    shrink = min(1.0, _GRID_PX / max(width, height))
    columns, rows = max(1, round(width * shrink)), max(1, round(height * shrink))
    x = (np.arange(columns, dtype=np.float32) + 0.5) * (width / columns)
    y = (np.arange(rows, dtype=np.float32) + 0.5) * (height / rows)
    return np.broadcast_to(x, (rows, columns)), np.broadcast_to(y[:, None], (rows, columns))


def _full_size(field: FieldMap, picture: Picture) -> GreyImage:
    """A map in [0, 1] as 0..255 at the size of the photo."""
    # Float until the last step: eight bits on the coarse grid would show as steps.
    grown = cv2.resize(
        np.ascontiguousarray(field), (picture.width_px, picture.height_px), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(cv2.convertScaleAbs(grown, alpha=255.0), dtype=np.uint8)


def shade(picture: Picture, gain: FieldMap) -> Picture:
    """Multiplied by a map of gains in [0, 1] (on stored values) given on the coarse grid."""
    full = _full_size(gain, picture)
    image = cv2.multiply(picture.image, cv2.merge([full, full, full]), scale=1.0 / 255.0)
    return replace(picture, image=np.asarray(image, dtype=np.uint8))


def veil(picture: Picture, white: FieldMap) -> Picture:
    """Mixed with white by a map in [0, 1] given on the coarse grid."""
    kept = cv2.bitwise_not(_full_size(white, picture))
    image = cv2.multiply(cv2.bitwise_not(picture.image), cv2.merge([kept, kept, kept]), scale=1.0 / 255.0)
    return replace(picture, image=np.asarray(cv2.bitwise_not(image), dtype=np.uint8))


def dark(picture: Picture, stops: float, rng: np.random.Generator) -> Picture:
    """Under-exposed by that many stops: half the light for each."""
    del rng
    table = _table(_LEVELS * 2.0 ** (-stops / GAMMA))
    return replace(picture, image=_look_up(picture.image, table))


def bright(picture: Picture, lift: float, rng: np.random.Generator) -> Picture:
    """ImageNet-C `brightness`: `lift` in [0, 1] is added to the HSV value; hue and saturation stay."""
    del rng
    channels = cv2.split(picture.image)
    value = cv2.max(cv2.max(channels[0], channels[1]), channels[2])
    wanted = np.minimum(_LEVELS + 255.0 * lift, 255.0)
    # Value v becomes wanted[v]: all channels grow by one factor. Black has no hue: there the lift is added as grey.
    factor = cv2.LUT(value, (wanted / np.maximum(_LEVELS, 1.0)).astype(np.float32))
    out = cv2.merge([cv2.multiply(channel, factor, dtype=cv2.CV_8U) for channel in channels])
    out[value == 0] = np.uint8(wanted[0])
    return replace(picture, image=np.asarray(out, dtype=np.uint8))


def uneven_light(picture: Picture, loss: float, rng: np.random.Generator) -> Picture:
    """Light falls off in a random direction: `loss` of it, in [0, 1), is gone at the far side."""
    x, y = coarse_grid(picture)
    angle = rng.uniform(0.0, 2.0 * math.pi)
    along = x * math.cos(angle) + y * math.sin(angle)
    span = max(float(along.max() - along.min()), 1.0)
    light = 1.0 - loss * (along - along.min()) / span
    return shade(picture, (light ** (1.0 / GAMMA)).astype(np.float32))


def _place_on_card(picture: Picture, u: float, v: float) -> tuple[float, float]:
    """The point at shares u (along) and v (down) of the card, in photo pixels."""
    a, b, c, d = (np.asarray(point) for point in picture.card_quad)
    x, y = (a * (1 - u) + b * u) * (1 - v) + (d * (1 - u) + c * u) * v
    return float(x), float(y)


def glare(picture: Picture, radius_share: float, rng: np.random.Generator) -> Picture:
    """Three specular spots on the card; the largest has this radius, as a share of the card's longer side."""
    x, y = coarse_grid(picture)
    white = np.zeros(x.shape, dtype=np.float32)
    for size in (1.0, 0.6, 0.4):
        cx, cy = _place_on_card(picture, *rng.uniform(0.12, 0.88, 2))
        angle, stretch = rng.uniform(0.0, math.pi), rng.uniform(1.0, 1.8)
        radius = max(radius_share * size * picture.card_px, 0.5)
        along = (x - cx) * math.cos(angle) + (y - cy) * math.sin(angle)
        across = (y - cy) * math.cos(angle) - (x - cx) * math.sin(angle)
        distance2 = (along / stretch) ** 2 + across**2
        # Over 1 in the middle: a spot has a burnt-out core, then a halo.
        np.maximum(white, np.minimum(1.6 * np.exp(-distance2 / radius**2), 1.0), out=white)
    return veil(picture, white)


def shadow(picture: Picture, depth: float, rng: np.random.Generator) -> Picture:
    """A soft-edged shadow over one side of the card takes `depth` of the light, in [0, 1)."""
    x, y = coarse_grid(picture)
    cx, cy = _place_on_card(picture, *rng.uniform(0.3, 0.7, 2))
    angle, wave = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(0.0, 2.0 * math.pi)
    along = (x - cx) * math.cos(angle) + (y - cy) * math.sin(angle)
    across = (y - cy) * math.cos(angle) - (x - cx) * math.sin(angle)
    edge = along + 0.06 * picture.card_px * np.sin(across / (0.15 * picture.card_px) + wave)
    softness = 0.02 * picture.card_px
    covered = 1.0 / (1.0 + np.exp(-np.clip(edge / softness, -30.0, 30.0)))
    return shade(picture, ((1.0 - depth * covered) ** (1.0 / GAMMA)).astype(np.float32))


# How much of each channel (red, green, blue) a lamp of this colour takes away at full strength.
_CASTS = ((0.0, 0.45, 1.0), (1.0, 0.45, 0.0), (0.7, 0.0, 0.7), (0.0, 0.8, 0.1))


def colour_cast(picture: Picture, strength: float, rng: np.random.Generator) -> Picture:
    """Wrong white balance: warm, cold, green or magenta light; the weakest channel loses `strength` of its light."""
    lost = np.asarray(_CASTS[int(rng.integers(len(_CASTS)))]) * strength
    gains = (1.0 - lost) ** (1.0 / GAMMA)
    table = _table(_LEVELS[:, None] * gains[None, :]).reshape(256, 1, 3)
    return replace(picture, image=_look_up(picture.image, table))
