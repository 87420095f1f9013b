"""The stock baseline: lines of words to fields, and the real program where it is installed."""

from __future__ import annotations

import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from khid_eval import readers
from khid_eval.baselines.tesseract import TesseractReader, Word, fields_of, lines_of
from khid_eval.errors import BadData, BadPhoto
from khid_eval.records import FIELD_NAMES

SAMPLES = Path(__file__).parents[2] / "sample_images"
needs_tesseract = pytest.mark.skipif(not shutil.which("tesseract"), reason="the program tesseract is not installed")


def words(*lines: str, confidence: float = 0.8) -> list[Word]:
    return [Word(text, confidence, (1, 1, number)) for number, line in enumerate(lines) for text in line.split()]


def test_values_stand_behind_their_captions() -> None:
    text = lines_of(words("ន 179188915", "គោត្តនាមនិងគាម: ផៃ ធារ៉ា", "យ PHAI THEARA", "ភេទ: ស្រី កំពស់: ១៥៣ស.ម"))
    zone = lines_of(words("IDKHM1791889157<<<<<<<<<<<<<<<", "9706280F3105135KHM<<<<<<<<<<<2", "PHAI<<THEARA<<<<<"))
    found = {name: one.text for name, one in fields_of(text, zone).items()}
    assert found == {
        "id_number": "179188915",
        "name_kh": "ផៃ ធារ៉ា",
        "name_en": "PHAI THEARA",
        "sex": "ស្រី",
        "height": "១៥៣ស.ម",
        "machine_code1": "IDKHM1791889157<<<<<<<<<<<<<<<",
        "machine_code2": "9706280F3105135KHM<<<<<<<<<<<2",
        "machine_code3": "PHAI<<THEARA<<<<<".ljust(30, "<"),
    }


def test_nothing_read_is_nothing_found() -> None:
    assert fields_of([], []) == {}


@needs_tesseract
def test_a_clean_card_is_read_in_part() -> None:
    reading = readers.build(readers.Target.parse("tesseract")).read((SAMPLES / "01-clean.jpg").read_bytes())
    assert tuple(one.name for one in reading.fields) == FIELD_NAMES
    assert sum(bool(one.text) for one in reading.fields) >= 6


@needs_tesseract
def test_a_blank_photo_is_no_card() -> None:
    blank = BytesIO()
    Image.new("RGB", (640, 400), "white").save(blank, "PNG")
    with pytest.raises(BadPhoto, match=r"AIS\.0104"):
        TesseractReader().read(blank.getvalue())


def test_without_the_program_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(BadData, match="apt-get install tesseract-ocr"):
        TesseractReader()
