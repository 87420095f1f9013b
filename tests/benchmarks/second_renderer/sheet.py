"""One ink of a card: a grey mask with text, drawn in card units (1000 of them are the card's width)."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.second_renderer import faces
from tests.benchmarks.second_renderer.paint import Floats, shares

HEIGHT = 1000 * 53.98 / 85.60
"""Of the card, in its units."""
CORNER = 1000 * 3.18 / 85.60
"""Radius of its rounded corners."""
KHMER, LATIN, DIGIT = "ក", "H", "0"
"""Letters whose height a size is."""
Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


class Sheet:
    """scale: pixels per card unit."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.size = (round(1000 * scale), round(HEIGHT * scale))
        self.image = Image.new("L", self.size, 0)
        self.draw = ImageDraw.Draw(self.image)

    def font(self, face: str, size: float, sample: str) -> ImageFont.FreeTypeFont:
        """The face at which that letter is `size` units high."""
        return faces.load(face, max(6, round(size / faces.height_in_em(face, sample) * self.scale)))

    def width(self, text: str, face: str, size: float, sample: str = KHMER) -> float:
        return self.font(face, size, sample).getlength(text) / self.scale

    def text(
        self, x: float, y: float, text: str, face: str, size: float, sample: str = KHMER, anchor: str = "ls"
    ) -> Box:
        """Draws a line from that point of its baseline; returns the box of its ink."""
        font = self.font(face, size, sample)
        at = (x * self.scale, y * self.scale)
        self.draw.text(at, text, font=font, fill=255, anchor=anchor, language="km" if sample == KHMER else None)
        left, top, right, bottom = (one / self.scale for one in self.draw.textbbox(at, text, font=font, anchor=anchor))
        return left, top, right, bottom

    def mask(self) -> Floats:
        return shares(np.asarray(self.image))
