"""How Khmer names are spelt: P(letter | the four letters before it), learnt from names and from the gazetteer.

Two n-gram tables with Witten and Bell's smoothing, as ARPA files hold them: the probability of each sequence that was
seen, and a share for those that were not (Chen and Goodman 1999, "An empirical study of smoothing techniques for
language modeling", section 2.5). They settle between letters that the picture supports about equally; an unusual name
that stands clearly on the card comes out as it stands. `khid_eval/training/spelling.py` makes the file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from khid_eval.engine.alphabet import TOKENS
from khid_eval.engine.onnx_model import packaged

FILE = "spelling.npz"
ORDER = 5
"""Letters of the longest sequence that is counted."""
START, END = 254, 255
"""Stand for the beginning and the end of a word among the classes."""
_SHARES: Mapping[str, float] = {"names": 0.7, "places": 0.3}
_BITS = 8
_HISTORY = (1 << _BITS * (ORDER - 1)) - 1
_WEIGHT = 0.6  # of a nat of spelling against one of the picture; trials: 0.4 to 0.7 differ little, above it gets worse
_LETTER_NATS = 2.0  # for each letter: without it short words would be preferred to long ones


def is_letter(token: int) -> bool:
    """Whether the class is part of a Khmer word."""
    first = TOKENS[token][:1]
    return "\u1780" <= first <= "\u17d2" or first == "\u17dd"


def history_of(*tokens: int) -> int:
    """The last letters of a sequence as one number, a byte each: all but the last go into ORDER - 1 bytes."""
    packed = 0
    for token in tokens:
        packed = packed << _BITS | token
    return packed


class Table:
    """One n-gram table. seen: sequence -> P(last letter | those before); unseen: history -> share of all others."""

    def __init__(self, seen: Mapping[int, float], unseen: Mapping[int, float]) -> None:
        self._seen, self._unseen = seen, unseen

    def chance(self, history: int, token: int) -> float:
        """P(token | history), above 0 for every token."""
        share = 1.0
        while True:
            found = self._seen.get(history << _BITS | token)
            if found is not None:
                return share * found
            share *= self._unseen.get(history, 1.0)
            if not history:
                return share / len(TOKENS)
            history = _shorter(history)


def _shorter(history: int) -> int:
    """Without its first letter."""
    return history & ((1 << (history.bit_length() - 1) // _BITS * _BITS) - 1)


class Spelling:
    """A prior for the beam search: worth in nats of each next letter. A state is the history within the word."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        """tables: by the names of `_SHARES`."""
        self._tables = [(share, tables[name]) for name, share in _SHARES.items()]
        self._letters = frozenset(token for token in range(1, len(TOKENS)) if is_letter(token))
        self._known: dict[int, float] = {}

    @property
    def start(self) -> int:
        return START

    def step(self, state: int, token: int) -> tuple[float, int]:
        """Nats for that class, and the state after it. What is no Khmer letter ends the word."""
        if token in self._letters:
            return self._nats(state, token), (state << _BITS | token) & _HISTORY
        return self.end(state), START

    def end(self, state: int) -> float:
        """Nats for ending the word here; 0 where none has begun."""
        return 0.0 if state == START else self._nats(state, END)

    def whole(self, classes: Sequence[int]) -> float:
        """Nats of a whole text."""
        state, nats = self.start, 0.0
        for token in classes:
            gain, state = self.step(state, token)
            nats += gain
        return nats + self.end(state)

    def log_chance(self, history: int, token: int) -> float:
        """log P(token | history) of both tables together."""
        return math.log(sum(share * table.chance(history, token) for share, table in self._tables))

    def _nats(self, history: int, token: int) -> float:
        key = history << _BITS | token
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _WEIGHT * self.log_chance(history, token) + _LETTER_NATS
        return found


def read(path: Path) -> Spelling:
    """From a file of `khid_eval.training.spelling`. Raises FileNotFoundError if it is missing."""
    if not path.is_file():
        raise FileNotFoundError(f"model file missing: {path}; install the package again, or make it anew")
    with np.load(path) as arrays:
        pairs = {
            name: (
                dict(zip(arrays[f"{name}_seen"].tolist(), arrays[f"{name}_chance"].tolist(), strict=True)),
                dict(zip(arrays[f"{name}_histories"].tolist(), arrays[f"{name}_unseen"].tolist(), strict=True)),
            )
            for name in _SHARES
        }
    return Spelling({name: Table(seen, unseen) for name, (seen, unseen) in pairs.items()})


@cache
def names() -> Spelling:
    """The packaged spelling of names."""
    return read(packaged(FILE))


__all__ = ["END", "FILE", "ORDER", "START", "Spelling", "Table", "history_of", "is_letter", "names", "read"]
