"""Lines of text -> where each field's value stands in them. Captions are matched fuzzily, never by position alone.

Works on text only: lines come in reading order with an optional hint of what the row finder took them for. The hint
breaks ties and names rows whose caption could not be read; what a line says always outweighs it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from khid_eval.card.captions import CAPTIONS
from khid_eval.card.khmer import fold_look_alikes, latin_digits
from khid_eval.card.marks import MARK_WORDS

CAPTION_SCORE = 62.0  # rapidfuzz ratio, 0..100; below it a caption is not believed. Trials: OCR slips keep 70 and more.
_COLONS = " :;.,៖ៈ។·-"
_LEADING = ("name_kh", "birth_date", "birth_place", "address", "issue_date", "description")
_FOLLOWING: Mapping[str, tuple[str, ...]] = {"birth_date": ("sex", "height"), "issue_date": ("expiry_date",)}
_CONTINUED = ("address", "description")  # the birth place is one line on every known card
_FEWEST_CONTINUED = 4  # Khmer letters of a line that goes on with an address or a mark
_MRZ_FIELDS = ("machine_code1", "machine_code2", "machine_code3")
_KHMER = ("name_kh", "birth_place", "address", "description")
_CAPTION_REST = re.compile(r".{0,4}?[:៖ៈ]")  # what is left of a slipped caption: it ends with the first colon
_LATIN_TAIL = re.compile(r"(?:\s+[0-9<().,-]*[A-Z][A-Z0-9<().,-]*)+$")
_MARKS = ("SPECIMEN", "SAMPLE")  # printed across or beside the text of a card that is nobody's; no name is like them
_MARK_SCORE = 80.0  # rapidfuzz ratio from which a word is one of them: one letter slipped in each of them
_NUMBER = re.compile(r"[0-9OIBSQDZ]{7,11}\s*(?:\(?\s*[0-9OI]{1,2}\s*\)?)?")
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


@dataclass(frozen=True, slots=True)
class _Caption:
    field: str
    start: int
    end: int
    score: float


def find_fields(lines: Sequence[TextLine]) -> dict[str, tuple[Span, ...]]:
    """Spans of every field's value, in reading order; a field that is nowhere is absent.

    A value may be empty (its caption stands there with nothing behind it) and may go over two lines (address).
    """
    found: dict[str, tuple[Span, ...]] = {}
    last = ""
    mrz = _mrz_lines(lines)
    captions = {number: _captions(line) for number, line in enumerate(lines) if number not in mrz}
    captioned = {one.field for row in captions.values() for one in row}
    name = _latin_name(lines, mrz, captions)
    for number, line in enumerate(lines):
        if number in mrz:
            found[mrz[number]] = (Span(number, 0, len(line.text)),)
            continue
        if captions[number]:
            spans = _between(number, line.text, captions[number])
        elif name and name.line == number:
            spans = {"name_en": name}
        else:
            spans = _uncaptioned(number, line, {*found, *captioned})
        if spans:
            for field, span in spans.items():
                found.setdefault(field, (span,))
            last = next(reversed(spans))
        elif last in _CONTINUED and len(found[last]) < 2 and _is_continuation(line.text):
            found[last] = (*found[last], _without_tail(line.text, Span(number, 0, len(line.text))))
    return found


def _uncaptioned(number: int, line: TextLine, known: Collection[str]) -> dict[str, Span]:
    """By the form of its text, or as the row finder says. known: the fields that stand elsewhere."""
    bare = _without_marks(number, line.text)
    if "id_number" not in known and _is_number(TextLine(line.text[bare.start : bare.end], line.hint)):
        return {"id_number": bare}
    field = HINT_OF_FIELD.get(line.hint, "")
    if not field or field in known or field in _MRZ_FIELDS or _is_mark(line.text):
        return {}
    # The caption was not read: the value is what follows the first colon, or all.
    cut = re.search(r"[:៖ៈ]", line.text)
    head = _Caption(field, 0, cut.end() if cut else 0, 0.0)
    return _between(number, line.text, [head, *_following(line.text, head)])


def _captions(line: TextLine) -> list[_Caption]:
    folded = fold_look_alikes(line.text)
    best = max((_match(folded, field, line.hint) for field in _LEADING), key=lambda one: one.score)
    if best.score < CAPTION_SCORE:
        return []
    return [best, *_following(line.text, best)]


def _match(folded: str, field: str, hint: str) -> _Caption:
    """The best place of that field's caption in the line's head."""
    caption = fold_look_alikes(CAPTIONS[field])
    head = folded[: len(caption) + 8]
    if len(head) < len(caption) // 2:
        return _Caption(field, 0, 0, 0.0)
    found = fuzz.partial_ratio_alignment(caption, head)
    if found is None:
        return _Caption(field, 0, 0, 0.0)
    covered = min(len(head), len(caption)) / len(caption)
    bonus = 8.0 if HINT_OF_FIELD.get(hint) == field else 0.0
    return _Caption(field, found.dest_start, found.dest_end, found.score * covered + bonus)


def _following(text: str, head: _Caption) -> list[_Caption]:
    """Captions that share the line with their leader: sex and height after the birth date, expiry after the issue."""
    captions, at = [], head.end
    for field in _FOLLOWING.get(head.field, ()):
        found = _find_after(text, at, field)
        if found:
            captions.append(found)
            at = found.end
    return captions


_DATE = re.compile(r"[០-៩0-9]{1,2}[.,:\s]+[០-៩0-9]{1,2}[.,:\s]+[០-៩0-9]{4}")
# The value's own form finds these better than three letters of caption would.
_VALUE_FORM: Mapping[str, re.Pattern[str]] = {
    "sex": re.compile(r"ប្រុ?ស|ស្រី|ស្រ|ប្រស"),
    "height": re.compile(r"[០-៩0-9]{2,3}\s*ស\s*[.,]?\s*ម?"),
    "expiry_date": _DATE,
}
# A slipped caption may end early and leave letters before the value: the form of the value cuts them off.
_NARROWED: Mapping[str, re.Pattern[str]] = {"birth_date": _DATE, "issue_date": _DATE, **_VALUE_FORM}


def _find_after(text: str, at: int, field: str) -> _Caption | None:
    """The caption after position `at`: by its letters, then by the form of the value behind it."""
    caption = CAPTIONS[field]
    found = fuzz.partial_ratio_alignment(caption, text[at:])
    if found and found.score >= CAPTION_SCORE and len(text) - at > len(caption):
        return _Caption(field, at + found.dest_start, at + found.dest_end, found.score)
    matches = list(_VALUE_FORM[field].finditer(text, at))
    if field == "expiry_date" and len(matches) < 2:
        return None
    if not matches:
        return None
    start = matches[-1].start()
    return _Caption(field, start, start, 0.0)


def _between(number: int, text: str, captions: Sequence[_Caption]) -> dict[str, Span]:
    """The value of each caption reaches to the next caption or the end of the line, without colons and blanks."""
    ends = [one.start for one in captions[1:]] + [len(text)]
    return {
        caption.field: _trimmed(caption.field, Span(number, caption.end, end), text)
        for caption, end in zip(captions, ends, strict=True)
    }


def _trimmed(field: str, span: Span, text: str) -> Span:
    start, end = span.start, max(span.start, span.end)
    form = _NARROWED.get(field)
    match = form.search(text, start, end) if form else None
    if match:
        return Span(span.line, match.start(), match.end())
    if field in _KHMER:
        cut = _CAPTION_REST.match(text, start, end)
        start = cut.end() if cut else start
        end = _without_tail(text, Span(span.line, start, end)).end
    while start < end and text[start] in _COLONS:
        start += 1
    while end > start and text[end - 1] in " :;,៖ៈ":
        end -= 1
    return Span(span.line, start, end)


def _without_tail(text: str, span: Span) -> Span:
    """Without Latin letters at the end, apart from the text: the card's ghost print, a stamp, a desk."""
    tail = _LATIN_TAIL.search(text, span.start, span.end)
    return Span(span.line, span.start, tail.start()) if tail else span


def _is_number(line: TextLine) -> bool:
    text = latin_digits(line.text).replace(" ", "")
    digits = sum(c.isdigit() for c in text)
    if line.hint == "number":
        return digits >= 4
    return digits >= 6 and _NUMBER.fullmatch(text) is not None


def _latin_name(
    lines: Sequence[TextLine], mrz: Mapping[int, str], captions: Mapping[int, Sequence[_Caption]]
) -> Span | None:
    """Of the lines in Latin capitals the one that is the name: by the MRZ, the hint and the line above, then the first.

    A heading and the word SPECIMEN are such lines too, and stand above the name.
    """
    (said,) = [lines[number].text for number, field in mrz.items() if field == "machine_code3"] or [""]

    def likeness(span: Span) -> float:
        score = fuzz.ratio(lines[span.line].text[span.start : span.end], said.rstrip("<").replace("<", " "))
        above = span.line > 0 and any(one.field == "name_kh" for one in captions.get(span.line - 1, ()))
        return score + 15.0 * (lines[span.line].hint == "name_en") + 10.0 * above

    plain = [_without_marks(number, line.text) for number, line in enumerate(lines)]
    spans = [
        span
        for span in plain
        if span.line not in mrz and not captions[span.line] and _is_latin(lines[span.line].text[span.start : span.end])
    ]
    return max(spans, key=likeness, default=None)


def _without_marks(number: int, text: str) -> Span:
    """The line without the word SPECIMEN before or behind what it says."""
    words = [word for word in re.finditer(r"\S+", text)]
    while words and _is_mark(words[0].group()):
        words.pop(0)
    while words and _is_mark(words[-1].group()):
        words.pop()
    return Span(number, words[0].start(), words[-1].end()) if words else Span(number, 0, 0)


def _is_mark(text: str) -> bool:
    return any(fuzz.ratio(text.strip(), mark) >= _MARK_SCORE for mark in _MARKS)


def _is_latin(text: str) -> bool:
    letters = [c for c in text if not c.isspace()]
    capitals = sum("A" <= c <= "Z" for c in letters)
    return len(letters) >= 2 and capitals / len(letters) > 0.7 and text.count("<") < 2


def mostly_khmer(text: str) -> bool:
    """Whether most of the line is Khmer: what is printed under an address or a mark by chance is not."""
    letters = [char for char in text if not char.isspace()]
    return 2 * sum("\u1780" <= char <= "\u17e9" for char in letters) > len(letters)


def _is_continuation(text: str) -> bool:
    """Whether a line can be the rest of an address or a mark: Khmer, and more than a scrap of some other print."""
    letters = sum("\u1780" <= char <= "\u17b3" for char in text)
    return mostly_khmer(text) and (letters >= _FEWEST_CONTINUED or text.strip() in MARK_WORDS)


def _mrz_likeness(text: str) -> float:
    body = text.replace(" ", "")
    if len(body) < 18:
        return 0.0
    allowed = sum(c == "<" or "0" <= c <= "9" or "A" <= c <= "Z" for c in body)
    return (allowed / len(body)) * (1.0 if body.count("<") >= 3 else 0.5)


def _mrz_lines(lines: Sequence[TextLine]) -> dict[int, str]:
    """Which lines are the MRZ, and which of the three each one is: by content, then by hint and order."""
    hinted = {i for i, line in enumerate(lines) if line.hint.startswith("mrz") and not mostly_khmer(line.text)}
    numbers = [i for i, line in enumerate(lines) if _mrz_likeness(line.text) > 0.75 or i in hinted][-3:]
    named = {i: _mrz_name(lines[i]) for i in numbers}
    if len(numbers) == 3 or len(set(named.values())) < len(named):
        start = 3 - len(numbers) if len(numbers) < 3 else 0
        return {i: _MRZ_FIELDS[start + k] for k, i in enumerate(numbers)}
    return named


def _mrz_name(line: TextLine) -> str:
    body = line.text.replace(" ", "")
    if body[:5].startswith("ID") or "KHM" in body[:6]:
        return "machine_code1"
    if sum(c.isdigit() for c in body) >= 8:
        return "machine_code2"
    return HINT_OF_FIELD.get(line.hint, "machine_code3")


__all__ = ["CAPTION_SCORE", "HINT_OF_FIELD", "Span", "TextLine", "find_fields", "mostly_khmer"]
