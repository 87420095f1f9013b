"""How a card is printed: the nominal style, and random ones around and beyond it.

Lengths are shares of the card's width (x) or height (y); sizes are em heights as shares of the width.
The nominal places follow what public descriptions and public imitations of the card agree on: nothing before the
number, portrait at the left, captions from a quarter of the width, the MRZ over the full width at the bottom.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from khid_eval.synth.fonts import Role, Split, families
from khid_eval.synth.paint import Colour, hsv, random_colour

RATIO = 85.60 / 53.98
"""Width over height of an ISO ID-1 card."""
_LINE_EMS = 1.5  # least distance of two baselines, in ems
ROWS = ("number", "name_kh", "name_en", "birth", "birth_place", "address1", "address2", "validity", "mark")
"""Printed lines above the MRZ, top to bottom."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """One role's setting. size: em height, share of the card's width. stretch: of the letters' width."""

    family: str
    size: float
    weight: int = 400
    tracking: float = 0.0
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand. baselines: of ROWS; mrz_baselines: of its three lines. All shares of width or height."""

    left: float
    right: float
    baselines: tuple[float, ...]
    number_x: float
    latin_name_x: float
    caption_gap: float  # between a caption's colon and its value
    column_gap: float  # between birth date, sex and height
    value_column: float  # values start here where it is beyond the caption; 0 where each follows its caption
    indent: tuple[float, float]  # extra left of address line 1 and 2
    value_drop: float  # values stand this much lower than their captions
    portrait: tuple[float, float, float, float]  # left, top, right, bottom
    mrz_left: float
    mrz_right: float
    mrz_baselines: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Finish:
    """What lies over and under the print; shares in [0, 1], 0 for none."""

    ghost: float = 0.0
    signature: bool = False
    hologram: float = 0.0
    sheen: float = 0.0
    wear: float = 0.0
    stamp: float = 0.0
    corner: float = 0.037  # radius, share of the width
    ink_blur_px: float = 0.35
    ink_loss: float = 0.0
    overprint: float = 0.0  # opacity of an ornament over the text
    halftone: float = 0.0  # strength of the printer's dots
    specimen: float = 0.0  # opacity of the word SPECIMEN across the card


@dataclass(frozen=True, slots=True)
class CardStyle:
    """Everything about a card's looks that is not the person. width_px: of the rendered card."""

    split: Split
    width_px: int
    caption: Typeface
    name: Typeface
    value: Typeface
    latin: Typeface
    mrz: Typeface
    colon: str
    caption_ink: Colour
    value_ink: Colour
    latin_ink: Colour
    mrz_ink: Colour
    opacity: float
    layout: Layout
    finish: Finish
    ground: Literal["nominal", "random"] = "random"
    tint: Colour = (236, 238, 226)
    header: tuple[str, ...] = ()
    face_share: float = 0.85

    @property
    def height_px(self) -> int:
        return round(self.width_px / RATIO)


_NOMINAL_BASELINES = (0.070, 0.152, 0.224, 0.300, 0.370, 0.440, 0.508, 0.578, 0.646)
_NOMINAL_LAYOUT = Layout(
    left=0.254,
    right=0.985,
    baselines=_NOMINAL_BASELINES,
    number_x=0.698,
    latin_name_x=0.381,
    caption_gap=0.010,
    column_gap=0.030,
    value_column=0.0,
    indent=(0.0, 0.0),
    value_drop=0.0,
    portrait=(0.035, 0.080, 0.235, 0.467),
    mrz_left=0.045,
    mrz_right=0.955,
    mrz_baselines=(0.752, 0.848, 0.944),
)
_NAVY, _BLACK = (24, 30, 66), (22, 22, 24)


def nominal_style(width_px: int = 1200, *, specimen: float = 0.0) -> CardStyle:
    """The style closest to what is known of the card; `specimen`: opacity of the word across it."""
    return CardStyle(
        split="train",
        width_px=width_px,
        caption=Typeface("bokor", 0.0245),
        name=Typeface("khmer-os-muol-light", 0.0245),
        value=Typeface("content", 0.0245),
        latin=Typeface("ocr-b", 0.0300),
        mrz=Typeface("ocr-b", 0.0470),
        colon=":",
        caption_ink=_NAVY,
        value_ink=_BLACK,
        latin_ink=_BLACK,
        mrz_ink=_BLACK,
        opacity=0.94,
        layout=_NOMINAL_LAYOUT,
        finish=Finish(ghost=0.28, signature=True, hologram=0.10, sheen=0.08, specimen=specimen),
        ground="nominal",
    )


def _typeface(
    rng: np.random.Generator, role: Role, split: Split, size: tuple[float, float], usual: str, usual_share: float
) -> Typeface:
    """A random face of the role; the usual one (where the split has it) with usual_share."""
    names = families(role, split)
    family = usual if usual in names and rng.random() < usual_share else names[rng.integers(len(names))]
    weight = int(rng.choice((300, 400, 500, 600, 700), p=(0.12, 0.48, 0.15, 0.1, 0.15)))
    stretch = float(rng.uniform(0.82, 1.16)) if rng.random() < 0.35 else 1.0
    return Typeface(family, rng.uniform(*size), weight, max(0.0, rng.normal(0, 0.0012)), stretch)


LEFT_EDGES: MappingProxyType[Split, tuple[float, float]] = MappingProxyType(
    {"train": (0.215, 0.290), "validation": (0.296, 0.335)}
)
"""Where the text column may begin: what tells the layouts of the two splits apart. Validation portraits are wider."""


def _layout(rng: np.random.Generator, split: Split, spread: float, header: bool) -> Layout:
    """The nominal layout, moved. spread: 1 for the usual range, more for harder."""
    base = _NOMINAL_LAYOUT

    def near(value: float, by: float) -> float:
        return float(value + rng.uniform(-by, by) * spread)

    first = near(base.baselines[0], 0.012) + (rng.uniform(0.02, 0.10) if header else 0.0)
    pitch = max(0.056, near(0.072, 0.010) - (0.008 if header else 0.0))
    own = np.clip(rng.normal(0, 0.003 * spread, len(ROWS)), -0.005, 0.005)
    last = near(0.655, 0.012)
    pitch = min(pitch, (last - first) / (len(ROWS) - 1))
    baselines = tuple(float(first + i * pitch + own[i]) for i in range(len(ROWS)))
    nearest, farthest = LEFT_EDGES[split]
    left = float(np.clip(near(base.left if split == "train" else 0.315, 0.022), nearest, farthest))
    portrait_left, portrait_top = near(0.036, 0.016), near(0.085, 0.035) + (0.04 if header else 0.0)
    width = min(near(0.200 if split == "train" else 0.245, 0.025), left - 0.008 - portrait_left)
    tall = width * RATIO / rng.uniform(0.74, 0.9)
    mrz_low, mrz_pitch = near(0.944, 0.02), near(0.096, 0.009)
    mrz_top = max(mrz_low - 2 * mrz_pitch, baselines[-1] + 0.082)
    margin = abs(near(0.045, 0.014))
    return Layout(
        left=left,
        right=near(0.980, 0.012),
        baselines=baselines,
        number_x=near(0.690, 0.06),
        latin_name_x=max(left, near(0.381, 0.09)),
        caption_gap=float(rng.choice((rng.uniform(0.002, 0.008), rng.uniform(0.006, 0.02), rng.uniform(0.02, 0.05)))),
        column_gap=rng.uniform(0.012, 0.06),
        value_column=rng.uniform(0.40, 0.47) if rng.random() < 0.2 else 0.0,
        indent=(0.0, float(rng.choice((0.0, 0.0, rng.uniform(0.0, 0.12))))),
        value_drop=float(np.clip(rng.normal(0, 0.003), -0.006, 0.006)) if rng.random() < 0.4 else 0.0,
        portrait=(portrait_left, portrait_top, portrait_left + width, min(portrait_top + tall, mrz_top - 0.075)),
        mrz_left=margin,
        mrz_right=1 - abs(near(margin, 0.01)),
        mrz_baselines=(mrz_top, (mrz_top + mrz_low) / 2 + rng.normal(0, 0.002), mrz_low),
    )


def _fitting(face: Typeface, layout: Layout) -> Typeface:
    """The face, smaller where Khmer marks above and below would run into the next line."""
    nearest = min(low - high for high, low in zip(layout.baselines, layout.baselines[1:], strict=False))
    return replace(face, size=min(face.size, nearest / (_LINE_EMS * RATIO)))


def _ink(rng: np.random.Generator) -> Colour:
    """Dark enough to read: black, navy, brown, green, wine."""
    if rng.random() < 0.5:
        return hsv(rng.random(), rng.uniform(0, 0.4), rng.uniform(0.02, 0.2))
    return random_colour(rng, (0.3, 1.0), (0.08, 0.42))


def _finish(rng: np.random.Generator) -> Finish:
    def sometimes(share: float, low: float, high: float) -> float:
        return float(rng.uniform(low, high)) if rng.random() < share else 0.0

    return Finish(
        ghost=sometimes(0.5, 0.08, 0.45),
        signature=bool(rng.random() < 0.6),
        hologram=sometimes(0.45, 0.04, 0.28),
        sheen=sometimes(0.4, 0.04, 0.3),
        wear=sometimes(0.4, 0.1, 1.0),
        stamp=sometimes(0.15, 0.1, 0.45),
        corner=float(rng.choice((0.0, 0.037, rng.uniform(0.01, 0.06)), p=(0.08, 0.5, 0.42))),
        ink_blur_px=sometimes(0.7, 0.2, 0.9),
        ink_loss=sometimes(0.3, 0.05, 0.5),
        overprint=sometimes(0.25, 0.2, 0.9),
        halftone=sometimes(0.15, 0.04, 0.2),
        specimen=sometimes(0.07, 0.08, 0.3),
    )


_COLONS = (":", ":", ":", " :", "ៈ", "៖", " ៖", "")
_HEADERS = (
    ("ព្រះរាជាណាចក្រកម្ពុជា", "ជាតិ សាសនា ព្រះមហាក្សត្រ"),
    ("អត្តសញ្ញាណប័ណ្ណសញ្ជាតិខ្មែរ",),
    ("ព្រះរាជាណាចក្រកម្ពុជា", "KINGDOM OF CAMBODIA"),
    ("អត្តសញ្ញាណប័ណ្ណសញ្ជាតិខ្មែរ", "KHMER IDENTITY CARD"),
)


def random_style(rng: np.random.Generator, split: Split = "train", *, width_px: int | None = None) -> CardStyle:
    """A style of that split. Two of five are close to the nominal layout, the others range far beyond it."""
    spread = float(rng.choice((0.5, 1.0, 1.6), p=(0.4, 0.4, 0.2)))
    header = _HEADERS[rng.integers(len(_HEADERS))] if rng.random() < 0.25 else ()
    size = (0.0205, 0.0285)
    value_ink = _ink(rng)
    layout = _layout(rng, split, spread, bool(header))
    value = _fitting(_typeface(rng, "value", split, size, "content", 0.2), layout)
    caption = _fitting(_typeface(rng, "caption", split, size, "bokor", 0.2), layout)
    if rng.random() < 0.12:
        caption = replace(caption, family=value.family)
    return CardStyle(
        split=split,
        width_px=width_px or int(rng.integers(1000, 1400)),
        caption=caption,
        name=_fitting(_typeface(rng, "name", split, (0.0205, 0.030), "khmer-os-muol-light", 0.3), layout),
        value=value,
        latin=_typeface(rng, "latin", split, (0.025, 0.036), "ocr-b", 0.45),
        mrz=_typeface(rng, "mrz", split, (0.036, 0.049), "ocr-b", 0.6),
        colon=_COLONS[rng.integers(len(_COLONS))],
        caption_ink=value_ink if rng.random() < 0.4 else _ink(rng),
        value_ink=value_ink,
        latin_ink=value_ink if rng.random() < 0.6 else _ink(rng),
        mrz_ink=_ink(rng) if rng.random() < 0.5 else _BLACK,
        opacity=rng.uniform(0.72, 1.0),
        layout=layout,
        finish=_finish(rng),
        ground="nominal" if split == "train" and rng.random() < 0.1 else "random",
        tint=hsv(rng.random(), rng.uniform(0.0, 0.35), rng.uniform(0.78, 1.0)),
        header=header,
    )


__all__ = ["LEFT_EDGES", "RATIO", "ROWS", "CardStyle", "Finish", "Layout", "Typeface", "nominal_style", "random_style"]
