"""Nine ways to lay out a card, and the colours of their grounds. All lengths are card units."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from tests.benchmarks.second_renderer.paint import Colour


@dataclass(frozen=True, slots=True)
class Layout:
    """left: where captions start; portrait: x, y, width, height; lines: baselines of the first and the last line.

    number: right end and baseline; value_size, caption_size, name_size: height of the letter KA; heading: none,
    kingdom, title, both or english; column: where values start, else right behind the caption; spread: the line with
    the birth date takes the whole width; band: none, mrz or top; ghost: x, y, width.
    """

    name: str
    left: float = 254
    portrait: tuple[float, float, float, float] = (36, 56, 204, 250)
    lines: tuple[float, float] = (78, 424)
    number: tuple[float, float] = (962, 44)
    number_size: float = 25
    value_size: float = 13.0
    caption_size: float = 11.5
    name_size: float = 14.0
    latin_indent: float = 128
    heading: str = "none"
    caption_colour: Colour = (30, 30, 34)
    value_colour: Colour = (16, 16, 20)
    one_line_address: bool = False
    column: float | None = None
    spread: bool = False
    band: str = "none"
    palette: int = 0
    ghost: tuple[float, float, float] = (800, 210, 110)


LAYOUTS = (
    Layout("classic"),
    Layout(
        "kingdom",
        heading="kingdom",
        lines=(128, 430),
        number=(962, 92),
        portrait=(34, 84, 190, 234),
        left=244,
        value_size=12.2,
        caption_size=11,
        name_size=13,
        palette=1,
        ghost=(838, 230, 98),
    ),
    Layout(
        "title",
        heading="title",
        lines=(112, 428),
        number=(955, 78),
        number_size=26,
        portrait=(40, 88, 196, 240),
        left=258,
        value_size=12.6,
        caption_colour=(120, 24, 40),
        palette=2,
        latin_indent=150,
    ),
    Layout(
        "bluecaptions",
        caption_colour=(18, 58, 140),
        value_colour=(10, 10, 12),
        value_size=14.2,
        caption_size=10.6,
        name_size=15.5,
        spread=True,
        palette=3,
        lines=(84, 426),
        ghost=(830, 96, 104),
    ),
    Layout(
        "oneline",
        one_line_address=True,
        value_size=11.4,
        caption_size=11.4,
        name_size=14,
        portrait=(30, 48, 214, 262),
        left=262,
        latin_indent=6,
        palette=4,
        lines=(84, 420),
        ghost=(842, 190, 112),
    ),
    Layout(
        "columns",
        column=452,
        left=250,
        value_size=12.2,
        caption_size=10.8,
        latin_indent=202,
        palette=5,
        caption_colour=(60, 60, 66),
        lines=(86, 424),
        portrait=(32, 62, 200, 244),
        ghost=(850, 60, 100),
    ),
    Layout(
        "band",
        heading="both",
        band="mrz",
        lines=(138, 426),
        number=(958, 100),
        number_size=23,
        portrait=(36, 104, 178, 218),
        left=234,
        value_size=11.8,
        caption_size=11,
        name_size=12.4,
        caption_colour=(20, 92, 60),
        palette=6,
        ghost=(834, 130, 96),
    ),
    Layout(
        "large",
        left=232,
        portrait=(28, 66, 186, 228),
        value_size=15.4,
        caption_size=13,
        name_size=16.5,
        lines=(82, 432),
        palette=7,
        number_size=28,
        number=(968, 46),
        caption_colour=(70, 22, 92),
        ghost=(852, 186, 100),
    ),
    Layout(
        "english",
        heading="english",
        band="top",
        lines=(124, 430),
        number=(960, 92),
        portrait=(34, 86, 192, 236),
        left=246,
        value_size=12.6,
        caption_size=10.8,
        caption_colour=(150, 62, 10),
        value_colour=(24, 24, 60),
        palette=8,
        spread=True,
    ),
)

PALETTES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((214, 232, 242), (244, 226, 232), (240, 240, 214)),
    ((226, 240, 228), (216, 230, 246), (250, 236, 220)),
    ((250, 232, 224), (232, 226, 244), (224, 240, 240)),
    ((232, 238, 246), (208, 226, 240), (238, 244, 232)),
    ((246, 240, 216), (226, 240, 214), (250, 226, 222)),
    ((236, 226, 242), (218, 234, 240), (248, 240, 226)),
    ((216, 240, 234), (232, 246, 218), (214, 226, 244)),
    ((248, 228, 238), (226, 228, 248), (244, 244, 230)),
    ((250, 242, 230), (244, 222, 210), (222, 232, 240)),
)
"""Three pastel tones a ground, by `Layout.palette`."""
LINES: tuple[Colour, ...] = (
    (70, 130, 170),
    (180, 90, 120),
    (90, 150, 100),
    (150, 120, 60),
    (110, 90, 160),
    (60, 140, 140),
    (190, 110, 70),
)
"""Of line work."""


def varied(rng: random.Random, layout: Layout) -> Layout:
    """As one press of many would print it: other sizes, lines a little off."""
    return replace(
        layout,
        value_size=layout.value_size * rng.uniform(0.95, 1.2),
        name_size=layout.name_size * rng.uniform(0.95, 1.25),
        caption_size=layout.caption_size * rng.uniform(0.95, 1.05),
        left=layout.left + rng.uniform(-4, 8),
        lines=(layout.lines[0] + rng.uniform(-4, 6), layout.lines[1] + rng.uniform(-6, 2)),
        number=(layout.number[0] + rng.uniform(-60, 2), layout.number[1] + rng.uniform(-3, 3)),
    )
