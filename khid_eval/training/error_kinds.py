"""Which kinds of error the engine makes, counted and shown.

`python -m khid_eval.training.error_kinds DATASET EVIDENCE.jsonl PICTURE.png` reads what `training.evidence` wrote,
prints how often each kind occurs, and draws examples of the three most frequent: the photo's row, the truth, the
reading.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from khid_eval.card.khmer import fold_look_alikes
from khid_eval.datasets import Dataset
from khid_eval.engine.reader import EngineReader, Stopwatch
from khid_eval.records import GreyImage
from khid_eval.synth.fonts import font
from khid_eval.training.evidence import is_right

LOOK_ALIKE, MISSED, MANY = "COENG TA or DA, alike on paper", "not found", "four letters or more"
MARKS, LETTERS, SIGNS = "a small mark", "a base letter or subscript", "a digit, dot, comma or blank"
LATIN = "a Latin letter"
_EXAMPLES, _WIDTH_PX, _ROW_PX = 3, 900, 56


@dataclass(frozen=True, slots=True)
class Error:
    """One wrong field of one photo."""

    file: str
    field: str
    truth: str
    text: str


def kind_of(truth: str, text: str) -> str:
    """What kind of error stands between the two; `truth` and `text` differ."""
    if not text:
        return MISSED
    one, other = fold_look_alikes(truth), fold_look_alikes(text)
    if one == other:
        return LOOK_ALIKE
    edits = Levenshtein.editops(one, other)
    if len(edits) > 3:
        return MANY
    touched = {_class(one[op.src_pos]) for op in edits if op.tag != "insert"}
    touched |= {_class(other[op.dest_pos]) for op in edits if op.tag != "delete"}
    for kind in (LETTERS, LATIN, MARKS):
        if kind in touched:
            return kind
    return SIGNS


def _class(char: str) -> str:
    if "\u1780" <= char <= "\u17b3" or char == "\u17d2":
        return LETTERS
    if "\u17b6" <= char <= "\u17d1" or char == "\u17dd":
        return MARKS
    return LATIN if char.isascii() and char.isalpha() else SIGNS


def errors_by_kind(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Error]]:
    """Kind -> its errors, the most frequent kind first. Refused photos are left out."""
    found: dict[str, list[Error]] = defaultdict(list)
    for row in rows:
        for name, one in row.get("fields", {}).items():
            if "error" not in row and not is_right(one):
                truth = one["truth"] or ""
                found[kind_of(truth, one["text"])].append(Error(row["file"], name, truth, one["text"]))
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def picture(root: str, kinds: Mapping[str, Sequence[Error]]) -> Image.Image:
    """Examples of each kind, from different photos: the row of the photo, the truth and the reading below it."""
    reader, dataset = EngineReader(), Dataset(root)
    samples = {sample.file_name: sample for sample in dataset}
    tiles: list[Image.Image] = []
    for kind, errors in kinds.items():
        tiles.append(_words(kind, 22, "black"))
        for error in errors[:: max(1, len(errors) // _EXAMPLES)][:_EXAMPLES]:
            crop = _crop(reader, dataset.read(samples[error.file]), error.field)
            tiles += [] if crop is None else [_shown(crop)]
            tiles += [_words(f"{error.truth}", 20, "#1b6e3c"), _words(f"{error.text or '—'}", 20, "#a02020")]
    canvas = Image.new("RGB", (_WIDTH_PX, sum(tile.height for tile in tiles)), "white")
    top = 0
    for tile in tiles:
        canvas.paste(tile, (0, top))
        top += tile.height
    return canvas


def _crop(reader: EngineReader, photo: bytes, field: str) -> GreyImage | None:
    seen = reader.see(photo, Stopwatch())
    box = next((one.box for one in reader.fields_of(seen).fields if one.name == field), None)
    if box is None:
        return None
    left, top, right, bottom = (max(0, round(value)) for value in box)
    return np.asarray(seen.card.grey()[top : bottom + 1, left : right + 1], np.uint8)


def _shown(crop: GreyImage) -> Image.Image:
    scale = min(_ROW_PX / crop.shape[0], (_WIDTH_PX - 40) / crop.shape[1])
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    tile = Image.new("RGB", (_WIDTH_PX, size[1] + 8), "white")
    tile.paste(Image.fromarray(cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC)), (20, 8))
    return tile


def _words(text: str, size_px: int, colour: str) -> Image.Image:
    tile = Image.new("RGB", (_WIDTH_PX, 2 * size_px), "white")
    ImageDraw.Draw(tile).text((20, size_px * 0.3), text, fill=colour, font=font("noto-sans-khmer", size_px))
    return tile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("evidence", type=Path)
    parser.add_argument("picture", type=Path)
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.evidence.read_text(encoding="utf-8").splitlines()]
    kinds = errors_by_kind(rows)
    fields = sum(len(row.get("fields", {})) for row in rows)
    for kind, errors in kinds.items():
        sys.stdout.write(f"{len(errors):6d}  {100 * len(errors) / fields:5.2f} % of fields  {kind}\n")
    shown = {kind: errors for kind, errors in kinds.items() if kind not in (MISSED, MANY)}
    picture(given.dataset, dict(list(shown.items())[:3])).save(given.picture, optimize=True)


if __name__ == "__main__":
    main()
