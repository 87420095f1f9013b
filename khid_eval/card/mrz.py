"""The machine-readable zone of the card: ICAO Doc 9303 part 5, format TD1, three lines of 30 characters.

1: IDKHM nnnnnnnnn c <x15          number, check digit
2: YYMMDD c S YYMMDD c KHM <x11 C  birth, sex, expiry, composite check digit
3: SURNAME<<GIVEN<NAMES<<<…        cut at 30
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import date

LINE_LENGTH = 30
ALPHABET = string.digits + string.ascii_uppercase + "<"
_VALUE = {char: value for value, char in enumerate(string.digits + string.ascii_uppercase)} | {"<": 0}


def check_digit(text: str) -> str:
    """ICAO 9303-3 section 4.9: weights 7, 3, 1 over the values, modulo 10. Raises ValueError for other characters."""
    try:
        return str(sum(_VALUE[char] * (7, 3, 1)[i % 3] for i, char in enumerate(text)) % 10)
    except KeyError as exc:
        raise ValueError(f"not an MRZ character: {exc.args[0]!r}") from exc


def composite_source(line1: str, line2: str) -> str:
    """The characters that the composite check digit covers, in order."""
    return line1[5:30] + line2[0:7] + line2[8:15] + line2[18:29]


def name_line(surname: str, given: str) -> str:
    """Line 3: primary identifier, "<<", secondary; every other character than A-Z becomes "<"; cut or filled to 30."""

    def part(text: str) -> str:
        return "<".join("".join(c if c in string.ascii_uppercase else " " for c in text.upper()).split())

    joined = f"{part(surname)}<<{part(given)}" if part(given) else part(surname)
    return joined[:LINE_LENGTH].ljust(LINE_LENGTH, "<")


def build(number: str, birth: date, sex: str, expiry: date, surname: str, given: str) -> tuple[str, str, str]:
    """The three lines. number: 9 digits, without the printed suffix; sex: "M", "F" or "<".

    Raises ValueError for another number or sex.
    """
    if len(number) != 9 or not number.isascii() or not number.isdigit():
        raise ValueError("number must be 9 digits")
    if sex not in ("M", "F", "<"):
        raise ValueError(f"sex must be M, F or <, got {sex!r}")
    line1 = f"IDKHM{number}{check_digit(number)}".ljust(LINE_LENGTH, "<")
    born, ends = f"{birth:%y%m%d}", f"{expiry:%y%m%d}"
    head = f"{born}{check_digit(born)}{sex}{ends}{check_digit(ends)}KHM" + "<" * 11
    return line1, head + check_digit(composite_source(line1, head)), name_line(surname, given)


@dataclass(frozen=True, slots=True)
class MrzFacts:
    """What three lines say. A part whose line is malformed is ""; *_ok: its check digit verifies."""

    number: str
    number_ok: bool
    birth: str  # YYMMDD
    birth_ok: bool
    sex: str  # M, F, < or ""
    expiry: str  # YYMMDD
    expiry_ok: bool
    composite_ok: bool
    surname: str
    given: str  # parts joined by single spaces


def _verified(text: str, digit: str) -> bool:
    return bool(text) and all(c in ALPHABET for c in text) and check_digit(text) == digit


def read(line1: str, line2: str, line3: str) -> MrzFacts:
    """Reads the lines as they are; repairs nothing. Any strings are taken: what is not 30 characters long yields ""."""
    one = line1 if len(line1) == LINE_LENGTH else ""
    two = line2 if len(line2) == LINE_LENGTH else ""
    surname, _, given = line3.rstrip("<").partition("<<")
    covered = composite_source(one, two) if one and two else ""
    return MrzFacts(
        number=one[5:14],
        number_ok=bool(one) and _verified(one[5:14], one[14]),
        birth=two[0:6],
        birth_ok=bool(two) and _verified(two[0:6], two[6]),
        sex=two[7:8],
        expiry=two[8:14],
        expiry_ok=bool(two) and _verified(two[8:14], two[14]),
        composite_ok=bool(covered) and _verified(covered, two[29]),
        surname=" ".join(surname.replace("<", " ").split()),
        given=" ".join(given.replace("<", " ").split()),
    )


__all__ = ["ALPHABET", "LINE_LENGTH", "MrzFacts", "build", "check_digit", "composite_source", "name_line", "read"]
