"""Texts beside whole persons, to train a recogniser: each kind as it stands on a card, and some that are harder."""

from __future__ import annotations

import string
from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from khid_eval.card import mrz
from khid_eval.card.captions import CAPTIONS
from khid_eval.card.khmer import canonical, khmer_digits
from khid_eval.synth.fonts import Split
from khid_eval.synth.names import random_name
from khid_eval.synth.persons import Person, random_mark, random_person, random_place

_CONSONANTS = [chr(c) for c in range(0x1780, 0x17A3) if c not in (0x179D, 0x179E)]
_INDEPENDENT = [chr(c) for c in (0x17A5, 0x17A6, 0x17A7, 0x17A9, 0x17AA, 0x17AB, 0x17AC, 0x17AF, 0x17B1, 0x17B3)]
_VOWELS = [chr(c) for c in range(0x17B6, 0x17C6)]
_SIGNS = ["\u17c6", "\u17c7", "\u17c8"]
_COENG = "\u17d2"


def _one(rng: np.random.Generator, of: list[str]) -> str:
    return of[rng.integers(len(of))]


def _syllable(rng: np.random.Generator) -> str:
    if rng.random() < 0.03:
        return _one(rng, _INDEPENDENT)
    text = _one(rng, _CONSONANTS)
    if rng.random() < 0.35:
        text += _COENG + _one(rng, _CONSONANTS)
        if rng.random() < 0.08:
            text += _COENG + "\u179a"
    elif rng.random() < 0.12:
        text += "\u17c9" if rng.random() < 0.6 else "\u17ca"
    if rng.random() < 0.65:
        text += _one(rng, _VOWELS)
    if rng.random() < 0.15:
        text += _one(rng, _SIGNS)
    elif rng.random() < 0.4:
        text += _one(rng, _CONSONANTS) + _one(rng, ["", "", "", "\u17cb", "\u17cd", "\u17d0", "\u17cc"])
    return text


def syllables(rng: np.random.Generator, longest: int = 9) -> str:
    """Words of random Khmer syllables, canonical: every cluster may come, so no lexicon can be learnt by heart."""
    words = ["".join(_syllable(rng) for _ in range(rng.integers(1, 5))) for _ in range(rng.integers(1, 4))]
    return canonical(" ".join(words)[: longest * 6])


def _khmer_number(rng: np.random.Generator) -> str:
    digits = khmer_digits("".join(_one(rng, list(string.digits)) for _ in range(rng.integers(1, 11))))
    return digits if rng.random() < 0.6 else digits[:2] + _one(rng, [".", ",", "/", "-", ":"]) + digits[2:]


def _latin(rng: np.random.Generator) -> str:
    words = ["".join(_one(rng, list(string.ascii_uppercase)) for _ in range(rng.integers(2, 10))) for _ in range(2)]
    return " ".join(words[: rng.integers(1, 3)])


def _machine_code(rng: np.random.Generator) -> str:
    filler = "<" * int(rng.integers(0, 16))
    body = "".join(_one(rng, list(mrz.ALPHABET)) for _ in range(mrz.LINE_LENGTH - len(filler)))
    return body + filler


def _caption(rng: np.random.Generator, colons: tuple[str, ...] = (":", " :", "ៈ", " ៖", "")) -> str:
    return _one(rng, list(CAPTIONS.values())) + colons[rng.integers(len(colons))]


def _of_person(part: Callable[[Person], str]) -> Callable[[np.random.Generator, Split], str]:
    return lambda rng, split: part(random_person(rng, split))


_KINDS: MappingProxyType[str, Callable[[np.random.Generator, Split], str]] = MappingProxyType(
    {
        "name_kh": lambda rng, split: random_name(rng, "FM"[rng.integers(2)], split).khmer,
        "name_en": lambda rng, split: random_name(rng, "FM"[rng.integers(2)], split).latin,
        "place": lambda rng, split: random_place(rng).line,
        "mark": lambda rng, split: random_mark(rng),
        "address1": _of_person(lambda person: person.address_line1),
        "number": _of_person(lambda person: person.printed_number),
        "dates": _of_person(lambda person: f"{person.fields()['issue_date']} ដល់ថ្ងៃ {person.fields()['expiry_date']}"),
        "date": _of_person(lambda person: person.fields()["birth_date"]),
        "height": _of_person(lambda person: person.fields()["height"]),
        "mrz1": _of_person(lambda person: person.mrz[0]),
        "mrz2": _of_person(lambda person: person.mrz[1]),
        "mrz3": _of_person(lambda person: person.mrz[2]),
        "caption": lambda rng, split: _caption(rng),
        "syllables": lambda rng, split: syllables(rng),
        "khmer_number": lambda rng, split: _khmer_number(rng),
        "latin": lambda rng, split: _latin(rng),
        "machine": lambda rng, split: _machine_code(rng),
    }
)
TEXT_KINDS: tuple[str, ...] = tuple(_KINDS)
"""What `random_text` knows. The last four are harder than a card: random clusters, digits, letters, MRZ characters."""


def random_text(rng: np.random.Generator, kind: str, split: Split = "train") -> str:
    """One text of that kind, canonical. split chooses the name lists. Raises KeyError for an unknown kind."""
    return _KINDS[kind](rng, split)


__all__ = ["TEXT_KINDS", "random_text", "syllables"]
