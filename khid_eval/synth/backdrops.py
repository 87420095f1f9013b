"""What lies under and around a card on a photo. Each split has its own kinds; `backdrop` picks one by chance."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType

import cv2
import numpy as np

from khid_eval.records import FloatArray, GreyImage, RgbImage
from khid_eval.synth.fonts import Split, TextStyle, families, ink_line
from khid_eval.synth.paint import (
    Colour,
    coloured,
    filled,
    fractal,
    hsv,
    mixed,
    ramp,
    random_colour,
    tinted,
)
from khid_eval.synth.texts import syllables

Backdrop = Callable[[np.random.Generator, int, int], RgbImage]
"""(rng, height_px, width_px) -> picture."""
_LATIN_WORDS = "THE ACCOUNT of total date amount No. and receipt name Form page 12 2,500 item to in per unit".split()


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


@lru_cache(maxsize=16)
def _print_sheet(split: Split, seed: int) -> GreyImage:
    """A page of printed lines, some Khmer, some Latin: ink coverage, 1100 x 1100. A few are made and reused."""
    rng = np.random.default_rng(seed)
    sheet = np.zeros((1100, 1100), np.uint8)
    khmer, latin = families("value", split), families("latin", split)
    size = float(rng.uniform(14, 34))
    set_as = TextStyle(khmer[rng.integers(len(khmer))], latin[rng.integers(len(latin))], size)
    top = size * 1.5
    while top < 1060:
        text = " ".join(_LATIN_WORDS[i] for i in rng.integers(len(_LATIN_WORDS), size=8))
        if rng.random() < 0.6:
            text = " ".join(syllables(rng) for _ in range(4))
        line = ink_line(text, set_as).ink[:, : 1040 - int(rng.integers(0, 500))]
        room = sheet[int(top) : int(top) + line.shape[0], 40 : 40 + line.shape[1]]
        np.maximum(room, line[: room.shape[0]], out=room)
        top += size * 2.1
    return sheet


def _printed_paper(split: Split) -> Backdrop:
    def draw(rng: np.random.Generator, height: int, width: int) -> RgbImage:
        paper = hsv(rng.random(), rng.uniform(0, 0.12), rng.uniform(0.75, 1.0))
        image = coloured(fractal(rng, height, width, cells=(2, 2), octaves=3), mixed(paper, (0, 0, 0), 0.08), paper)
        sheet = _print_sheet(split, int(rng.integers(8)) + (100 if split == "validation" else 0))
        size, angle = max(height, width) / 1100 * rng.uniform(1.0, 1.9), rng.uniform(0, 360)
        turn = cv2.getRotationMatrix2D((550, 550), angle, size)
        turn[:, 2] += np.array([width / 2 - 550, height / 2 - 550])
        ink = np.asarray(cv2.warpAffine(sheet, turn, (width, height)), np.uint8)
        tinted(image, ink, hsv(rng.random(), rng.uniform(0, 0.6), rng.uniform(0, 0.4)), rng.uniform(0.4, 0.95))
        return image

    return draw


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
    sheet = _print_sheet("train", int(rng.integers(8)))
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


_BY_SPLIT: MappingProxyType[Split, MappingProxyType[str, Backdrop]] = MappingProxyType(
    {
        "train": MappingProxyType(
            {
                "wood": _wood,
                "cloth": _cloth,
                "flat": _flat,
                "clouds": _clouds,
                "printed_paper": _printed_paper("train"),
                "ruled_paper": _ruled_paper,
                "clutter": _clutter,
                "tiles": _tiles,
                "papers": _papers,
            }
        ),
        "validation": MappingProxyType(
            {
                "marble": _marble,
                "bricks": _bricks,
                "terrazzo": _terrazzo,
                "keyboard": _keyboard,
                "carpet": _carpet,
                "page": _printed_paper("validation"),
            }
        ),
    }
)


def backdrops(split: Split) -> tuple[str, ...]:
    """Names of the split's backdrops."""
    return tuple(_BY_SPLIT[split])


def backdrop(
    rng: np.random.Generator, height_px: int, width_px: int, split: Split, kind: str | None = None
) -> RgbImage:
    """A backdrop of that kind, or of any of the split's. Drawn at 1200 px at most and scaled up. Raises KeyError."""
    names = backdrops(split)
    draw = _BY_SPLIT[split][kind or names[rng.integers(len(names))]]
    scale = min(1.0, 1200 / max(height_px, width_px))
    image = draw(rng, max(16, round(height_px * scale)), max(16, round(width_px * scale)))
    if image.shape[:2] != (height_px, width_px):
        image = np.asarray(cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image


def skin_colour(rng: np.random.Generator) -> Colour:
    return hsv(rng.uniform(0.03, 0.09), rng.uniform(0.25, 0.6), rng.uniform(0.45, 0.95))


def fingers(
    rng: np.random.Generator,
    image: RgbImage,
    tip_at: tuple[float, float] | FloatArray,
    away: FloatArray,
    length_px: float,
) -> None:
    """A finger, or a hand's four, whose first tip is at a point and which goes `away` from it, in place."""
    skin = skin_colour(rng)
    away = away / max(1e-6, float(np.linalg.norm(away)))
    side = np.array([-away[1], away[0]])
    wide, angle = length_px * rng.uniform(0.055, 0.085), float(np.degrees(np.arctan2(away[1], away[0])))
    for place in range(int(rng.choice((1, 1, 4)))):
        tip = np.asarray(tip_at) + side * place * wide * 2.2 + away * wide * (1.0 + rng.uniform(0, 1.5))
        end = tip + away * length_px * 2.5 + side * rng.normal(0, wide)
        tint = mixed(skin, (60, 20, 10), rng.uniform(0, 0.15))
        for thick, colour in ((2.1, mixed(tint, (40, 15, 5), 0.35)), (1.8, tint)):
            ends = (round(tip[0]), round(tip[1])), (round(end[0]), round(end[1]))
            cv2.line(image, *ends, colour, max(2, round(wide * thick)), cv2.LINE_AA)
        nail = (float(tip[0] + away[0] * wide * 0.1), float(tip[1] + away[1] * wide * 0.1))
        cv2.ellipse(image, (nail, (wide * 1.1, wide * 0.8), angle), mixed(tint, (255, 235, 230), 0.4), -1, cv2.LINE_AA)


__all__ = ["backdrop", "backdrops", "fingers", "skin_colour"]
