"""Whether a truth can be true: dates of the calendar, forms of the card, and the MRZ against the printed fields.

A mistyped truth is worse than none: it makes a right reading count as wrong. Messages never repeat the truth itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from khid_eval.card import dates, khmer, mrz
from khid_eval.datasets.schema import Problem

Truth = Mapping[str, str | None]

_NUMBER = re.compile(r"(\d{9})(?: ?\(\d{1,2}\))?")
_HEIGHT = re.compile(r"\d{2,3} ?ស\.? ?ម\.?")
_LATIN_NAME = re.compile(r"[A-Z][A-Z '.\-]*")
_SEX_OF_MRZ = {"ប្រុស": "M", "ស្រី": "F"}
_PROVINCE_WORDS = re.compile("ខេត្ត|រាជធានី")
_ALPHABET = frozenset(mrz.ALPHABET)
_DATES = ("birth_date", "issue_date", "expiry_date")
_LINES = ("machine_code1", "machine_code2", "machine_code3")


def truth_problems(fields: Truth) -> Iterator[Problem]:
    """Every fault in the labelled texts of one card."""
    truth = {name: text for name, text in fields.items() if isinstance(text, str) and text.strip()}
    yield from _forms(truth)
    yield from _dates(truth)
    yield from _places(truth)
    yield from _lines(truth)
    yield from _against_mrz(truth)


def _forms(truth: Mapping[str, str]) -> Iterator[Problem]:
    number, sex, height, name = (truth.get(key) for key in ("id_number", "sex", "height", "name_en"))
    if number is not None and not _NUMBER.fullmatch(number):
        yield Problem("id-number", "id_number is not nine Latin digits, with or without a suffix such as (01)")
    if sex is not None and khmer.canonical(sex) not in _SEX_OF_MRZ:
        yield Problem("sex", "sex is neither ប្រុស nor ស្រី")
    if height is not None and not _HEIGHT.fullmatch(khmer.latin_digits(height)):
        yield Problem("height", "height is not of the form ១៥៨ ស.ម", "warning")
    if name is not None and not _LATIN_NAME.fullmatch(name):
        yield Problem("name-en", "name_en has other characters than capital Latin letters and spaces", "warning")


def _dates(truth: Mapping[str, str]) -> Iterator[Problem]:
    for name in _DATES:
        if name in truth and dates.parse(truth[name]) is None:
            yield Problem("bad-date", f"{name} is not a day of the calendar in the form DD.MM.YYYY")
    birth, issue, expiry = (dates.parse(truth.get(name, "")) for name in _DATES)
    if birth and issue and birth >= issue:
        yield Problem("date-order", "birth_date is not before issue_date")
    if issue and expiry and issue >= expiry:
        yield Problem("date-order", "issue_date is not before expiry_date")
    elif issue and expiry and expiry != dates.expiry_of(issue):
        yield Problem("expiry-rule", "expiry_date is not ten years less a day after issue_date", "warning")


def _places(truth: Mapping[str, str]) -> Iterator[Problem]:
    """Names of places are where typists err most. A warning only: communes have been renamed and joined."""
    for name in ("birth_place", "address"):
        if name in truth and not _ends_in_a_place(truth[name]):
            message = f"{name} does not end in a commune, district and province of the gazetteer: mistyped?"
            yield Problem("unknown-place", message, "warning")


def _ends_in_a_place(text: str) -> bool:
    words = khmer.fold_look_alikes(khmer.canonical(text)).split()
    lines = _place_lines()
    return any(_bare("".join(words[start:])) in lines for start in range(len(words)))


def _bare(line: str) -> str:
    return _PROVINCE_WORDS.sub("", line)


@cache
def _place_lines() -> frozenset[str]:
    """Commune, district and province of the whole country, without spaces and with look-alikes folded."""
    from khid_eval.card import gazetteer  # reads 14,000 villages from disk: only when a dataset is checked

    lines = (khmer.fold_look_alikes(place.line) for place in gazetteer.places())
    return frozenset(_bare("".join(line.split())) for line in lines)


def _lines(truth: Mapping[str, str]) -> Iterator[Problem]:
    for name in _LINES:
        line = truth.get(name)
        if line is None:
            continue
        if len(line) != mrz.LINE_LENGTH:
            yield Problem("mrz-length", f"{name} has {len(line)} characters; a line of the MRZ has {mrz.LINE_LENGTH}")
        if not _ALPHABET.issuperset(line):
            yield Problem("mrz-alphabet", f"{name} has other characters than A-Z, 0-9 and <")


def _well_formed(line: str | None) -> str:
    good = line and len(line) == mrz.LINE_LENGTH and _ALPHABET.issuperset(line)
    return line if line and good else ""


def _against_mrz(truth: Mapping[str, str]) -> Iterator[Problem]:
    one, two, three = (_well_formed(truth.get(name)) for name in _LINES)
    facts = mrz.read(one, two, three)
    yield from _check_digits(facts, one, two)
    if one:
        number = _NUMBER.fullmatch(truth.get("id_number", ""))
        if number and number[1] != facts.number:
            yield Problem("mrz-contradicts", "id_number is not the number in machine_code1")
    if two:
        yield from _against_line_two(truth, facts)
    if three and "name_en" in truth and not _same_name(truth["name_en"], three):
        yield Problem("mrz-contradicts", "name_en is not the name in machine_code3")


def _check_digits(facts: mrz.MrzFacts, one: str, two: str) -> Iterator[Problem]:
    digits = (
        ("machine_code1", "number", bool(one), facts.number_ok),
        ("machine_code2", "birth date", bool(two), facts.birth_ok),
        ("machine_code2", "expiry date", bool(two), facts.expiry_ok),
        ("machine_code2", "lines 1 and 2 together", bool(one and two), facts.composite_ok),
    )
    for line, part, present, right in digits:
        if present and not right:
            yield Problem("mrz-check-digit", f"{line}: the check digit of the {part} is wrong")


def _against_line_two(truth: Mapping[str, str], facts: mrz.MrzFacts) -> Iterator[Problem]:
    for name, coded in (("birth_date", facts.birth), ("expiry_date", facts.expiry)):
        day = dates.parse(truth.get(name, ""))
        if day and not dates.agrees_with_mrz(day, coded):
            yield Problem("mrz-contradicts", f"{name} is not the date in machine_code2")
    sex = _SEX_OF_MRZ.get(khmer.canonical(truth.get("sex", "")))
    if sex and facts.sex != sex:
        yield Problem("mrz-contradicts", "sex is not the sex in machine_code2")


def _same_name(name_en: str, line: str) -> bool:
    """The printed name has no mark between surname and given names: any place of it may be the break."""
    words = name_en.split()
    breaks = range(1, len(words) + 1)
    return any(mrz.name_line(" ".join(words[:at]), " ".join(words[at:])) == line for at in breaks)
