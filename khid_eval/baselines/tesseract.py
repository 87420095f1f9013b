"""Stock Tesseract 5 as a CardReader: the whole photo upright and enlarged, khm+eng for the text, eng for the MRZ,
captions found by likeness. No locating, no rectifying, no learning: the floor that any reader should stand above.

Needs the program `tesseract` with the languages khm and eng (Debian: tesseract-ocr, tesseract-ocr-khm).
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps
from rapidfuzz import fuzz

from khid_eval.card import khmer
from khid_eval.card import photo as photo_file
from khid_eval.card.captions import CAPTIONS
from khid_eval.errors import BadData, BadPhoto
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading, ReadOptions

WIDTH_PX: Final = 1800
"""Narrower photos are enlarged to it: Tesseract wants capitals of some thirty pixels."""
TIMEOUT_S: Final = 120.0
LIKENESS: Final = 70.0
"""rapidfuzz partial ratio, 0..100, from which a piece of text counts as a caption."""

_INSTALL: Final = "Install it: apt-get install tesseract-ocr tesseract-ocr-khm"
_NUMBER: Final = re.compile(r"(?<!\d)\d{9}(?!\d)")
_LATIN: Final = re.compile(r"[A-Z]{2,}(?: [A-Z]{2,})+")
_EDGES: Final = " :;.,៖·-—|"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of Tesseract's: text, confidence in [0, 1], and the line it stands in."""

    text: str
    confidence: float
    line: tuple[int, int, int]


class TesseractReader:
    """CardReader over the tesseract program. Safe to share between threads; each call is a process of its own."""

    def __init__(self) -> None:
        """Raises BadData where the program or a language is missing."""
        self._program = shutil.which("tesseract") or ""
        if not self._program:
            raise BadData("The program tesseract is not installed.", advice=_INSTALL)
        known = subprocess.run([self._program, "--list-langs"], capture_output=True, text=True, check=False).stdout
        missing = {"khm", "eng"} - set(known.split())
        if missing:
            raise BadData(f"Tesseract lacks the language {', '.join(sorted(missing))}.", advice=_INSTALL)

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        """Only the 14 fields, whatever is asked for. Raises BadPhoto."""
        photo_file.check(photo)
        picture = _prepared(photo)
        text = lines_of(self._words(picture, "khm+eng"))
        zone = lines_of(self._words(picture, "eng"))
        fields = fields_of(text, zone)
        if not fields:
            raise BadPhoto(
                "No card was found on the photo.", "AIS.0104", "Photograph the card from above, in good light."
            )
        return CardReading(tuple(fields.get(name, FieldReading(name, "", 0.0)) for name in FIELD_NAMES))

    def _words(self, picture: bytes, languages: str) -> list[Word]:
        command = [self._program, "stdin", "stdout", "-l", languages, "--psm", "6", "tsv"]
        # One thread a call: the run decides how many calls there are at a time.
        setting = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(
                command, input=picture, capture_output=True, timeout=TIMEOUT_S, check=True, env=setting
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as exc:
            raise BadPhoto(f"Tesseract gave up on the photo ({type(exc).__name__}).", "AIS.0105") from exc
        return list(_parse(done.stdout.decode("utf-8", "replace")))


def _prepared(photo: bytes) -> bytes:
    """Upright, grey, even in contrast, at least WIDTH_PX wide, as PNG."""
    try:
        with Image.open(io.BytesIO(photo)) as opened:
            grey = ImageOps.autocontrast(ImageOps.exif_transpose(opened).convert("L"))
    except (OSError, ValueError) as exc:
        raise BadPhoto("The photo cannot be decoded.", "AIS.0103", "Send another photo.") from exc
    if grey.width < WIDTH_PX:
        height = max(1, round(grey.height * WIDTH_PX / grey.width))
        grey = grey.resize((WIDTH_PX, min(height, photo_file.MAX_SIDE_PX)), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    grey.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _parse(tsv: str) -> Iterator[Word]:
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row["text"] or "").strip()
        if row["level"] == "5" and text:
            place = (int(row["block_num"]), int(row["par_num"]), int(row["line_num"]))
            yield Word(text, min(max(float(row["conf"]) / 100.0, 0.0), 1.0), place)


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words line by line, in Tesseract's order."""
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def fields_of(text: Sequence[Sequence[Word]], zone: Sequence[Sequence[Word]]) -> dict[str, FieldReading]:
    """Fields from the lines of the Khmer pass and of the Latin pass; what is not found is absent."""
    found: dict[str, FieldReading] = {}
    for line in text:
        found = dict(_captioned(line)) | found
        number = next((word for word in line if _NUMBER.search(word.text)), None)
        match = _NUMBER.search(number.text) if number else None
        if number and match and "id_number" not in found:
            found["id_number"] = FieldReading("id_number", match[0], number.confidence)
    found |= dict(_name_in_latin(text)) | dict(_mrz(zone))
    return found


def _captioned(line: Sequence[Word]) -> Iterator[tuple[str, FieldReading]]:
    """Values behind the captions of one line, each up to the next caption."""
    starts = sorted((position, field) for field in CAPTIONS if (position := _caption_at(line, field)) is not None)
    for order, (position, field) in enumerate(starts):
        end = starts[order + 1][0] if order + 1 < len(starts) else len(line)
        value = line[position + 1 : end]
        text = khmer.canonical(" ".join(word.text for word in value)).strip(_EDGES)
        if text:
            yield field, FieldReading(field, text, sum(word.confidence for word in value) / len(value))


def _caption_at(line: Sequence[Word], field: str) -> int | None:
    """Index of the word that is most like the field's caption, where it is like enough."""
    scores = [fuzz.ratio(khmer.canonical(word.text).strip(_EDGES), CAPTIONS[field]) for word in line]
    best = max(range(len(scores)), key=scores.__getitem__, default=None)
    return best if best is not None and scores[best] >= LIKENESS else None


def _name_in_latin(text: Sequence[Sequence[Word]]) -> Iterator[tuple[str, FieldReading]]:
    for line in text:
        words = [word for word in line if re.fullmatch(r"[A-Z]{2,}", word.text)]
        match = _LATIN.fullmatch(" ".join(word.text for word in words))
        if match:
            yield "name_en", FieldReading("name_en", match[0], sum(word.confidence for word in words) / len(words))
            return


def _mrz(zone: Sequence[Sequence[Word]]) -> Iterator[tuple[str, FieldReading]]:
    """Lines with fillers, told apart by how they begin, cut or filled to 30 as the card has them."""
    for line in zone:
        text = re.sub(r"[^A-Z0-9<]", "", "".join(word.text for word in line).replace("«", "<<").upper())
        if text.count("<") < 3 or len(text) < 12:
            continue
        name = f"machine_code{1 if text.startswith('ID') else 2 if re.match(r'[0-9]{5}', text) else 3}"
        confidence = sum(word.confidence for word in line) / len(line)
        yield name, FieldReading(name, text[:30].ljust(30, "<"), confidence)


__all__ = ["LIKENESS", "WIDTH_PX", "TesseractReader", "Word", "fields_of", "lines_of"]
