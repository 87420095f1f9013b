"""Fictional Khmer names with their Latin spelling, from `data/names.tsv`: whole given names, and elements to join.

A sixth of the names and second elements is kept for validation and never appears in training, in whatever role.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from khid_eval.card.khmer import canonical
from khid_eval.synth.fonts import Split

_HELD_OUT_EVERY = 6
_SHARED = frozenset(["first"])  # the first elements alone are names nobody has to be kept away from
_JOINED_SHARE = 0.6
_TWO_GIVEN_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Name:
    """surname_kh, given_kh: canonical Khmer; surname_en, given_en: capitals A-Z and spaces."""

    surname_kh: str
    given_kh: str
    surname_en: str
    given_en: str

    @property
    def khmer(self) -> str:
        return f"{self.surname_kh} {self.given_kh}"

    @property
    def latin(self) -> str:
        return f"{self.surname_en} {self.given_en}"


@cache
def name_parts(kind: str, split: Split) -> tuple[tuple[str, str], ...]:
    """(Khmer, Latin) pairs. kind: "surname", "given_f", "given_m", "first" or "second"."""
    table = resources.files("khid_eval.synth").joinpath("data/names.tsv").read_text(encoding="utf-8")
    rows = [row.split("\t") for row in table.splitlines()]
    pairs = [(khmer, latin) for of_kind, khmer, latin in rows if of_kind == kind]
    if kind in _SHARED:
        return tuple(pairs)
    return tuple(pair for pair in pairs if _is_held_out(pair[0]) == (split == "validation"))


def _is_held_out(khmer: str) -> bool:
    """By the name itself, so that one which is in two lists stays on one side."""
    return hashlib.sha256(khmer.encode()).digest()[0] % _HELD_OUT_EVERY == 0


def _pick(rng: np.random.Generator, kind: str, split: Split) -> tuple[str, str]:
    pairs = name_parts(kind, split)
    return pairs[rng.integers(len(pairs))]


def _given(rng: np.random.Generator, sex: str, split: Split) -> tuple[str, str]:
    if rng.random() > _JOINED_SHARE:
        return _pick(rng, "given_f" if sex == "F" else "given_m", split)
    first, second = _pick(rng, "first", split), _pick(rng, "second", split)
    if sex == "F" and rng.random() < 0.2:
        first = ("ស្រី", "SREY")
    return canonical(first[0] + second[0]), first[1] + second[1]


def random_name(rng: np.random.Generator, sex: str, split: Split = "train") -> Name:
    """A fictional name. sex: "F" or "M"."""
    surname_kh, surname_en = _pick(rng, "surname", split)
    given_kh, given_en = _given(rng, sex, split)
    if rng.random() < _TWO_GIVEN_SHARE:
        more_kh, more_en = _given(rng, sex, split)
        given_kh, given_en = f"{given_kh} {more_kh}", f"{given_en} {more_en}"
    return Name(surname_kh, given_kh, surname_en, given_en)


__all__ = ["Name", "name_parts", "random_name"]
