"""Fictional people: complete, canonical, consistent, and with an MRZ that an independent checker accepts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from khid_eval.card import dates, khmer
from khid_eval.card.gazetteer import places
from khid_eval.records import FIELD_NAMES
from khid_eval.synth import TEXT_KINDS, Person, Split, random_person, random_text
from khid_eval.synth.names import name_parts


def _people(count: int, split: Split = "train", seed: int = 1) -> list[Person]:
    rng = np.random.default_rng(seed)
    return [random_person(rng, split) for _ in range(count)]


MANY = _people(3000)
PEOPLE = MANY[:400]


def _icao_digit(text: str) -> int:
    """ICAO Doc 9303-3, 4.9, written anew and in another way than the code under test: base-36 digits, three sums."""
    values = [int(char.replace("<", "0"), 36) for char in text]
    return (7 * sum(values[0::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10


def _td1_faults(one: str, two: str, three: str) -> list[str]:
    """What is wrong with a TD1 MRZ by Doc 9303-5, 4.2; shares no code with the product."""
    faults = [f"line {i}: {len(line)} long" for i, line in enumerate((one, two, three), 1) if len(line) != 30]
    checks = {
        "number": (one[5:14], one[14]),
        "birth": (two[:6], two[6]),
        "expiry": (two[8:14], two[14]),
        "composite": (one[5:] + two[:7] + two[8:15] + two[18:29], two[29]),
    }
    faults += [name for name, (text, digit) in checks.items() if str(_icao_digit(text)) != digit]
    letters = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
    faults += ["name"] if not set(three) <= letters or three.startswith("<") else []
    return faults


def test_the_checker_knows_the_specimen_of_the_standard() -> None:
    specimen = "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    assert _td1_faults(*specimen) == []
    broken = specimen[0], "7408122F1204159UTO<<<<<<<<<<<5", specimen[2]
    assert _td1_faults(*broken) == ["composite"]


def test_every_mrz_passes_the_independent_checker() -> None:
    assert [person.mrz for person in PEOPLE if _td1_faults(*person.mrz)] == []


def test_the_mrz_says_what_the_card_says() -> None:
    for person in PEOPLE:
        one, two, three = person.mrz
        assert one[5:14] == person.number
        assert two[7] == person.sex
        assert two[:6] == f"{person.birth:%y%m%d}"
        assert two[8:14] == f"{person.expiry:%y%m%d}"
        assert three.startswith(person.name.surname_en + "<<")


def test_fields_are_complete_and_canonical() -> None:
    for person in PEOPLE:
        fields = person.fields()
        assert tuple(fields) == FIELD_NAMES
        assert [name for name, text in fields.items() if not text or khmer.canonical(text) != text] == []


def test_dates_follow_the_rules_of_the_card() -> None:
    for person in PEOPLE:
        fields = person.fields()
        assert dates.parse(fields["birth_date"]) == person.birth
        assert person.expiry == dates.expiry_of(person.issue)
        assert dates.years_after(person.birth, 15) <= person.issue
        assert date(1920, 1, 1) < person.birth


def test_places_come_from_the_gazetteer() -> None:
    lines = {place.line for place in places()}
    assert {person.birth_place for person in PEOPLE} <= lines
    assert {person.address_line2 for person in PEOPLE} <= lines


def test_thousands_of_names() -> None:
    names = {person.name.khmer for person in MANY}
    assert len(names) > 2800


def test_latin_names_are_consistent_with_khmer_ones() -> None:
    latin_of: dict[str, set[str]] = {}
    for person in MANY:
        latin_of.setdefault(person.name.surname_kh, set()).add(person.name.surname_en)
    assert {kh: en for kh, en in latin_of.items() if len(en) > 1} == {}
    assert all(part.isascii() and part.replace(" ", "").isalpha() for part in {p.name.latin for p in PEOPLE})


def test_names_of_the_splits_never_meet() -> None:
    kinds = "surname", "given_f", "given_m", "second"
    train, validation = (
        {khmer_name for kind in kinds for khmer_name, _ in name_parts(kind, split)} for split in ("train", "validation")
    )
    assert len(train) > 300
    assert len(validation) > 40
    assert not train & validation


def test_the_printed_number_may_have_a_suffix() -> None:
    with_suffix = [person for person in PEOPLE if person.suffix]
    assert 20 < len(with_suffix) < 120
    assert with_suffix[0].printed_number == with_suffix[0].number + with_suffix[0].suffix
    assert with_suffix[0].fields()["id_number"] == with_suffix[0].number


@pytest.mark.parametrize("kind", TEXT_KINDS)
@pytest.mark.parametrize("split", ["train", "validation"])
def test_texts_are_canonical_and_seeded(kind: str, split: Split) -> None:
    first = [random_text(np.random.default_rng(seed), kind, split) for seed in range(50)]
    assert first == [random_text(np.random.default_rng(seed), kind, split) for seed in range(50)]
    assert [text for text in first if not text or khmer.canonical(text) != text] == []


def test_an_unknown_kind_of_text_is_refused() -> None:
    with pytest.raises(KeyError):
        random_text(np.random.default_rng(0), "no such kind")
