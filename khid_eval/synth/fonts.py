"""Type faces by role and split, and one line of text as an ink mask.

Khmer needs Raqm (HarfBuzz): Pillow's basic layout puts its vowels and subscripts in the wrong places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from khid_eval.errors import BadData
from khid_eval.records import GreyImage

Split = Literal["train", "validation"]
Role = Literal["caption", "name", "value", "latin", "mrz"]
SPLITS: tuple[Split, ...] = get_args(Split)
ROLES: tuple[Role, ...] = get_args(Role)

_FOLDER = Path(__file__).with_name("fonts")
_C, _N, _V, _L, _M = ROLES


@dataclass(frozen=True, slots=True)
class Family:
    """roles: where it may stand on a card. weights: the files there are, 100..900."""

    name: str
    split: Split
    roles: frozenset[Role]
    weights: tuple[int, ...]


def _families(split: Split, table: dict[str, tuple[tuple[Role, ...], tuple[int, ...]]]) -> dict[str, Family]:
    return {name: Family(name, split, frozenset(roles), weights) for name, (roles, weights) in table.items()}


_ONE, _TWO = (400,), (400, 700)
_FOUR, _FIVE = (300, 400, 700, 900), (300, 400, 500, 600, 700)

FAMILIES = MappingProxyType(
    _families(
        "train",
        {
            "angkor": ((_N, _C), _ONE),
            "battambang": ((_C, _V), _FOUR),
            "bayon": ((_N, _C), _ONE),
            "bokor": ((_C, _N, _V), _ONE),
            "busra": ((_V, _C), _TWO),
            "chenla": ((_V,), _ONE),
            "content": ((_V, _C), _TWO),
            "fasthand": ((_V,), _ONE),
            "freehand": ((_V,), _ONE),
            "google-sans": ((_V, _C), (400, 500, 600, 700)),
            "hanuman": ((_V, _C), _FIVE),
            "kantumruy": ((_V, _C), (300, 400, 700)),
            "kantumruy-pro": ((_V, _C), _FIVE),
            "kdam-thmor-pro": ((_C, _N, _V), _ONE),
            "khmer": ((_V, _C), _ONE),
            "khmer-os": ((_V, _C, _N), _ONE),
            "khmer-os-battambang": ((_V, _C, _N), _ONE),
            "khmer-os-bokor": ((_C, _N, _V), _ONE),
            "khmer-os-content": ((_V, _C), _ONE),
            "khmer-os-freehand": ((_V, _N), _ONE),
            "khmer-os-muol": ((_N, _C), _ONE),
            "khmer-os-muol-light": ((_N, _C), _ONE),
            "khmer-os-muol-pali": ((_N,), _ONE),
            "khmer-os-siemreap": ((_V, _C), _ONE),
            "koulen": ((_N, _C), _ONE),
            "moul": ((_N, _C), _ONE),
            "moulpali": ((_N,), _ONE),
            "nokora": ((_V, _C), _FOUR),
            "noto-sans-khmer": ((_V, _C), _FIVE),
            "odor-mean-chey": ((_N, _C, _V), _ONE),
            "oureang": ((_N, _C, _V), _ONE),
            "siemreap": ((_V, _C), _ONE),
            "taprom": ((_C, _N), _ONE),
            "ocr-b": ((_L, _M), _ONE),
            "ocr-b-oblique": ((_L,), _ONE),
            "anonymous-pro": ((_L, _M), _TWO),
            "b612-mono": ((_L, _M), _TWO),
            "courier-prime": ((_L, _M), _TWO),
            "cousine": ((_L, _M), _TWO),
            "dejavu-mono": ((_L, _M), _TWO),
            "ibm-plex-mono": ((_L, _M), _TWO),
            "inter": ((_L,), _TWO),
            "lato": ((_L,), _TWO),
            "pt-sans-narrow": ((_L,), _TWO),
            "roboto": ((_L,), _TWO),
            "roboto-condensed": ((_L,), _TWO),
            "roboto-mono": ((_L, _M), _TWO),
            "share-tech-mono": ((_L, _M), _ONE),
            "source-code-pro": ((_L, _M), _TWO),
            "tinos": ((_L,), _TWO),
        },
    )
    | _families(
        "validation",
        {
            "dangrek": ((_N, _C), _ONE),
            "khmer-os-metal-chrieng": ((_N, _C), _ONE),
            "noto-serif-khmer": ((_V, _C), _FIVE),
            "preahvihear": ((_C, _V), _ONE),
            "suwannaphum": ((_V, _C), _FOUR),
            "ocr-b-sharp": ((_L, _M), _ONE),
            "arimo": ((_L,), _TWO),
            "b612": ((_L,), _TWO),
            "fira-mono": ((_L, _M), _TWO),
            "overpass-mono": ((_L, _M), _TWO),
            "pt-mono": ((_L, _M), _ONE),
        },
    )
)
"""Every family by name. The two splits share no family."""


def families(role: Role, split: Split) -> tuple[str, ...]:
    """Names of the families that may stand in that role, in a fixed order."""
    return tuple(one.name for one in FAMILIES.values() if one.split == split and role in one.roles)


@cache
def _files(family: str) -> dict[int, Path]:
    return {int(path.stem.rsplit("-", 1)[1]): path for path in sorted((_FOLDER / family).glob(f"{family}-*"))}


@lru_cache(maxsize=2048)
def font(family: str, size_px: float, weight: int = 400) -> ImageFont.FreeTypeFont:
    """The face nearest in weight, with Raqm layout. size_px: em height, rounded to half a pixel.

    Raises KeyError for an unknown family, BadData where Pillow was built without Raqm.
    """
    if not features.check("raqm"):
        raise BadData("Pillow has no Raqm, so Khmer cannot be shaped.", advice="Install a Pillow wheel with Raqm.")
    weights = FAMILIES[family].weights
    nearest = min(weights, key=lambda have: (abs(have - weight), have))
    size = max(4.0, round(size_px * 2) / 2)
    return ImageFont.truetype(_files(family)[nearest], size, layout_engine=ImageFont.Layout.RAQM)


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a line is set. khmer draws all but Latin letters, which latin draws; latin_first: latin draws all of ASCII.

    size_px: em height of the Khmer face; latin_scale: em height of the Latin one in units of size_px.
    tracking_px: extra advance after each character; splits no Khmer cluster because it is applied to Latin runs only.
    stretch: width of the letters in units of the face's own.
    """

    khmer: str
    latin: str
    size_px: float
    weight: int = 400
    latin_weight: int = 400
    latin_scale: float = 1.0
    latin_first: bool = False
    tracking_px: float = 0.0
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class InkLine:
    """One line of text. ink: (H, W) uint8 coverage, cropped to the ink; 1x1 zeros where the text draws nothing.

    left_px, top_px: where the crop's upper left corner stands from the pen's start on the baseline (top_px < 0 above).
    advance_px: how far the pen moved.
    """

    ink: GreyImage
    left_px: float
    top_px: float
    advance_px: float


def _is_latin(char: str, style: TextStyle) -> bool:
    return char.isascii() and (style.latin_first or char.isalpha() or char == "<") and char != " "


def runs(text: str, style: TextStyle) -> list[tuple[str, bool]]:
    """Text split where the face changes: (run, whether the Latin face draws it). Spaces stay with what is before."""
    found: list[tuple[str, bool]] = []
    for char in text:
        latin = found[-1][1] if char == " " and found else _is_latin(char, style)
        if found and found[-1][1] == latin:
            found[-1] = (found[-1][0] + char, latin)
        else:
            found.append((char, latin))
    return found


def _pieces(text: str, style: TextStyle) -> list[tuple[str, ImageFont.FreeTypeFont, float]]:
    """(piece, its font, pen position) over the whole line, and an empty last piece at the pen's end."""
    pen, pieces = 0.0, list[tuple[str, ImageFont.FreeTypeFont, float]]()
    latin = font(style.latin, style.size_px * style.latin_scale, style.latin_weight)
    khmer = font(style.khmer, style.size_px, style.weight)
    for run, is_latin in runs(text, style):
        face = latin if is_latin else khmer
        for piece in run if is_latin and style.tracking_px else (run,):
            pieces.append((piece, face, pen))
            pen += face.getlength(piece) + (style.tracking_px if is_latin else 0.0)
    pieces.append(("", khmer, pen))
    return pieces


def line_width(text: str, style: TextStyle) -> float:
    """Advance of the line in pixels."""
    return _pieces(text, style)[-1][2] * style.stretch


def ink_line(text: str, style: TextStyle) -> InkLine:
    """Sets one line of text, run by run, on one baseline."""
    pieces = _pieces(text, style)
    advance = pieces[-1][2]
    largest = style.size_px * max(1.0, style.latin_scale)
    pad, up, down = int(largest) + 2, int(1.8 * largest) + 2, int(1.6 * largest) + 2
    canvas = Image.new("L", (int(advance) + 2 * pad, up + down), 0)
    pen = ImageDraw.Draw(canvas)
    for piece, face, x in pieces[:-1]:
        pen.text((pad + x, up), piece, fill=255, font=face, anchor="ls")
    box = canvas.getbbox()
    if box is None:
        return InkLine(np.zeros((1, 1), np.uint8), 0.0, 0.0, advance)
    line = InkLine(np.asarray(canvas.crop(box), dtype=np.uint8), float(box[0] - pad), float(box[1] - up), advance)
    return line if style.stretch == 1.0 else stretched(line, style.stretch)


def stretched(line: InkLine, share: float) -> InkLine:
    """The line at `share` of its width."""
    height, width = line.ink.shape
    how = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    ink = cv2.resize(line.ink, (max(1, round(width * share)), height), interpolation=how)
    return InkLine(np.asarray(ink, np.uint8), line.left_px * share, line.top_px, line.advance_px * share)


__all__ = [
    "FAMILIES",
    "ROLES",
    "SPLITS",
    "Family",
    "InkLine",
    "Role",
    "Split",
    "TextStyle",
    "families",
    "font",
    "ink_line",
    "line_width",
    "runs",
    "stretched",
]
