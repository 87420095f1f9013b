"""Paper with print on it: pages of lines made once and laid anywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from khid_eval.records import GreyImage, RgbImage
from khid_eval.synth.fonts import Split, TextStyle, families, ink_line
from khid_eval.synth.paint import coloured, fractal, hsv, mixed, tinted
from khid_eval.synth.texts import syllables

_LATIN_WORDS = "THE ACCOUNT of total date amount No. and receipt name Form page 12 2,500 item to in per unit".split()
_SHEETS = 8  # pages of each split


@lru_cache(maxsize=16)
def print_sheet(split: Split, number: int) -> GreyImage:
    """A page of printed lines, some Khmer, some Latin: ink coverage, 1100 x 1100. number: 0..7."""
    rng = np.random.default_rng(number + (100 if split == "validation" else 0))
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


def printed_paper(split: Split) -> Callable[[np.random.Generator, int, int], RgbImage]:
    """Draws a sheet of the split's print, turned and scaled by chance."""

    def draw(rng: np.random.Generator, height: int, width: int) -> RgbImage:
        paper = hsv(rng.random(), rng.uniform(0, 0.12), rng.uniform(0.75, 1.0))
        image = coloured(fractal(rng, height, width, cells=(2, 2), octaves=3), mixed(paper, (0, 0, 0), 0.08), paper)
        sheet = print_sheet(split, int(rng.integers(_SHEETS)))
        size, angle = max(height, width) / 1100 * rng.uniform(1.0, 1.9), rng.uniform(0, 360)
        turn = cv2.getRotationMatrix2D((550, 550), angle, size)
        turn[:, 2] += np.array([width / 2 - 550, height / 2 - 550])
        ink = np.asarray(cv2.warpAffine(sheet, turn, (width, height)), np.uint8)
        tinted(image, ink, hsv(rng.random(), rng.uniform(0, 0.6), rng.uniform(0, 0.4)), rng.uniform(0.4, 0.95))
        return image

    return draw


__all__ = ["print_sheet", "printed_paper"]
