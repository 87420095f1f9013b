"""A flat card: the person's data printed in a style, with the place of everything on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval.conditions import CARD, rectangle
from khid_eval.records import GreyImage, Quad, RgbImage
from khid_eval.synth import finish
from khid_eval.synth.grounds import card_ground, nominal_ground, overprint
from khid_eval.synth.layout import Box, Piece, joined, set_card
from khid_eval.synth.paint import stamp
from khid_eval.synth.persons import Person
from khid_eval.synth.portraits import random_portrait
from khid_eval.synth.styles import CardStyle

PORTRAIT = "portrait"
"""Name of the portrait's quad beside the fields and CARD."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a printed line. field: API field, "caption" or "header"."""

    text: str
    field: str
    quad: Quad


@dataclass(frozen=True, slots=True)
class Row:
    """A printed line as it reads from left to right: its parts joined by single spaces. quad: around its ink."""

    text: str
    quad: Quad
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FlatCard:
    """A card seen straight on. image: (H, W, 3) RGB; alpha: (H, W), 0 outside the rounded corners.

    quads: pixel edges of the image: CARD (the enclosing rectangle), PORTRAIT and the 14 API fields, around their ink
    (the address covers both its lines). rows: top to bottom, captions, header and MRZ included.
    """

    person: Person
    style: CardStyle
    image: RgbImage
    alpha: GreyImage
    quads: Mapping[str, Quad]
    rows: tuple[Row, ...]

    @property
    def portrait_quad(self) -> Quad:
        return self.quads[PORTRAIT]


def _quad(box: Box) -> Quad:
    return rectangle(box.left, box.top, box.right, box.bottom)


def _print(rng: np.random.Generator, image: RgbImage, piece: Piece, style: CardStyle) -> None:
    ink = piece.ink.ink
    blur = style.finish.ink_blur_px * style.width_px / 1000
    pad = 2 if blur > 0 else 0
    if pad:
        ink = np.asarray(cv2.GaussianBlur(np.pad(ink, pad), (0, 0), blur), dtype=np.uint8)
    if style.finish.ink_loss > 0:
        ink = finish.lossy(rng, ink, style.finish.ink_loss)
    stamp(image, ink, piece.left - pad, piece.top - pad, piece.colour, style.opacity)


def _portrait(rng: np.random.Generator, image: RgbImage, style: CardStyle, sex: str) -> Quad:
    height, width = image.shape[:2]
    left, top, right, bottom = style.layout.portrait
    x0, y0, x1, y1 = round(left * width), round(top * height), round(right * width), round(bottom * height)
    portrait = random_portrait(rng, x1 - x0, y1 - y0, sex=sex, face_share=style.face_share)
    if style.finish.ghost > 0:
        finish.ghost(rng, image, portrait, style.finish.ghost)
    finish.lay_portrait(rng, image, portrait, x0, y0, plain=style.ground == "nominal")
    if style.finish.signature:
        finish.signature(rng, image, x0, y1, x1 - x0)
    return rectangle(x0, y0, x1, y1)


def _row(pieces: tuple[Piece, ...]) -> Row:
    parts = tuple(Part(piece.text, piece.field, _quad(piece.box)) for piece in pieces)
    return Row(" ".join(part.text for part in parts), _quad(joined(piece.box for piece in pieces)), parts)


def _field_quads(rows: list[tuple[Piece, ...]]) -> dict[str, Quad]:
    boxes: dict[str, Box] = {}
    for piece in (piece for row in rows for piece in row if piece.field not in ("caption", "header")):
        boxes[piece.field] = boxes[piece.field].union(piece.box) if piece.field in boxes else piece.box
    return {field: _quad(box) for field, box in boxes.items()}


def render_card(person: Person, style: CardStyle, rng: np.random.Generator) -> FlatCard:
    """Prints the card. rng: everything by chance that neither person nor style says (portrait, lines, scratches)."""
    width, height = style.width_px, style.height_px
    if style.ground == "nominal":
        image = nominal_ground(width, height)
    else:
        image = card_ground(rng, width, height, style.split, style.tint)
    portrait_quad = _portrait(rng, image, style, person.sex)
    if style.finish.stamp > 0:
        finish.round_stamp(rng, image, style.finish.stamp)
    rows = set_card(person, style)
    for piece in (piece for row in rows for piece in row):
        _print(rng, image, piece, style)
    if style.finish.overprint > 0:
        overprint(rng, image, style.split, style.finish.overprint)
    image = finish.finished(rng, image, style.finish)
    quads = {CARD: rectangle(0, 0, width, height), PORTRAIT: portrait_quad} | _field_quads(rows)
    alpha = finish.rounded(width, height, round(style.finish.corner * width))
    return FlatCard(person, style, image, alpha, quads, tuple(_row(row) for row in rows))


__all__ = ["PORTRAIT", "FlatCard", "Part", "Row", "render_card"]
