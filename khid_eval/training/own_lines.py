"""Rows of your own labelled photos, to train on: python -m khid_eval.training.own_lines DATASET LINES

The packaged engine finds the rows; what it read there is replaced by the label, so that its own mistakes are not
learnt. A value is left out where too little of it was read to be sure that the row is the right one. LINES then holds a
picture of each value and `lines.jsonl` with its text: look through them and mend what is wrong before you train.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from khid_eval.card.khmer import canonical, fold_look_alikes
from khid_eval.datasets import Dataset, Sample
from khid_eval.engine import alphabet
from khid_eval.engine.evidence import Line
from khid_eval.engine.parse import find_fields
from khid_eval.engine.reader import EngineReader, SeenCard, Stopwatch
from khid_eval.engine.row_crop import crop_row
from khid_eval.engine.text_lines import Span, TextLine
from khid_eval.errors import BadData, KhidError
from khid_eval.records import GreyImage
from khid_eval.training.card_lines import CardLine

INDEX = "lines.jsonl"
_MOST_ERRORS = 0.5  # share of a value's letters that may be read otherwise
_HELD_OUT_EVERY, _FIRST_HELD_OUT = 8, 3  # persons; the fourth is the first, so that a small set has one too
_FEWEST = 20  # values without which a training learns nothing


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A value as it stands in a photo. held_out: its person serves to judge the training, not to train."""

    line: CardLine
    field: str
    file: str
    held_out: bool


def lines_of(sample: Sample, seen: SeenCard, *, held_out: bool) -> Iterator[OwnLine]:
    """Every labelled value of a photo that was found on it, cut out of its row."""
    spans = find_fields([TextLine(line.text, line.kind) for line in seen.lines])
    for field, truth in sample.fields.items():
        if not truth or not (places := spans.get(field)):
            continue
        for span, text in zip(
            places, _parts(canonical(truth), [_read(seen.lines, one) for one in places]), strict=True
        ):
            crop = _cut(seen, span)
            if crop is not None and _is_same(text, _read(seen.lines, span)) and _can_be_spelt(text):
                kind = "mrz" if field.startswith("machine") else "latin" if text.isascii() else "khmer"
                line = CardLine(kind, text, crop, finished=True)
                yield OwnLine(line, field, sample.file_name, held_out)


def _read(lines: tuple[Line, ...], span: Span) -> str:
    return lines[span.line].text[span.start : span.end].strip()


def _parts(truth: str, read: list[str]) -> list[str]:
    """The label cut into as many rows as the value stands on, where the rows read best fit it."""
    if len(read) == 1:
        return [truth]
    gaps = [at for at, letter in enumerate(truth) if letter == " "]
    cuts = [[truth[:at], truth[at + 1 :]] for at in gaps] or [[truth, ""]]
    return min(cuts, key=lambda cut: sum(_distance(*pair) for pair in zip(cut, read, strict=True)))


def _distance(one: str, other: str) -> int:
    return int(Levenshtein.distance(fold_look_alikes(one), fold_look_alikes(other)))


def _is_same(text: str, read: str) -> bool:
    return bool(text) and _distance(text, read) <= _MOST_ERRORS * len(text)


def _can_be_spelt(text: str) -> bool:
    try:
        alphabet.encode(text)
    except ValueError:
        return False
    return True


def _cut(seen: SeenCard, span: Span) -> GreyImage | None:
    """The part of the row between the middles of the gaps around the value, or None where nothing is left."""
    reading = seen.lines[span.line].reading
    chars = seen.lines[span.line].chars(0, span.start), seen.lines[span.line].chars(span.start, span.end)
    before, inside = chars
    if not inside:
        return None
    after = reading.chars[len(before) + len(inside) :]
    start = (before[-1].end + inside[0].start) / 2 if before else 0.0
    end = (inside[-1].end + after[0].start) / 2 if after else 1.0
    row = crop_row(seen.card, seen.layout.rows[span.line])
    crop = row[:, round(start * row.shape[1]) : round(end * row.shape[1])]
    return np.ascontiguousarray(crop) if min(crop.shape) >= 6 else None


def collect(dataset: Dataset, out: Path) -> tuple[int, int, int]:
    """Writes OUT. Returns how many photos were read, how many were refused and how many values were cut out.

    Raises BadData where OUT holds lines already.
    """
    if (out / INDEX).exists():
        raise BadData(f"{out} holds lines already.", advice="Choose an empty folder.")
    out.mkdir(parents=True, exist_ok=True)
    reader, read, refused = EngineReader(), 0, 0
    rows: list[dict[str, object]] = []
    persons: dict[str, int] = {}
    for sample in dataset:
        if not sample.fields:
            continue
        try:
            seen = reader.see(dataset.read(sample), Stopwatch())
        except KhidError:
            refused += 1
            continue
        read += 1
        # By the person, so that no photo of one who was trained on judges the training.
        person = persons.setdefault(sample.group_id or sample.file_name, len(persons))
        for own in lines_of(sample, seen, held_out=person % _HELD_OUT_EVERY == _FIRST_HELD_OUT):
            name = f"{len(rows):06d}.png"
            cv2.imwrite(str(out / name), own.line.crop)
            facts = {"text": own.line.text, "kind": own.line.kind, "field": own.field, "photo": own.file}
            rows.append({"file": name, **facts, "held_out": own.held_out})
        sys.stderr.write(f"\r{read} photos read, {refused} refused, {len(rows)} values")
    sys.stderr.write("\n")
    (out / INDEX).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return read, refused, len(rows)


def load(folder: Path, *, held_out: bool) -> list[CardLine]:
    """The lines of a folder that `collect` wrote and a person may have mended.

    Raises BadData with the line's number for a text that cannot be spelt or a picture that is not there, and where
    there are too few to train on.
    """
    found = []
    try:
        stored = (folder / INDEX).read_text(encoding="utf-8").splitlines()
    except OSError as exc:
        advice = "Make it with: python -m khid_eval.training.own_lines DATASET LINES"
        raise BadData(f"There is no {INDEX} in {folder}.", advice=advice) from exc
    for number, row in enumerate(map(json.loads, stored), start=1):
        text, crop = canonical(row["text"]), cv2.imread(str(folder / row["file"]), cv2.IMREAD_GRAYSCALE)
        if crop is None or not text or not _can_be_spelt(text):
            raise BadData(f"{INDEX}, line {number}: no picture, or a text that no card can print.")
        if row["held_out"] == held_out:
            found.append(CardLine(row["kind"], text, np.asarray(crop, np.uint8), finished=True))
    if not held_out and len(found) < _FEWEST:
        raise BadData(f"{len(found)} lines are too few to train on.", advice=f"Label photos with {_FEWEST} or more.")
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="folder of labelled photos, with metadata.jsonl")
    parser.add_argument("lines", type=Path, help="folder to write")
    given = parser.parse_args()
    read, refused, values = collect(Dataset(given.dataset), given.lines)
    sys.stdout.write(f"{values} values of {read} photos are in {given.lines}; {refused} photos were refused.\n")


if __name__ == "__main__":
    main()


__all__ = ["INDEX", "OwnLine", "collect", "lines_of", "load"]
