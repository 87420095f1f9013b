"""A line of text set in type: the ink of the row, with what its neighbours above and below let into the crop."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from khid_eval.records import GreyImage
from khid_eval.synth.fonts import Role, Split, TextStyle, families, ink_line
from khid_eval.training.line_text import LineText, LineTexts

_KHMER_ROLES: tuple[Role, ...] = ("value", "caption", "name")
_SIZES_PX = (26.0, 30.0, 34.0, 38.0, 44.0)  # few, because loading a face costs more than a line; cameras scale anyway
_WEIGHTS = (300, 400, 400, 400, 500, 600, 700, 900)


@dataclass(frozen=True, slots=True)
class LineInk:
    """A crop of ink on nothing. ink: (H, W) uint8 coverage; em_px: em height of the face; text: canonical truth."""

    kind: str
    text: str
    ink: GreyImage
    em_px: float


class _Styles(Protocol):
    def __call__(self, role: Role) -> TextStyle: ...


def _draw_style(role: Role, split: Split, em_px: float, rng: random.Random) -> TextStyle:
    """A face for that role. A third of all Khmer text stands in any family, whatever its role."""
    wanted = rng.choice(_KHMER_ROLES) if role in _KHMER_ROLES and rng.random() < 0.35 else role
    khmer = rng.choice(families(wanted if wanted in _KHMER_ROLES else "value", split))
    latin_families = families("mrz" if role == "mrz" else "latin", split)
    printed = [name for name in latin_families if name.startswith("ocr-b")]
    latin = rng.choice(printed) if rng.random() < 0.45 and printed else rng.choice(latin_families)
    spaced = role in ("latin", "mrz") and rng.random() < 0.5
    return TextStyle(
        khmer=khmer,
        latin=latin,
        size_px=em_px,
        weight=rng.choice(_WEIGHTS),
        latin_weight=rng.choice((400, 400, 700)),
        latin_scale=rng.choice((0.8, 0.9, 1.0, 1.1)) if role not in ("latin", "mrz") else 1.0,
        latin_first=role in ("latin", "mrz"),
        tracking_px=rng.uniform(-0.03, 0.22) * em_px if spaced else 0.0,
    )


def _set_row(line: LineText, styles: _Styles, em_px: float) -> tuple[GreyImage, float]:
    """The whole row and the row of pixels its baseline is on, from the top of the picture."""
    drawn: list[tuple[GreyImage, float, float]] = []
    pen = 0.0
    for segment in line.segments:
        pen += segment.gap_em * em_px
        one = ink_line(segment.text, styles(segment.role))
        drawn.append((one.ink, pen + one.left_px, one.top_px))
        pen += one.advance_px
    left = min(x for _, x, _ in drawn)
    top = min(y for _, _, y in drawn)
    right = max(x + ink.shape[1] for ink, x, _ in drawn)
    bottom = max(y + ink.shape[0] for ink, _, y in drawn)
    row = np.zeros((int(np.ceil(bottom - top)) + 1, int(np.ceil(right - left)) + 1), np.uint8)
    for ink, x, y in drawn:
        _lay(row, ink, round(x - left), round(y - top))
    return row, -top


def _lay(page: NDArray[np.uint8], ink: GreyImage, x: int, y: int) -> None:
    """Puts ink on the page (maximum of both); what falls outside is lost."""
    height, width = page.shape
    y0, y1, x0, x1 = max(0, y), min(height, y + ink.shape[0]), max(0, x), min(width, x + ink.shape[1])
    if y0 < y1 and x0 < x1:
        part = page[y0:y1, x0:x1]
        np.maximum(part, ink[y0 - y : y1 - y, x0 - x : x1 - x], out=part)


class LineInks:
    """Draws lines of text as crops of ink. Same seed, same crops."""

    def __init__(self, split: Split, seed: int, *, font_split: Split | None = None) -> None:
        """split: of the words; font_split: of the families, where it differs."""
        self._rng = random.Random(seed)
        self._texts = LineTexts(split, self._rng)
        self._font_split: Split = font_split or split

    def draw(self, *, short: bool = False) -> LineInk:
        """One line of any kind."""
        return self._set(self._texts.draw(short=short))

    def draw_kind(self, kind: str) -> LineInk:
        """One line of that kind."""
        return self._set(self._texts.draw_kind(kind))

    def _set(self, line: LineText) -> LineInk:
        """Sets the line and cuts a crop as a row finder would: too high, too low, too wide, shifted.

        It cuts into the text by a few per cent of an em at most.
        """
        rng = self._rng
        em = rng.choice(_SIZES_PX)
        chosen: dict[Role, TextStyle] = {}

        def styles(role: Role) -> TextStyle:
            return chosen.setdefault(role, _draw_style(role, self._font_split, em, rng))

        row, baseline = _set_row(line, styles, em)
        latin = all(segment.role in ("latin", "mrz") for segment in line.segments)
        above, below = (0.82, 0.12) if latin else (1.05, 0.50)  # nominal row around the baseline, in em
        loose = rng.uniform(0.0, 0.45) if rng.random() < 0.85 else rng.uniform(0.45, 0.9)
        share = rng.uniform(0.15, 0.85)
        tight = 0.03 * em
        top = max(baseline - tight, (above + loose * share) * em)  # paper above the baseline
        bottom = max(row.shape[0] - baseline - tight, (below + loose * (1 - share)) * em)
        lead, tail = self._margin(em), self._margin(em)
        crop = np.zeros((round(top + bottom), row.shape[1] + lead + tail), np.uint8)
        _lay(crop, row, lead, round(top - baseline))
        if rng.random() < 0.4:
            self._let_neighbours_in(crop, top, baseline, row.shape[0], em, styles)
        return LineInk(line.kind, line.text, crop, em)

    def _margin(self, em: float) -> int:
        """Paper at one end of the line, in pixels."""
        rng = self._rng
        return round(em * (rng.uniform(0.05, 0.6) if rng.random() < 0.93 else rng.uniform(0.6, 6.0)))

    def _let_neighbours_in(
        self, crop: GreyImage, top: float, baseline: float, height: int, em: float, styles: _Styles
    ) -> None:
        """The rows above and below, so far away that they do not touch this row's own ink."""
        rng = self._rng
        for direction in (-1, 1):
            if rng.random() < 0.3:
                continue
            other, _ = _set_row(self._texts.draw(), styles, em)
            clear = rng.uniform(0.02, 0.45) * em
            ours_top, ours_bottom = top - baseline, top - baseline + height
            y = ours_top - clear - other.shape[0] if direction < 0 else ours_bottom + clear
            # A loose crop shows the neighbour's edge; a tight one nothing: then pull it in as far as is fair.
            y = max(y, -0.85 * other.shape[0]) if direction < 0 else min(y, crop.shape[0] - 0.15 * other.shape[0])
            if (direction < 0 and y + other.shape[0] > ours_top) or (direction > 0 and y < ours_bottom):
                continue
            _lay(crop, other, round(rng.uniform(-0.5 * other.shape[1], 0.7 * crop.shape[1])), round(y))


__all__ = ["LineInk", "LineInks"]
