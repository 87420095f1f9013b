"""What stands before the commune in an address: house, street and group, with the slips in their usual words mended."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from khid_eval.card.streets import HOUSE_LETTERS, STREETS
from khid_eval.engine.evidence import Line, Look
from khid_eval.engine.recognise import CharReading
from khid_eval.engine.text_lines import Span
from khid_eval.engine.words import mended

KEY_WORD_NATS = 8.0
"""How much worse than the free reading a word that begins a part of an address may stand in the picture."""
_STREET_NATS = 14.0
"""The same for a street of the list. Trials on 490 addresses: slips in such names cost 13 at most, other names 30."""
VILLAGE = "ភូមិ"
_STREET = "ផ្លូវ"
_HOUSE = re.compile("(ផ្ទះ(?:លេខ)?[០-៩]+)([^ ]*)")
_SHORT_STREET = re.compile(f"{_STREET}([^ ០-៩0-9]{{1,5}})(?= |$)")
_SHORT_STREETS = tuple(street for street in STREETS if len(street) <= 4)
_LEAD = re.compile("(?:(?<= )|^)[^ ០-៩]{2,}(?=[០-៩])")
_BEFORE_NUMBERS = (("ផ្ទះ", "លេខ"), ("ក្រុម", "ទី"), (_STREET, "លេខ"))
"""Parts of an address and the word that may stand between each and its number."""
_KEY_WORDS = ("ផ្ទះ", "ផ្លូវ", "ក្រុម", VILLAGE)
"""Words that begin the parts of an address line."""


def mended_head(look: Look) -> tuple[str, float]:
    """House and street with the slips in their usual words mended, and the nats given up for it."""
    text, repaired = mended(look, look.text, _KEY_WORDS, prior_nats=KEY_WORD_NATS, at_starts=True)
    whole = _LEAD.sub(_whole_lead, text)
    text, repaired = whole, repaired + KEY_WORD_NATS * (whole != text)
    for part, word in _BEFORE_NUMBERS:
        found = re.search(f"{part}([^ ០-៩]+)(?=[០-៩])", text)
        if found and found[1] != word:
            text, loss = _mended_stretch(look, text, found.span(1), [word])
            repaired += loss
    house = _HOUSE.match(text)
    if house and house[2] and house[2] not in HOUSE_LETTERS:
        text, loss = _mended_stretch(look, text, house.span(2), HOUSE_LETTERS)
        repaired += loss
    if _STREET in text:
        text, loss = mended(look, text, STREETS, prior_nats=_STREET_NATS)
        repaired += loss
    short = _SHORT_STREET.search(text)
    if short and short[1] not in STREETS:
        text, loss = _mended_stretch(look, text, short.span(1), _SHORT_STREETS)
        repaired += loss
    return text, repaired


def unlisted(lines: Sequence[Line], spans: Sequence[Span]) -> list[CharReading]:
    """Of the rows before the commune the characters of what stands in no list: all before the village."""
    chars: list[CharReading] = []
    for span in spans:
        line = lines[span.line]
        village = line.text.rfind(VILLAGE, span.start, span.end)
        chars += line.chars(span.start, span.end if village < 0 else village)
        if village >= 0:
            break
    return chars


def _whole_lead(lead: re.Match[str]) -> str:
    """What stands before a number, with the letters that glare took out of its word: nothing else is called so."""
    known = [*_KEY_WORDS, *(part + word for part, word in _BEFORE_NUMBERS)]
    if lead[0] in known:
        return lead[0]
    torn = [one for one in known if _is_torn(lead[0], one)]
    return min(torn, key=len) if torn else lead[0]


def _is_torn(part: str, word: str) -> bool:
    letters = iter(word)
    return part[0] == word[0] and all(letter in letters for letter in part)


def _mended_stretch(look: Look, text: str, where: tuple[int, int], words: Sequence[str]) -> tuple[str, float]:
    """The text with that stretch of it replaced by the best of the words if the picture allows it, and the nats given
    up for it.
    """
    others = [text[: where[0]] + word + text[where[1] :] for word in words]
    scores = look.support([text, *others])
    best = int(np.argmax(scores[1:])) + 1
    loss = float(scores[0] - scores[best])
    return (others[best - 1], max(loss, 0.0)) if loss <= KEY_WORD_NATS else (text, 0.0)


__all__ = ["KEY_WORD_NATS", "VILLAGE", "mended_head", "unlisted"]
