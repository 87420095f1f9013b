"""Which token of the alphabet may follow which: a syllable has one vowel, one shifter, and no sign twice.

The recogniser names letters one by one and now and then sees a mark twice, or two vowels on one consonant. No such
syllable exists, so a reading that holds one is wrong for certain, and the search can leave it out.
Order of a syllable's parts after SIL, "Khmer Encoding Structure"; here as they stand on paper (see `alphabet`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from khid_eval.card.khmer import COENG
from khid_eval.engine.alphabet import TOKENS

_NO_LEFT, _E, _WHOLE = range(3)  # what stands left of the base: nothing, the half of a vowel, a vowel of its own
_LEFT = {"\u17c1": _E, "\u17c2": _WHOLE, "\u17c3": _WHOLE}
_RIGHT_HALVES = frozenset("\u17b8\u17b6\u17bf\u17c0\u17c5")  # with the left half they make a vowel
_ONLY_HALVES = frozenset("\u17bf\u17c0\u17c5")  # no vowels by themselves
_RO = COENG + "\u179a"
_ROBAT, _SHIFTERS = "\u17cc", frozenset("\u17c9\u17ca")

# How far a syllable has come. Each part raises it, and none can come after a later one.
_AT_BASE, _AT_ROBAT, _ONE_COENG, _TWO_COENGS, _AT_SHIFTER, _AT_VOWEL, _ONE_SIGN, _TWO_SIGNS = range(8)
_OPEN, _RO_OPEN, _COENG_OPEN = range(8, 11)  # a left vowel, COENG RO or a bare COENG that waits for its base

_State = tuple[int, int]  # what stands left of the base; how far the syllable has come
_OUTSIDE: _State = (_WHOLE, _TWO_SIGNS)  # no syllable that could take a mark
_STATES: tuple[_State, ...] = (_OUTSIDE, *(one for one in product(range(3), range(11)) if one != _OUTSIDE))

START = 0
"""State before the first token of a line."""
NONE = -1
"""No state: the token cannot stand there."""


def _is_base(token: str) -> bool:
    return len(token) == 1 and "\u1780" <= token <= "\u17b3"


def _is_mark(token: str) -> bool:
    return token[:1] == COENG or "\u17b6" <= token <= "\u17d1" or token == "\u17dd"


def _after(state: _State, token: str) -> _State | None:
    """The state after one more token, None where it cannot stand."""
    left, progress = state
    if _is_base(token):
        if progress == _COENG_OPEN:
            return left, _ONE_COENG
        return (left if progress in (_OPEN, _RO_OPEN) else _NO_LEFT), _AT_BASE
    if progress >= _OPEN and not (progress == _OPEN and token == _RO):
        return None  # a base must come
    if token in _LEFT:
        return _LEFT[token], _OPEN
    if token == _RO:
        return (left if progress == _OPEN else _NO_LEFT), _RO_OPEN
    if not _is_mark(token):
        return _OUTSIDE
    reached = _progress(left, progress, token)
    return None if reached is None else (left, reached)


def _progress(left: int, progress: int, mark: str) -> int | None:
    """How far the syllable is after that mark, None where the mark comes too late or does not go with the rest."""
    if mark == COENG:
        return _COENG_OPEN if progress < _ONE_COENG else None
    if mark[0] == COENG:
        return _ONE_COENG if progress < _ONE_COENG else _TWO_COENGS if progress < _TWO_COENGS else None
    if mark == _ROBAT:
        return _AT_ROBAT if progress < _AT_ROBAT else None
    if mark in _SHIFTERS:
        return _AT_SHIFTER if progress < _AT_SHIFTER else None
    if mark <= "\u17c5":
        fits = mark in _RIGHT_HALVES if left == _E else left == _NO_LEFT and mark not in _ONLY_HALVES
        return _AT_VOWEL if fits and progress < _AT_VOWEL else None
    return _ONE_SIGN if progress < _ONE_SIGN else _TWO_SIGNS if progress < _TWO_SIGNS else None


def _table() -> tuple[tuple[int, ...], ...]:
    number = {state: at for at, state in enumerate(_STATES)}
    return tuple(
        tuple(NONE if (after := _after(state, token)) is None else number[after] for token in TOKENS)
        for state in _STATES
    )


STEPS = _table()
"""STEPS[state][class]: the state after that class, or NONE. The blank's column means nothing."""
_MARKS = tuple(_is_mark(token) or token in _LEFT for token in TOKENS)


def follow(state: int, last: int, token: int) -> int:
    """The state after one more class, or NONE. last: the class before it, the blank at the start of the line."""
    return NONE if token == last and _MARKS[token] else STEPS[state][token]


def is_legal(classes: Sequence[int]) -> bool:
    """Whether all syllables of a line could exist. classes: in visual order, without blanks."""
    state, last = START, 0
    for token in classes:
        state = follow(state, last, token)
        if state == NONE:
            return False
        last = token
    return True


__all__ = ["NONE", "START", "follow", "is_legal"]
