"""Portraits that show nobody: drawn faces, and textures where a face would be, so that no template can be learnt."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval.records import RgbImage
from khid_eval.synth.paint import Colour, coloured, fractal, hsv, mixed, ramp, random_colour, tinted

_SIZE = (320, 264)  # height and width at which faces are drawn


@dataclass(frozen=True, slots=True)
class _Head:
    x: float
    y: float
    half_width: float
    half_height: float
    skin: Colour
    hair: Colour


def _ellipse(
    image: RgbImage, centre: tuple[float, float], axes: tuple[float, float], colour: Colour, angle: float = 0.0
) -> None:
    box = (float(centre[0]), float(centre[1])), (float(2 * axes[0]), float(2 * axes[1])), float(angle)
    cv2.ellipse(image, box, colour, -1, cv2.LINE_AA)


def _shoulders(rng: np.random.Generator, image: RgbImage, head: _Head) -> None:
    height, width = image.shape[:2]
    cloth = random_colour(rng, (0.0, 0.7), (0.1, 1.0))
    top = head.y + head.half_height * rng.uniform(1.1, 1.3)
    neck = head.half_width * rng.uniform(0.42, 0.6)
    _ellipse(image, (head.x, height * 1.12), (width * rng.uniform(0.42, 0.62), height * 1.12 - top), cloth)
    shade = mixed(head.skin, (40, 20, 10), 0.16)
    polygon = [(head.x - neck, head.y), (head.x + neck, head.y), (head.x + neck * 1.3, top + 14)]
    polygon += [(head.x, top + 14 + neck * 0.8), (head.x - neck * 1.3, top + 14)]
    cv2.fillPoly(image, [np.rint(polygon).astype(np.int32)], shade, cv2.LINE_AA)
    if rng.random() < 0.6:
        collar = mixed(cloth, (255, 255, 255) if rng.random() < 0.6 else (0, 0, 0), 0.5)
        for side in (-1, 1):
            wing = [
                (head.x, top + 22 + neck),
                (head.x + side * neck * 1.3, top),
                (head.x + side * neck * 1.9, top + 24),
            ]
            cv2.fillPoly(image, [np.rint(wing).astype(np.int32)], collar, cv2.LINE_AA)


def _back_hair(rng: np.random.Generator, image: RgbImage, head: _Head, long: bool) -> None:
    """Hair behind the head: a cap, and below it what hangs down."""
    cap = head.half_width * rng.uniform(1.05, 1.16), head.half_height * rng.uniform(1.0, 1.08)
    _ellipse(image, (head.x, head.y - head.half_height * 0.12), cap, head.hair)
    if long:
        wide, low = head.half_width * rng.uniform(1.1, 1.4), head.y + head.half_height * rng.uniform(0.5, 1.9)
        flare = rng.uniform(-0.15, 0.2) * head.half_width
        points = [
            (head.x - cap[0], head.y - head.half_height * 0.3),
            (head.x + cap[0], head.y - head.half_height * 0.3),
        ]
        points += [(head.x + wide + flare, low), (head.x + wide * 0.5, low + 12)]
        points += [(head.x - wide * 0.5, low + 12), (head.x - wide - flare, low)]
        cv2.fillPoly(image, [np.rint(points).astype(np.int32)], head.hair, cv2.LINE_AA)


def _fringe(rng: np.random.Generator, image: RgbImage, head: _Head) -> None:
    """Hair on the head: all that lies above a hairline that is parted somewhere."""
    if rng.random() < 0.05:
        return  # bald
    height, width = image.shape[:2]
    x = (np.arange(width, dtype=np.float32)[None, :] - head.x) / head.half_width
    y = (np.arange(height, dtype=np.float32)[:, None] - head.y) / head.half_height
    parting, fall = rng.uniform(-0.7, 0.7), rng.uniform(0.1, 0.75)
    line = -rng.uniform(0.48, 0.82) + fall * np.abs(x - parting) ** rng.uniform(1.2, 2.6)
    line = np.minimum(line + 0.03 * np.sin(x * rng.uniform(6, 30)), -0.24 + 1.8 * np.maximum(0, np.abs(x) - 0.7))
    inside = (x / 1.05) ** 2 + (y / 1.06) ** 2 < 1
    mask = cv2.GaussianBlur((inside & (y < line)).astype(np.float32), (0, 0), 1.2)
    tinted(image, mask, head.hair)
    shine = np.exp(-(((y + 0.75) / 0.12) ** 2) - ((x - parting / 2) / 0.5) ** 2) * mask
    tinted(image, np.asarray(shine, np.float32), mixed(head.hair, (255, 255, 255), 0.5), rng.uniform(0, 0.5))


def _eyes(rng: np.random.Generator, image: RgbImage, head: _Head) -> None:
    gap, level = head.half_width * rng.uniform(0.38, 0.47), head.y - head.half_height * rng.uniform(0.02, 0.14)
    wide, open_ = head.half_width * rng.uniform(0.15, 0.21), head.half_width * rng.uniform(0.05, 0.1)
    iris, brow = mixed((30, 18, 10), head.skin, rng.uniform(0, 0.25)), mixed(head.hair, head.skin, rng.uniform(0, 0.4))
    brow_up, brow_angle, brow_thick = rng.uniform(2.2, 3.6), rng.uniform(-10, 6), rng.uniform(0.22, 0.5)
    glasses = rng.random() < 0.12
    for side in (-1, 1):
        x = head.x + side * gap
        _ellipse(image, (x, level), (wide, open_), (236, 232, 228), side * 4)
        _ellipse(image, (x, level), (open_ * 0.95, open_ * 0.95), iris)
        _ellipse(image, (x, level - open_ * brow_up), (wide * 1.25, open_ * brow_thick), brow, side * brow_angle)
        cv2.ellipse(
            image, (round(x), round(level)), (round(wide), round(open_ * 1.15)), side * 4, 180, 360, brow, 2, 16
        )
        if glasses:
            cv2.circle(image, (round(x), round(level)), round(wide * 1.5), (40, 40, 44), 2, cv2.LINE_AA)
    if glasses:
        reach = round(gap - wide * 1.5)
        at = round(level)
        cv2.line(image, (round(head.x - reach), at), (round(head.x + reach), at), (40, 40, 44), 2, cv2.LINE_AA)


def _nose_and_mouth(rng: np.random.Generator, image: RgbImage, head: _Head) -> None:
    dark = mixed(head.skin, (90, 40, 30), 0.35)
    tip = head.y + head.half_height * rng.uniform(0.22, 0.34)
    half = head.half_width * rng.uniform(0.14, 0.22)
    centre, axes = (round(head.x), round(tip)), (round(half), round(half * 0.5))
    cv2.ellipse(image, centre, axes, 0, 15, 165, dark, 2, cv2.LINE_AA)
    _ellipse(
        image,
        (head.x + half * 0.3, tip - half * 1.2),
        (half * 0.35, half * 1.3),
        mixed(head.skin, (255, 250, 240), 0.2),
    )
    lips = mixed(head.skin, (170, 50, 60), rng.uniform(0.3, 0.75))
    mouth, wide = head.y + head.half_height * rng.uniform(0.5, 0.62), head.half_width * rng.uniform(0.26, 0.4)
    _ellipse(image, (head.x, mouth), (wide, head.half_width * rng.uniform(0.05, 0.1)), lips)
    line = round(head.x - wide), round(mouth)
    cv2.line(image, line, (round(head.x + wide), round(mouth)), mixed(lips, (60, 10, 20), 0.5), 1, cv2.LINE_AA)


def _drawn_face(rng: np.random.Generator, sex: str) -> RgbImage:
    height, width = _SIZE
    back = hsv(rng.uniform(0.5, 0.65), rng.uniform(0, 0.4), rng.uniform(0.7, 1.0))
    if rng.random() < 0.3:
        back = random_colour(rng, (0, 0.6), (0.5, 1.0))
    image = coloured(ramp(rng, height, width), back, mixed(back, (255, 255, 255), rng.uniform(0, 0.5)))
    skin = hsv(rng.uniform(0.045, 0.08), rng.uniform(0.28, 0.52), rng.uniform(0.55, 0.95))
    hair = mixed(
        hsv(rng.uniform(0.02, 0.1), 0.4, rng.uniform(0.05, 0.3)), (200, 200, 200), max(0.0, rng.normal(-0.3, 0.35))
    )
    half = width * rng.uniform(0.2, 0.27)
    head = _Head(
        width * rng.uniform(0.46, 0.54),
        height * rng.uniform(0.38, 0.46),
        half,
        half * rng.uniform(1.22, 1.48),
        skin,
        hair,
    )
    long = rng.random() < (0.8 if sex == "F" else 0.06)
    _back_hair(rng, image, head, long)
    _shoulders(rng, image, head)
    for side in (-1, 1):
        _ellipse(
            image,
            (head.x + side * head.half_width, head.y + 4),
            (half * 0.13, half * 0.26),
            mixed(skin, (60, 20, 0), 0.1),
        )
    _ellipse(image, (head.x, head.y), (head.half_width, head.half_height), skin)
    _fringe(rng, image, head)
    _eyes(rng, image, head)
    _nose_and_mouth(rng, image, head)
    light = 1 + (ramp(rng, height, width) - 0.5) * rng.uniform(0.1, 0.6)
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.2)).astype(np.float32)
    grain = rng.normal(0, rng.uniform(1, 6), (height, width, 1)).astype(np.float32)
    return np.clip(soft * light[:, :, None] + grain, 0, 255).astype(np.uint8)


def _patches(rng: np.random.Generator) -> RgbImage:
    height, width = _SIZE
    image = coloured(fractal(rng, height, width, cells=(3, 3)), random_colour(rng), random_colour(rng))
    for _ in range(rng.integers(3, 14)):
        centre = float(rng.uniform(0, width)), float(rng.uniform(0, height))
        _ellipse(image, centre, (rng.uniform(8, 90), rng.uniform(8, 90)), random_colour(rng), rng.uniform(0, 180))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 5)), dtype=np.uint8)


def random_portrait(
    rng: np.random.Generator, width_px: int, height_px: int, *, sex: str = "F", face_share: float = 0.85
) -> RgbImage:
    """A portrait of the given size. sex: "F" or "M". face_share: P(a drawn face); else coloured patches."""
    image = _drawn_face(rng, sex) if rng.random() < face_share else _patches(rng)
    if rng.random() < 0.15:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    shrinks = height_px < image.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width_px, height_px), interpolation=how), dtype=np.uint8)


__all__ = ["random_portrait"]
