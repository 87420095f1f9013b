"""A pool of flat cards on disk, drawn once and shared by the trainings of locator, rows and judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.engine.geometry import CARD_ASPECT
from khid_eval.engine.rows import RowKind
from khid_eval.records import RgbImage
from khid_eval.synth.cards import FlatCard, Row, render_card
from khid_eval.synth.persons import random_person
from khid_eval.synth.styles import random_style
from khid_eval.training.textures import Split

WIDTH_PX = 640
HEIGHT_PX = round(WIDTH_PX / CARD_ASPECT)
VAL_EVERY = 10
"""Every tenth card has a validation style, with fonts and grounds that training never shows."""

Fractions = tuple[float, float, float, float]
"""(left, top, right, bottom) as shares of the card's width and height."""


@dataclass(frozen=True, slots=True)
class PoolCard:
    """What is known of a card of the pool. rows: kind -> box around its ink."""

    rows: dict[RowKind, Fractions]
    portrait: Fractions


@dataclass(frozen=True, slots=True, eq=False)
class CardPool:
    """pixels: (N, HEIGHT_PX, WIDTH_PX, 3) uint8; truth: N entries."""

    pixels: NDArray[np.uint8]
    truth: tuple[PoolCard, ...]

    def of(self, split: Split) -> list[int]:
        """Which cards belong to the split."""
        return [k for k in range(len(self.truth)) if (k % VAL_EVERY == 0) == (split == "validation")]

    def images(self, split: Split) -> Sequence[RgbImage]:
        return [self.pixels[k] for k in self.of(split)]


def open_pool(folder: Path, count: int, seed: int) -> CardPool:
    """Read the pool, first drawing what is missing. Interrupted drawing goes on where it stopped."""

    def draw(index: int) -> tuple[RgbImage, dict[str, Any]]:
        card = draw_card(index, seed)
        return card_image(card), _facts(card)

    pixels, facts = kept(folder / f"cards-{seed}-{count}", (count, HEIGHT_PX, WIDTH_PX, 3), draw)
    return CardPool(pixels, tuple(_pool_card(one) for one in facts))


def kept(
    stem: Path, shape: tuple[int, ...], draw: Callable[[int], tuple[NDArray[np.uint8], dict[str, Any]]]
) -> tuple[NDArray[np.uint8], list[dict[str, Any]]]:
    """Pictures and what is known of them, from `stem`.u8 and .jsonl; what is missing there is drawn first.

    shape: of all pictures together, their number first. draw: index -> a picture of shape[1:], and facts for JSON.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    path, facts = stem.with_suffix(".u8"), stem.with_suffix(".jsonl")
    pixels = np.memmap(path, dtype=np.uint8, mode="r+" if path.exists() else "w+", shape=shape)
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    with facts.open("a", encoding="utf-8") as file:
        for k in range(len(lines), shape[0]):
            pixels[k], known = draw(k)
            lines.append(json.dumps(known))
            # The line is written after the picture: a line without its picture cannot be.
            pixels.flush() if k % 100 == 99 else None
            file.write(lines[-1] + "\n")
    return pixels, [json.loads(line) for line in lines]


def draw_card(index: int, seed: int) -> FlatCard:
    """Card number `index` of the pool of that seed, always the same."""
    rng = np.random.default_rng([seed, index])
    split: Split = "validation" if index % VAL_EVERY == 0 else "train"
    return render_card(random_person(rng, split), random_style(rng, split), rng)


def card_image(card: FlatCard) -> RgbImage:
    """(HEIGHT_PX, WIDTH_PX, 3): the card at the size of the pool."""
    return np.asarray(cv2.resize(card.image, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8)


_BY_FIELD = {
    "id_number": RowKind.NUMBER,
    "name_kh": RowKind.NAME_KH,
    "name_en": RowKind.NAME_EN,
    "birth_date": RowKind.BIRTH,
    "birth_place": RowKind.BIRTH_PLACE,
    "issue_date": RowKind.VALIDITY,
    "description": RowKind.MARK,
    "machine_code1": RowKind.MRZ1,
    "machine_code2": RowKind.MRZ2,
    "machine_code3": RowKind.MRZ3,
}


def row_kind(row: Row) -> RowKind:
    """Which row of the card a printed line is; UNKNOWN for a header."""
    fields = [part.field for part in row.parts if part.field != "caption"]
    if fields and fields[0] == "address":
        return RowKind.ADDRESS1 if row.parts[0].field == "caption" else RowKind.ADDRESS2
    return _BY_FIELD.get(fields[0], RowKind.UNKNOWN) if fields else RowKind.UNKNOWN


def _facts(card: FlatCard) -> dict[str, Any]:
    height, width = card.image.shape[:2]

    def share(quad: Any) -> list[float]:
        (left, top), _, (right, bottom), _ = quad
        return [round(value, 5) for value in (left / width, top / height, right / width, bottom / height)]

    rows = {row_kind(row).value: share(row.quad) for row in card.rows if row_kind(row) is not RowKind.UNKNOWN}
    return {"rows": rows, "portrait": share(card.portrait_quad)}


def _pool_card(facts: dict[str, Any]) -> PoolCard:
    rows: dict[RowKind, Fractions] = {RowKind(kind): _fractions(box) for kind, box in facts["rows"].items()}
    return PoolCard(rows, _fractions(facts["portrait"]))


def _fractions(box: Sequence[float]) -> Fractions:
    left, top, right, bottom = (float(value) for value in box)
    return left, top, right, bottom
