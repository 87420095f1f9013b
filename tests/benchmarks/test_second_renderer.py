"""What the second renderer promises: same seed same photo, true MRZ, canonical truth, corners where the card is."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from khid_eval.card import mrz
from khid_eval.card.khmer import canonical
from khid_eval.datasets import Dataset, DatasetWriter, Sample, check
from khid_eval.records import FIELD_NAMES, Quad
from tests.benchmarks.second_renderer import draw, faces
from tests.benchmarks.second_renderer.rows import PRINT

SEED = 13
"""Whose first two photos, one of them a screenshot, are small and so soon drawn."""
Drawn = tuple[Sample, bytes]


@pytest.fixture(scope="module")
def cards() -> list[Drawn]:
    return [draw(SEED, number) for number in range(2)]


def test_the_same_seed_draws_the_same_photo_and_another_number_another(cards: list[Drawn]) -> None:
    assert draw(SEED, 1) == cards[1]
    assert cards[0][1] != cards[1][1]
    assert cards[0][0].fields != cards[1][0].fields


def test_every_field_is_there_and_canonical(cards: list[Drawn]) -> None:
    for sample, _ in cards:
        assert set(sample.fields) == set(FIELD_NAMES)
        assert [text for text in sample.fields.values() if not text or text != canonical(text)] == []


def test_check_digits_hold(cards: list[Drawn]) -> None:
    for sample, _ in cards:
        facts = mrz.read(*(sample.fields[f"machine_code{row}"] or "" for row in (1, 2, 3)))
        assert facts.number_ok
        assert facts.birth_ok
        assert facts.expiry_ok
        assert facts.composite_ok


def inside(quad: Quad | None, width: int, height: int) -> bool:
    x, y = np.asarray(quad).T
    return bool((x >= 0).all() and (y >= 0).all() and (x <= width).all() and (y <= height).all())


def test_card_and_portrait_lie_in_the_photo(cards: list[Drawn]) -> None:
    for sample, photo in cards:
        width, height = Image.open(io.BytesIO(photo)).size
        assert inside(sample.card_quad, width, height)
        assert inside(sample.portrait_location, width, height)


def test_the_validator_finds_no_fault(cards: list[Drawn], tmp_path: Path) -> None:
    with DatasetWriter(tmp_path) as writer:
        for sample, photo in cards:
            writer.add(sample, photo)
    dataset = Dataset(tmp_path)
    assert [sample.file_name for sample in dataset] == ["0000.jpg", "0001.jpg"]
    # one birth place in ten is printed without its commune, and so is no line of the gazetteer
    assert {fault.code for fault in check(dataset)} <= {"unknown-place"}


def test_cards_are_drawn_without_the_fonts_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "system_faces", dict)
    assert faces.missing_faces() == ["Busra Bunong", "Ratanakiri"]
    for number in range(2):
        used = draw(SEED, number)[0].extra[PRINT]
        assert not set(used.values()) & set(faces.missing_faces())
