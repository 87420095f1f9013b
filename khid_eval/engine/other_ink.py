"""What is read before and behind a place and is no part of it: an overprint, a stain, a date of the next row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from khid_eval.card.gazetteer import places
from khid_eval.engine.evidence import Line
from khid_eval.engine.text_lines import Span

_STRAY_LEAD = re.compile(r"^\s*\S{1,2} (?=ឃុំ|សង្កាត់|ស្រុក|ក្រុង|ខណ្ឌ)")
"""A letter or two before the word that begins a commune, district or town: no name is that short."""
_LONGEST_STRAY = 4
"""Letters of a word behind the province, where nothing is printed, up to which it is taken for other ink."""
_NO_PLACE = re.compile("[A-Z0-9០-៩]")
"""What no province has in its name: the overprinted SPECIMEN or a date of the next row, however long."""
_LATIN_WORDS = re.compile("(?: ([^ A-Z0-9០-៩]{4,})[A-Z][^ ]*| [^ A-Z0-9០-៩]{0,3}[A-Z][^ ]*)(?: [^ ]*[A-Z][^ ]*)*$")
"""The overprinted SPECIMEN as it is read, behind a word or on it. A house number may have a letter behind it."""
_HANGS = re.compile("[\u17b4-\u17d3\u17dd]")
"""A vowel, subscript or mark: it belongs to the letter before it."""


def without_other_ink(lines: Sequence[Line], spans: Sequence[Span]) -> list[Span]:
    """The spans of a place, the last without what was read before its commune and behind its province."""
    if not spans:
        return []
    last = spans[-1]
    read = lines[last.line].text[last.start : last.end]
    stray = _STRAY_LEAD.match(read)
    start = last.start + (stray.end() if stray else 0)
    kept = _without_stray(read[start - last.start :].strip())
    end = last.start + read.index(kept) + len(kept)
    return [*spans[:-1], replace(last, start=start, end=end)]


def _without_stray(read: str) -> str:
    """The line up to its province, behind which nothing is printed: an overprint, a stain or the card's edge was read
    too, as words there that are short or name no place, or as a letter or two that hang on it.
    """
    words = _without_latin(read).split(" ")
    for at in range(len(words) - 1, 0, -1):
        province = _province_at_start(words[at])
        if province:
            return " ".join([*words[:at], province])
        if len(words[at]) > _LONGEST_STRAY and not _NO_PLACE.search(words[at]):
            break
    return " ".join(words)


def _without_latin(read: str) -> str:
    """Without the words at its end in which a Latin letter stands, but for what stands before that in the first."""
    tail = _LATIN_WORDS.search(read)
    if not tail or not tail.start():
        return read
    return f"{read[: tail.start()]} {tail[1] or ''}".strip()


def _province_at_start(word: str) -> str | None:
    """The province that the word is, or is but for a letter or two behind it."""
    if word in _provinces():
        return word
    for size in (1, 2):
        if word[:-size] in _provinces() and not _HANGS.match(word[-size:]):
            return word[:-size]
    return None


@cache
def _provinces() -> frozenset[str]:
    return frozenset(kind + place.province for place in places() for kind in ("", "ខេត្ត", "រាជធានី"))


__all__ = ["without_other_ink"]
