"""Does a card agree with itself? Rules over the 14 texts; no photo, no confidence.

Every rule is about one field, and says nothing (no `Check`) where what it needs was not read.
`gazetteer` reads 14,000 villages from disk at the first address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from khid_eval.card import dates, mrz
from khid_eval.card.captions import FEMALE, MALE
from khid_eval.card.khmer import canonical, fold_look_alikes, latin_digits

Rule = Literal["form", "check_digit", "agrees_with_mrz", "calendar", "validity", "age", "place"]

_NUMBER = re.compile(r"(\d{9})(?: ?\(\d{1,2}\))?")
_HEIGHT = re.compile(r"(\d{2,3})\D{0,6}")
_HEIGHT_CM = range(50, 251)
# "ស្រុក" can also end a commune's name: the space before the district's kind decides, where there is one.
_PLACES = tuple(
    re.compile(rf"(?:ឃុំ|សង្កាត់)(.+?){gap}(?:ស្រុក|ខណ្ឌ|ក្រុង)(.+?)\s(?:ខេត្ត|រាជធានី)?(\S+)$") for gap in (r"\s", "")
)
_YOUNGEST_HOLDER = 15


@dataclass(frozen=True, slots=True)
class Check:
    """What one rule found about one field."""

    field: str
    rule: Rule
    passed: bool


def check(texts: Mapping[str, str]) -> tuple[Check, ...]:
    """All rules over texts by field name; absent and "" are the same."""
    read = {name: canonical(text) for name, text in texts.items() if text.strip()}
    facts = mrz.read(*(read.get(f"machine_code{line}", "").replace(" ", "") for line in (1, 2, 3)))
    found = (*_form(read), *_check_digits(read, facts), *_agreement(read, facts), *_dates(read), *_places(read))
    return tuple(Check(field, rule, passed) for field, rule, passed in found)


def expired(texts: Mapping[str, str], today: date) -> bool | None:
    """Whether the printed validity ended before today; None where it was not read."""
    ends = dates.parse(canonical(texts.get("expiry_date", "")))
    return None if ends is None else ends < today


Found = Iterator[tuple[str, Rule, bool]]


def _form(read: Mapping[str, str]) -> Found:
    if "id_number" in read:
        yield "id_number", "form", bool(_NUMBER.fullmatch(latin_digits(read["id_number"])))
    if "height" in read:
        match = _HEIGHT.fullmatch(latin_digits(read["height"]))
        yield "height", "form", match is not None and int(match[1]) in _HEIGHT_CM
    for field in ("birth_date", "issue_date", "expiry_date"):
        if field in read:
            yield field, "calendar", dates.parse(read[field]) is not None


def _check_digits(read: Mapping[str, str], facts: mrz.MrzFacts) -> Found:
    if "machine_code1" in read:
        yield "machine_code1", "check_digit", facts.number_ok
    if "machine_code2" in read:
        whole = facts.composite_ok or "machine_code1" not in read
        yield "machine_code2", "check_digit", facts.birth_ok and facts.expiry_ok and whole
    if "machine_code3" in read:
        line = read["machine_code3"]
        yield "machine_code3", "form", len(line) == mrz.LINE_LENGTH and set(line) <= set(mrz.ALPHABET)


def _agreement(read: Mapping[str, str], facts: mrz.MrzFacts) -> Found:
    """Printed values against the MRZ; a part of the MRZ whose own check digit fails is no witness."""
    number = _NUMBER.fullmatch(latin_digits(read.get("id_number", "")))
    if number and facts.number_ok:
        yield "id_number", "agrees_with_mrz", number[1] == facts.number
    for field, coded, sound in (
        ("birth_date", facts.birth, facts.birth_ok),
        ("expiry_date", facts.expiry, facts.expiry_ok),
    ):
        day = dates.parse(read.get(field, ""))
        if day and sound:
            yield field, "agrees_with_mrz", dates.agrees_with_mrz(day, coded)
    if "sex" in read and facts.sex in ("M", "F"):
        yield "sex", "agrees_with_mrz", read["sex"] == {"M": MALE, "F": FEMALE}[facts.sex]
    whole = len(read.get("machine_code3", "")) == mrz.LINE_LENGTH
    if "name_en" in read and facts.surname and whole:
        yield "name_en", "agrees_with_mrz", _same_name(read["name_en"], facts)


def _same_name(printed: str, facts: mrz.MrzFacts) -> bool:
    """Equal without spaces and hyphens; line 3 cuts long names, so a full line may be only the beginning."""
    coded = re.sub(r"[^A-Z]", "", facts.surname + facts.given)
    letters = re.sub(r"[^A-Z]", "", printed.upper())
    cut = len(facts.surname) + len(facts.given) + 2 >= mrz.LINE_LENGTH
    return letters == coded or (cut and letters.startswith(coded))


def _dates(read: Mapping[str, str]) -> Found:
    born, issued, ends = (dates.parse(read.get(f"{name}_date", "")) for name in ("birth", "issue", "expiry"))
    if issued and ends:
        yield "expiry_date", "validity", ends == dates.expiry_of(issued)
    if born and issued:
        yield "birth_date", "age", dates.years_after(born, _YOUNGEST_HOLDER) <= issued


def _places(read: Mapping[str, str]) -> Found:
    for field in ("birth_place", "address"):
        if field in read:
            yield field, "place", known_place(read[field])


def known_place(text: str) -> bool:
    """Whether the text ends in a commune, district and province that exist together."""
    plain = fold_look_alikes(canonical(text))
    matches = (pattern.search(plain) for pattern in _PLACES)
    return any(_joined(*match.groups()) in _known_places() for match in matches if match)


def _joined(commune: str, district: str, province: str) -> str:
    return "|".join(name.replace(" ", "") for name in (commune, district, province))


@cache
def _known_places() -> frozenset[str]:
    from khid_eval.card import gazetteer  # reads the country's places: only when there is one to look up

    return frozenset(
        fold_look_alikes(_joined(place.commune, place.district, place.province)) for place in gazetteer.places()
    )


__all__ = ["Check", "Rule", "check", "expired", "known_place"]
