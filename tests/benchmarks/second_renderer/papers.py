"""Letters around the card that are none of its own: papers on a desk, a keyboard, a phone's screen."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw

from tests.benchmarks.second_renderer import faces
from tests.benchmarks.second_renderer.paint import Colour, Floats, Pixels

_PAPERS: tuple[Colour, ...] = ((250, 250, 248), (244, 240, 230), (236, 242, 248))
_WORDS = (
    "ឯកសារ",
    "ថ្ងៃទី",
    "លេខ",
    "ព្រះរាជាណាចក្រកម្ពុជា",
    "កិច្ចសន្យា",
    "អាសយដ្ឋាន",
    "Invoice",
    "Total 1,250.00",
    "Date",
    "No. 004512",
    "ឈ្មោះ",
    "ទូរស័ព្ទ 012 345 678",
    "Account",
    "សូមអរគុណ",
)
_KEYS = "QWERTYUIOPASDFGHJKLZXCVBNM1234567890"
_SCREENS: tuple[Colour, ...] = ((0, 0, 0), (255, 255, 255), (18, 20, 24), (230, 222, 210))


def text_page(rng: random.Random, width: int, height: int) -> Floats:
    """A printed page."""
    page = Image.new("RGB", (width, height), rng.choice(_PAPERS))
    draw = ImageDraw.Draw(page)
    size = rng.randint(12, 26)
    y = 20
    while y < height - 20:
        face = faces.load(rng.choice(faces.PAPERS), size)
        left = 24 + rng.choice([0, 0, 40])
        words = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(3, 9)))
        draw.text((left, y), words, font=face, fill=rng.choice([(30, 30, 30), (40, 40, 90)]))
        y += int(size * rng.uniform(1.7, 2.4))
    for _ in range(rng.randint(0, 5)):
        rule = rng.randint(0, height)
        draw.line((20, rule, width - 20, rule), fill=(120, 120, 120), width=1)
    return np.asarray(page, np.float32)


def keyboard(rng: random.Random, width: int, height: int) -> Floats:
    """Dark keys or pale ones, in rows that are shifted against each other."""
    dark = rng.random() < 0.6
    page = Image.new("RGB", (width, height), (60, 60, 64) if dark else (190, 192, 196))
    draw = ImageDraw.Draw(page)
    key = max(width, height) / rng.uniform(9, 15)
    font = faces.load(faces.PLAIN, max(8, int(key * 0.3)))
    cap, ink = ((26, 26, 28), (220, 220, 220)) if dark else ((236, 236, 238), (50, 50, 50))
    for row in range(int(height / key) + 2):
        for column in range(-1, int(width / key) + 2):
            x, y = (column + 0.27 * row % 1) * key, row * key
            draw.rounded_rectangle((x + 2, y + 2, x + key * 0.9, y + key * 0.9), key * 0.12, fill=cap)
            draw.text((x + key * 0.2, y + key * 0.15), rng.choice(_KEYS), font=font, fill=ink)
    return np.asarray(page, np.float32)


def screen(rng: random.Random, photo: Pixels) -> tuple[Pixels, tuple[int, int]]:
    """The photo inside a phone's gallery or chat window, and where it stands there: left, top."""
    height, width = photo.shape[:2]
    pad = rng.randint(0, int(width * 0.04))
    top, bottom = int(width * rng.uniform(0.12, 0.45)), int(width * rng.uniform(0.12, 0.45))
    ground = rng.choice(_SCREENS)
    page = Image.new("RGB", (width + 2 * pad, height + top + bottom), ground)
    page.paste(Image.fromarray(photo), (pad, top))
    draw = ImageDraw.Draw(page)
    ink = (235, 235, 235) if sum(ground) < 300 else (40, 40, 40)
    font = faces.load(faces.PLAIN, max(14, width // 40))
    clock = f"{rng.randint(0, 23)}:{rng.randint(0, 59):02d}"
    draw.text((width * 0.04, top * 0.12), clock, font=font, fill=ink)
    draw.text((width * 0.78, top * 0.12), f"4G  {rng.randint(5, 100)}%", font=font, fill=ink)
    title = rng.choice(["< Photos", "< Chat", "IMG_2041.JPG", "2 of 7"])
    draw.text((width * 0.06, top * 0.5), title, font=font, fill=ink)
    for button in range(4):
        x, y, r = width * (0.15 + 0.23 * button), height + top + bottom * 0.5, width * 0.018
        draw.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=3)
    return np.asarray(page), (pad, top)
