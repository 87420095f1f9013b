"""Type faces: complete, apart by split, licensed, and Khmer shaped as HarfBuzz shapes it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from khid_eval.records import GreyImage
from khid_eval.synth import FAMILIES, SPLITS, Role, Split, TextStyle, families, font, ink_line
from khid_eval.synth.fonts import ROLES, line_width, runs
from khid_eval.synth.texts import TEXT_KINDS, random_text

GOLDEN = Path(__file__).with_name("golden")
KHMER = [one.name for one in FAMILIES.values() if one.roles & {"caption", "name", "value"}]
LATIN = [one.name for one in FAMILIES.values() if one.roles & {"latin", "mrz"}]


def _plain(family: str) -> TextStyle:
    return TextStyle(family, "ocr-b", 40.0) if family in KHMER else TextStyle("content", family, 40.0, latin_first=True)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_files_and_its_licence(family: str) -> None:
    folder = resources.files("khid_eval.synth").joinpath("fonts", family)
    assert "icen" in folder.joinpath("LICENSE").read_text(encoding="utf-8") or family.startswith("ocr-b")
    for weight in FAMILIES[family].weights:
        assert font(family, 30, weight).getlength("1") > 0


def test_enough_families_on_each_side() -> None:
    khmer: dict[Split, set[str]] = {
        split: {name for role in ("caption", "name", "value") for name in families(role, split)} for split in SPLITS
    }
    assert len(khmer["train"]) >= 16
    assert len(khmer["validation"]) >= 5
    assert not khmer["train"] & khmer["validation"]


@pytest.mark.parametrize("role", ROLES)
def test_the_splits_share_no_family(role: Role) -> None:
    train, validation = families(role, "train"), families(role, "validation")
    assert len(train) >= 2
    assert len(validation) >= 2
    assert not set(train) & set(validation)
    if role in ("latin", "mrz"):
        assert any(name.startswith("ocr-b") for name in train)
        assert any(name.startswith("ocr-b") for name in validation)


@cache
def _used() -> list[str]:
    """Every character of many texts that a Khmer face draws."""
    rng = np.random.default_rng(0)
    chars = {char for kind in TEXT_KINDS for _ in range(150) for char in random_text(rng, kind)} - {" "}
    return sorted(char for char in chars if not char.isascii() or char in "0123456789.,:()/-")


@pytest.mark.parametrize("family", KHMER)
def test_khmer_faces_draw_every_character_that_they_have_to(family: str) -> None:
    missing = font(family, 40).getmask("\U0010ffff")
    for char in _used():
        ink = ink_line("ក" + char, _plain(family)).ink
        assert ink.any(), f"{family} draws nothing for U+{ord(char):04X}"
        mask = font(family, 40).getmask(char)
        assert (mask.size, bytes(mask)) != (missing.size, bytes(missing)), f"{family} lacks U+{ord(char):04X}"


@pytest.mark.parametrize("family", LATIN)
def test_latin_faces_draw_mrz_and_names(family: str) -> None:
    for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<()":
        assert ink_line(char, _plain(family)).ink.max() > 128


def test_runs_fall_back_between_faces() -> None:
    style = TextStyle("content", "ocr-b", 30.0)
    assert runs("ផ្ទះ១២ SOK (01)<", style) == [("ផ្ទះ១២ ", False), ("SOK ", True), ("(01)", False), ("<", True)]
    assert runs("123 (01)", TextStyle("content", "ocr-b", 30.0, latin_first=True)) == [("123 (01)", True)]


def test_tracking_and_stretch_change_the_width_alone() -> None:
    plain = TextStyle("content", "ocr-b", 40.0, latin_first=True)
    tracked = TextStyle("content", "ocr-b", 40.0, latin_first=True, tracking_px=2.0)
    assert line_width("IDKHM<", tracked) == pytest.approx(line_width("IDKHM<", plain) + 12, abs=0.01)
    narrow = TextStyle("content", "ocr-b", 40.0, stretch=0.8)
    khmer = TextStyle("content", "ocr-b", 40.0)
    assert ink_line("ភេទ", narrow).ink.shape[0] == ink_line("ភេទ", khmer).ink.shape[0]
    assert line_width("ភេទ", narrow) == pytest.approx(0.8 * line_width("ភេទ", khmer))


def test_nothing_to_draw_is_no_error() -> None:
    line = ink_line("   ", TextStyle("content", "ocr-b", 30.0))
    assert not line.ink.any()
    assert line.advance_px > 0


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [
        ("កេ", ("េ", "ក")),  # the vowel E stands left of its consonant
        ("ក្រ", ("្រ", "ក")),  # so does a subscript RO
        ("ស្ត្រី", None),
        ("ញ្ញ", None),
    ],
)
def test_shaping_reorders_and_joins(typed: str, pieces: tuple[str, str] | None) -> None:
    """A syllable is narrower than its characters one by one: subscripts went below and vowels around the base."""
    face = font("battambang", 40)
    one_by_one = sum(face.getlength(char) for char in typed)
    assert face.getlength(typed) < one_by_one
    if pieces:
        left = np.asarray(_drawn(typed, face))
        base_alone = np.asarray(_drawn("ក", face))
        # The base stands at the right end of the syllable, not at its left end.
        width = base_alone.shape[1]
        assert not _alike(left[:, :width], base_alone)


def _drawn(text: str, face: ImageFont.FreeTypeFont) -> GreyImage:
    canvas = Image.new("L", (300, 120), 0)
    ImageDraw.Draw(canvas).text((60, 80), text, fill=255, font=face, anchor="ls")
    box = canvas.getbbox()
    assert box
    return np.asarray(canvas.crop((box[0], 0, box[2], 120)))


def _alike(one: GreyImage, other: GreyImage) -> bool:
    if one.shape != other.shape:
        return False
    return float(np.mean(np.abs(one.astype(int) - other))) < 8


GOLDEN_WORDS = {
    "captions": "គោត្តនាមនិងនាម: ថ្ងៃខែឆ្នាំកំណើត: កំពស់:",
    "subscripts": "ស្ត្រី កញ្ញា ឈ្មោះ ខ្ញុំ ព្រំ ភ្នំ ស្ងួត ផ្ស ប្រជ្រុយ",
    "shifters": "ប៉ែន ញ៉ាំ ស៊ី អ៊ុក ហ៊ី ប៊្រុន ម៉្យាង",
    "vowels": "កើ កឿ កៀ កោ កៅ កុំ កះ កោះ កេះ កៈ ក៍ ក័ ក៏ ក៌ ក់",
    "numbers": "០១២៣៤៥៦៧៨៩ ០,៥ស.ម ១៥.០២.១៩៩៩",
}


@pytest.mark.parametrize("family", ["battambang", "bokor", "content", "khmer-os-muol-light", "moul"])
@pytest.mark.parametrize("name", GOLDEN_WORDS)
def test_shaping_matches_the_golden_pictures(family: str, name: str) -> None:
    """Checked by eye once; compared with a shift and a little blur allowed, as FreeType versions differ in hinting."""
    golden = cv2.imread(str(GOLDEN / f"{family}-{name}.png"), cv2.IMREAD_GRAYSCALE)
    assert golden is not None
    ink = ink_line(GOLDEN_WORDS[name], TextStyle(family, "ocr-b", 24.0)).ink
    assert ink.shape[0] == pytest.approx(golden.shape[0], abs=2)
    assert ink.shape[1] == pytest.approx(golden.shape[1], abs=4)
    sized = cv2.resize(ink, (golden.shape[1], golden.shape[0]))
    one, other = (cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.5) for picture in (sized, golden))
    assert float(np.corrcoef(one.ravel(), other.ravel())[0, 1]) > 0.96


def test_the_golden_comparison_can_tell() -> None:
    """The same letters in basic layout, or one vowel off, fall well below the mark."""
    golden = cv2.imread(str(GOLDEN / "battambang-subscripts.png"), cv2.IMREAD_GRAYSCALE)
    wrong = ink_line("ស្ត្រិ កញ្ញា ឈ្មោះ ខ្ញុំ ព្រំ ភ្នំ ស្ងួត ផ្ស ប្រជ្រុយ"[::-1], TextStyle("battambang", "ocr-b", 24.0)).ink
    assert golden is not None
    sized = cv2.resize(wrong, (golden.shape[1], golden.shape[0]))
    assert float(np.corrcoef(sized.ravel().astype(float), golden.ravel().astype(float))[0, 1]) < 0.8
