"""Type faces by what they set on a card, with the chance of each. A face is called "family weight", or "family" at 400.

All but two stand in `khid_eval.synth.fonts`. Those two are SIL's, of Debian's fonts-sil-mondulkiri-extra; where they
are not installed, cards are drawn without them, and so are other cards than with them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from PIL import ImageFont

from khid_eval.synth.fonts import font

SYSTEM_FONTS = Path("/usr/share/fonts")
SYSTEM_FILES = {"Busra Bunong": "Mo5V56Bu.ttf", "Ratanakiri": "RataV53.ttf"}
VALUE = {
    "khmer-os-content": 5.0,
    "khmer-os-siemreap": 4.0,
    "khmer-os-battambang": 4.0,
    "khmer-os": 5.0,
    "khmer-os-bokor": 1.0,
    "battambang": 3.0,
    "battambang 700": 1.0,
    "hanuman": 3.0,
    "hanuman 700": 1.0,
    "nokora": 2.0,
    "nokora 700": 1.0,
    "siemreap": 2.0,
    "kantumruy-pro": 2.0,
    "kantumruy-pro 500": 2.0,
    "noto-sans-khmer": 3.0,
    "noto-serif-khmer": 3.0,
    "noto-serif-khmer 500": 1.0,
    "Busra Bunong": 4.0,
    "khmer-os-metal-chrieng": 0.5,
    "kdam-thmor-pro": 1.0,
    "bokor": 1.0,
}
NAME = {
    "khmer-os-muol-light": 6.0,
    "khmer-os-muol": 4.0,
    "moul": 4.0,
    "Ratanakiri": 2.0,
    "oureang": 1.0,
    "khmer-os-bokor": 2.0,
    "koulen": 1.0,
    "battambang 700": 2.0,
    "hanuman 700": 1.0,
    "noto-serif-khmer 700": 1.0,
    "khmer-os-muol-pali": 1.0,
    "moulpali": 1.0,
    "khmer-os-content": 1.0,
}
CAPTION = {
    "khmer-os-bokor": 4.0,
    "bokor": 3.0,
    "khmer-os-battambang": 3.0,
    "khmer-os-siemreap": 2.0,
    "battambang 700": 2.0,
    "noto-sans-khmer 700": 1.0,
    "kantumruy-pro 600": 1.0,
    "koulen": 1.0,
    "khmer-os-content": 2.0,
    "hanuman 700": 1.0,
    "kdam-thmor-pro": 1.0,
    "Busra Bunong": 1.0,
}
HEADING = {"khmer-os-muol": 1.0, "khmer-os-muol-light": 1.0, "moul": 1.0, "Ratanakiri": 1.0}
MRZ = {"ocr-b": 10.0, "ocr-b-sharp": 3.0, "dejavu-mono": 2.0, "share-tech-mono": 1.0}
LATIN = {"ocr-b": 8.0, "ocr-b-sharp": 2.0, "b612": 2.0, "arimo": 2.0, "b612 700": 1.0}
PLAIN, PLAIN_BOLD = "b612", "b612 700"
"""For Latin words that no field holds: headings, the mark, screens, keys."""
SMALL_PRINT = "khmer-os-siemreap"
PAPERS = ("khmer-os-siemreap", "khmer-os-battambang")


@cache
def system_faces() -> Mapping[str, Path]:
    """Those of SYSTEM_FILES that are installed."""
    wanted = {file: name for name, file in SYSTEM_FILES.items()}
    return {wanted[path.name]: path for path in sorted(SYSTEM_FONTS.rglob("*.ttf")) if path.name in wanted}


def missing_faces() -> Sequence[str]:
    """Those of SYSTEM_FILES that are not."""
    return [name for name in SYSTEM_FILES if name not in system_faces()]


def pick(rng: random.Random, chances: Mapping[str, float]) -> str:
    """One of the faces that there are."""
    there = {face: chance for face, chance in chances.items() if face not in missing_faces()}
    return rng.choices(list(there), list(there.values()))[0]


@cache
def load(face: str, size_px: int) -> ImageFont.FreeTypeFont:
    """size_px: em height."""
    if face in SYSTEM_FILES:
        return ImageFont.truetype(system_faces()[face], size_px, layout_engine=ImageFont.Layout.RAQM)
    family, _, weight = face.partition(" ")
    return font(family, size_px, int(weight or 400))


@cache
def height_in_em(face: str, sample: str) -> float:
    """Height of that letter's ink, in units of the em height."""
    _, top, _, bottom = load(face, 200).getbbox(sample, anchor="ls")
    return (bottom - top) / 200
