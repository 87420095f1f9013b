"""Portraits of flat cards with what stands around them, drawn once: what the portrait net's samples are made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.conditions import CARD
from khid_eval.engine.geometry import as_array, as_quad, box_quad, centre_form, homography, project_quad
from khid_eval.records import Quad, RgbImage
from khid_eval.synth.cards import FlatCard
from khid_eval.synth.portraits import random_portrait
from khid_eval.training.card_pool import VAL_EVERY, draw_card, kept
from khid_eval.training.textures import Split, texture

CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX = 320, 400
PLACE: Final = box_quad(70, 92, 250, 308)
"""The portrait on the canvas, whatever its own shape is."""
_FACE_WIDTH_PX, _FACE_HEIGHT_PX = 200, 240
_SURFACE_PX = 480
_OWN_SEED = 7
"""Apart from the seed of other pools, so that no card is in two of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A printed portrait and its surroundings.

    pixels: (400, 320, 4) uint8 RGBA, alpha 0 beside the card. card: its corners on that canvas, mostly outside it.
    aspect: the portrait's width over its height, in true lengths.
    """

    pixels: NDArray[np.uint8]
    card: Quad
    aspect: float


@dataclass(frozen=True, slots=True, eq=False)
class PortraitPool:
    """cards, faces, surfaces: those of one split. faces: (240, 200, 3); surfaces: (480, 480, 3)."""

    cards: tuple[Surroundings, ...]
    faces: tuple[RgbImage, ...]
    surfaces: tuple[RgbImage, ...]


def open_portraits(
    folder: Path, count: int, seed: int, *, faces: int = 300, surfaces: int = 60
) -> dict[Split, PortraitPool]:
    """Both splits' pools; what is missing in `folder` is drawn first, and goes on where it was interrupted."""

    def draw(index: int) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        pixels, card, aspect = surroundings(draw_card(index, seed + _OWN_SEED))
        return pixels, {"card": card, "aspect": aspect}

    shape = (count, CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, 4)
    pixels, facts = kept(folder / f"portraits-{seed}-{count}", shape, draw)
    cards = [Surroundings(pixels[k], as_quad(one["card"]), one["aspect"]) for k, one in enumerate(facts)]
    pools: dict[Split, PortraitPool] = {}
    for split in ("train", "validation"):
        own = tuple(card for k, card in enumerate(cards) if (k % VAL_EVERY == 0) == (split == "validation"))
        share = 1.0 if split == "train" else 0.3
        rng = np.random.default_rng([seed, split == "train"])
        pools[split] = PortraitPool(
            own,
            tuple(face(rng, split) for _ in range(max(2, round(share * faces)))),
            tuple(texture(_SURFACE_PX, rng, split) for _ in range(max(2, round(share * surfaces)))),
        )
    return pools


def face(rng: np.random.Generator, split: Split) -> RgbImage:
    """(240, 200, 3): somebody else. In training one in seven is no face but patches; in validation such a portrait
    would be told from the printed ones by its looks alone.
    """
    sex = "FM"[int(rng.integers(2))]
    share = 0.85 if split == "train" else 1.0
    return random_portrait(rng, _FACE_WIDTH_PX, _FACE_HEIGHT_PX, sex=sex, face_share=share)


def surroundings(card: FlatCard) -> tuple[NDArray[np.uint8], Quad, float]:
    """The part of a card that `Surroundings` holds: pixels, card and aspect."""
    sides = as_array(card.portrait_quad)[2] - as_array(card.portrait_quad)[0]
    matrix = homography(card.portrait_quad, PLACE)
    whole = np.dstack([card.image, card.alpha])
    size = (CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX)
    pixels = cv2.warpPerspective(whole, centre_form(matrix), size, borderValue=(0, 0, 0, 0))
    return np.asarray(pixels, np.uint8), project_quad(matrix, card.quads[CARD]), float(sides[0] / sides[1])
