"""Place names against the gazetteer: a slip of a letter is mended, an unknown place comes out as it was read.

A gazetteer line replaces what was read only if the picture supports it nearly as well (`_allowed_loss`). Look-alike
spellings (COENG DA, COENG TA) are settled by the official spelling, because nobody can read the difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from khid_eval.card.gazetteer import Place, places
from khid_eval.card.khmer import fold_look_alikes, khmer_digits
from khid_eval.engine.address_head import VILLAGE, mended_head, unlisted
from khid_eval.engine.evidence import Line, Look, joined, span_chars, span_text
from khid_eval.engine.guess import MAX_MARGIN, Guess, certainty
from khid_eval.engine.other_ink import without_other_ink
from khid_eval.engine.recognise import CharReading
from khid_eval.engine.text_lines import Span

UNKNOWN_NATS, SLIP_NATS, MOST_NATS = 3.0, 5.0, 22.0
"""How much worse than the free reading a gazetteer line may stand in the picture. One place in twenty is taken to be in
no list; of such a one, each letter in which it differs from a known one could have been one of a hundred others. Trials
with invented places, one letter off a known one and read rightly: 107 of 123 come out as they were read.
"""
_NEAR = 68.0  # rapidfuzz ratio, 0..100, from which a line is worth scoring
_CANDIDATES = 8
_ROW_START = 6.0
"""What it counts in such a comparison that a commune would stand at the start of a row: most cards break there."""
_COMMUNE = re.compile("(?:ឃុំ|សង្កាត់)(?! )")
_WORD = re.compile("[^ ]+")
_KINDS = re.compile("ឃុំ|សង្កាត់|ស្រុក|ខណ្ឌ|ក្រុង|ខេត្ត|រាជធានី")
_STRAY_HEAD = re.compile("^[^ ០-៩0-9]{1,2} (?=ផ្ទះ|ផ្លូវ|ក្រុម|ភូមិ)")
"""A letter or two before the word that begins the address: of the caption, or of other ink."""
_DIGIT_RUN = re.compile("[0-9០-៩]+")
_BARE = re.compile("(?:^| )(?:ផ្ទះ|ផ្លូវ|ក្រុម|ភូមិ)(?:លេខ|ទី)?(?: [^ ០-៩0-9]{1,2})?(?: (?:ផ្លូវ|ក្រុម|ភូមិ|ឃុំ|សង្កាត់|ស្រុក|ខណ្ឌ|ក្រុង)|$)")
"""The word that begins a part of an address, and the next part, nothing or a scrap behind it: the rest is hidden."""


@dataclass(frozen=True, slots=True)
class _Choice:
    text: str
    place: Place | None
    repaired: float
    margin: float


def _key(text: str) -> str:
    """What two spellings of the same place share: no blanks, no kind words, look-alikes folded."""
    return fold_look_alikes(_KINDS.sub("", text).replace(" ", ""))


@cache
def _keys() -> tuple[str, ...]:
    return tuple(_key(place.line) for place in places())


def _forms(place: Place, read: str) -> list[str]:
    """The ways in which a card may print the place; the province with its kind only if the reading hints at one."""
    plain = place.line
    capital = place.district_kind == "ខណ្ឌ"
    kind = "រាជធានី" if capital else "ខេត្ត"
    titled = plain[: -len(place.province)] + kind + place.province
    bare = f"{place.commune} {place.district} {place.province}"
    hinted = "ខេត្ត" in read or "រាជធានី" in read
    return [plain, titled] if hinted or len(read) > len(plain) + 2 else [plain, bare]


def _allowed_loss(read: str, known: str) -> float:
    """How much worse than the free reading a known line may stand in the picture, in nats."""
    return min(MOST_NATS, UNKNOWN_NATS + SLIP_NATS * Levenshtein.distance(_key(read), _key(known)))


def _choose(look: Look, read: str) -> _Choice:
    """The gazetteer line that the picture supports about as well as the free reading, or the reading itself."""
    near = process.extract(_key(read), _keys(), scorer=fuzz.ratio, limit=_CANDIDATES, score_cutoff=_NEAR)
    return _chosen(look, read, {form: places()[at] for _, _, at in near for form in _forms(places()[at], read)})


def _choose_district(look: Look, read: str) -> _Choice:
    """The same for a district and its province alone. Never listed: the commune may be there and hidden."""
    near = process.extract(_key(read), _district_keys(), scorer=fuzz.ratio, limit=_CANDIDATES, score_cutoff=_NEAR)
    forms = [form for _, _, at in near for form in _forms(_districts()[at], read)]
    return _chosen(look, read, dict.fromkeys(form.split(" ", 1)[1] for form in forms))


@cache
def _districts() -> tuple[Place, ...]:
    """A place of each district."""
    return tuple({(place.district, place.province): place for place in places()}.values())


@cache
def _district_keys() -> tuple[str, ...]:
    return tuple(_key(place.line.split(" ", 1)[1]) for place in _districts())


def _chosen(look: Look, read: str, named: Mapping[str, Place | None]) -> _Choice:
    """Of those texts the one that the picture supports about as well as the free reading, or the reading itself."""
    others = [form for form in named if form != read]
    if not others or look.empty:
        return _Choice(read, named.get(read), 0.0, MAX_MARGIN)
    scores = look.support([read, *others])
    best = int(np.argmax(scores[1:])) + 1
    loss = float(scores[0] - scores[best])
    if read in named and loss > 0.0:
        return _Choice(read, named[read], 0.0, min(loss, MAX_MARGIN))
    chosen = others[best - 1]
    allowed = _allowed_loss(read, chosen)
    if loss > allowed:
        return _Choice(read, None, 0.0, min(loss - allowed, MAX_MARGIN))
    rivals = [scores[i + 1] for i, form in enumerate(others) if _key(form) != _key(chosen)]
    margin = float(scores[best] - max(rivals)) if rivals else MAX_MARGIN
    return _Choice(chosen, named[chosen], max(loss, 0.0), float(np.clip(margin, 0.0, MAX_MARGIN)))


def _guess(text: str, chars: Sequence[CharReading], choices: Sequence[_Choice]) -> Guess:
    characters, weakest = certainty(chars)
    known = [choice for choice in choices if choice.place]
    return Guess(
        text,
        characters,
        weakest,
        margin=min((choice.margin for choice in choices), default=MAX_MARGIN),
        agreement=1 if known else 0,
        valid=bool(known),
        repaired=sum(choice.repaired for choice in choices),
        length=len(chars),
    )


def birth_place(lines: Sequence[Line], spans: Sequence[Span]) -> Guess:
    """Commune, district and province, or the latter two. An empty span gives ""."""
    spans = without_other_ink(lines, spans)
    look = joined(lines, spans)
    choices = [_choose(look, look.text)] if look.text else []
    if choices and choices[0].place is None and not _COMMUNE.search(look.text):
        choices = [_choose_district(look, look.text)]
    return _guess(choices[0].text if choices else "", span_chars(lines, spans), choices)


def address(lines: Sequence[Line], spans: Sequence[Span]) -> Guess:
    """House, street and village, then commune, district and province; the village is looked up in that commune.

    The rows may break anywhere between two words.
    """
    spans = without_other_ink(lines, spans)
    chars = span_chars(lines, spans)
    if not span_text(lines, spans):
        return _guess("", chars, [])
    before, behind = _parts(lines, spans)
    # What the gazetteer holds is settled by the first reading; a second look adds next to nothing there.
    front, back = joined(lines, before, twice=True), joined(lines, behind)
    head, repaired = mended_head(front) if front.text else ("", 0.0)
    choices = [_choose(back, back.text)]
    if head and choices[0].place:
        village = _village(front, head, choices[0].place)
        if village:
            choices.append(village)
            head = village.text
    guess = _guess(" ".join(text for text in (head, choices[0].text) if text), chars, choices)
    whole = not _BARE.search(guess.text)
    listed = guess.valid and (not head or (len(choices) > 1 and choices[1].place is not None))
    text = _STRAY_HEAD.sub("", _DIGIT_RUN.sub(_in_one_script, guess.text))
    guess = replace(guess, text=text, repaired=guess.repaired + repaired, valid=listed, whole=whole)
    # What the gazetteer confirms may be hard to read; a digit of the house is confirmed by nothing.
    return replace(guess, weakest=certainty(unlisted(lines, before))[1]) if listed else guess


def _parts(lines: Sequence[Line], spans: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """What stands before the commune, and the commune with all that follows. Both may be empty."""
    spans = [span for span in spans if lines[span.line].text[span.start : span.end].strip()]
    texts = [lines[span.line].text[span.start : span.end] for span in spans]
    number, at = _likeliest_break(texts)
    start = spans[number].start + at
    head = [*spans[:number], replace(spans[number], end=start)]
    tail = [replace(spans[number], start=start), *spans[number + 1 :]]
    return [one for one in head if one.start < one.end], tail


def _likeliest_break(texts: Sequence[str]) -> tuple[int, int]:
    """Number of the row in which the commune begins, and its position there."""
    named = [(number, found.start()) for number, text in enumerate(texts) for found in _COMMUNE.finditer(text)]
    if len(named) == 1:
        return named[0]
    words = [(number, word.start()) for number, text in enumerate(texts) for word in _WORD.finditer(text)]
    best, liking = (len(texts) - 1, 0), _NEAR
    for number, at in dict.fromkeys([*named, *words]):
        key = _key(" ".join([texts[number][at:], *texts[number + 1 :]]))
        found = process.extractOne(key, _keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
        likeness = (found[1] if found else 0.0) + _ROW_START * (number > 0 and at == 0)
        if likeness > liking:
            best, liking = (number, at), likeness
    return best


def _in_one_script(digits: re.Match[str]) -> str:
    """A number in which both scripts stand is one in Khmer digits: ០ and 0 are the same circle."""
    return digits[0] if digits[0].isascii() else khmer_digits(digits[0])


def _near_villages(name: str, place: Place) -> list[str]:
    """Villages of the commune of which half of the letters may have been read otherwise: many have three letters.

    name: as read, look-alikes folded.
    """
    folded = {village: fold_look_alikes(village.removeprefix(VILLAGE)) for village in place.villages}
    best = process.extract(name, list(folded.values()), scorer=fuzz.ratio, limit=_CANDIDATES)
    villages = list(folded)
    return [villages[at] for known, _, at in best if 2 * Levenshtein.distance(name, known) <= len(known) + 1]


def _with_other_ink_behind(name: str, place: Place) -> str:
    """The village of the commune that stands there with words behind it, where nothing is printed; "" for none."""
    read = fold_look_alikes(name)
    found = [v for v in place.villages if read.startswith(fold_look_alikes(v.removeprefix(VILLAGE)) + " ")]
    return max(found, key=len, default="")


def _village(look: Look, read: str, place: Place) -> _Choice | None:
    """The first line with its village spelt as in the gazetteer, or None where no village of the commune is near."""
    head, word, name = read.rpartition(VILLAGE)
    if not word:
        head, _, name = read.rpartition(" ")
        head += " " if head else ""
    listed = _with_other_ink_behind(name, place)
    if listed:
        return _Choice(head + (listed if listed.startswith(VILLAGE) else word + listed), place, 0.0, UNKNOWN_NATS)
    # Some villages are called by number and have the word in their name: ភូមិទី២.
    near = _near_villages(fold_look_alikes(name), place)
    others = [head + (village if village.startswith(VILLAGE) else word + village) for village in near]
    if not others:
        return None
    scores = look.support([read, *others])
    best = int(np.argmax(scores[1:])) + 1
    loss = float(scores[0] - scores[best])
    if loss > _allowed_loss(read, others[best - 1]) or (read in others and loss > 0.0):
        return _Choice(read, place if read in others else None, 0.0, MAX_MARGIN)
    rest = np.delete(scores[1:], best - 1)
    margin = float(scores[best] - rest.max()) if rest.size else MAX_MARGIN
    return _Choice(others[best - 1], place, max(loss, 0.0), float(np.clip(margin, 0.0, MAX_MARGIN)))


__all__ = ["address", "birth_place"]
