"""Desks, cloths and papers that training photos are taken on. Validation has others: see the file beside this one."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import cv2
import numpy as np

from khid_eval.records import FloatArray, RgbImage
from khid_eval.synth.paint import coloured, fractal, hsv, mixed, ramp, random_colour, tinted
from khid_eval.synth.printed_paper import print_sheet, printed_paper


def _wood(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    dark = hsv(rng.uniform(0.03, 0.11), rng.uniform(0.2, 0.7), rng.uniform(0.15, 0.6))
    light = mixed(dark, hsv(rng.uniform(0.05, 0.12), 0.4, 0.95), rng.uniform(0.2, 0.7))
    grain = fractal(rng, height, width, cells=(rng.uniform(20, 60), 2), octaves=3)
    rings = np.sin((grain + fractal(rng, height, width, cells=(3, 1.5), octaves=2)) * np.float32(rng.uniform(6, 30)))
    image = coloured(np.asarray(0.5 + 0.35 * rings + 0.3 * (grain - 0.5), np.float32), dark, light)
    for x in np.cumsum(rng.uniform(0.15, 0.6, 6)) * height if rng.random() < 0.5 else ():
        cv2.line(image, (0, int(x)), (width, int(x) + int(rng.integers(-4, 4))), mixed(dark, (0, 0, 0), 0.5), 2, 16)
    return image if rng.random() < 0.5 else np.ascontiguousarray(image[:, ::-1])


def _cloth(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    base = random_colour(rng, (0.0, 0.8), (0.1, 0.95))
    pitch = rng.uniform(2.5, 9.0)
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    weave = 0.5 + 0.25 * np.sin(2 * np.pi * x / pitch)[None, :] + 0.25 * np.sin(2 * np.pi * y / pitch)[:, None]
    folds = fractal(rng, height, width, cells=(2, 2), octaves=3)
    share = np.asarray(weave * rng.uniform(0.1, 0.5) + folds * 0.7, np.float32)
    image = coloured(share, mixed(base, (0, 0, 0), 0.4), mixed(base, (255, 255, 255), rng.uniform(0.05, 0.4)))
    if rng.random() < 0.35:  # checks, as on a krama scarf
        other = random_colour(rng, (0.3, 0.9), (0.3, 0.95))
        step = rng.uniform(20, 90)
        checks = ((x % step < step / 2)[None, :] ^ (y % step < step / 2)[:, None]).astype(np.float32)
        tinted(image, checks, other, rng.uniform(0.3, 0.8))
    return image


def _flat(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    colour = random_colour(rng, (0.0, 0.7), (0.02, 1.0))
    return coloured(ramp(rng, height, width), colour, mixed(colour, random_colour(rng), rng.uniform(0, 0.4)))


def _clouds(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    cells = tuple(rng.uniform(2, 30, 2))
    return coloured(fractal(rng, height, width, cells=cells, octaves=5), random_colour(rng), random_colour(rng))


def _ruled_paper(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    paper = hsv(rng.random(), rng.uniform(0, 0.15), rng.uniform(0.8, 1.0))
    image = coloured(ramp(rng, height, width), paper, mixed(paper, (0, 0, 0), rng.uniform(0, 0.2)))
    ink, pitch = random_colour(rng, (0.1, 0.9), (0.3, 0.9)), rng.uniform(14, 70)
    slope = rng.uniform(-0.3, 0.3)
    for at in np.arange(-width * 0.3, height * 1.4, pitch):
        cv2.line(image, (0, int(at)), (width, int(at + slope * width)), ink, int(rng.integers(1, 3)), cv2.LINE_AA)
    for at in np.arange(0, width * 1.3, pitch) if rng.random() < 0.5 else ():
        cv2.line(image, (int(at), 0), (int(at - slope * height), height), ink, 1, cv2.LINE_AA)
    return image


def _clutter(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    image = _flat(rng, height, width)
    reach = max(height, width)
    for _ in range(rng.integers(6, 40)):
        colour = random_colour(rng)
        centre = rng.uniform(0, 1, 2) * (width, height)
        sides = rng.uniform(0.02, 0.4, 2) * reach
        if rng.random() < 0.4:
            box = (float(centre[0]), float(centre[1])), (float(sides[0]), float(sides[1])), float(rng.uniform(0, 180))
            cv2.ellipse(image, box, colour, -1, cv2.LINE_AA)
        else:
            rect = (float(centre[0]), float(centre[1])), (float(sides[0]), float(sides[1])), float(rng.uniform(0, 90))
            cv2.fillPoly(image, [np.rint(cv2.boxPoints(rect)).astype(np.int32)], colour, cv2.LINE_AA)
    if rng.random() < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(1, 6)), np.uint8)
    return image


def _tiles(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    one = random_colour(rng, (0, 0.5), (0.2, 1.0))
    image = coloured(fractal(rng, height, width, cells=(6, 6), octaves=4), one, mixed(one, (255, 255, 255), 0.3))
    seam, pitch = mixed(one, (30, 30, 30), 0.6), rng.uniform(0.15, 0.6) * min(height, width)
    thick, slope = int(rng.integers(2, 9)), rng.uniform(-0.2, 0.2)
    for at in np.arange(-pitch, width + pitch, pitch):
        cv2.line(image, (int(at), 0), (int(at + slope * height), height), seam, thick, cv2.LINE_AA)
    for at in np.arange(-pitch, height + pitch, pitch):
        cv2.line(image, (0, int(at)), (width, int(at - slope * width)), seam, thick, cv2.LINE_AA)
    return image


def _scribbled(rng: np.random.Generator, image: RgbImage, corners: FloatArray) -> None:
    """Thin strokes across a sheet whose corners these are."""
    ink = random_colour(rng, (0, 0.7), (0.05, 0.5))
    for share in np.arange(0.12, 0.9, rng.uniform(0.06, 0.16)):
        left, right = (a + (b - a) * share for a, b in ((corners[0], corners[1]), (corners[3], corners[2])))
        start, end = left + (right - left) * 0.08, left + (right - left) * rng.uniform(0.3, 0.92)
        ends = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
        cv2.line(image, *ends, ink, int(rng.integers(1, 3)), cv2.LINE_AA)


def _printed(rng: np.random.Generator, image: RgbImage, corners: FloatArray) -> None:
    """Printed lines on a sheet whose corners these are."""
    sheet = print_sheet("train", int(rng.integers(8)))
    sides = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[1])
    part = np.asarray([(0, 0), (1, 0), (1, 1), (0, 1)]) * sides / max(sides) * 1100
    matrix = cv2.getPerspectiveTransform(part.astype(np.float32), corners.astype(np.float32))
    ink = cv2.warpPerspective(sheet, matrix, (image.shape[1], image.shape[0]))
    cover = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(cover, [np.rint(corners).astype(np.int32)], 255)
    tinted(image, np.asarray(cv2.min(ink, cover), np.uint8), hsv(rng.random(), 0.3, 0.2), rng.uniform(0.6, 0.95))


def _pen(rng: np.random.Generator, image: RgbImage) -> None:
    """A pen: barrel, light along it, tip."""
    height, width = image.shape[:2]
    angle, long = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 0.7) * min(height, width)
    thick = max(3, round(long * 0.055))
    along = np.array([np.cos(angle), np.sin(angle)])
    start = rng.uniform(0, 1, 2) * (width, height)
    colour = random_colour(rng, (0.2, 1), (0.1, 0.8))
    stops = [start + along * long * share for share in (0, 0.82, 0.92, 1.0)]
    points = [(round(x), round(y)) for x, y in stops]
    cv2.line(image, (points[0][0] + 5, points[0][1] + 6), (points[2][0] + 5, points[2][1] + 6), (40, 36, 34), thick, 16)
    cv2.line(image, points[0], points[1], colour, thick, cv2.LINE_AA)
    cv2.line(image, points[1], points[2], (190, 190, 194), max(2, thick * 2 // 3), cv2.LINE_AA)
    cv2.line(image, points[2], points[3], (90, 90, 96), max(1, thick // 4), cv2.LINE_AA)
    side = np.array([-along[1], along[0]]) * thick * 0.2
    shine = [(round(x), round(y)) for x, y in (stops[0] + side, stops[1] + side)]
    cv2.line(image, shine[0], shine[1], mixed(colour, (255, 255, 255), 0.6), max(1, thick // 6), cv2.LINE_AA)


def _papers(rng: np.random.Generator, height: int, width: int) -> RgbImage:
    """A desk with sheets and cards lying about, as pale as the card is, with print or scribble; sometimes a pen."""
    image = _wood(rng, height, width) if rng.random() < 0.6 else _clouds(rng, height, width)
    for _ in range(rng.integers(1, 6)):
        centre, sides = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0.15, 0.9, 2) * min(width, height)
        rect = (float(centre[0]), float(centre[1])), (float(sides[0]), float(sides[1])), float(rng.uniform(0, 90))
        corners = np.asarray(cv2.boxPoints(rect), np.float64)
        paper = hsv(rng.random(), rng.uniform(0, 0.25), rng.uniform(0.75, 1.0))
        shadow = np.zeros((height, width), np.uint8)
        cv2.fillPoly(shadow, [np.rint(corners + 5).astype(np.int32)], 255)
        tinted(image, np.asarray(cv2.blur(shadow, (13, 13)), np.uint8), (20, 18, 16), rng.uniform(0.2, 0.6))
        cv2.fillPoly(image, [np.rint(corners).astype(np.int32)], paper, cv2.LINE_AA)
        (_printed if rng.random() < 0.55 else _scribbled)(rng, image, corners)
    if rng.random() < 0.35:
        _pen(rng, image)
    return image


TRAIN_BACKDROPS: MappingProxyType[str, Callable[[np.random.Generator, int, int], RgbImage]] = MappingProxyType(
    {
        "wood": _wood,
        "cloth": _cloth,
        "flat": _flat,
        "clouds": _clouds,
        "printed_paper": printed_paper("train"),
        "ruled_paper": _ruled_paper,
        "clutter": _clutter,
        "tiles": _tiles,
        "papers": _papers,
    }
)
"""name -> (rng, height_px, width_px) -> picture."""

__all__ = ["TRAIN_BACKDROPS"]
