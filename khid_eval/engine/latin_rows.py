"""What a card prints in Latin letters and digits: its number, the Latin name, the MRZ; and the word SPECIMEN, which is
nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from khid_eval.card.khmer import latin_digits
from khid_eval.engine.text_lines import DATE, HINT_OF_FIELD, Span, TextLine, mostly_khmer

MRZ_FIELDS = ("machine_code1", "machine_code2", "machine_code3")
_MARKS = ("SPECIMEN", "SAMPLE")  # printed across or beside the text of a card that is nobody's; no name is like them
_MARK_SCORE = 80.0  # rapidfuzz ratio from which a word is one of them: one letter slipped in each of them
_NUMBER = re.compile(r"[0-9OIBSQDZ]{7,11}\s*(?:\(?\s*[0-9OI]{1,2}\s*\)?)?")
_NUMBER_BEHIND = re.compile(r"(?<![0-9OIBSQDZ.])[0-9OIBSQDZ]{9}\s*(?:\(\s*[0-9OI]{1,2}\s*\)?)?$")
"""The same at the end of a row that says something else before it."""
_FEWEST_DIGITS = 7
_NAME_BEHIND = re.compile(r"(?:^|[\s:៖ៈ/])([A-Z][A-Z'-]+(?:\s+[A-Z][A-Z'-]*)*)$")
"""Latin capitals at the end of a row that says something else before them."""
_FEWEST_OF_NAME = 5
_HINT_SCORE, _BELOW_SCORE, _AFTER_SCORE, _OWN_ROW_SCORE, _CAPTION_SCORE = 15.0, 10.0, 30.0, 25.0, 15.0
"""What each sign of a name counts beside its likeness to the MRZ, a rapidfuzz ratio, 0..100."""


def card_number(number: int, line: TextLine, *, captioned: bool) -> Span | None:
    """The number where the row is one, or ends with one behind a caption or a value."""
    bare = without_marks(number, line.text)
    if not captioned and _is_number(line.text[bare.start : bare.end], line.hint):
        return bare
    text = latin_digits(line.text[: bare.end])
    behind = _NUMBER_BEHIND.search(text, bare.start)
    if not behind or DATE.search(text, max(0, behind.start() - 1)):
        return None
    digits = sum(char.isdigit() for char in behind.group()[:9])
    return Span(number, behind.start(), behind.end()) if digits >= _FEWEST_DIGITS else None


def _is_number(text: str, hint: str) -> bool:
    text = latin_digits(text).replace(" ", "")
    digits = sum(c.isdigit() for c in text)
    if hint == "number":
        return digits >= 4
    return digits >= 6 and _NUMBER.fullmatch(text) is not None


def latin_name(lines: Sequence[TextLine], mrz: Mapping[int, str], led: Mapping[int, str]) -> Span | None:
    """Of all that stands in Latin capitals what is the name: by the MRZ, the hint and the line above, then the first.

    A heading and the word SPECIMEN are such lines too, and stand above the name. led: row -> field whose caption leads
    it; where the name has no row of its own, it stands behind another caption, or behind the Khmer name.
    """
    khmer = min((number for number, field in led.items() if field == "name_kh"), default=len(lines))
    (said,) = [lines[number].text for number, field in mrz.items() if field == "machine_code3"] or [""]

    def likeness(span: Span) -> float:
        line = lines[span.line]
        score = fuzz.ratio(line.text[span.start : span.end], said.rstrip("<").replace("<", " "))
        score += _OWN_ROW_SCORE * (span.line not in led and _is_latin(line.text))
        score += _AFTER_SCORE * (span.line >= khmer)
        score += _CAPTION_SCORE * (line.text[: span.start].rstrip()[-1:] in (":", "៖", "ៈ"))
        return score + _HINT_SCORE * (line.hint == "name_en") + _BELOW_SCORE * (led.get(span.line - 1) == "name_kh")

    spans = [
        span
        for number, line in enumerate(lines)
        if number not in mrz and (span := _latin_part(number, line, led.get(number, "")))
    ]
    return max(spans, key=likeness, default=None)


def _latin_part(number: int, line: TextLine, field: str) -> Span | None:
    """What could be the name in the row. field: whose caption leads the row, or ""."""
    bare = without_marks(number, line.text)
    text = line.text[: bare.end]
    if not field and _is_latin(text[bare.start :]) and ":" not in text:
        return bare
    if field not in ("", "name_kh"):
        return None
    found = _NAME_BEHIND.search(text, bare.start)
    if not found or found.end() - found.start(1) < _FEWEST_OF_NAME:
        return None
    return Span(number, found.start(1), found.end())


def without_marks(number: int, text: str) -> Span:
    """The line without the word SPECIMEN before or behind what it says."""
    words = [word for word in re.finditer(r"\S+", text)]
    while words and is_mark(words[0].group()):
        words.pop(0)
    while words and is_mark(words[-1].group()):
        words.pop()
    return Span(number, words[0].start(), words[-1].end()) if words else Span(number, 0, 0)


def is_mark(text: str) -> bool:
    """Whether it is the word SPECIMEN, with a slip or without."""
    return any(fuzz.ratio(text.strip(), mark) >= _MARK_SCORE for mark in _MARKS)


def _is_latin(text: str) -> bool:
    letters = [c for c in text if not c.isspace()]
    capitals = sum("A" <= c <= "Z" for c in letters)
    return len(letters) >= 2 and capitals / len(letters) > 0.7 and text.count("<") < 2


def _mrz_likeness(text: str) -> float:
    body = text.replace(" ", "")
    if len(body) < 18:
        return 0.0
    allowed = sum(c == "<" or "0" <= c <= "9" or "A" <= c <= "Z" for c in body)
    return (allowed / len(body)) * (1.0 if body.count("<") >= 3 else 0.5)


def mrz_lines(lines: Sequence[TextLine]) -> dict[int, str]:
    """Which lines are the MRZ, and which of the three each one is: by content, then by hint and order."""
    hinted = {i for i, line in enumerate(lines) if line.hint.startswith("mrz") and not mostly_khmer(line.text)}
    numbers = [i for i, line in enumerate(lines) if _mrz_likeness(line.text) > 0.75 or i in hinted][-3:]
    named = {i: _mrz_name(lines[i]) for i in numbers}
    if len(numbers) == 3 or len(set(named.values())) < len(named):
        start = 3 - len(numbers) if len(numbers) < 3 else 0
        return {i: MRZ_FIELDS[start + k] for k, i in enumerate(numbers)}
    return named


def _mrz_name(line: TextLine) -> str:
    body = line.text.replace(" ", "")
    if body[:5].startswith("ID") or "KHM" in body[:6]:
        return "machine_code1"
    if sum(c.isdigit() for c in body) >= 8:
        return "machine_code2"
    return HINT_OF_FIELD.get(line.hint, "machine_code3")


__all__ = ["MRZ_FIELDS", "card_number", "is_mark", "latin_name", "mrz_lines", "without_marks"]
