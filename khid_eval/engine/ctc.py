"""Connectionist temporal classification on log-probabilities: greedy and beam decoding, and the score of a given text.

Source: Graves et al. 2006, "Connectionist Temporal Classification", sections 3 and 4.1; the beam search is the prefix
search of Hannun et al. 2014, "First-Pass Large Vocabulary Continuous Speech Recognition", algorithm 1, without a
language model. Arrays are (T, C): T columns of the line, C classes of the alphabet, class 0 the blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from khid_eval.engine import alphabet

LogProbs = NDArray[np.float32]
"""(T, C) natural logarithms of the class probabilities of each column; each row sums to 1 as probabilities."""

_FLOOR = np.float32(-1e9)  # stands for log 0: finite, so that differences stay numbers


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A token of the best path. first..last: its columns, both included; log_prob: of its best column."""

    token: int
    first: int
    last: int
    log_prob: float


def restricted(log_probs: LogProbs, characters: str) -> LogProbs:
    """The same columns when only these characters (and the blank) can occur: the others' mass is shared out.

    Raises ValueError for a character that is no token by itself.
    """
    allowed = list(alphabet.classes_of(characters))
    kept = np.full_like(log_probs, _FLOOR)
    some = log_probs[:, allowed].astype(np.float64)
    kept[:, allowed] = some - np.logaddexp.reduce(some, axis=1, keepdims=True)
    return kept


def best_path(log_probs: LogProbs) -> list[TokenSpan]:
    """The most probable path, repeats merged and blanks dropped."""
    if log_probs.shape[0] == 0:
        return []
    path = log_probs.argmax(axis=1)
    peaks = log_probs[np.arange(path.size), path]
    cuts = np.flatnonzero(np.diff(path, prepend=-1, append=-1))
    return [
        TokenSpan(int(path[first]), int(first), int(end) - 1, float(peaks[first:end].max()))
        for first, end in pairwise(cuts)
        if path[first] != alphabet.BLANK
    ]


def score_classes(log_probs: LogProbs, texts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """log P(classes | line) of each text by the forward algorithm, over all alignments; -inf where it cannot fit.

    log_probs: (T, C); texts: N sequences of classes without blanks. Returns (N,) float64.
    """
    if not texts:
        return np.empty(0)
    longest = max(map(len, texts))
    states = np.zeros((len(texts), 2 * longest + 1), dtype=np.intp)  # blank, token, blank, token, ..., blank
    for row, text in enumerate(texts):
        states[row, 1 : 2 * len(text) : 2] = text
    jump = np.zeros(states.shape, dtype=bool)  # a token may follow another token directly unless both are the same
    jump[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    emitted = log_probs.astype(np.float64)
    alpha = np.full(states.shape, -np.inf)
    alpha[:, 0] = 0.0  # before the first column; the first step may stay here, which is the leading blank, or go on
    for column in emitted:
        moved = np.logaddexp(alpha, np.pad(alpha[:, :-1], ((0, 0), (1, 0)), constant_values=-np.inf))
        skipped = np.where(jump[:, 2:], alpha[:, :-2], -np.inf)
        moved[:, 2:] = np.logaddexp(moved[:, 2:], skipped)
        alpha = moved + column[states]
    ends = np.array([2 * len(text) for text in texts])
    rows = np.arange(len(texts))
    on_blank = alpha[rows, ends]
    on_token = np.where(ends > 0, alpha[rows, np.maximum(ends - 1, 0)], -np.inf)
    return np.asarray(np.logaddexp(on_blank, on_token))


def score_many(log_probs: LogProbs, texts: Sequence[str]) -> NDArray[np.float64]:
    """log P(text | line) of each text; see `score_classes`. Raises ValueError for a text outside the alphabet."""
    return score_classes(log_probs, [alphabet.encode(text) for text in texts])


def score(log_probs: LogProbs, text: str) -> float:
    """log P(text | line), summed over all alignments. Raises ValueError for a text outside the alphabet."""
    return float(score_many(log_probs, [text])[0])


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of the whole line. log_prob: log P(text | line), the paths that were pruned missing."""

    text: str
    log_prob: float


def beam_search(log_probs: LogProbs, *, width: int = 8, classes_per_column: int = 6) -> list[Hypothesis]:
    """The most probable texts, best first; at most `width`, no text twice.

    width: prefixes kept at each column, >= 1. classes_per_column: only that many of each column's best are followed.
    """
    if width < 1 or classes_per_column < 1:
        raise ValueError("width and classes_per_column must be at least 1")
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}  # prefix -> log P ending in blank, token
    for column in log_probs.astype(np.float64):
        best = np.argpartition(-column, min(classes_per_column, column.size - 1))[:classes_per_column]
        grown = _extend(beams, column, [int(one) for one in best if one != alphabet.BLANK])
        ranked = sorted(grown.items(), key=lambda item: -np.logaddexp(*item[1]))
        beams = dict(ranked[:width])
    found: dict[str, float] = {}
    for prefix, ends in beams.items():
        text = alphabet.decode(prefix)
        found[text] = float(np.logaddexp(found.get(text, -np.inf), np.logaddexp(*ends)))
    return [Hypothesis(text, value) for text, value in sorted(found.items(), key=lambda item: -item[1])]


def _extend(
    beams: dict[tuple[int, ...], tuple[float, float]], column: NDArray[np.float64], followed: Sequence[int]
) -> dict[tuple[int, ...], tuple[float, float]]:
    """All prefixes after one more column."""
    grown: dict[tuple[int, ...], tuple[float, float]] = {}

    def add(prefix: tuple[int, ...], blank: float, token: float) -> None:
        old = grown.get(prefix, (-np.inf, -np.inf))
        grown[prefix] = (float(np.logaddexp(old[0], blank)), float(np.logaddexp(old[1], token)))

    for prefix, (blank, token) in beams.items():
        either = float(np.logaddexp(blank, token))
        last = prefix[-1] if prefix else alphabet.BLANK
        add(prefix, either + column[alphabet.BLANK], token + column[last] if prefix else -np.inf)
        for one in followed:
            add((*prefix, one), -np.inf, (blank if one == last else either) + column[one])
    return grown


__all__ = [
    "Hypothesis",
    "LogProbs",
    "TokenSpan",
    "beam_search",
    "best_path",
    "restricted",
    "score",
    "score_classes",
    "score_many",
]
