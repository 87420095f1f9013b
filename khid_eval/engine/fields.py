"""Lines of one card -> the 14 fields with their confidence and where they stand: parse, weigh, calibrate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from khid_eval.card import captions, dates
from khid_eval.card.mrz import LINE_LENGTH
from khid_eval.engine import fuse, places, plain
from khid_eval.engine.confidence import EMPTY, ONCE, Calibration, Surroundings
from khid_eval.engine.evidence import Line
from khid_eval.engine.guess import Guess
from khid_eval.engine.parse import find_fields
from khid_eval.engine.read_card import Card, card_of
from khid_eval.engine.text_lines import DATE, Span, TextLine
from khid_eval.records import FIELD_NAMES

Box = tuple[float, float, float, float]
MIN_EVIDENCE = 3
"""Least `_evidence` of a card, of 0..9. Measured: 4 on the worst of 1,804 validation cards, all with glare, 2 on the
worst of 1,400 other documents that show Khmer text and a number too.
"""
MIN_KHMER = 18.0
"""Khmer letters that must have been read, see `_khmer`. Measured: 24 on the worst of 760 validation cards; documents
of other countries have next to none, wherever they have rows.
"""
_PROVING = ("id_number", "birth_date", "issue_date", "expiry_date")
"""Fields of a form that other text hardly takes by chance: one of them at least must have it. Measured: one on the
worst of 1,804 validation cards, and none on a sheet of Khmer text that passes all else.
"""
_TORN = {"name_kh": 1.3, "birth_place": 1.3, "address": 1.3, "description": 1.3, "name_en": 2.0}
"""Widest stretch without a letter inside a value, in heights of its row, from which a part of it is taken for hidden by
glare or a finger. Measured on the 1,044 photos of the model card: right values keep to 1.0, Latin names, which some
cards space out, to 1.6; of six values beyond 1.3 none was right.
"""
_CUT_BY = 3
"""Signs that an MRZ line lacks from which a part of it is not in the photo: fillers that run together are miscounted by
one or two. Of 1,804 validation photos 33 lack that in two lines of three, all with glare, a finger or a cut side.
"""
_SAID_BY_MRZ = ("id_number", "birth_date", "expiry_date")
_CONTRADICTIONS = 2
"""How many of these print and MRZ say differently where a photo is not to be trusted: 7 of 1,804 validation photos."""
_ROOM = 0.2  # of a row's height, at both ends: the recogniser names a letter near its middle, not from edge to edge


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field before it is put on the photo. box: (left, top, right, bottom) on the rectified card, or None."""

    name: str
    guess: Guess
    confidence: float
    box: Box | None


@dataclass(frozen=True, slots=True)
class ReadFields:
    """All 14 fields in card order.

    evidence: how many captioned fields and MRZ lines were found, 0..9; khmer: see `_khmer`; proven: how many fields of
    `_PROVING` have their form.
    """

    fields: tuple[ReadField, ...]
    evidence: int
    khmer: float
    proven: int
    suffix: str
    around: Surroundings

    @property
    def is_card(self) -> bool:
        """Whether the text is that of the front of a Cambodian card."""
        return self.evidence >= MIN_EVIDENCE and self.khmer >= MIN_KHMER and self.proven > 0


def read_fields(lines: Sequence[Line], calibration: Calibration, sharpness: float, today: date) -> ReadFields:
    """lines: top to bottom. sharpness: see confidence.Surroundings. today: the day of reading; births lie before it."""
    card = card_of(lines, find_fields([TextLine(line.text, line.kind) for line in lines]))
    guesses = guess_fields(card, today)
    around = Surroundings(_mean_log_posterior(lines), sharpness, _is_whole(card) and _is_sound(guesses))
    chances = {name: calibration(name, guess, around) for name, guess in guesses.items()}
    fields = tuple(
        ReadField(name, guess, _no_surer(name, chances), _box(lines, card.spans.get(name, ())))
        for name, guess in guesses.items()
    )
    proven = sum(guesses[name].valid for name in _PROVING)
    return ReadFields(fields, _evidence(card), _khmer(lines), proven, fuse.suffix(card), around)


def _is_whole(card: Card) -> bool:
    """Whether two of the three MRZ lines at least go from end to end: else a part of the card is hidden or cut off."""
    lengths = [len(card.text(f"machine_code{n}")) for n in (1, 2, 3)]
    return sum(length > LINE_LENGTH - _CUT_BY for length in lengths) >= 2


def _is_sound(guesses: Mapping[str, Guess]) -> bool:
    """Whether print and MRZ say the same, but for a slip: a file that lost a piece shows parts of one in the other."""
    contradicted = sum(guesses[name].agreement < 0 for name in _SAID_BY_MRZ)
    return guesses["id_number"].whole and contradicted < _CONTRADICTIONS


_RESTS_ON = {
    "issue_date": ("expiry_date",),  # that they are ten years apart proves neither where both are misread alike
    "machine_code1": ("id_number",),
    "machine_code2": ("id_number", "birth_date", "sex", "expiry_date"),  # the number by the composite check digit
    "machine_code3": ("name_en",),
}


def _no_surer(name: str, chances: Mapping[str, float]) -> float:
    """P(field is right); an MRZ line is no surer than the fields that it spells, an issue date than its expiry; where
    those could not be read, no surer than what is said once.
    """
    others = [chances[one] if chances[one] > EMPTY else ONCE for one in _RESTS_ON.get(name, ())]
    return min([chances[name], *others])


def guess_fields(card: Card, today: date) -> dict[str, Guess]:
    """A guess for each of the 14 fields, in card order."""
    number, birth, sex = fuse.number(card), fuse.birth_date(card, today), fuse.sex(card)
    expiry, name_en = fuse.expiry_date(card, today), fuse.name_en(card)
    coded_sex = {captions.MALE: "M", captions.FEMALE: "F"}.get(sex.text, "")
    spelled = plain.fused_lines(card, number.text, _coded(birth), coded_sex, _coded(expiry), name_en.text)
    guesses = {
        "id_number": number,
        "name_kh": plain.name_kh(card, name_en),
        "name_en": name_en,
        "birth_date": birth,
        "sex": sex,
        "height": plain.height(card),
        "birth_place": places.birth_place(card.lines, card.spans.get("birth_place", ())),
        "address": places.address(card.lines, card.spans.get("address", ())),
        "issue_date": fuse.issue_date(card, expiry, today),
        "expiry_date": expiry,
        "description": plain.mark(card),
        **{f"machine_code{n}": plain.mrz_line(card, n, spelled[n - 1]) for n in (1, 2, 3)},
    }
    return {name: _judged_whole(card, name, guesses[name]) for name in FIELD_NAMES}


def _judged_whole(card: Card, name: str, guess: Guess) -> Guess:
    """The guess, marked where a stretch inside of it shows no letters."""
    widest = max((card.lines[one.line].gap(one.start, one.end) for one in card.spans.get(name, ())), default=0.0)
    return replace(guess, whole=False) if widest > _TORN.get(name, math.inf) else guess


def _coded(guess: Guess) -> str:
    day = dates.parse(guess.text) if guess.valid else None
    return f"{day:%y%m%d}" if day else ""


def _evidence(card: Card) -> int:
    """Fields that have a caption on the card and were found, dates only as such, and proven MRZ lines, each for two."""
    captioned = sum(name in card.spans for name in ("name_kh", "birth_place", "address"))
    captioned += sum(DATE.search(card.text(name)) is not None for name in ("birth_date", "issue_date"))
    facts = card.mrz.facts
    proven = (card.mrz.lines[0].startswith("IDKHM") and facts.number_ok) + (facts.birth_ok and facts.expiry_ok)
    return captioned + 2 * proven


def _khmer(lines: Sequence[Line]) -> float:
    """Khmer letters that were read, doubtful ones against them: the sum of 2 P - 1 over all that look like one."""
    letters = [char for line in lines for char in line.reading.chars if "\u1780" <= char.text[:1] <= "\u17b3"]
    return sum(2.0 * char.confidence - 1.0 for char in letters)


def _mean_log_posterior(lines: Sequence[Line]) -> float:
    logs = [np.log(max(char.confidence, 1e-9)) for line in lines for char in line.reading.chars]
    return float(np.mean(logs)) if logs else -3.0


def _box(lines: Sequence[Line], spans: Sequence[Span]) -> Box | None:
    """The smallest box around a value that may stand on two lines."""
    boxes = []
    for span in spans:
        extent = lines[span.line].extent(span.start, span.end)
        if extent:
            left, top, right, bottom = lines[span.line].box
            width, room = right - left, _ROOM * (bottom - top)
            begin, end = left + extent[0] * width - room, left + extent[1] * width + room
            boxes.append((max(left, begin), top, min(right, end), bottom))
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


__all__ = ["ReadField", "ReadFields", "guess_fields", "read_fields"]
