"""Rows of a card as plain text, and parts of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

HINT_OF_FIELD: Mapping[str, str] = {
    "number": "id_number",
    "name_kh": "name_kh",
    "name_en": "name_en",
    "birth": "birth_date",
    "birth_place": "birth_place",
    "address1": "address",
    "validity": "issue_date",
    "mark": "description",
    "mrz1": "machine_code1",
    "mrz2": "machine_code2",
    "mrz3": "machine_code3",
}
"""What a row kind of the row finder stands for; address2 and unknown rows continue what stands above them."""


DATE = re.compile(r"[០-៩0-9]{1,2}[.,:\s]+[០-៩0-9]{1,2}[.,:\s]+[០-៩0-9]{4}")
"""A date as it is read, in either digits, its dots slipped or gone."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters start..end of line number `line`."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line as recognised. text: canonical; hint: row kind of the row finder or "" for none."""

    text: str
    hint: str = ""


def mostly_khmer(text: str) -> bool:
    """Whether most of the line is Khmer: what is printed under an address or a mark by chance is not."""
    letters = [char for char in text if not char.isspace()]
    return 2 * sum("\u1780" <= char <= "\u17e9" for char in letters) > len(letters)


__all__ = ["DATE", "HINT_OF_FIELD", "Span", "TextLine", "mostly_khmer"]
