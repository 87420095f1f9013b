"""Known words in a free text: a slip inside one is mended where the picture supports the word nearly as well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from rapidfuzz import fuzz

from khid_eval.card.khmer import fold_look_alikes
from khid_eval.engine.evidence import Look

_NEAR = 60.0  # rapidfuzz ratio, 0..100, from which a word is worth scoring
_SHORTEST = 3  # code points of a word that can be looked for: shorter ones are everywhere
_ROUNDS = 3  # words mended in one text at most
_SHIFTS = tuple(product((0, -1, 1), repeat=2))
"""Where a word may begin and end around the best alignment, in code points."""


def mended(
    look: Look, read: str, words: Sequence[str], *, prior_nats: float, at_starts: bool = False
) -> tuple[str, float]:
    """The text with its slips inside known words mended, and the nats given up for it.

    look: where `read` stands. prior_nats: how much worse than the reading a text with one more known word may be
    supported. at_starts: words are looked for only where a word of the text begins.
    """
    text, given_up = read, 0.0
    if look.empty or not read:
        return text, given_up
    for _ in range(_ROUNDS):
        others = list(dict.fromkeys(_with_words(text, words, at_starts)))
        if not others:
            break
        scores = look.support([text, *others])
        best = int(np.argmax(scores[1:])) + 1
        loss = float(scores[0] - scores[best])
        if loss > prior_nats:
            break
        text, given_up = others[best - 1], given_up + max(loss, 0.0)
    return text, given_up


def _with_words(text: str, words: Sequence[str], at_starts: bool) -> Iterator[str]:
    """The text with a stretch of it replaced by a word that is like it."""
    folded = fold_look_alikes(text)
    known = _known(folded, words)
    for word in words:
        plain = fold_look_alikes(word)
        if at_starts:
            yield from _at_starts(text, folded, word, plain)
            continue
        found = fuzz.partial_ratio_alignment(plain, folded, score_cutoff=_NEAR)
        if found is None or plain in folded or not _SHORTEST <= len(plain) <= len(folded):
            continue
        for before, after in _SHIFTS:
            start, end = max(0, found.dest_start + before), found.dest_end + after
            if all(first >= end or last <= start or folded[first:last] in plain for first, last in known):
                yield text[:start] + word + text[end:]


def _known(folded: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where known words stand, whole and right: no slip is in there."""
    return [found.span() for word in map(fold_look_alikes, words) for found in re.finditer(re.escape(word), folded)]


def _at_starts(text: str, folded: str, word: str, plain: str) -> Iterator[str]:
    starts = [0, *(at + 1 for at, char in enumerate(text) if char == " ")]
    for start in starts:
        if folded.startswith(plain, start):
            continue
        for length in (len(plain) - 1, len(plain), len(plain) + 1):
            piece = folded[start : start + length]
            if " " not in piece and fuzz.ratio(piece, plain) >= _NEAR:
                yield text[:start] + word + text[start + length :]


__all__ = ["mended"]
