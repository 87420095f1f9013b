"""The front of a fictional card at any resolution, marked SPECIMEN."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tests.benchmarks.second_renderer import faces
from tests.benchmarks.second_renderer.layouts import LAYOUTS, LINES, PALETTES, Layout, varied
from tests.benchmarks.second_renderer.lines import DoesNotFit, Inks, inks, place_mrz, place_text
from tests.benchmarks.second_renderer.ornament import add_line_work, add_seal
from tests.benchmarks.second_renderer.paint import (
    Colour,
    Floats,
    Points,
    blend,
    choose_colour,
    noise,
    pixel_grid,
    resized,
    scale_by,
    shares,
    softened,
)
from tests.benchmarks.second_renderer.people import Person, make_person
from tests.benchmarks.second_renderer.portrait import add_portrait
from tests.benchmarks.second_renderer.sheet import CORNER, LATIN, Sheet

_HEADINGS: tuple[Colour, ...] = ((140, 20, 30), (20, 40, 120), (30, 30, 36), (20, 90, 60))
_BANDS: tuple[Colour, ...] = ((110, 150, 190), (200, 140, 120), (150, 180, 130))
TITLE = "អត្តសញ្ញាណប័ណ្ណសញ្ជាតិខ្មែរ"


@dataclass(frozen=True, slots=True)
class Card:
    """image: (H, W, 3) RGB of 0..255; alpha: (H, W), 0 beside the rounded corners; portrait_quad: in card units.

    faces: by value, name, caption, mrz, latin and number.
    """

    image: Floats
    alpha: Floats
    portrait_quad: Points
    layout: str
    faces: Mapping[str, str]


def make_card(rng: random.Random, width_px: int) -> tuple[Person, Card]:
    """Somebody whose texts have room in some layout, and the card."""
    layout = rng.choice(LAYOUTS)
    while True:
        person = make_person(rng)
        try:
            return person, draw_card(rng, person, width_px, layout)
        except DoesNotFit:
            continue


def draw_card(rng: random.Random, person: Person, width_px: int, layout: Layout) -> Card:
    """Raises DoesNotFit when the holder's texts have no room."""
    scale = width_px / 1000
    grain = np.random.default_rng(rng.getrandbits(32))
    layout, used = varied(rng, layout), _faces(rng)
    printed = inks(scale)
    place_text(rng, layout, person, printed, used)
    place_mrz(rng, printed.code, person, used["mrz"])
    card = _ground(rng, grain, layout, printed.code.size)
    add_line_work(rng, card, scale)
    _add_band(rng, card, scale, layout)
    _add_words(rng, card, scale, layout)
    if rng.random() < 0.75:
        add_seal(rng, card, scale)
    add_portrait(rng, card, scale, layout, person.male)
    _print(rng, grain, card, layout, printed)
    if rng.random() < 0.75:
        _add_hologram(rng, card, scale, layout)
    alpha = _outline(rng, card.shape[1], card.shape[0], scale)
    if rng.random() < 0.35:
        _wear(rng, grain, card, scale)
    left, top, width, height = layout.portrait
    quad = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
    return Card(np.clip(card, 0, 255), alpha, quad, layout.name, used)


def _faces(rng: random.Random) -> dict[str, str]:
    used = {
        "value": faces.pick(rng, faces.VALUE),
        "name": faces.pick(rng, faces.NAME),
        "caption": faces.pick(rng, faces.CAPTION),
        "mrz": faces.pick(rng, faces.MRZ),
        "latin": faces.pick(rng, faces.LATIN),
    }
    used["number"] = used["mrz"] if rng.random() < 0.7 else faces.pick(rng, faces.LATIN)
    if rng.random() < 0.2:
        used["name"] = used["value"]
    return used


def _ground(rng: random.Random, grain: np.random.Generator, layout: Layout, size: tuple[int, int]) -> Floats:
    """A slow mix of three pastel tones."""
    palette = PALETTES[layout.palette if rng.random() < 0.6 else rng.randrange(len(PALETTES))]
    tones = [np.array(colour, np.float32) for colour in palette]
    cells = rng.choice([2, 3, 4])
    share = np.exp(3 * np.stack([noise(grain, (160, 254), 254 / cells) for _ in tones], -1))
    share /= share.sum(-1, keepdims=True)
    return resized((share @ np.stack(tones)).astype(np.float32), *size)


def _add_band(rng: random.Random, card: Floats, scale: float, layout: Layout) -> None:
    if layout.band == "mrz":
        foot = card[round(446 * scale) :]
        foot[:] = foot * 0.25 + 0.75 * np.float32(250)
    elif layout.band == "top":
        head = card[: round(56 * scale)]
        head[:] = head * 0.5 + 0.5 * choose_colour(rng, _BANDS)


def _add_words(rng: random.Random, card: Floats, scale: float, layout: Layout) -> None:
    """Headings, the SPECIMEN marks and, on most cards, small print that nobody reads."""
    head, mark = Sheet(scale), Sheet(scale)
    _headings(head, layout, faces.pick(rng, faces.HEADING))
    blend(card, head.mask(), rng.choice(_HEADINGS), 0.9)
    marks = [(rng.uniform(270, 420), rng.uniform(160, 240)), (rng.uniform(480, 640), rng.uniform(330, 420))]
    for x, y in marks:
        mark.text(x, y, "SPECIMEN", faces.PLAIN_BOLD, rng.uniform(30, 44), LATIN)
    blend(card, mark.mask(), rng.choice(LINES), rng.uniform(0.08, 0.17))
    if rng.random() < 0.6:
        small = Sheet(scale)
        small.text(30, rng.choice([452, 448]), "អត្តសញ្ញាណប័ណ្ណ SPECIMEN " * 14, faces.SMALL_PRINT, 2.6)
        blend(card, small.mask(), rng.choice(LINES), 0.5)


def _headings(head: Sheet, layout: Layout, face: str) -> None:
    if layout.heading in ("kingdom", "both"):
        head.text(500, 34, "ព្រះរាជាណាចក្រកម្ពុជា", face, 10.5, anchor="ms")
        head.text(500, 62, "ជាតិ សាសនា ព្រះមហាក្សត្រ", face, 8, anchor="ms")
    if layout.heading == "both":
        head.text(layout.left, 96, TITLE, face, 9)
    if layout.heading == "title":
        head.text(60, 50, TITLE, face, 13)
    if layout.heading == "english":
        head.text(40, 38, "KINGDOM OF CAMBODIA", faces.PLAIN_BOLD, 14, LATIN)
        head.text(960, 38, "NATIONAL IDENTITY CARD", faces.PLAIN, 12, LATIN, anchor="rs")


def _print(rng: random.Random, grain: np.random.Generator, card: Floats, layout: Layout, printed: Inks) -> None:
    """Lays the inks on the card: blurred, speckled, of uneven density."""
    scale = printed.code.scale
    soften = rng.uniform(0.15, 0.7) * scale
    speckle = rng.uniform(0, 0.3)
    laid: tuple[tuple[Sheet, Colour, float], ...] = (
        (printed.captions, layout.caption_colour, rng.uniform(0.8, 1)),
        (printed.values, layout.value_colour, rng.uniform(0.84, 1)),
        (printed.names, layout.value_colour, rng.uniform(0.86, 1)),
        (printed.code, (18, 18, 22), rng.uniform(0.88, 1)),
    )
    for sheet, colour, strength in laid:
        mask = sheet.mask()
        if soften > 0.3:
            mask = np.minimum(softened(mask, soften) * 1.12, 1)
        if speckle > 0.08:
            mask *= 1 - speckle * noise(grain, (card.shape[0], card.shape[1]), 2.2 * scale)
        blend(card, mask, colour, strength)


def _add_hologram(rng: random.Random, card: Floats, scale: float, layout: Layout) -> None:
    """A rainbow film in the shape of a disc."""
    left, top, width, height = layout.portrait
    places = [
        (left + width, top + height * 0.8, 62.0),
        (rng.uniform(560, 860), rng.uniform(200, 360), 74.0),
        (left + width * 0.5, top + height * 0.9, 55.0),
    ]
    x, y, radius = rng.choice(places)
    x0, y0, size = int(max(0, (x - radius) * scale)), int(max(0, (y - radius) * scale)), int(radius * 2 * scale)
    under = card[y0 : y0 + size, x0 : x0 + size]
    down, across = pixel_grid(under.shape[0], under.shape[1])
    away = np.hypot(across - size / 2, down - size / 2) / (size / 2)
    hue = (np.sin(away * 12) * 40 + across / size * 150 + down / size * 60 + rng.random() * 180) % 180
    hsv = np.stack([hue, np.full_like(hue, 130), np.full_like(hue, 245)], -1).astype(np.uint8)
    film = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)
    alpha = (np.clip((1 - away) * 8, 0, 1) * (0.6 + 0.4 * np.sin(away * 30)) * rng.uniform(0.08, 0.24))[..., None]
    under *= 1 - alpha
    under += film * alpha


def _outline(rng: random.Random, width: int, height: int, scale: float) -> Floats:
    """(H, W) mask of the card with its rounded corners."""
    mask = np.zeros((height, width), np.uint8)
    r = round(CORNER * scale * rng.uniform(0.9, 1.05))
    cv2.rectangle(mask, (r, 0), (width - r - 1, height - 1), 255, -1)
    cv2.rectangle(mask, (0, r), (width - 1, height - r - 1), 255, -1)
    for x in (r, width - r - 1):
        for y in (r, height - r - 1):
            cv2.circle(mask, (x, y), r, 255, -1, cv2.LINE_AA)
    return shares(mask)


def _wear(rng: random.Random, grain: np.random.Generator, card: Floats, scale: float) -> None:
    """Fine scratches and dirt."""
    height, width = card.shape[:2]
    for _ in range(rng.randint(3, 14)):
        x, y = rng.randrange(width), rng.randrange(height)
        end = (x + int(rng.gauss(0, 120) * scale), y + int(rng.gauss(0, 50) * scale))
        cv2.line(card, (x, y), end, tuple(float(one) for one in card[y, x] * 0.4 + 150), 1, cv2.LINE_AA)
    scale_by(card, 1 - 0.07 * noise(grain, (height, width), 160 * scale))
