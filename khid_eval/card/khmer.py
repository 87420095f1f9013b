"""Khmer text as a card prints it: canonical order, orthographic clusters, digits.

Canonical order follows the structure of the Khmer character specification (SIL, "Khmer Encoding Structure"):
base, robat, coengs (coeng RO last), register shifter, dependent vowel, signs.
Unicode normalisation (NFC) does none of it.
"""

from __future__ import annotations

import unicodedata

import regex

COENG = "\u17d2"
CLUSTER_RULE = "khmer-cluster-1"
"""Name of the rule behind `clusters`; reported beside every figure that counts clusters."""

_KHMER_DIGITS = "០១២៣៤៥៦៧៨៩"
_TO_LATIN = str.maketrans(_KHMER_DIGITS, "0123456789")
_TO_KHMER = str.maketrans("0123456789", _KHMER_DIGITS)
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x17B4, 0x17B5])

_BASE = "[\u1780-\u17b3]"
# One syllable: a base and everything that hangs on it, in any order, as people type it.
_SYLLABLE = regex.compile(f"({_BASE})((?:{COENG}{_BASE}|[\u17b6-\u17d1\u17d3\u17dd])+)")
_PARTS = regex.compile(f"{COENG}{_BASE}|.")
_CLUSTER = regex.compile(f"{_BASE}(?:{COENG}{_BASE}|[\u17b6-\u17d1\u17d3\u17dd])*|\\X", regex.VERSION1)

_SHIFTERS = "\u17c9\u17ca"
_ROBAT = "\u17cc"
_SPLIT_VOWELS = (("\u17c6\u17b6", "\u17b6\u17c6"), ("\u17c1\u17b8", "\u17be"), ("\u17c1\u17b6", "\u17c4"))
_LETTERS = str.maketrans({"\u17a3": "\u17a2", "\u17a4": "\u17a2\u17b6", "\u17d3": "\u17c6"})


def _rank(part: str) -> int:
    if part == _ROBAT:
        return 0
    if part[0] == COENG:
        return 2 if part[1] == "\u179a" else 1  # coeng RO stands last
    if part in _SHIFTERS:
        return 3
    return 4 if "\u17b6" <= part <= "\u17c5" else 5


def _ordered(match: regex.Match[str]) -> str:
    return match[1] + "".join(sorted(_PARTS.findall(match[2]), key=_rank))


def canonical(text: str) -> str:
    """The canonical form: NFC, Khmer canonical order, no zero-width characters, single spaces, trimmed.

    Total and idempotent. Keeps COENG DA and COENG TA apart although fonts draw them alike: see `fold_look_alikes`.
    """
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_LETTERS)
    text = " ".join(text.split())
    text = _SYLLABLE.sub(_ordered, text)
    for split, whole in _SPLIT_VOWELS:
        while split in text:  # a replacement can put the next pair together
            text = text.replace(split, whole)
    return unicodedata.normalize("NFC", _SYLLABLE.sub(_ordered, text))  # the order above can undo NFC's own


def fold_look_alikes(text: str) -> str:
    """COENG DA becomes COENG TA: nobody can tell them apart on paper. For matching, never for output."""
    return text.replace("\u17d2\u178a", "\u17d2\u178f")


def clusters(text: str) -> list[str]:
    """Orthographic clusters under CLUSTER_RULE: a base with all that hangs on it; other text by extended grapheme.

    Own rule, because grapheme libraries disagree about COENG and change with their Unicode tables.
    """
    return _CLUSTER.findall(text)


def latin_digits(text: str) -> str:
    """Khmer digits become 0-9; all else stays."""
    return text.translate(_TO_LATIN)


def khmer_digits(text: str) -> str:
    """0-9 become Khmer digits; all else stays."""
    return text.translate(_TO_KHMER)


__all__ = ["CLUSTER_RULE", "COENG", "canonical", "clusters", "fold_look_alikes", "khmer_digits", "latin_digits"]
