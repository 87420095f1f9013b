"""A drawn bust, no real face, and what a card makes of it: portrait, ghost image, signature."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.benchmarks.second_renderer.layouts import Layout
from tests.benchmarks.second_renderer.ornament import strokes
from tests.benchmarks.second_renderer.paint import Colour, Floats, blend, choose_colour, resized, softened

_GROUNDS: tuple[Colour, ...] = (
    (222, 232, 242),
    (240, 240, 240),
    (178, 204, 232),
    (206, 214, 220),
    (120, 164, 214),
    (232, 222, 214),
)
_SKINS: tuple[Colour, ...] = ((226, 184, 150), (204, 156, 120), (182, 132, 98), (236, 200, 172), (158, 112, 82))
_HAIR: tuple[Colour, ...] = ((26, 22, 22), (40, 32, 28), (58, 50, 46), (110, 106, 104))
_SHIRTS: tuple[Colour, ...] = (
    (240, 240, 244),
    (44, 54, 84),
    (120, 40, 46),
    (60, 96, 72),
    (210, 196, 160),
    (28, 28, 32),
)
_GHOSTS: tuple[Colour, ...] = ((70, 80, 110), (110, 80, 90), (80, 100, 90))


@dataclass(frozen=True, slots=True)
class _Head:
    """x, y: middle of the face; width, height: half of what the face measures, all in pixels of the drawing."""

    x: int
    y: int
    width: int
    height: int
    skin: Colour
    dark: Colour
    hair: Colour


def portrait(rng: random.Random, male: bool, width: int, height: int) -> Floats:
    """(H, W, 3) RGB of that size."""
    half, tall = 240, round(240 * height / width)
    image = Image.new("RGB", (half * 2, tall * 2), rng.choice(_GROUNDS))
    draw = ImageDraw.Draw(image)
    skin = rng.choice(_SKINS)
    dark = (int(skin[0] * 0.82), int(skin[1] * 0.82), int(skin[2] * 0.82))
    hair, shirt = rng.choice(_HAIR), rng.choice(_SHIRTS)
    x, y = half + rng.randint(-12, 12), int(tall * 0.86)
    head = _Head(x, y, rng.randint(112, 134), rng.randint(150, 176), skin, dark, hair)
    if not male and rng.random() < 0.75:
        _long_hair(rng, draw, head)
    _shoulders(draw, head, tall, shirt)
    _face(rng, draw, head)
    picture = softened(np.asarray(image, np.float32), 5)
    shade = 1 + 0.16 * np.linspace(1, -1, half * 2, dtype=np.float32)[None, :, None] * rng.choice([-1, 1])
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, 4, picture.shape[:2])[..., None].astype(np.float32)
    return resized(np.clip(picture * shade + grain, 0, 255), width, height, cv2.INTER_AREA)


def _long_hair(rng: random.Random, draw: ImageDraw.ImageDraw, head: _Head) -> None:
    left, right = head.x - head.width - 34, head.x + head.width + 34
    draw.ellipse((left, head.y - head.height - 40, right, head.y + head.height + 40), fill=head.hair)
    draw.rectangle((left, head.y, right, head.y + head.height + rng.randint(20, 170)), fill=head.hair)


def _shoulders(draw: ImageDraw.ImageDraw, head: _Head, tall: int, shirt: Colour) -> None:
    x, collar = head.x, int(tall * 1.5)
    draw.ellipse((x - 2 * head.width, int(tall * 1.48), x + 2 * head.width, int(tall * 2.7)), fill=shirt)
    draw.rectangle((x - 56, head.y + head.height - 60, x + 56, int(tall * 1.56)), fill=head.dark)
    draw.polygon([(x - 70, collar), (x, int(tall * 1.68)), (x + 70, collar)], fill=head.dark)


def _face(rng: random.Random, draw: ImageDraw.ImageDraw, head: _Head) -> None:
    x, y, width, height = head.x, head.y, head.width, head.height
    for side in (-1, 1):
        draw.ellipse((x + side * width - 18, y - 30, x + side * width + 18, y + 44), fill=head.dark)
    draw.ellipse((x - width, y - height, x + width, y + height), fill=head.skin)
    crown = (x - width - 8, y - height - 30, x + width + 8, y + height - rng.randint(70, 120))
    draw.chord(crown, 188 + rng.randint(0, 12), 352 - rng.randint(0, 12), fill=head.hair)
    for side in (-1, 1):
        eye = x + side * int(width * 0.42)
        draw.ellipse((eye - 24, y - 15, eye + 24, y + 7), fill=(240, 236, 232))
        draw.ellipse((eye - 11, y - 15, eye + 11, y + 7), fill=(34, 24, 20))
        draw.arc((eye - 30, y - 44, eye + 30, y + 6), 200, 340, fill=head.hair, width=9)
    draw.line((x - 4, y + 6, x - 14, y + 58, x + 14, y + 62), fill=head.dark, width=8, joint="curve")
    draw.ellipse((x - 42, y + 86, x + 42, y + 112), fill=(172, 92, 88))
    draw.line((x - 42, y + 99, x + 42, y + 99), fill=(110, 56, 54), width=4)


def add_portrait(rng: random.Random, card: Floats, scale: float, layout: Layout, male: bool) -> None:
    """Portrait, ghost and signature at their places of the layout. scale: pixels per card unit."""
    left, top, width, height = (round(one * scale) for one in layout.portrait)
    face = portrait(rng, male, width, height)
    if rng.random() < 0.3:
        face = np.asarray(face.mean(-1, keepdims=True) * np.array([1, 0.99, 0.97], np.float32), np.float32)
    under = card[top : top + height, left : left + width]
    under[:] = face * 0.96 + 0.04 * under
    if rng.random() < 0.5:
        thickness = max(1, round(scale * 1.3))
        cv2.rectangle(card, (left, top), (left + width, top + height), (70, 80, 90), thickness, cv2.LINE_AA)
    if rng.random() < 0.8:
        _add_ghost(rng, card, scale, layout, face)
    _add_signature(rng, card, scale, layout)


def _add_ghost(rng: random.Random, card: Floats, scale: float, layout: Layout, face: Floats) -> None:
    """The portrait once more, small, pale and oval."""
    x, y, wide = layout.ghost
    _, _, face_width, face_height = layout.portrait
    left, top, width = round(x * scale), round(y * scale), round(wide * scale)
    height = round(wide * face_height / face_width * scale)
    ghost = resized(face, width, height, cv2.INTER_AREA).mean(-1)
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    oval = np.clip((1 - (across**2 + down**2) ** 2) * 3, 0, 1).astype(np.float32)
    alpha = (oval * np.clip((235 - ghost) / 235, 0, 1) * rng.uniform(0.2, 0.42))[..., None]
    under = card[top : top + height, left : left + width]
    under *= 1 - alpha
    under += alpha * choose_colour(rng, _GHOSTS)


def _add_signature(rng: random.Random, card: Floats, scale: float, layout: Layout) -> None:
    """Below the portrait, where there is room."""
    left, top, width, height = layout.portrait
    top += height + 14
    if top + 50 >= 440:
        return
    t = np.linspace(0, 1, 80)
    loops = np.sin(t * rng.uniform(12, 30) + rng.random() * 6)
    curve = np.stack([left + 20 + t * (width - 50), top + 26 + 16 * loops * (1 - t * 0.6) * np.sin(t * 9 + 1)], 1)
    size = (card.shape[1], card.shape[0])
    blend(card, strokes(size, [curve], scale, max(1, round(2 * scale))), (20, 24, 70), 0.9)
