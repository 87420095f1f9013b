"""Labelled cards, split so that what chooses a cut-off can never certify it.

The side of a card follows from a seeded hash of its group (one physical card) alone. `TuneCards` and `CertifyCards`
check every group against that rule when they are made, and a cut-off path remembers the rule it was tuned under:
so neither rows nor paths can cross over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from khid_eval.records import BoolArray, FloatArray

KeyArray = NDArray[np.uint64]
CodeArray = NDArray[np.int64]

MAX_TUNING_CARDS: Final = 30_000

_DRAW_SALT: Final = 0x9E3779B97F4A7C15
_SUBSPLIT_SALT: Final = 0xD1B54A32D192ED03
_SLICE_SALT: Final = 0x8CB92BA72F3D8DD7


def keys_of(names: Iterable[str]) -> KeyArray:
    """(n,) 64-bit keys of group or photo names: the same on every machine."""
    digests = b"".join(hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _mixed(keys: KeyArray, salt: int) -> KeyArray:
    """splitmix64 of key xor salt (Steele, Lea and Flood 2014): well spread 64 bits."""
    x = keys ^ np.uint64(salt & 0xFFFFFFFFFFFFFFFF)
    x = (x + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), np.uint64)


def _seed_salt(seed: int, purpose: int) -> int:
    return int(_mixed(np.array([seed % 2**64], np.uint64), purpose)[0])


@dataclass(frozen=True, slots=True, eq=False)
class Cards:
    """n photos of labelled cards with F fields each.

    group: (n,) key of the physical card. photo: (n,) key of the photo. confidence: (n, F) in [0, 1], where 0 means not
    read (or the photo failed) and is never accepted. right: (n, F) bool, whether taking the reading would be right.
    condition: (n,) index into condition_names, or -1 for none.
    """

    fields: tuple[str, ...]
    group: KeyArray
    photo: KeyArray
    confidence: FloatArray
    right: BoolArray
    condition: CodeArray
    condition_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = self.group.size
        if len(set(self.fields)) != len(self.fields) or not self.fields:
            raise ValueError("fields: at least one, each once")
        if self.confidence.shape != (n, len(self.fields)) or self.right.shape != self.confidence.shape:
            raise ValueError(f"confidence and right must be ({n}, {len(self.fields)})")
        if self.photo.shape != (n,) or self.group.shape != (n,) or self.condition.shape != (n,):
            raise ValueError(f"group, photo and condition must be ({n},)")
        if self.group.dtype != np.uint64 or self.photo.dtype != np.uint64 or self.right.dtype != np.bool_:
            raise ValueError("group and photo are uint64 keys (see keys_of), right is bool")
        if n and not (self.confidence.min() >= 0.0 and self.confidence.max() <= 1.0):  # also refuses NaN
            raise ValueError("confidence must be in [0, 1]")
        # Fields are looked at one by one: whole columns in memory make that several times faster.
        object.__setattr__(self, "confidence", np.asfortranarray(self.confidence, np.float64))
        object.__setattr__(self, "right", np.asfortranarray(self.right))
        if n and not (self.condition.min() >= -1 and self.condition.max() < len(self.condition_names)):
            raise ValueError("condition must index condition_names, or be -1")

    def __len__(self) -> int:
        return int(self.group.size)

    def take(self, rows: NDArray[np.int64] | BoolArray) -> Cards:
        """The cards of these rows."""
        return replace(
            self,
            group=self.group[rows],
            photo=self.photo[rows],
            confidence=self.confidence[rows],
            right=self.right[rows],
            condition=self.condition[rows],
        )

    def with_confidence(self, confidence: FloatArray) -> Cards:
        """The same cards with other confidences, (n, F)."""
        return replace(self, confidence=confidence)

    def column(self, field: str) -> int:
        """Index of the field. Raises ValueError where there is no such field."""
        return self.fields.index(field)


@dataclass(frozen=True, slots=True)
class SplitRule:
    """Which groups tune and which certify. tune_share: expected share of groups that tune, in [0, 1)."""

    seed: int
    tune_share: float = 0.3

    def __post_init__(self) -> None:
        if not 0.0 <= self.tune_share < 1.0:
            raise ValueError("tune_share must be in [0, 1)")

    def tunes(self, group: KeyArray) -> BoolArray:
        """(n,) whether each group is on the tuning side."""
        return _mixed(group, _seed_salt(self.seed, _DRAW_SALT)) < np.uint64(int(self.tune_share * 2.0**64))


@dataclass(frozen=True, slots=True, eq=False)
class TuneCards:
    """The side that may be looked at to choose cut-offs, their order and recalibration. Never certifies.

    sample: one photo a card of at most MAX_TUNING_CARDS cards: more make no difference to a proposal. condition_sample:
    one photo a card in each condition, likewise. expect, condition_expect: how many certifying trials one of the
    sample stands for, by the rule alone.
    """

    rule: SplitRule
    cards: Cards
    sample: Cards = field(init=False)
    condition_sample: Cards = field(init=False)
    expect: float = field(init=False)
    condition_expect: float = field(init=False)

    def __post_init__(self) -> None:
        if not np.all(self.rule.tunes(self.cards.group)):
            raise ValueError("a card of the certifying side cannot tune")
        rows = one_photo_a_group(self.cards, self.rule.seed)
        by_condition = one_photo_a_group(self.cards, self.rule.seed, within_condition=True)
        by_condition = by_condition[self.cards.condition[by_condition] >= 0]
        self._draw("sample", "expect", rows, MAX_TUNING_CARDS)
        self._draw("condition_sample", "condition_expect", by_condition, 2 * MAX_TUNING_CARDS)

    def _draw(self, name: str, expect: str, rows: CodeArray, most: int) -> None:
        kept = rows
        if rows.size > most:  # which ones is a matter of hashes, not of order
            mixed = _mixed(self.cards.photo[rows], _SUBSPLIT_SALT)
            kept = rows[np.argpartition(mixed, most)[:most]]
        odds = (1.0 - self.rule.tune_share) / max(self.rule.tune_share, 1e-9)
        object.__setattr__(self, name, self.cards.take(kept))
        object.__setattr__(self, expect, odds * rows.size / max(kept.size, 1))


@dataclass(frozen=True, slots=True, eq=False)
class CertifyCards:
    """The side that certifies. Nothing may be chosen by looking at it.

    trials: (t,) rows of one photo a card, drawn by a seeded hash. condition_trials: one photo a card in each condition.
    """

    rule: SplitRule
    cards: Cards
    trials: CodeArray = field(init=False)
    condition_trials: CodeArray = field(init=False)

    def __post_init__(self) -> None:
        if np.any(self.rule.tunes(self.cards.group)):
            raise ValueError("a card of the tuning side cannot certify")
        drawn = one_photo_a_group(self.cards, self.rule.seed)
        by_condition = one_photo_a_group(self.cards, self.rule.seed, within_condition=True)
        object.__setattr__(self, "trials", drawn)
        object.__setattr__(self, "condition_trials", by_condition[self.cards.condition[by_condition] >= 0])


def split(cards: Cards, rule: SplitRule) -> tuple[TuneCards, CertifyCards]:
    """All photos of a group go to one side."""
    tunes = rule.tunes(cards.group)
    return TuneCards(rule, cards.take(tunes)), CertifyCards(rule, cards.take(~tunes))


def fit_and_judge(tune: TuneCards, judge_share: float = 0.4) -> tuple[Cards, Cards]:
    """The tuning sample once more in two, by group: to fit a map on one part and judge it on the other."""
    mixed = _mixed(tune.sample.group, _seed_salt(tune.rule.seed, _SUBSPLIT_SALT))
    judges = mixed < np.uint64(int(judge_share * 2**64))
    return tune.sample.take(~judges), tune.sample.take(judges)


def one_photo_a_group(cards: Cards, seed: int, *, within_condition: bool = False) -> NDArray[np.int64]:
    """Rows of one photo a group, drawn by a seeded hash of the photo: the order of rows does not matter.

    Several photos of one card are not independent trials. within_condition: one photo a group in each condition.
    """
    unit = cards.group
    if within_condition:
        unit = _mixed(unit ^ _mixed(cards.condition.astype(np.uint64), _SLICE_SALT), _SLICE_SALT)
    ordered = np.sort(unit)
    if not np.any(ordered[1:] == ordered[:-1]):
        return np.arange(unit.size)
    order = np.lexsort((_mixed(cards.photo, _seed_salt(seed, _DRAW_SALT ^ _SLICE_SALT)), unit))
    first = np.diff(unit[order], prepend=unit[order[:1]] ^ np.uint64(1)) != 0
    return np.sort(order[first])


__all__ = [
    "MAX_TUNING_CARDS",
    "Cards",
    "CertifyCards",
    "CodeArray",
    "KeyArray",
    "SplitRule",
    "TuneCards",
    "fit_and_judge",
    "keys_of",
    "one_photo_a_group",
    "split",
]
