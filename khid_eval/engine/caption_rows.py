"""Captions in a row of text, and the values between them. Captions are matched fuzzily."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from khid_eval.card.captions import CAPTIONS, OTHER_WORDINGS
from khid_eval.card.khmer import fold_look_alikes
from khid_eval.engine.text_lines import DATE, HINT_OF_FIELD, Span, TextLine

CAPTION_SCORE = 62.0  # rapidfuzz ratio, 0..100; below it a caption is not believed. Trials: OCR slips keep 70 and more.
_AS_GOOD = 10.0  # by which one wording of a caption may fit worse than another
_SHORT_SCORE = 75.0  # of a caption of a few letters, which another word may be like
_SHORT_REST = 4  # letters behind a value that may be a stain
_COLONS = " :;.,៖ៈ។·-"
_LEADING = ("name_kh", "birth_date", "birth_place", "address", "issue_date", "description")
_FOLLOWING: Mapping[str, tuple[str, ...]] = {
    "birth_date": ("sex", "height"),
    "sex": ("height",),
    "issue_date": ("expiry_date",),
}
_KHMER = ("name_kh", "birth_place", "address", "description")
_CAPTION_REST = re.compile(r".{0,4}?[:៖ៈ]")  # what is left of a slipped caption: it ends with the first colon
_OTHER_TONGUE = re.compile(r"\s*[:៖ៈ]?\s*(?:[/|(][^:៖ៈ]{2,28}|[^:៖ៈក-ឳ]{0,3}[A-Z][^:៖ៈ]{1,27})[:៖ៈ]")
"""The caption once more in English, between a stroke and a colon. The recogniser knows capitals alone and reads what it
likes of it.
"""
_LATIN_TAIL = re.compile(r"(?:\s+[0-9<().,-]*[A-Z][A-Z0-9<().,-]*)+$")
# The value's own form finds these better than three letters of caption would.
_VALUE_FORM: Mapping[str, re.Pattern[str]] = {
    "sex": re.compile(r"ប្រុ?ស|ស្រី|ស្រ|ប្រស"),
    "height": re.compile(r"[០-៩0-9]{2,3}\s*ស\s*[.,]?\s*ម?"),
    "expiry_date": DATE,
}
# A slipped caption may end early and leave letters before the value: the form of the value cuts them off.
_NARROWED: Mapping[str, re.Pattern[str]] = {"birth_date": DATE, "issue_date": DATE, **_VALUE_FORM}


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption at start..end of a row. score: rapidfuzz ratio, 0..100, and what the row finder's hint adds to it."""

    field: str
    start: int
    end: int
    score: float


def captions_of(line: TextLine) -> list[Caption]:
    """The caption that leads the row and those that share the row with it, from left to right; none: []."""
    folded = fold_look_alikes(line.text)
    best = max((_match(folded, field, line.hint) for field in _LEADING), key=lambda one: one.score)
    if best.score >= CAPTION_SCORE:
        return [best, *following(line.text, best)]
    own = _with_own_row(line.text)
    return [own, *following(line.text, own)] if own else []


def _match(folded: str, field: str, hint: str) -> Caption:
    """The best place of that field's caption in the line's head, in any of its wordings; the longest of those that fit
    about equally, of which another may be a part.
    """
    bonus = 8.0 if HINT_OF_FIELD.get(hint) == field else 0.0
    found = [_placed(folded, field, wording, bonus) for wording in (CAPTIONS[field], *OTHER_WORDINGS.get(field, ()))]
    least = max(one.score for one in found) - _AS_GOOD
    return max((one for one in found if one.score >= least), key=lambda one: (one.end - one.start, one.score))


def _placed(folded: str, field: str, wording: str, bonus: float) -> Caption:
    caption = fold_look_alikes(wording)
    head = folded[: len(caption) + 8]
    found = fuzz.partial_ratio_alignment(caption, head) if len(head) >= len(caption) // 2 else None
    if found is None:
        return Caption(field, 0, 0, 0.0)
    covered = min(len(head), len(caption)) / len(caption)
    return Caption(field, found.dest_start, found.dest_end, found.score * covered + bonus)


def _with_own_row(text: str) -> Caption | None:
    """The caption of a value that mostly shares a row, where it stands at the start of one, its value right behind it
    or nothing.
    """
    for field, form in _VALUE_FORM.items():
        caption = CAPTIONS[field]
        found = fuzz.partial_ratio_alignment(caption, text[: len(caption) + 2])
        if found is None or found.score < CAPTION_SCORE or len(text) < len(caption):
            continue
        rest = text[found.dest_end :].lstrip(_COLONS)
        value = form.search(rest)
        # The birth date's caption ends as that of the expiry begins: nothing but the date may stand in its row.
        alone = field != "expiry_date" or (value is not None and len(rest) - value.end() < _SHORT_REST)
        if (value and value.start() <= 1 and alone) or (not rest and found.score >= _SHORT_SCORE):
            return Caption(field, found.dest_start, found.dest_end, found.score)
    return None


def following(text: str, head: Caption) -> list[Caption]:
    """Captions that share the line with their leader: sex and height after the birth date, expiry after the issue."""
    captions, at = [], head.end
    for field in _FOLLOWING.get(head.field, ()):
        found = _find_after(text, at, field)
        if found:
            captions.append(found)
            at = found.end
    return captions


def _find_after(text: str, at: int, field: str) -> Caption | None:
    """The caption after position `at`: by its letters, then by the form of the value behind it."""
    caption = CAPTIONS[field]
    found = fuzz.partial_ratio_alignment(caption, text[at:])
    if found and found.score >= CAPTION_SCORE and len(text) - at >= len(caption):
        return Caption(field, at + found.dest_start, at + found.dest_end, found.score)
    matches = list(_VALUE_FORM[field].finditer(text, at))
    if field == "expiry_date" and len(matches) < 2:
        return None
    if not matches:
        return None
    start = matches[-1].start()
    return Caption(field, start, start, 0.0)


def between(number: int, text: str, captions: Sequence[Caption]) -> dict[str, Span]:
    """The value of each caption reaches to the next caption or the end of the line, without colons and blanks."""
    ends = [one.start for one in captions[1:]] + [len(text)]
    return {
        caption.field: trimmed(caption.field, Span(number, caption.end, end), text)
        for caption, end in zip(captions, ends, strict=True)
    }


def by_form(number: int, text: str, fields: Sequence[str]) -> dict[str, Span]:
    """The values of those fields in a row without captions, one behind the other, each as its form says; and of the
    fields that share a row with the last of them.
    """
    spans, at = dict[str, Span](), 0
    for field in fields:
        form = _NARROWED.get(field)
        match = form.search(text, at) if form else None
        if match:
            spans[field], at = Span(number, match.start(), match.end()), match.end()
    if len(spans) != 1:
        return spans
    (field,) = spans
    head = Caption(field, spans[field].start, spans[field].start, 0.0)
    return between(number, text, [head, *following(text, Caption(field, 0, at, 0.0))])


def has_form(field: str) -> bool:
    """Whether a value of that field can be told by its form alone."""
    return field in _NARROWED


def trimmed(field: str, span: Span, text: str) -> Span:
    """The value alone, of what stands behind its caption."""
    start, end = span.start, max(span.start, span.end)
    form = _NARROWED.get(field)
    match = form.search(text, start, end) if form else None
    if match:
        return Span(span.line, match.start(), match.end())
    if field in _KHMER:
        cut = _OTHER_TONGUE.match(text, start, end) or _CAPTION_REST.match(text, start, end)
        start = cut.end() if cut else start
        end = without_tail(text, Span(span.line, start, end)).end
    while start < end and text[start] in _COLONS:
        start += 1
    while end > start and text[end - 1] in " :;,៖ៈ":
        end -= 1
    return Span(span.line, start, end)


def without_tail(text: str, span: Span) -> Span:
    """Without Latin letters at the end, apart from the text: the card's ghost print, a stamp, a desk."""
    tail = _LATIN_TAIL.search(text, span.start, span.end)
    return Span(span.line, span.start, tail.start()) if tail else span


__all__ = [
    "CAPTION_SCORE",
    "Caption",
    "between",
    "by_form",
    "captions_of",
    "following",
    "has_form",
    "trimmed",
    "without_tail",
]
