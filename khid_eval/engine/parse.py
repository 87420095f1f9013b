"""Lines of text -> where each field's value stands in them. Captions are matched fuzzily, never by position alone.

Works on text only: lines come in reading order with an optional hint of what the row finder took them for. The hint
breaks ties and names rows whose caption could not be read; what a line says always outweighs it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from khid_eval.card.gazetteer import places
from khid_eval.card.marks import MARK_WORDS
from khid_eval.engine.caption_rows import Caption, between, by_form, captions_of, following, has_form, without_tail
from khid_eval.engine.latin_rows import MRZ_FIELDS, card_number, is_mark, latin_name, mrz_lines
from khid_eval.engine.text_lines import DATE, HINT_OF_FIELD, Span, TextLine, mostly_khmer

_MOST_ROWS: Mapping[str, int] = {"birth_place": 2, "address": 3, "description": 2}
"""Rows over which a value may go; every known card has the birth place in one and the address in two."""
_FEWEST_CONTINUED = 4  # Khmer letters of a line that goes on with an address or a mark, if no word says that it does
_PLACE_WORDS = ("ភូមិ", "ឃុំ", "សង្កាត់", "ស្រុក", "ខណ្ឌ", "ក្រុង", "ខេត្ត", "រាជធានី")


@dataclass(slots=True)
class _Reading:
    """The lines and what is known of them so far. waiting: fields whose captions the last row had, without values."""

    lines: Sequence[TextLine]
    captions: Mapping[int, Sequence[Caption]]
    found: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    last: str = ""
    waiting: tuple[str, ...] = ()

    def elsewhere(self) -> set[str]:
        """Fields that are found, or whose captions stand somewhere."""
        return {*self.found, *(one.field for row in self.captions.values() for one in row)}


def find_fields(lines: Sequence[TextLine]) -> dict[str, tuple[Span, ...]]:
    """Spans of every field's value, in reading order; a field that is nowhere is absent.

    A value may be empty (its caption stands there with nothing behind or below it) and may go over several lines.
    """
    mrz = mrz_lines(lines)
    captions = {number: captions_of(line) for number, line in enumerate(lines) if number not in mrz}
    led = {number: row[0].field for number, row in captions.items() if row}
    name = latin_name(lines, mrz, led)
    reading = _Reading(lines, captions)
    for number in range(len(lines)):
        if number in mrz:
            reading.found[mrz[number]] = (Span(number, 0, len(lines[number].text)),)
        else:
            _take(reading, _spans_of_row(reading, number, name), number)
    return reading.found


def _spans_of_row(reading: _Reading, number: int, name: Span | None) -> dict[str, Span]:
    """The values that stand in that row; what goes on with the row above is none of them."""
    line, captions = reading.lines[number], reading.captions[number]
    extra: dict[str, Span] = {}
    if "id_number" not in reading.found and (own := card_number(number, line, captioned=bool(captions))):
        extra["id_number"] = own
    if name and name.line == number:
        extra["name_en"] = name
    if captions:
        end = min((span.start for span in extra.values()), default=len(line.text))
        return {**extra, **between(number, line.text[:end], [one for one in captions if one.end <= end])}
    if extra:
        return extra
    return _below(reading, number) or _uncaptioned(reading, number)


def _take(reading: _Reading, spans: dict[str, Span], number: int) -> None:
    """Notes what the row says; without a value of its own it may go on with the one above."""
    line = reading.lines[number]
    for one, span in spans.items():
        if one not in reading.found or _is_empty(reading.found[one]):
            reading.found[one] = (span,)
    if spans:
        reading.last = next(reversed(spans))
    elif _goes_on(reading, line):
        rest = without_tail(line.text, Span(number, 0, len(line.text)))
        reading.found[reading.last] = (*reading.found[reading.last], rest)
    if reading.captions[number]:
        reading.waiting = tuple(one for one, span in spans.items() if _is_empty((span,)))
    else:
        reading.waiting = tuple(one for one in reading.waiting if one not in spans)


def _is_empty(spans: Sequence[Span]) -> bool:
    return all(span.start >= span.end for span in spans)


def _below(reading: _Reading, number: int) -> dict[str, Span]:
    """The values of captions that stand in the row above with nothing behind them."""
    line, waiting = reading.lines[number], reading.waiting
    hinted = HINT_OF_FIELD.get(line.hint, "")
    by_their_form = by_form(number, line.text, waiting)
    if by_their_form:
        return by_their_form
    if len(waiting) != 1 or has_form(waiting[0]) or hinted not in (*waiting, "", *reading.found):
        return {}
    spans = between(number, line.text, [Caption(waiting[0], 0, 0, 0.0)])
    if set(spans) & {*_MOST_ROWS, "name_kh"} and not (mostly_khmer(line.text) and not DATE.search(line.text)):
        return {}
    return spans


def _uncaptioned(reading: _Reading, number: int) -> dict[str, Span]:
    """As the row finder says, where the caption was not read: what follows the first colon, or all."""
    line, known = reading.lines[number], reading.elsewhere()
    one = _meant(line, known)
    if not one or one in known or one in MRZ_FIELDS or is_mark(line.text):
        return {}
    cut = None if has_form(one) else re.search(r"[:៖ៈ]", line.text)
    head = Caption(one, 0, cut.end() if cut else 0, 0.0)
    return between(number, line.text, [head, *following(line.text, head)])


def _meant(line: TextLine, known: Collection[str]) -> str:
    """The field that a row without a caption holds: two dates are those of the validity, and no date is a mark."""
    dates = len(DATE.findall(line.text))
    if dates >= 2 and "issue_date" not in known:
        return "issue_date"
    meant = HINT_OF_FIELD.get(line.hint, "")
    return "" if dates and meant == "description" else meant


@cache
def _provinces() -> frozenset[str]:
    return frozenset(place.province for place in places())


def _goes_on(reading: _Reading, line: TextLine) -> bool:
    """Whether a line can be the rest of an address, a birth place or a mark: Khmer, and more than a scrap of some other
    print. The birth place goes on only above an address that has its caption.
    """
    last = reading.last
    if len(reading.found.get(last, ())) >= _MOST_ROWS.get(last, 0) or DATE.search(line.text):
        return False
    if last == "birth_place" and ("address" in reading.found or "address" not in reading.elsewhere()):
        return False
    letters = sum("\u1780" <= char <= "\u17b3" for char in line.text)
    named = line.text.startswith(_PLACE_WORDS) or line.text.strip() in MARK_WORDS or line.text.strip() in _provinces()
    return mostly_khmer(line.text) and (letters >= _FEWEST_CONTINUED or named)


__all__ = ["find_fields"]
