"""The card's own facts: Khmer order, MRZ, dates, places."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.card import dates, gazetteer, khmer, mrz

KHMER_TEXT = st.text(alphabet=[chr(c) for c in range(0x1780, 0x17DE)] + ["\u200b", " ", "a", "1"], max_size=12)


@given(KHMER_TEXT)
def test_canonical_is_idempotent(text: str) -> None:
    assert khmer.canonical(khmer.canonical(text)) == khmer.canonical(text)


@given(KHMER_TEXT)
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(khmer.clusters(text)) == text


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("ក\u17d2រ\u17c6\u17bb", "ក\u17d2រ\u17bb\u17c6"),  # vowel before sign
        ("ស\u17d2រ\u17d2ត\u17b8", "ស\u17d2ត\u17d2រ\u17b8"),  # coeng RO last
        ("ក\u17c1\u17b8", "ក\u17be"),  # split vowel
        ("ក\u17c1\u17b6", "ក\u17c4"),
        ("ភ្នំ\u200bពេញ", "ភ្នំពេញ"),
        ("  ក   ខ ", "ក ខ"),
        ("", ""),
        ("ABC", "ABC"),
    ],
)
def test_canonical_order(typed: str, canonical: str) -> None:
    assert khmer.canonical(typed) == canonical


@pytest.mark.parametrize(("word", "count"), [("ភ្នំ", 1), ("កម្ពុជា", 3), ("ស្រី", 1), ("ប្រុស", 2), ("A1<", 3), ("", 0)])
def test_cluster_counts(word: str, count: int) -> None:
    assert len(khmer.clusters(word)) == count


def test_mrz_agrees_with_the_documented_example_of_icao() -> None:
    # ICAO 9303-5 appendix, specimen TD1: check digits of number, birth, expiry and the composite.
    line1, line2 = "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6"
    facts = mrz.read(line1, line2, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
    assert (facts.number_ok, facts.birth_ok, facts.expiry_ok, facts.composite_ok) == (True, True, True, True)
    assert (facts.surname, facts.given) == ("ERIKSSON", "ANNA MARIA")


@given(
    st.from_regex(r"[0-9]{9}", fullmatch=True),
    st.dates(date(1930, 1, 1)),
    st.sampled_from("MF<"),
    st.dates(date(2000, 1, 1)),
)
def test_built_mrz_verifies(number: str, birth: date, sex: str, expiry: date) -> None:
    lines = mrz.build(number, birth, sex, expiry, "SOK", "DARA")
    facts = mrz.read(*lines)
    assert [len(line) for line in lines] == [30, 30, 30]
    assert facts.number_ok
    assert facts.birth_ok
    assert facts.expiry_ok
    assert facts.composite_ok
    assert (facts.number, facts.sex) == (number, sex)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_reading_any_text_as_mrz_never_fails(one: str, two: str, three: str) -> None:
    mrz.read(one, two, three)


def test_dates() -> None:
    assert dates.parse("១០.០៧.១៩៩៩") == date(1999, 7, 10)
    assert dates.printed(date(1999, 7, 10)) == "១០.០៧.១៩៩៩"
    assert dates.parse("៣១.០២.២០០០") is None
    assert dates.expiry_of(date(2015, 12, 15)) == date(2025, 12, 14)
    assert dates.expiry_of(date(2016, 2, 29)) == date(2026, 2, 28)
    assert dates.agrees_with_mrz(date(1999, 7, 10), "990710")


def test_gazetteer_is_whole_and_printable() -> None:
    places = gazetteer.places()
    assert len(places) > 1600
    assert len({place.province for place in places}) == 25
    names = [name for p in places for name in (p.province, p.district, p.commune, *p.villages)]
    assert len(names) > 19000
    assert all(name == khmer.canonical(name) for name in names)
    assert not [name for name in names if re.search(r"[`‹›\u200b]", name)]
    assert {p.district_kind for p in places if p.province == "ភ្នំពេញ"} == {"ខណ្ឌ"}
