"""Flat documents that are no front of a Cambodian card: the presence answer learns to say no to them.

Backs of cards, identity cards of nowhere in particular, passport pages, bank cards, receipts, visiting cards, and
Cambodian fronts so mangled that they are none any more.
"""

from __future__ import annotations

import string
from collections.abc import Callable

import cv2
import numpy as np

from khid_eval.engine.rows import RowKind
from khid_eval.records import RgbImage
from khid_eval.synth.fonts import TextStyle, families, ink_line
from khid_eval.synth.grounds import card_ground
from khid_eval.synth.paint import Colour, coloured, hsv, ramp, random_colour, stamp
from khid_eval.synth.portraits import random_portrait
from khid_eval.training.card_pool import HEIGHT_PX, WIDTH_PX, PoolCard
from khid_eval.training.textures import Split

_LETTERS = string.ascii_uppercase
_KHMER = "កខគងចឆជញដឋណតថទធនបផពភមយរលវសហអ"


def other_documents(count: int, split: Split, rng: np.random.Generator) -> list[RgbImage]:
    """`count` documents, each (HEIGHT_PX, WIDTH_PX, 3); stretched to the shape of a card."""
    return [_KINDS[int(rng.integers(len(_KINDS)))](rng, split) for _ in range(count)]


def mangled(card: RgbImage, truth: PoolCard, rng: np.random.Generator) -> RgbImage:
    """A Cambodian front that is none: mirrored, without its portrait, without its MRZ, or with its halves exchanged."""
    way = int(rng.integers(4))
    if way == 0:
        return np.ascontiguousarray(card[:, ::-1])
    out = card.copy()
    if way == 1:
        half = WIDTH_PX // 2
        return np.ascontiguousarray(np.hstack([out[:, half:], out[:, :half]]))
    boxes = [truth.rows[kind] for kind in (RowKind.MRZ1, RowKind.MRZ2, RowKind.MRZ3)]
    if way == 2:
        boxes = [box for kind, box in truth.rows.items() if not kind.startswith("mrz")] + [truth.portrait]
    mask = np.zeros(out.shape[:2], dtype=np.uint8)
    for left, top, right, bottom in boxes:
        corner = (round(left * WIDTH_PX) - 3, round(top * HEIGHT_PX) - 3)
        cv2.rectangle(mask, corner, (round(right * WIDTH_PX) + 3, round(bottom * HEIGHT_PX) + 3), 255, -1)
    level = out[mask == 0].mean(axis=0)
    blurred = cv2.GaussianBlur(np.where(mask[..., None] > 0, level, out).astype(np.uint8), (0, 0), 12.0)
    return np.where(mask[..., None] > 0, blurred, out).astype(np.uint8)


def _words(rng: np.random.Generator, letters: str, most: int) -> str:
    lengths = rng.integers(2, 9, int(rng.integers(1, most + 1)))
    return " ".join("".join(rng.choice(list(letters), int(n))) for n in lengths)


def _style(rng: np.random.Generator, split: Split, size_px: float) -> TextStyle:
    khmer, latin = families("value", split), families("latin", split)
    weight = int(rng.choice([400, 700]))
    return TextStyle(
        khmer[int(rng.integers(len(khmer)))], latin[int(rng.integers(len(latin)))], size_px, weight, weight, 1.0, True
    )


def _write(
    image: RgbImage, text: str, x: float, y: float, size: float, rng: np.random.Generator, split: Split, ink: Colour
) -> None:
    """Text with its baseline at (x, y), all lengths as shares of the width; cut at the border."""
    line = ink_line(text, _style(rng, split, size * WIDTH_PX))
    stamp(image, line.ink, round(x * WIDTH_PX + line.left_px), round(y * HEIGHT_PX + line.top_px), ink)


def _ground(rng: np.random.Generator, split: Split) -> RgbImage:
    return card_ground(rng, WIDTH_PX, HEIGHT_PX, split, hsv(rng.random(), rng.uniform(0.0, 0.4), rng.uniform(0.7, 1.0)))


def _ink(rng: np.random.Generator) -> Colour:
    return random_colour(rng, (0.0, 1.0), (0.0, 0.4))


def _mrz(image: RgbImage, rng: np.random.Generator, split: Split, lines: int, letters: int) -> None:
    ink = _ink(rng)
    size = 1.45 / letters
    for k in range(lines):
        used = int(rng.integers(letters // 3, letters))
        text = "".join(rng.choice(list(_LETTERS + string.digits), used)) + "<" * (letters - used)
        _write(image, text, 0.05, 0.95 - 0.1 * (lines - 1 - k), size, rng, split, ink)


def _photo(image: RgbImage, rng: np.random.Generator, left: float, top: float, width: float) -> None:
    wide, tall = round(width * WIDTH_PX), round(width * WIDTH_PX * rng.uniform(1.1, 1.4))
    portrait = random_portrait(rng, wide, tall)
    x, y = round(left * WIDTH_PX), round(top * HEIGHT_PX)
    part = image[y : y + tall, x : x + wide]
    part[:] = portrait[: part.shape[0], : part.shape[1]]


def _identity_card(rng: np.random.Generator, split: Split) -> RgbImage:
    """Some other country's card: portrait left or right, Latin captions, often a title bar, seldom an MRZ."""
    image = _ground(rng, split)
    right_hand = rng.random() < 0.5
    with_title = rng.random() < 0.7
    ink, value = _ink(rng), _ink(rng)
    if with_title:
        if rng.random() < 0.5:
            cv2.rectangle(image, (0, 0), (WIDTH_PX, round(0.16 * HEIGHT_PX)), _ink(rng), -1)
            ink_title: Colour = (250, 250, 250)
        else:
            ink_title = _ink(rng)
        _write(
            image,
            _words(rng, _LETTERS, 4),
            rng.uniform(0.05, 0.3),
            0.12,
            rng.uniform(0.035, 0.06),
            rng,
            split,
            ink_title,
        )
    width = rng.uniform(0.2, 0.32)
    _photo(image, rng, 0.95 - width if right_hand else 0.05, rng.uniform(0.2, 0.3), width)
    x, y = (0.05 if right_hand else width + 0.09), 0.28
    pitch = rng.uniform(0.07, 0.14)
    bottom = 0.62 if rng.random() < 0.3 else 0.93
    letters = _KHMER if rng.random() < 0.1 else _LETTERS
    while y < bottom:
        _write(image, _words(rng, _LETTERS.lower(), 2), x, y - 0.04, 0.018, rng, split, ink)
        _write(image, _words(rng, letters, 3), x, y, rng.uniform(0.025, 0.035), rng, split, value)
        y += pitch
    if bottom < 0.7:
        _mrz(image, rng, split, *((3, 30) if rng.random() < 0.4 else (2, 36)))
    return image


def _passport_page(rng: np.random.Generator, split: Split) -> RgbImage:
    image = _ground(rng, split)
    _photo(image, rng, 0.05, 0.15, rng.uniform(0.22, 0.28))
    ink = _ink(rng)
    for row in range(6):
        for column in range(int(rng.integers(1, 3))):
            x, y = 0.36 + 0.32 * column, 0.14 + 0.1 * row
            _write(image, _words(rng, _LETTERS.lower(), 2), x, y - 0.035, 0.014, rng, split, ink)
            _write(image, _words(rng, _LETTERS + string.digits, 2), x, y, 0.022, rng, split, ink)
    _mrz(image, rng, split, 2, 44)
    return image


def _back(rng: np.random.Generator, split: Split) -> RgbImage:
    """The back of a card: no portrait; text, fingerprint, bar code, at times an MRZ."""
    image = _ground(rng, split)
    ink = _ink(rng)
    for row in range(int(rng.integers(0, 8))):
        letters = _KHMER if rng.random() < 0.6 else _LETTERS
        _write(image, _words(rng, letters, 5), rng.uniform(0.05, 0.3), 0.1 + 0.075 * row, 0.026, rng, split, ink)
    if rng.random() < 0.5:
        centre = (round(rng.uniform(0.2, 0.8) * WIDTH_PX), round(rng.uniform(0.3, 0.7) * HEIGHT_PX))
        for radius in range(5, int(rng.integers(30, 80)), 5):
            cv2.ellipse(image, centre, (round(0.75 * radius), radius), 0, 0, 360, ink, 2)
    if rng.random() < 0.4:
        bars = np.repeat(rng.random(WIDTH_PX // 4) < 0.5, 4)
        top = round(rng.uniform(0.1, 0.75) * HEIGHT_PX)
        image[top : top + 60, : len(bars)][:, bars] = (20, 20, 20)
    if rng.random() < 0.3:
        _mrz(image, rng, split, 3, 30)
    return image


def _bank_card(rng: np.random.Generator, split: Split) -> RgbImage:
    low, high = random_colour(rng), random_colour(rng)
    image = coloured(ramp(rng, HEIGHT_PX, WIDTH_PX), low, high)
    ink: Colour = (245, 245, 240) if np.mean(low) < 140 else (25, 25, 30)
    if rng.random() < 0.8:
        corner = (round(0.08 * WIDTH_PX), round(0.33 * HEIGHT_PX))
        cv2.rectangle(image, corner, (corner[0] + 85, corner[1] + 65), (212, 188, 120), -1)
        cv2.rectangle(image, (corner[0] + 28, corner[1]), (corner[0] + 56, corner[1] + 65), (150, 120, 60), 2)
    digits = " ".join("".join(rng.choice(list(string.digits), 4)) for _ in range(4))
    _write(image, digits, 0.08, rng.uniform(0.6, 0.72), 0.06, rng, split, ink)
    _write(image, _words(rng, _LETTERS, 2), 0.08, 0.88, 0.035, rng, split, ink)
    _write(image, _words(rng, _LETTERS, 2), rng.uniform(0.1, 0.6), 0.16, 0.055, rng, split, ink)
    return image


def _paper(rng: np.random.Generator, split: Split) -> RgbImage:
    """A receipt, a page or a visiting card: text on plain paper, no portrait."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), rng.uniform(200, 255, 3) if rng.random() < 0.3 else 248, dtype=np.uint8)
    ink = _ink(rng)
    size = rng.uniform(0.02, 0.05)
    y = rng.uniform(0.08, 0.3)
    while y < rng.uniform(0.6, 1.0):
        letters = _KHMER if rng.random() < 0.4 else _LETTERS.lower() + string.digits
        _write(image, _words(rng, letters, 6), rng.uniform(0.04, 0.3), y, size * rng.uniform(0.7, 1.4), rng, split, ink)
        y += size * rng.uniform(1.8, 4.0)
    if rng.random() < 0.3:
        corner = rng.uniform(0.0, 0.6, 2) * (WIDTH_PX, HEIGHT_PX)
        end = corner + rng.uniform(40.0, 200.0, 2)
        cv2.rectangle(image, corner.astype(int).tolist(), end.astype(int).tolist(), random_colour(rng), -1)
    return image


_KINDS: tuple[Callable[[np.random.Generator, Split], RgbImage], ...] = (
    _identity_card, _identity_card, _identity_card, _passport_page, _back, _back, _bank_card, _paper,
)  # fmt: skip
