"""Is a field read right? One truth against one reading, at three named levels.

raw        the same code points
canonical  NFC, Khmer canonical order, no zero-width characters, single spaces (the default everywhere)
semantic   the same meaning: dates parsed, digits folded, case and punctuation ignored, look-alike letters folded

Whether there was a truth and a reading does not depend on the level: only exact against wrong does.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz.distance import Levenshtein

from khid_eval.card import dates, khmer


class Level(StrEnum):
    """How strictly truth and reading are compared."""

    RAW = "raw"
    CANONICAL = "canonical"
    SEMANTIC = "semantic"


class Outcome(StrEnum):
    """What became of one field of one photo."""

    EXACT = "exact"  # a truth, and it was read
    WRONG = "wrong"  # a truth, and something else was read
    MISS = "miss"  # a truth, and nothing was read
    HALLUCINATION = "hallucination"  # no truth, and something was read
    ABSENT = "absent"  # no truth, and nothing was read: right, but counted apart

    @property
    def is_right(self) -> bool:
        """Whether a person who takes the reading as it is takes nothing wrong."""
        return self in (Outcome.EXACT, Outcome.ABSENT)


DEFAULT_LEVEL: Final = Level.CANONICAL

_SEX: Final = {
    **dict.fromkeys(("ប្រុស", "M", "MALE"), "M"),
    **dict.fromkeys(("ស្រី", "F", "FEMALE"), "F"),
}
_HEIGHT = re.compile(r"(\d{2,3})\s*(?:ស\s*\.?\s*ម\s*\.?|CM)?", re.IGNORECASE)
_NUMBER_WITH_SUFFIX = re.compile(r"(\d{9})\s*\(\d{1,2}\)")
_DECIMAL_MARK = re.compile(r"(?<=\d)[.,](?=\d)")
_NOT_A_LETTER = re.compile(r"[^\w\s\u1780-\u17dd]|_")
_DECIMAL_PLACEHOLDER = "\ue000"


def _semantic_date(text: str) -> str:
    day = dates.parse(text)
    return day.isoformat() if day else text


def _semantic_sex(text: str) -> str:
    return _SEX.get(text.upper(), text)


def _semantic_height(text: str) -> str:
    match = _HEIGHT.fullmatch(text)
    return match[1] if match else text


def _semantic_number(text: str) -> str:
    """The nine digits: the printed suffix "(01)" is no part of the number that the MRZ carries."""
    match = _NUMBER_WITH_SUFFIX.fullmatch(text)
    return match[1] if match else "".join(text.split())


def _semantic_mrz(text: str) -> str:
    return "".join(text.split()).upper().replace("«", "<<")


def _words(text: str) -> str:
    """Letters and digits only; 0.5 and 0,5 are one, but 0.5 and 05 stay two."""
    text = _DECIMAL_MARK.sub(_DECIMAL_PLACEHOLDER, text)
    text = _NOT_A_LETTER.sub(lambda match: match[0] if match[0] == _DECIMAL_PLACEHOLDER else " ", text)
    return " ".join(text.replace(_DECIMAL_PLACEHOLDER, ".").upper().split())


def _semantic_free_text(text: str) -> str:
    """Khmer sets no fixed spaces inside an address or a description, so they carry no meaning."""
    return _words(text).replace(" ", "")


_SEMANTIC: Final = {
    "id_number": _semantic_number,
    "name_kh": _words,
    "name_en": _words,
    "birth_date": _semantic_date,
    "sex": _semantic_sex,
    "height": _semantic_height,
    "birth_place": _semantic_free_text,
    "address": _semantic_free_text,
    "issue_date": _semantic_date,
    "expiry_date": _semantic_date,
    "description": _semantic_free_text,
    "machine_code1": _semantic_mrz,
    "machine_code2": _semantic_mrz,
    "machine_code3": _semantic_mrz,
}


def normalise(field: str, text: str, level: Level = DEFAULT_LEVEL) -> str:
    """The form of a field's text that is compared at that level. Total, idempotent; an unknown field is words."""
    if level is Level.RAW:
        return text
    clean = khmer.canonical(text)
    if level is Level.CANONICAL:
        return clean
    folded = _SEMANTIC.get(field, _words)(khmer.latin_digits(khmer.fold_look_alikes(clean)))
    # Once more: signs that a space or a mark kept apart now stand in one syllable.
    return khmer.fold_look_alikes(khmer.canonical(folded))


@dataclass(frozen=True, slots=True)
class FieldScore:
    """One field of one photo, judged. Edits and lengths are counts, so that rates pool; a rate is never stored.

    char_*: NFC code points of the trimmed text. cluster_*: clusters of the canonical text (khmer.CLUSTER_RULE).
    *_edits: insertions + deletions + substitutions. *_length: length of the truth, 0 where there is none.
    """

    raw: Outcome
    canonical: Outcome
    semantic: Outcome
    char_edits: int
    char_length: int
    cluster_edits: int
    cluster_length: int

    def at(self, level: Level) -> Outcome:
        """The outcome at that level."""
        return {Level.RAW: self.raw, Level.CANONICAL: self.canonical, Level.SEMANTIC: self.semantic}[level]


def score_field(field: str, truth: str | None, reading: str | None) -> FieldScore:
    """Judge a reading. truth: None means not on the card; reading: None or blank means not read.

    Raises ValueError for a blank truth: a dataset says None.
    """
    if truth is not None and not khmer.canonical(truth):
        raise ValueError(f"{field}: a truth is never blank; None means not on the card")
    if truth is not None and truth == reading:  # the same text is right at every level
        length, units = len(unicodedata.normalize("NFC", truth.strip())), len(khmer.clusters(khmer.canonical(truth)))
        return FieldScore(Outcome.EXACT, Outcome.EXACT, Outcome.EXACT, 0, length, 0, units)
    expected, answer = truth or "", reading or ""
    chars = [unicodedata.normalize("NFC", text.strip()) for text in (expected, answer)]
    parts = [khmer.clusters(khmer.canonical(text)) for text in (expected, answer)]
    return FieldScore(
        raw=_outcome(field, truth, answer, Level.RAW),
        canonical=_outcome(field, truth, answer, Level.CANONICAL),
        semantic=_outcome(field, truth, answer, Level.SEMANTIC),
        char_edits=Levenshtein.distance(*chars),
        char_length=len(chars[0]),
        cluster_edits=Levenshtein.distance(*parts),
        cluster_length=len(parts[0]),
    )


def _outcome(field: str, truth: str | None, answer: str, level: Level) -> Outcome:
    blank = not khmer.canonical(answer)
    if truth is None:
        return Outcome.ABSENT if blank else Outcome.HALLUCINATION
    if blank:
        return Outcome.MISS
    same = normalise(field, truth, level) == normalise(field, answer, level)
    return Outcome.EXACT if same else Outcome.WRONG


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """How often each outcome came. Rates of nothing are NaN."""

    exact: int = 0
    wrong: int = 0
    miss: int = 0
    hallucination: int = 0
    absent: int = 0

    @property
    def with_truth(self) -> int:
        return self.exact + self.wrong + self.miss

    @property
    def judged(self) -> int:
        """All but absent-absent: the trials of `accuracy`."""
        return self.with_truth + self.hallucination

    @property
    def accuracy(self) -> float:
        """exact / (exact + wrong + miss + hallucination), in [0, 1]."""
        return _ratio(self.exact, self.judged)

    @property
    def miss_rate(self) -> float:
        """Of the fields that are on the card, the share with no reading."""
        return _ratio(self.miss, self.with_truth)

    @property
    def hallucination_rate(self) -> float:
        """Of the fields that are not on the card, the share with a reading."""
        return _ratio(self.hallucination, self.hallucination + self.absent)

    def __add__(self, other: OutcomeCounts) -> OutcomeCounts:
        return OutcomeCounts(
            self.exact + other.exact,
            self.wrong + other.wrong,
            self.miss + other.miss,
            self.hallucination + other.hallucination,
            self.absent + other.absent,
        )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


__all__ = [
    "DEFAULT_LEVEL",
    "FieldScore",
    "Level",
    "Outcome",
    "OutcomeCounts",
    "normalise",
    "score_field",
]
