"""Lines cut from whole synthetic cards, as the engine cuts them: the look of real rows, with their true texts.

Part of the persons carry invented names and places, so that cards too hold what cannot be guessed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from khid_eval import conditions
from khid_eval.card.khmer import canonical
from khid_eval.conditions import CARD
from khid_eval.engine.geometry import as_array, as_quad
from khid_eval.engine.rectify import rectify
from khid_eval.records import FloatArray, GreyImage
from khid_eval.synth.cards import FlatCard, Row, render_card
from khid_eval.synth.fonts import Split
from khid_eval.synth.names import Name
from khid_eval.synth.persons import Person, random_person
from khid_eval.synth.photos import Condition, take_photo
from khid_eval.synth.styles import random_style
from khid_eval.training.line_text import LineTexts

_MRZ_FIELDS = ("machine_code1", "machine_code2", "machine_code3")
# What hides text would teach to guess it; what only moves the card is undone before the cut.
READABLE = tuple(
    name
    for name in conditions.CONDITIONS
    if name not in ("occlusion", "glare", "rotation", "perspective", "scale", "cut_border", "clutter")
)
"""Conditions after which the text still stands on the card."""


@dataclass(frozen=True, slots=True)
class CardLine:
    """A crop of one printed row. crop: (h, w) uint8; text: canonical truth; kind: "mrz", "latin" or "khmer".

    finished: it comes from a whole photo, with all that a camera does; the others are as printed.
    """

    kind: str
    text: str
    crop: GreyImage
    finished: bool


class CardLines:
    """Draws cards and cuts all their rows. Same seed, same lines."""

    def __init__(self, split: Split, seed: int) -> None:
        self._split: Split = split
        self._rng = np.random.default_rng(seed)
        self._texts = LineTexts(split, random.Random(seed))

    def flat(self, *, width_px: int = 1000) -> list[CardLine]:
        """The rows of a card as printed, without any camera."""
        card = self._card(width_px, self._rng.random() < 0.5)
        grey = np.asarray(cv2.cvtColor(card.image, cv2.COLOR_RGB2GRAY), np.uint8)
        boxes = ((row, _box(as_array(row.quad))) for row in card.rows)
        return self._cuts(grey, boxes, (0.0, float(grey.shape[1])), finished=False)

    def photographed(self, steps: Sequence[Condition], *, invented: bool = True) -> list[CardLine]:
        """The rows of a card photographed under those conditions and rectified from nearly right corners.

        invented: half of the persons carry names and places that do not exist.
        """
        card = self._card(1200, invented and self._rng.random() < 0.5)
        photo = take_photo(card, self._rng, steps=steps)
        quad = as_array(photo.quads[CARD])
        wide = float(np.linalg.norm(quad[1] - quad[0]))
        jitter = self._rng.normal(0.0, 0.002 * wide, (4, 2))
        flat = rectify(photo.image, as_quad(quad + jitter), margin=0.02)
        height, width = flat.image.shape[:2]
        boxes = []
        for row in photo.rows:
            box = _box(as_array(flat.quad_from_photo(row.quad)))
            inside = as_array(row.quad).min() >= 0 and (as_array(row.quad) <= photo.image.shape[1::-1]).all()
            if inside and 0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height:
                boxes.append((row, box))
        return self._cuts(flat.grey(), boxes, (flat.box[0], flat.box[2]), finished=True)

    def _card(self, width_px: int, invented: bool) -> FlatCard:
        person = random_person(self._rng, self._split)
        if invented:
            person = self._invented(person)
        style = random_style(self._rng, self._split, width_px=width_px)
        return render_card(person, style, self._rng)

    def _invented(self, person: Person) -> Person:
        """The same person with names, places and a mark that no list holds."""
        words = self._texts
        name = Name(words.khmer_word(), words.khmer_word(), words.latin_word(), words.latin_word())
        return replace(
            person,
            name=name,
            birth_place=words.draw_kind("place").segments[-1].text,
            address_line1=words.draw_kind("address").segments[-1].text,
            address_line2=words.draw_kind("place").segments[-1].text,
            number="".join(map(str, self._rng.integers(0, 10, 9))),
            mark=words.draw_kind("mark").segments[-1].text,
        )

    def _cuts(
        self, grey: GreyImage, rows: Iterable[tuple[Row, FloatArray]], ends: tuple[float, float], *, finished: bool
    ) -> list[CardLine]:
        """Crops with the engine's room around each row, give or take."""
        rng, found = self._rng, []
        for row, (left, top, right, bottom) in rows:
            high, wide = bottom - top, ends[1] - ends[0]
            above, below = rng.normal(0.22, 0.08, 2).clip(0.0, 0.6) * high
            x0, x1 = left - rng.uniform(0.004, 0.03) * wide, right + rng.uniform(0.004, 0.03) * wide
            kind = _kind(row)
            if kind == "mrz" and rng.random() < 0.8:
                x0, x1 = ends
            y0, y1 = max(0, round(top - above)), min(grey.shape[0], round(bottom + below))
            crop = grey[y0:y1, max(0, round(x0)) : min(grey.shape[1], round(x1))]
            if min(crop.shape) >= 6:
                found.append(CardLine(kind, canonical(row.text), np.ascontiguousarray(crop), finished))
        return found


def _box(points: FloatArray) -> FloatArray:
    """(4, 2) corners -> left, top, right, bottom."""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _kind(row: Row) -> str:
    fields = {part.field for part in row.parts}
    if fields & set(_MRZ_FIELDS):
        return "mrz"
    return "latin" if fields & {"name_en", "id_number"} else "khmer"


__all__ = ["READABLE", "CardLine", "CardLines"]
