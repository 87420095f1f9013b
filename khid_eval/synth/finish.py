"""What makes a print a card: ghost image, signature, stamp, hologram, sheen of the laminate, wear, rounded corners."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from khid_eval.records import GreyImage, RgbImage
from khid_eval.synth.fonts import TextStyle, ink_line
from khid_eval.synth.paint import fractal, mixed, paste, ramp, random_colour, stamp, tinted
from khid_eval.synth.styles import Finish

_SHIFT = 4


def lossy(rng: np.random.Generator, ink: GreyImage, share: float) -> GreyImage:
    """Ink that did not take everywhere: fine pores and paler clouds."""
    height, width = ink.shape
    pores = rng.random((height, width), dtype=np.float32) > 0.25 * share
    clouds = 1 - share * fractal(rng, height, width, cells=(1.5, max(2.0, width / height)), octaves=2)
    return np.asarray(ink * clouds * np.where(pores, 1.0, 0.45), dtype=np.uint8)


def _soft_edges(height: int, width: int, share: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    x = np.minimum(np.linspace(0, 1, width, dtype=np.float32), np.linspace(1, 0, width, dtype=np.float32))
    y = np.minimum(np.linspace(0, 1, height, dtype=np.float32), np.linspace(1, 0, height, dtype=np.float32))
    return np.asarray(np.clip(np.minimum.outer(y, x) / max(share, 1e-3), 0, 1), np.float32)


def lay_portrait(
    rng: np.random.Generator, image: RgbImage, portrait: RgbImage, left: int, top: int, *, plain: bool
) -> None:
    """The portrait on the card: sharp edges, soft edges or a thin frame."""
    height, width = portrait.shape[:2]
    kind = 0.0 if plain else rng.random()
    alpha = np.ones((height, width), np.float32) if kind < 0.6 else _soft_edges(height, width, rng.uniform(0.02, 0.15))
    paste(image, portrait, left, top, alpha)
    if kind > 0.85:
        frame = random_colour(rng, (0, 0.6), (0.1, 0.9))
        cv2.rectangle(image, (left, top), (left + width - 1, top + height - 1), frame, int(rng.integers(1, 4)))


def ghost(rng: np.random.Generator, image: RgbImage, portrait: RgbImage, opacity: float) -> None:
    """A small pale second portrait somewhere in the right half."""
    height, width = image.shape[:2]
    tall = round(height * rng.uniform(0.2, 0.36))
    wide = round(tall * portrait.shape[1] / portrait.shape[0])
    small = np.asarray(cv2.resize(portrait, (wide, tall), interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.6:
        small = np.repeat(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    left = round(rng.uniform(0.6, 0.98) * width) - wide // 2
    alpha = _soft_edges(tall, wide, 0.18) * np.float32(opacity)
    paste(image, small, min(left, width - wide), round(rng.uniform(0.12, 0.4) * height), alpha)


def signature(rng: np.random.Generator, image: RgbImage, left: int, top: int, width: int) -> None:
    """A quick pen line under the portrait: loops that rise and fall."""
    steps = np.linspace(0, 1, 220)
    loops, phase = rng.uniform(3, 8), rng.uniform(0, 2 * np.pi, 3)
    tall = 0.035 * image.shape[0]
    swing = np.sin(2 * np.pi * loops * steps + phase[0]) * (0.4 + 0.6 * np.abs(np.sin(2.3 * np.pi * steps + phase[1])))
    x = left + width * (0.12 + 0.7 * steps) + tall * 0.5 * np.cos(2 * np.pi * loops * steps + phase[0])
    y = top + 0.045 * image.shape[0] + tall * swing + tall * 0.4 * np.sin(5 * steps + phase[2])
    mask = np.zeros(image.shape[:2], np.uint8)
    line = np.rint(np.column_stack([x, y]) * 2**_SHIFT).astype(np.int32)
    cv2.polylines(mask, [line], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA, _SHIFT)
    tinted(image, mask, random_colour(rng, (0.3, 0.9), (0.1, 0.5)), 0.85)


def round_stamp(rng: np.random.Generator, image: RgbImage, opacity: float) -> None:
    """An office stamp: two rings and a star of strokes, anywhere on the card."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    centre = round(rng.uniform(0.1, 0.95) * width), round(rng.uniform(0.1, 0.7) * height)
    radius = round(rng.uniform(0.08, 0.17) * height)
    for share in (1.0, 0.92, 0.6):
        cv2.circle(mask, centre, round(radius * share), 255, 2, cv2.LINE_AA)
    for angle in np.arange(0, 2 * np.pi, np.pi / rng.integers(3, 9)):
        tip = round(centre[0] + radius * 0.55 * np.cos(angle)), round(centre[1] + radius * 0.55 * np.sin(angle))
        cv2.line(mask, centre, tip, 255, 2, cv2.LINE_AA)
    tinted(image, mask, random_colour(rng, (0.5, 1.0), (0.4, 0.9)), opacity)


@lru_cache(maxsize=64)
def rounded(width_px: int, height_px: int, radius_px: int) -> GreyImage:
    """Coverage of a rectangle with rounded corners. Shared between calls: do not write to it."""
    mask = np.full((height_px, width_px), 255, np.uint8)
    if radius_px > 0:
        distance = np.arange(radius_px, dtype=np.float32)[::-1] + 0.5
        corner = np.clip(radius_px - np.hypot(distance[:, None], distance[None, :]) + 0.5, 0, 1) * 255
        block = corner.round().astype(np.uint8)
        mask[:radius_px, :radius_px] = block
        mask[:radius_px, -radius_px:] = block[:, ::-1]
        mask[-radius_px:, :radius_px] = block[::-1]
        mask[-radius_px:, -radius_px:] = block[::-1, ::-1]
    mask.setflags(write=False)
    return mask


def _hologram(rng: np.random.Generator, image: RgbImage, opacity: float) -> None:
    """A rainbow patch with a fine pattern, round or square."""
    height, width = image.shape[:2]
    size = round(rng.uniform(0.15, 0.4) * height)
    hue = (ramp(rng, size, size) * rng.uniform(0.6, 3.0) + rng.random()) % 1.0
    wheel = np.stack([hue * 180, np.full_like(hue, 150), np.full_like(hue, 255)], axis=2).astype(np.uint8)
    colours = np.asarray(cv2.cvtColor(wheel, cv2.COLOR_HSV2RGB), np.uint8)
    y, x = np.ogrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    inside = np.hypot(x, y) < 1 if rng.random() < 0.6 else np.ones((size, size), bool)
    rings = 0.6 + 0.4 * np.sin(np.hypot(x, y) * rng.uniform(15, 60) + np.arctan2(y, x) * rng.integers(0, 9))
    alpha = (inside * rings * opacity).astype(np.float32)
    paste(image, colours, round(rng.uniform(0.2, 0.95) * width - size / 2), round(rng.uniform(0, 0.7) * height), alpha)


def _halftone(rng: np.random.Generator, image: RgbImage, strength: float) -> RgbImage:
    """The dot screen of a printer: a rotated grid that lightens and darkens."""
    height, width = image.shape[:2]
    pitch, angle = rng.uniform(2.2, 5.0), rng.uniform(0, np.pi / 2)
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    turn = np.float32(2 * np.pi / pitch)
    dots = (np.cos(along * turn) * np.cos(across * turn)).astype(np.float32) * np.float32(60 * strength)
    return np.asarray(cv2.add(image, cv2.merge([dots, dots, dots]), dtype=cv2.CV_8U), np.uint8)


def _sheen(rng: np.random.Generator, image: RgbImage, opacity: float) -> RgbImage:
    """A broad soft band of light across the laminate."""
    height, width = image.shape[:2]
    plane = ramp(rng, height // 4, width // 4)
    band = np.exp(-(((plane - rng.uniform(0.1, 0.9)) / rng.uniform(0.06, 0.3)) ** 2)) * 255 * opacity
    light = cv2.resize(band.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(image, cv2.merge([light, light, light])), np.uint8)


def _worn(rng: np.random.Generator, image: RgbImage, amount: float) -> None:
    """Scratches, rubbed spots, stains and a crease."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(2, 30) * amount) + 1):
        start = rng.uniform(0, 1, 2) * (width, height)
        end = start + rng.normal(0, 0.12, 2) * width
        line = np.rint(np.stack([start, (start + end) / 2 + rng.normal(0, 4, 2), end]) * 2**_SHIFT).astype(np.int32)
        cv2.polylines(mask, [line], False, int(rng.integers(60, 200)), 1, cv2.LINE_AA, _SHIFT)
    tinted(image, mask, (255, 255, 255) if rng.random() < 0.6 else (70, 66, 60), 0.3 + 0.4 * amount)
    if rng.random() < 0.5:
        rub = fractal(rng, height // 4, width // 4, cells=(3, 5), octaves=3)
        soft = cv2.resize(np.clip((rub - 0.62) * 4, 0, 1), (width, height), interpolation=cv2.INTER_LINEAR)
        colour = mixed((240, 236, 228), random_colour(rng, (0.2, 0.5), (0.3, 0.8)), rng.uniform(0, 0.8))
        tinted(image, np.asarray(soft, np.float32), colour, 0.5 * amount)


@lru_cache(maxsize=8)
def _specimen_ink(width_px: int) -> GreyImage:
    line = ink_line("SPECIMEN", TextStyle("content", "roboto", width_px * 0.14, latin_weight=700, tracking_px=6.0)).ink
    height, width = line.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 20, 1.0)
    grown = round(height + 0.36 * width)
    turn[1, 2] += (grown - height) / 2
    return np.asarray(cv2.warpAffine(line, turn, (width, grown)), np.uint8)


def _specimen(rng: np.random.Generator, image: RgbImage, opacity: float) -> None:
    height, width = image.shape[:2]
    ink = _specimen_ink(width)
    left = round((width - ink.shape[1]) * rng.uniform(0.35, 0.65))
    stamp(image, ink, left, round((height - ink.shape[0]) * rng.uniform(0.3, 0.5)), (190, 40, 60), opacity)


def finished(rng: np.random.Generator, image: RgbImage, finish: Finish) -> RgbImage:
    """The printed card with its overlays, each as strong as the finish says."""
    if finish.specimen > 0:
        _specimen(rng, image, finish.specimen)
    if finish.hologram > 0:
        _hologram(rng, image, finish.hologram)
    if finish.halftone > 0:
        image = _halftone(rng, image, finish.halftone)
    if finish.wear > 0:
        _worn(rng, image, finish.wear)
    return _sheen(rng, image, finish.sheen) if finish.sheen > 0 else image


__all__ = ["finished", "ghost", "lay_portrait", "lossy", "round_stamp", "rounded", "signature"]
