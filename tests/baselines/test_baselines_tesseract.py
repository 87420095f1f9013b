"""The stock baseline: words to lines, lines to fields, and the real program where it is installed."""

from __future__ import annotations

import json
import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from khid_eval import readers
from khid_eval.baselines.card_text import fields_of
from khid_eval.baselines.tesseract import TesseractReader
from khid_eval.baselines.words import Word, rows_of, words_of
from khid_eval.card.khmer import canonical
from khid_eval.errors import BadData, BadPhoto
from khid_eval.records import FIELD_NAMES

SAMPLES = Path(__file__).parents[2] / "sample_images"
HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
needs_tesseract = pytest.mark.skipif(not shutil.which("tesseract"), reason="the program tesseract is not installed")


def words(*lines: str, confidence: float = 0.8) -> list[Word]:
    return [Word(text, confidence, (1, 1, number)) for number, line in enumerate(lines) for text in line.split()]


def sample(name: str) -> tuple[bytes, dict[str, str | None], list[list[float]]]:
    """A sample card's photo, its truth and its corners."""
    with (SAMPLES / "metadata.jsonl").open(encoding="utf-8") as rows:
        row = next(one for one in map(json.loads, rows) if one["file_name"] == name)
    return (SAMPLES / name).read_bytes(), row["fields"], row["card_quad"]


def test_the_table_of_words_is_read() -> None:
    table = "\n".join(
        [
            HEAD,
            "1\t1\t0\t0\t0\t0\t0\t0\t900\t500\t-1\t",
            '5\t1\t1\t1\t1\t1\t9\t9\t40\t20\t96.5\t"PHAI',
            "5\t1\t1\t1\t1\t2\t60\t9\t40\t20\t50\tTHEARA",
            "5\t1\t1\t1\t1\t3\t99\t9\t40\t20\t95\t ",
            "5\t1\t1\t1\t2\t1\t9\t40\t40\t20\t-1\tx",
        ]
    )
    found = words_of(table)
    assert [(one.text, one.confidence) for one in found] == [('"PHAI', 0.965), ("THEARA", 0.5), ("x", 0.0)]
    first = rows_of(found)[0]
    assert first.text == '"PHAI THEARA'
    assert first.confidence(0, 5) == pytest.approx(0.965)
    assert first.confidence(2, 8) == pytest.approx(0.7325)
    assert first.confidence(5, 6) == 0.0  # the blank between two words


def test_no_table_is_no_words() -> None:
    assert words_of("") == words_of(HEAD + "\n") == []


def test_values_stand_behind_their_captions() -> None:
    text = words(
        "179188915 (01)",
        "គោត្តនាមនិងគាម: ផៃ ធារ៉ា",
        "PHAI THEARA",
        "ថ្ងៃខែឆ្នាំកំណើត: 28.06.1997 ភេទ: ស្រី កំពស់: 153 ស.ម",
        "អាសយដ្ឋាន: ផ្ទះ៥",
        "ឃុំព្រះដាក់ ស្រុកបន្ទាយស្រី",
    )
    zone = words("dirt", "IDKHM1791889157<<<<<<<<<<<<<<", "9706280F3105135KHM<<<<<<<<<<<2", "PHAI<<THEARA<<<<<<<")
    found = {name: one.text for name, one in fields_of(text, zone).items()}
    assert found == {
        "id_number": "179188915",
        "name_kh": "ផៃ ធារ៉ា",
        "name_en": "PHAI THEARA",
        "birth_date": "២៨.០៦.១៩៩៧",
        "sex": "ស្រី",
        "height": "១៥៣ ស.ម",
        "address": "ផ្ទះ៥ ឃុំព្រះដាក់ ស្រុកបន្ទាយស្រី",
        "machine_code1": "IDKHM1791889157<<<<<<<<<<<<<<<",
        "machine_code2": "9706280F3105135KHM<<<<<<<<<<<2",
        "machine_code3": "PHAI<<THEARA<<<<<".ljust(30, "<"),
    }


def test_what_cannot_be_tidied_stays_as_it_was_read() -> None:
    found = fields_of(words("ថ្ងៃខែឆ្នាំកំណើត: ៩៩.៩៩.១៩៩៧ ភេទ: x"), [])
    assert found["birth_date"].text == "៩៩.៩៩.១៩៩៧"


def test_nothing_read_is_nothing_found() -> None:
    assert fields_of([], []) == {}


@needs_tesseract
def test_a_photo_is_read_in_part_with_and_without_its_corners() -> None:
    photo, truth, quad = sample("01-clean.jpg")
    corners = tuple((x, y) for x, y in quad)
    assert len(corners) == 4
    alone = readers.build(readers.Target.parse("tesseract")).read(photo)
    helped = TesseractReader(corners=lambda _: corners).read(photo)
    assert tuple(one.name for one in alone.fields) == tuple(one.name for one in helped.fields) == FIELD_NAMES
    right = [sum(one.text == canonical(truth[one.name] or "") for one in reading.fields) for reading in (alone, helped)]
    assert min(right) >= 5


@needs_tesseract
def test_a_blank_photo_is_no_card() -> None:
    blank = BytesIO()
    Image.new("RGB", (640, 400), "white").save(blank, "PNG")
    with pytest.raises(BadPhoto, match=r"AIS\.0104"):
        TesseractReader().read(blank.getvalue())


@needs_tesseract
def test_a_broken_photo_is_refused() -> None:
    with pytest.raises(BadPhoto, match=r"AIS\.0102"):
        TesseractReader().read(b"\xff\xd8\xff\xe0 not a picture")


def test_without_the_program_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(BadData, match="apt-get install tesseract-ocr"):
        TesseractReader()


def test_without_khmer_it_says_which_language_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho 'List of available languages (2):'\necho eng\necho osd\n")
    program.chmod(0o755)
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(BadData, match="lacks the language khm"):
        TesseractReader()
