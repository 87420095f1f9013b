"""Photos without a Cambodian identity card: empty desks and other documents, for a locator that has to say no."""

from __future__ import annotations

import string
from collections.abc import Callable
from types import MappingProxyType

import cv2
import numpy as np

from khid_eval.conditions import move_quad, rectangle
from khid_eval.records import RgbImage
from khid_eval.synth import finish
from khid_eval.synth.backdrops import backdrop
from khid_eval.synth.fonts import Split, TextStyle, families, ink_line
from khid_eval.synth.grounds import card_ground
from khid_eval.synth.hands import fingers
from khid_eval.synth.paint import Colour, filled, hsv, mixed, paste, random_colour, stamp
from khid_eval.synth.photos import Photo, camera, place, pose_matrix, random_pose
from khid_eval.synth.portraits import random_portrait
from khid_eval.synth.texts import random_text, syllables

OTHER = "other"
"""Name of the quad of a document that is not the card."""
_Draw = Callable[[np.random.Generator, Split], RgbImage]
_WORDS = "SURNAME GIVEN NAMES NATIONALITY DATE OF BIRTH SEX PLACE ADDRESS ISSUED EXPIRES AUTHORITY TYPE NO".split()


def _style(rng: np.random.Generator, split: Split, size_px: float, mono: bool = False) -> TextStyle:
    khmer, latin = families("value", split), families("mrz" if mono else "latin", split)
    weight = int(rng.choice((400, 700)))
    face = latin[rng.integers(len(latin))]
    return TextStyle(khmer[rng.integers(len(khmer))], face, size_px, weight, weight, 1.0, True)


def _write(image: RgbImage, text: str, set_as: TextStyle, x: float, baseline: float, ink: Colour) -> None:
    line = ink_line(text, set_as)
    stamp(image, line.ink, round(x + line.left_px), round(baseline + line.top_px), ink, 0.95)


def _words(rng: np.random.Generator, count: int) -> str:
    return " ".join(_WORDS[i] for i in rng.integers(len(_WORDS), size=count))


def _letters(rng: np.random.Generator, alphabet: str, count: int) -> str:
    return "".join(alphabet[i] for i in rng.integers(len(alphabet), size=count))


def _latin_rows(rng: np.random.Generator, image: RgbImage, split: Split, left: float, top: float, rows: int) -> None:
    """Small labels over larger values, in Latin script."""
    height = image.shape[0]
    ink = hsv(rng.random(), rng.uniform(0, 0.8), rng.uniform(0.05, 0.35))
    label, value = _style(rng, split, height * 0.026), _style(rng, split, height * rng.uniform(0.036, 0.05))
    for row in range(rows):
        y = top + row * height * 0.085
        _write(image, _words(rng, int(rng.integers(1, 4))), label, left, y, mixed(ink, (90, 90, 160), 0.4))
        text = random_text(rng, "name_en", split) if rng.random() < 0.5 else _letters(rng, string.digits, 8)
        _write(image, text, value, left, y + height * 0.042, ink)


def _mrz(rng: np.random.Generator, image: RgbImage, split: Split, lines: int, length: int, head: str) -> None:
    height, width = image.shape[:2]
    set_as = _style(rng, split, width / length * 1.45, mono=True)
    for line in range(lines):
        body = (head if line == 0 else "") + _letters(rng, string.ascii_uppercase + string.digits, length // 2)
        baseline = height * (0.95 - 0.075 * (lines - 1 - line))
        _write(image, body.ljust(length, "<")[:length], set_as, 0.04 * width, baseline, (20, 20, 24))


def _passport(rng: np.random.Generator, split: Split) -> RgbImage:
    width, height = 1250, 880
    image = card_ground(rng, width, height, split, hsv(rng.random(), rng.uniform(0.02, 0.3), rng.uniform(0.85, 1)))
    paste_portrait(rng, image, (0.04, 0.2, 0.3, 0.72))
    _write(image, "PASSPORT " + _letters(rng, string.ascii_uppercase, 3), _style(rng, split, 40), 60, 90, (40, 40, 90))
    _latin_rows(rng, image, split, 0.34 * width, 0.16 * height, 7)
    _mrz(rng, image, split, 2, 44, "P<" + _letters(rng, string.ascii_uppercase, 3))
    return image


def _bank_card(rng: np.random.Generator, split: Split) -> RgbImage:
    image = card_ground(rng, 1010, 637, split, random_colour(rng, (0.2, 0.9), (0.1, 0.9)))
    pale = mixed((250, 250, 250), random_colour(rng), 0.1)
    chip = round(rng.uniform(0.3, 0.42) * 637)
    cv2.rectangle(image, (90, chip), (200, chip + 85), hsv(0.12, 0.4, 0.8), -1)
    for y in range(chip, chip + 85, 21):
        cv2.line(image, (90, y), (200, y), (120, 100, 50), 2)
    groups = " ".join(_letters(rng, string.digits, 4) for _ in range(4))
    _write(image, groups, _style(rng, split, 62, mono=True), 90, 440, pale)
    _write(
        image, f"{rng.integers(1, 13):02d}/{rng.integers(20, 40)}", _style(rng, split, 36, mono=True), 430, 510, pale
    )
    _write(image, random_text(rng, "name_en", split), _style(rng, split, 40, mono=True), 90, 580, pale)
    _write(image, _words(rng, 2), _style(rng, split, 48), 90, 110, pale)
    cv2.rectangle(image, (800, 480), (930, 580), random_colour(rng, (0.6, 1), (0.6, 1)), -1)
    return image


def _receipt(rng: np.random.Generator, split: Split) -> RgbImage:
    width, height = 620, int(rng.integers(800, 1300))
    image = filled(height, width, hsv(0.12, rng.uniform(0, 0.08), rng.uniform(0.88, 1.0)))
    set_as, khmer = _style(rng, split, 26, mono=True), rng.random() < 0.6
    _write(image, _words(rng, 2), _style(rng, split, 44), 130, 80, (40, 40, 40))
    for y in range(150, height - 60, 44):
        text = syllables(rng) if khmer and rng.random() < 0.7 else _words(rng, 2).capitalize()
        _write(image, text, set_as, 30, y, (60, 60, 64))
        _write(image, f"{rng.integers(1, 99)},{rng.integers(0, 10)}00", set_as, 470, y, (60, 60, 64))
    return image


def _business_card(rng: np.random.Generator, split: Split) -> RgbImage:
    width, height = 1000, int(rng.integers(560, 660))
    image = filled(height, width, random_colour(rng, (0, 0.25), (0.8, 1.0)))
    ink = random_colour(rng, (0, 1), (0.05, 0.4))
    cv2.circle(image, (170, 170), 90, random_colour(rng), -1, cv2.LINE_AA)
    _write(image, random_text(rng, "name_en", split), _style(rng, split, 62), 320, 190, ink)
    _write(image, random_text(rng, "name_kh", split), _style(rng, split, 44), 320, 270, ink)
    for i in range(4):
        text = random_text(rng, "place", split) if i % 2 else "0" + _letters(rng, string.digits, 8)
        _write(image, text, _style(rng, split, 30), 320, 360 + 55 * i, ink)
    return image


def _foreign_id(rng: np.random.Generator, split: Split) -> RgbImage:
    image = card_ground(rng, 1010, 637, split, hsv(rng.random(), rng.uniform(0.02, 0.3), rng.uniform(0.85, 1)))
    left = rng.random() < 0.65
    paste_portrait(rng, image, (0.05, 0.22, 0.28, 0.72) if left else (0.72, 0.22, 0.95, 0.72))
    heading = "REPUBLIC OF " + _letters(rng, string.ascii_uppercase, int(rng.integers(4, 9)))
    band = random_colour(rng, (0.4, 1), (0.3, 0.9))
    cv2.rectangle(image, (0, 0), (1010, 96), band, -1)
    _write(image, heading, _style(rng, split, 40), 60, 62, (250, 250, 250))
    zone = rng.random() < 0.35
    _latin_rows(rng, image, split, 0.33 * 1010 if left else 60, 0.24 * 637, 5 if zone else 8)
    if zone:
        country = "".join(rng.permutation(list("ABDEFGIJLNOPRSTUVZ"))[:3])
        _mrz(rng, image, split, 3, 30, "ID" + country)
    return image


def _back(rng: np.random.Generator, split: Split) -> RgbImage:
    """The back of a card: a heading, a paragraph in Khmer, a finger print; no portrait and no MRZ."""
    image = card_ground(rng, 1010, 637, split, hsv(rng.random(), rng.uniform(0.02, 0.3), rng.uniform(0.85, 1)))
    ink, set_as = hsv(rng.random(), 0.5, 0.3), _style(rng, split, rng.uniform(24, 34))
    for i in range(int(rng.integers(3, 9))):
        _write(image, " ".join(syllables(rng) for _ in range(3)), set_as, 60, 110 + 58 * i, ink)
    if rng.random() < 0.6:
        y, x = np.mgrid[-1:1:180j, -0.8:0.8:140j]
        ridges = np.sin(38 * np.hypot(x + 0.2 * y**2, y) + 3 * np.sin(3 * x)) > 0
        inside = np.hypot(x / 0.75, y / 0.95) < 1
        mask = (ridges & inside).astype(np.float32)
        stamp(image, mask, int(rng.integers(620, 840)), int(rng.integers(300, 430)), ink, 0.8)
    if rng.random() < 0.4:
        bars = np.repeat((rng.random(120) < 0.5).astype(np.float32), 5)[None, :].repeat(90, axis=0)
        stamp(image, bars, 60, 520, (20, 20, 20))
    return image


def paste_portrait(rng: np.random.Generator, image: RgbImage, place_at: tuple[float, float, float, float]) -> None:
    """A random portrait between these edges (shares of width and height), in place."""
    height, width = image.shape[:2]
    left, top, right, bottom = place_at
    x, y = round(left * width), round(top * height)
    portrait = random_portrait(rng, round(right * width) - x, round(bottom * height) - y)
    paste(image, portrait, x, y, np.ones(portrait.shape[:2], np.float32))


_DOCUMENTS: MappingProxyType[str, _Draw] = MappingProxyType(
    {
        "passport": _passport,
        "bank_card": _bank_card,
        "receipt": _receipt,
        "business_card": _business_card,
        "foreign_id": _foreign_id,
        "back": _back,
    }
)
NEGATIVES: tuple[str, ...] = ("nothing", *_DOCUMENTS)
"""Kinds of photos without the card."""


def render_negative(rng: np.random.Generator, split: Split = "train", kind: str | None = None) -> Photo:
    """A photo without the card. kind: of NEGATIVES, any where None. quads: OTHER where a document lies there."""
    kind = kind or NEGATIVES[rng.integers(len(NEGATIVES))]
    pose = random_pose(rng)
    width, height = pose.size_px
    image = backdrop(rng, height, width, split)
    quads = {}
    if kind == "nothing":
        if rng.random() < 0.3:
            fingers(rng, image, rng.uniform(0, 1, 2) * (width, height), rng.normal(0, 1, 2), 0.5 * width)
    else:
        face = _DOCUMENTS[kind](rng, split)
        tall, wide = face.shape[:2]
        corner = 0 if kind == "receipt" else round(rng.uniform(0.0, 0.045) * wide)
        matrix = pose_matrix(pose, wide, tall)
        image = place(image, face, finish.rounded(wide, tall, corner), matrix, rng)
        quads[OTHER] = move_quad(rectangle(0, 0, wide, tall), matrix)
    return Photo(camera(rng, image), quads)


__all__ = ["NEGATIVES", "OTHER", "render_negative"]
