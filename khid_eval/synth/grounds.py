"""What a card is printed on: pale gradients under guilloche lines, rosettes and silhouettes. Each split has its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import MappingProxyType

import cv2
import numpy as np

from khid_eval.records import FloatArray, RgbImage
from khid_eval.synth.fonts import Split, TextStyle, families, ink_line
from khid_eval.synth.paint import Colour, coloured, fractal, hsv, mixed, ramp, stamp, tinted

Ground = Callable[[np.random.Generator, RgbImage, Colour], None]
"""Draws one ornament in the given colour onto a card's ground, in place."""
_SHIFT = 4  # fractional bits of OpenCV's line coordinates


def _curves(image: RgbImage, curves: list[FloatArray], colour: Colour, opacity: float, thickness: int = 1) -> None:
    """Thin smooth lines, each (N, 2) in pixels, laid over the picture together so that crossings do not add up."""
    mask = np.zeros(image.shape[:2], np.uint8)
    points = [np.rint(curve * 2**_SHIFT).astype(np.int32) for curve in curves]
    cv2.polylines(mask, points, False, 255, thickness, cv2.LINE_AA, _SHIFT)
    tinted(image, mask, colour, opacity)


def _waves(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    x = np.linspace(0, width, 160)
    pitch = rng.uniform(0.008, 0.03) * height
    first, second = rng.uniform(0.01, 0.09, 2) * height
    cycles, more = rng.uniform(1, 4), rng.uniform(3, 9)
    phase, drift = rng.uniform(0, 2 * np.pi), rng.uniform(-0.06, 0.06)
    curves = []
    for i, base in enumerate(np.arange(-0.2 * height, 1.2 * height, pitch)):
        turn = 2 * np.pi * x / width
        y = base + first * np.sin(cycles * turn + phase + drift * i) + second * np.sin(more * turn - phase) * 0.4
        curves.append(np.column_stack([x, y]))
    _curves(image, curves, colour, rng.uniform(0.15, 0.6))


def _rosette(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    turn = np.linspace(0, 2 * np.pi, 720)
    for _ in range(rng.integers(1, 5)):
        centre = rng.uniform(0, 1, 2) * (width, height)
        size = rng.uniform(0.12, 0.5) * height
        petals, depth, rings = rng.integers(5, 24), rng.uniform(0.08, 0.4), rng.integers(3, 16)
        curves = []
        for ring in range(rings):
            radius = size * (1 - 0.8 * ring / rings) * (1 + depth * np.sin(petals * turn + ring * 0.35))
            curves.append(centre + np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]))
        _curves(image, curves, colour, rng.uniform(0.15, 0.55))


def _hypotrochoid(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    ratio = rng.integers(7, 40) / rng.integers(3, 7)
    turn = np.linspace(0, 12 * np.pi, 2400)
    arm = rng.uniform(0.4, 1.2)
    x = (1 - 1 / ratio) * np.cos(turn) + arm * np.cos((ratio - 1) * turn) / 2
    y = (1 - 1 / ratio) * np.sin(turn) - arm * np.sin((ratio - 1) * turn) / 2
    size = rng.uniform(0.15, 0.55) * height
    centre = rng.uniform(0.1, 0.9, 2) * (width, height)
    stretch = np.array([rng.uniform(1, 1.8), 1.0])
    _curves(image, [centre + size * stretch * np.column_stack([x, y])], colour, rng.uniform(0.15, 0.5))


def _contours(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    field = fractal(rng, height, width, cells=(1.5, 2.5), octaves=2)
    lines = np.sin(field * np.float32(rng.uniform(60, 260))).astype(np.float32)
    tinted(image, np.clip(lines * 2 - 0.6, 0, 1).astype(np.float32), colour, rng.uniform(0.1, 0.4))


def _temple(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    middle, ground = rng.uniform(0.35, 0.75) * width, rng.uniform(0.55, 0.8) * height
    size = rng.uniform(0.25, 0.5) * height
    for offset, tall in ((0.0, 1.0), (-0.55, 0.72), (0.55, 0.72), (-1.05, 0.55), (1.05, 0.55)):
        steps = np.linspace(0, 1, 14)
        half = size * 0.17 * tall * np.sqrt(1 - steps**1.6) * (1 + 0.12 * (np.arange(14) % 2))
        y = ground - steps * size * tall
        left, right = middle + offset * size - half, middle + offset * size + half
        outline = np.concatenate([np.column_stack([left, y]), np.column_stack([right, y])[::-1]])
        cv2.fillPoly(mask, [np.rint(outline * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    for step, wide in enumerate((1.3, 1.45, 1.7)):
        top, low = round(ground - size * 0.06 * (2 - step)), round(ground + size * 0.05 * (step + 1))
        cv2.rectangle(mask, (round(middle - wide * size), top), (round(middle + wide * size), low), 255, -1)
    tinted(image, mask, colour, rng.uniform(0.12, 0.4))


def _hatching(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(0.006, 0.03) * height
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    reach = float(np.hypot(width, height))
    middle = np.array([width / 2, height / 2])
    lines = [
        np.stack([middle + across * offset - along * reach, middle + across * offset + along * reach])
        for offset in np.arange(-reach / 2, reach / 2, pitch)
    ]
    _curves(image, lines, colour, rng.uniform(0.1, 0.35))


def _spirals(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    turn = np.linspace(0, 30 * np.pi, 3000)
    centre = rng.uniform(0.1, 0.9, 2) * (width, height)
    radius = turn / turn[-1] * rng.uniform(0.4, 1.0) * height
    wobble = 1 + 0.05 * np.sin(turn * rng.uniform(2.1, 7.9))
    curve = centre + (radius * wobble)[:, None] * np.column_stack([1.4 * np.cos(turn), np.sin(turn)])
    _curves(image, [curve], colour, rng.uniform(0.2, 0.5))


def _lissajous(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    turn = np.linspace(0, 2 * np.pi, 2400)
    a, b = rng.integers(5, 14), rng.integers(4, 13)
    curves = [
        np.column_stack(
            [width * (0.5 + 0.5 * np.sin(a * turn + shift)), height * (0.5 + 0.47 * np.sin(b * turn + 2 * shift))]
        )
        for shift in np.linspace(0, 0.35, rng.integers(2, 5))
    ]
    _curves(image, curves, colour, rng.uniform(0.15, 0.45))


def _burst(rng: np.random.Generator, image: RgbImage, colour: Colour) -> None:
    height, width = image.shape[:2]
    centre = rng.uniform(0.1, 0.9, 2) * (width, height)
    angles = np.linspace(0, 2 * np.pi, rng.integers(60, 220), endpoint=False)
    reach = float(np.hypot(width, height))
    start, bend = rng.uniform(0.02, 0.2) * height, rng.uniform(-0.6, 0.6)
    steps = np.linspace(0, 1, 24)
    curves = [
        centre
        + (start + steps * reach)[:, None]
        * np.column_stack([np.cos(angle + bend * steps**2), np.sin(angle + bend * steps**2)])
        for angle in angles
    ]
    _curves(image, curves, colour, rng.uniform(0.1, 0.4))


_BY_SPLIT: MappingProxyType[Split, tuple[Ground, ...]] = MappingProxyType(
    {
        "train": (_waves, _rosette, _hypotrochoid, _contours, _temple, _hatching),
        "validation": (_spirals, _lissajous, _burst),
    }
)


def ornaments(split: Split) -> tuple[str, ...]:
    """Names of the split's ornaments."""
    return tuple(draw.__name__.lstrip("_") for draw in _BY_SPLIT[split])


def card_ground(rng: np.random.Generator, width_px: int, height_px: int, split: Split, tint: Colour) -> RgbImage:
    """A printed card without its text. tint: the colour of the paper, usually pale."""
    other = mixed(tint, hsv(rng.random(), rng.uniform(0.05, 0.5), rng.uniform(0.75, 1.0)), rng.uniform(0.1, 0.9))
    share = ramp(rng, height_px, width_px)
    if rng.random() < 0.4:
        share = np.asarray((share + fractal(rng, height_px, width_px, cells=(1.5, 2.0), octaves=2)) / 2, np.float32)
    image = coloured(share, tint, other)
    draws = _BY_SPLIT[split]
    if rng.random() < 0.25:
        names = families("latin", split)
        microtext(rng, image, names[rng.integers(len(names))], mixed(tint, (40, 40, 80), rng.uniform(0.2, 0.7)))
    for _ in range(rng.choice(5, p=(0.08, 0.3, 0.32, 0.2, 0.1))):
        ink = mixed(tint, hsv(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.9)), rng.uniform(0.3, 0.9))
        draws[rng.integers(len(draws))](rng, image, ink)
    return image


def overprint(rng: np.random.Generator, image: RgbImage, split: Split, opacity: float) -> None:
    """One ornament over everything that is printed already, as on the laminate of a card, in place."""
    draws = _BY_SPLIT[split]
    plain = image.copy()
    draws[rng.integers(len(draws))](rng, image, hsv(rng.random(), rng.uniform(0.2, 0.9), rng.uniform(0.5, 1.0)))
    image[:] = cv2.addWeighted(plain, 1 - opacity, image, opacity, 0)


def microtext(rng: np.random.Generator, image: RgbImage, latin: str, ink: Colour) -> None:
    """Lines of print too small to read, in place. latin: the family that sets them."""
    height, width = image.shape[:2]
    letters = "".join(chr(65 + int(one)) for one in rng.integers(26, size=14))
    size = rng.uniform(0.006, 0.011) * width
    line = ink_line(" ".join([letters] * 12), TextStyle("content", latin, size, latin_first=True)).ink
    for _ in range(rng.integers(1, 8)):
        left, top = int(rng.uniform(-0.3, 0.6) * width), int(rng.random() * height)
        stamp(image, line, left, top, ink, rng.uniform(0.3, 0.8))


def _band(width: int, height: int, middle: float, swing: float, lines: int, phase: float) -> list[FloatArray]:
    """A guilloche band over the whole width: lines that swing against each other. Shares of the height."""
    x = np.linspace(0, width, 260)
    turn = 2 * np.pi * x / width
    envelope = 0.55 + 0.45 * np.sin(turn * 1.5 + phase) ** 2
    shifts = np.linspace(0, 2 * np.pi, lines, endpoint=False)
    return [
        np.column_stack([x, height * (middle + swing * envelope * np.sin(3 * turn + phase + shift))])
        for shift in shifts
    ]


def _flower(width: int, height: int, centre: tuple[float, float], size: float, petals: int) -> list[FloatArray]:
    turn = np.linspace(0, 2 * np.pi, 900)
    middle = np.array([centre[0] * width, centre[1] * height])
    curves = []
    for ring in np.linspace(0.25, 1.0, 9):
        radius = size * height * ring * (1 + 0.16 * np.sin(petals * turn + 5 * ring))
        curves.append(middle + np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]))
    return curves


@lru_cache(maxsize=4)
def _nominal(width: int, height: int) -> RgbImage:
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    image = coloured(np.clip(0.8 * x + 0.25 * y, 0, 1), (196, 222, 236), (248, 232, 206))
    tinted(image, np.clip(1 - np.hypot((x - 0.55) * 1.6, y - 0.42) * 2.1, 0, 1), (236, 214, 226), 0.85)
    _temple(np.random.default_rng(4), image, (126, 160, 158))
    inks = ((112, 158, 200), (204, 156, 120), (126, 178, 150), (196, 136, 160))
    for i, middle in enumerate((0.12, 0.34, 0.56, 0.8)):
        _curves(image, _band(width, height, middle, 0.16, 14, 1.1 * i), inks[i], 0.34)
    _curves(image, _flower(width, height, (0.86, 0.36), 0.26, 16), inks[3], 0.5)
    _curves(image, _flower(width, height, (0.50, 0.46), 0.36, 24), inks[0], 0.36)
    _curves(image, _flower(width, height, (0.13, 0.82), 0.30, 12), inks[2], 0.4)
    image.setflags(write=False)
    return image


def nominal_ground(width_px: int, height_px: int) -> RgbImage:
    """The ground of the nominal style: blue to cream, guilloche bands, rosettes and a temple. The same each time."""
    return _nominal(width_px, height_px).copy()


__all__ = ["card_ground", "microtext", "nominal_ground", "ornaments", "overprint"]
