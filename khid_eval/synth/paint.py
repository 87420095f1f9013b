"""Colours, noise and stamping: the few drawing primitives that cards and scenes share. RGB uint8 throughout."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.records import GreyImage, RgbImage

Colour = tuple[int, int, int]
"""RGB, each 0..255."""
Float32Image = NDArray[np.float32]
"""(H, W) or (H, W, 3) float32."""


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Hue wraps around in [0, 1); saturation and value are clipped to [0, 1]."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, float(np.clip(saturation, 0, 1)), float(np.clip(value, 0, 1)))
    return round(255 * red), round(255 * green), round(255 * blue)


def random_colour(
    rng: np.random.Generator, saturation: tuple[float, float] = (0.0, 1.0), value: tuple[float, float] = (0.0, 1.0)
) -> Colour:
    """Any hue, saturation and value uniform within the ranges."""
    return hsv(rng.random(), rng.uniform(*saturation), rng.uniform(*value))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour in the one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def filled(height_px: int, width_px: int, colour: Colour) -> RgbImage:
    image = np.empty((height_px, width_px, 3), np.uint8)
    image[:] = colour
    return image


def fractal(
    rng: np.random.Generator,
    height_px: int,
    width_px: int,
    *,
    cells: tuple[float, float] = (4.0, 4.0),
    octaves: int = 4,
    gain: float = 0.55,
) -> Float32Image:
    """Cloudy noise in [0, 1]. cells: bumps of the first octave down and across; each octave has twice as many."""
    total = np.zeros((height_px, width_px), np.float32)
    weight, weights = 1.0, 0.0
    for octave in range(octaves):
        rows = int(min(height_px, max(2, cells[0] * 2**octave)))
        columns = int(min(width_px, max(2, cells[1] * 2**octave)))
        grid = rng.random((rows, columns), dtype=np.float32)
        total += weight * cv2.resize(grid, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
        weights += weight
        weight *= gain
    return total / np.float32(weights)


def ramp(rng: np.random.Generator, height_px: int, width_px: int) -> Float32Image:
    """A plane from 0 to 1 across the picture in a random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-0.5, 0.5, width_px, dtype=np.float32) * np.float32(np.cos(angle))
    y = np.linspace(-0.5, 0.5, height_px, dtype=np.float32) * np.float32(np.sin(angle))
    plane = y[:, None] + x[None, :]
    low, high = float(plane.min()), float(plane.max())
    return (plane - np.float32(low)) / np.float32(max(high - low, 1e-6))


def coloured(share: Float32Image, low: Colour, high: Colour) -> RgbImage:
    """A picture that goes from one colour to another where `share` goes from 0 to 1."""
    table = np.linspace(low, high, 256).round().astype(np.uint8)
    return _looked_up(np.clip(share * 255, 0, 255).astype(np.uint8), table)


def _looked_up(levels: GreyImage, table: RgbImage) -> RgbImage:
    """(H, W) levels through a (256, 3) table; OpenCV's lookup is several times as fast as numpy's."""
    return np.asarray(cv2.LUT(cv2.merge([levels, levels, levels]), table[None]), np.uint8)


def tinted(image: RgbImage, mask: GreyImage | Float32Image, colour: Colour, opacity: float = 1.0) -> None:
    """Lays a colour over the whole picture, in place, where the mask (uint8 0..255 or float 0..1) says."""
    stamp(image, mask, 0, 0, colour, opacity)


def stamp(
    image: RgbImage, mask: GreyImage | Float32Image, left: int, top: int, colour: Colour, opacity: float = 1.0
) -> None:
    """Lays ink on the picture in place; what reaches outside is cut. mask: coverage, uint8 0..255 or float 0..1."""
    height, width = mask.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(image.shape[1], left + width), min(image.shape[0], top + height)
    if x0 >= x1 or y0 >= y1:
        return
    part = mask[y0 - top : y1 - top, x0 - left : x1 - left]
    scale = opacity if mask.dtype == np.uint8 else 255.0 * opacity
    cover = np.asarray(cv2.convertScaleAbs(part, alpha=scale), np.uint8)
    ground = image[y0:y1, x0:x1]
    # In 8 bits throughout: five times as fast as floats, and cards are stamped forty times each.
    ink = np.arange(256, dtype=np.float32)[:, None] * (np.asarray(colour, np.float32) / 255.0)
    added = _looked_up(cover, ink.round().astype(np.uint8))
    kept = cv2.multiply(ground, cv2.merge([255 - cover] * 3), scale=1 / 255.0)
    image[y0:y1, x0:x1] = cv2.add(kept, added)


def paste(image: RgbImage, other: RgbImage, left: int, top: int, alpha: Float32Image) -> None:
    """Lays another picture over this one in place, where alpha (0..1, of the other's size) says; cuts at the edges."""
    height, width = other.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(image.shape[1], left + width), min(image.shape[0], top + height)
    if x0 >= x1 or y0 >= y1:
        return
    cut = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    ground = image[y0:y1, x0:x1].astype(np.float32)
    mix = ground + (other[cut] - ground) * alpha[cut][:, :, None]
    image[y0:y1, x0:x1] = (mix + 0.5).astype(np.uint8)


__all__ = [
    "Colour",
    "Float32Image",
    "coloured",
    "filled",
    "fractal",
    "hsv",
    "mixed",
    "paste",
    "ramp",
    "random_colour",
    "stamp",
    "tinted",
]
