"""Connectionist temporal classification on log-probabilities: the score of a given text.

Source: Graves et al. 2006, "Connectionist Temporal Classification", sections 3 and 4.1. Arrays are (T, C): T columns of
the line, C classes of the alphabet, class 0 the blank. What a line says best is found by `ctc_search`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from khid_eval.engine import alphabet
from khid_eval.records import BoolArray, FloatArray

LogProbs = NDArray[np.float32]
"""(T, C) natural logarithms of the class probabilities of each column; each row sums to 1 as probabilities."""

_PAPER = -1e-4  # log-probability of the blank above which a column holds no letter
_SCALED_EVERY = 8  # columns between two scalings: even probabilities of 1e-30 a column stay above the smallest double
_FLOOR = np.float32(-1e9)  # stands for log 0: finite, so that differences stay numbers


def restricted(log_probs: LogProbs, characters: str) -> LogProbs:
    """The same columns when only these characters (and the blank) can occur: the others' mass is shared out.

    Raises ValueError for a character that is no token by itself.
    """
    allowed = list(alphabet.classes_of(characters))
    kept = np.full_like(log_probs, _FLOOR)
    some = log_probs[:, allowed].astype(np.float64)
    kept[:, allowed] = some - np.logaddexp.reduce(some, axis=1, keepdims=True)
    return kept


def score_classes(log_probs: LogProbs, texts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """log P(classes | line) of each text by the forward algorithm, over all alignments; -inf where it cannot fit.

    log_probs: (T, C); texts: N sequences of classes without blanks. Returns (N,) float64.
    """
    if not texts:
        return np.empty(0)
    log_probs = without_paper(log_probs)
    longest = max(map(len, texts))
    states = np.zeros((len(texts), 2 * longest + 1), dtype=np.intp)  # blank, token, blank, token, ..., blank
    for row, text in enumerate(texts):
        states[row, 1 : 2 * len(text) : 2] = text
    jump = np.zeros(states.shape, dtype=bool)  # a token may follow another token directly unless both are the same
    jump[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    used, places = np.unique(states, return_inverse=True)  # a text holds few of all classes
    alpha, scale = _forward(np.exp(log_probs[:, used].astype(np.float64))[:, places.reshape(states.shape)], jump)
    ends = np.array([2 * len(text) for text in texts])
    rows = np.arange(len(texts))
    on_token = np.where(ends > 0, alpha[rows, np.maximum(ends - 1, 0)], 0.0)
    with np.errstate(divide="ignore"):  # a text that cannot fit has probability 0
        return np.asarray(np.log(alpha[rows, ends] + on_token) + scale)


def without_paper(log_probs: LogProbs) -> LogProbs:
    """The same line with one column in place of several on end that surely hold no letter.

    More than half of all columns are such, and none changes a score by more than _PAPER.
    """
    paper = log_probs[:, alphabet.BLANK] > _PAPER
    again = paper[1:] & paper[:-1]
    return log_probs[np.concatenate([[True], ~again])] if again.any() else log_probs


def _forward(emitted: FloatArray, jump: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The forward variables after the last column, (N, S), each row scaled to sum 1, and the log of the scales, (N,).

    emitted: (T, N, S) probabilities of each state's class; jump: (N, S), may a state be entered from two before.
    Probabilities with a scale a row are several times faster than logarithms and as exact.
    """
    count, states = jump.shape
    leaps = jump.astype(np.float64)
    alpha = np.zeros((count, states + 2))  # two empty states in front, so that every state has two before it
    alpha[:, 2] = 1.0  # before the first column; the first step may stay here, which is the leading blank, or go on
    stayed, stepped, leapt = alpha[:, 2:], alpha[:, 1:-1], alpha[:, :-2]
    moved, scale = np.empty_like(leaps), np.zeros(count)
    for number, column in enumerate(emitted, start=1):
        np.multiply(leaps, leapt, out=moved)
        moved += stepped
        moved += stayed
        np.multiply(moved, column, out=stayed)
        if number % _SCALED_EVERY == 0 or number == len(emitted):
            total = stayed.sum(axis=1)
            stayed /= np.where(total > 0.0, total, 1.0)[:, None]
            with np.errstate(divide="ignore"):
                scale += np.log(total)
    return stayed, scale


def score_many(log_probs: LogProbs, texts: Sequence[str]) -> NDArray[np.float64]:
    """log P(text | line) of each text; see `score_classes`. Raises ValueError for a text outside the alphabet."""
    return score_classes(log_probs, [alphabet.encode(text) for text in texts])


def score(log_probs: LogProbs, text: str) -> float:
    """log P(text | line), summed over all alignments. Raises ValueError for a text outside the alphabet."""
    return float(score_many(log_probs, [text])[0])


__all__ = ["LogProbs", "restricted", "score", "score_classes", "score_many", "without_paper"]
