"""What a line says: the best path, the best one without impossible syllables, and the best texts.

The beam search is the prefix search of Hannun et al. 2014, "First-Pass Large Vocabulary Continuous Speech Recognition",
algorithm 1, with the rules of a syllable in place of a language model. Arrays are as in `ctc`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from khid_eval.engine import alphabet, orthography
from khid_eval.engine.ctc import LogProbs, without_paper

_LEAST = -8.0  # log-probability below which the beam search does not follow a class
_LEGAL_PATHS, _LEGAL_CLASSES = 24, 6  # followed at each column where the best path holds an impossible syllable


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A token of the best path. first..last: its columns, both included; log_prob: of its best column."""

    token: int
    first: int
    last: int
    log_prob: float


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


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of the whole line. log_prob: log P(text | line), the paths that were pruned missing."""

    text: str
    log_prob: float


def beam_search(log_probs: LogProbs, *, width: int = 8, classes_per_column: int = 6) -> list[Hypothesis]:
    """The most probable texts, best first; at most `width`, no text twice, none with a syllable that cannot exist.

    width: prefixes kept at each column, >= 1. classes_per_column: only that many of each column's best are followed.
    """
    found: dict[str, float] = {}
    for prefix, value in _prefixes(log_probs, width, classes_per_column).items():
        text = alphabet.decode(prefix)
        found[text] = _log_add(found.get(text, -math.inf), value)
    return [Hypothesis(text, value) for text, value in sorted(found.items(), key=lambda item: -item[1])]


def legal_path(log_probs: LogProbs) -> list[TokenSpan]:
    """`best_path`, or the best one without a syllable that cannot exist where the best of all holds such a one."""
    spans = best_path(log_probs)
    if orthography.is_legal([span.token for span in spans]):
        return spans
    return aligned(log_probs, _legal_classes(log_probs))


_Key = tuple[int, int, bool]  # state of the orthography, last class, whether the path stands on it or on a blank
_Trace = tuple[int, "_Trace | None"]  # a class and what stands before it


_Paths = dict[_Key, tuple[float, _Trace | None]]  # log-probability of the best path that ends there, and its classes


def _ways(key: _Key, column: NDArray[np.float64], likely: Sequence[int]) -> Iterator[tuple[_Key, float, int]]:
    """Where a path can go in one column, the log-probability of that, and the class that is named anew or 0."""
    state, last, named = key
    yield (state, last, False), float(column[alphabet.BLANK]), 0
    if named:
        yield key, float(column[last]), 0
    for one in likely:
        after = orthography.NONE if named and one == last else orthography.follow(state, last, one)
        if after != orthography.NONE:
            yield (after, one, True), float(column[one]), one


def _legal_classes(log_probs: LogProbs) -> list[int]:
    """The classes of the most probable legal path: Viterbi over what was last named and the syllable's state."""
    log_probs = without_paper(log_probs)
    paths: _Paths = {(orthography.START, alphabet.BLANK, False): (0.0, None)}
    for column in log_probs.astype(np.float64):
        likely = [int(one) for one in np.argpartition(-column, _LEGAL_CLASSES)[:_LEGAL_CLASSES] if one]
        grown: _Paths = {}
        for key, (value, trace) in paths.items():
            for reached, gain, token in _ways(key, column, likely):
                if reached not in grown or grown[reached][0] < value + gain:
                    grown[reached] = value + gain, (token, trace) if token else trace
        best = sorted(grown.items(), key=lambda item: -item[1][0])
        paths = dict(best[:_LEGAL_PATHS])
    trace = max(paths.values(), key=lambda path: path[0])[1]
    classes: list[int] = []
    while trace is not None:
        token, trace = trace
        classes.append(token)
    return classes[::-1]


def aligned(log_probs: LogProbs, classes: Sequence[int]) -> list[TokenSpan]:
    """Where each class of a line stands: the most probable alignment (Viterbi). [] where the line is too short."""
    if not classes:
        return []
    states = np.zeros(2 * len(classes) + 1, np.intp)
    states[1::2] = classes
    jump = np.zeros(states.size, bool)
    jump[3::2] = states[3::2] != states[1:-2:2]
    emitted = log_probs[:, states].astype(np.float64)
    best = np.full(states.size + 2, -np.inf)  # two empty states in front
    best[2] = 0.0
    came = np.empty(emitted.shape, np.int8)
    for number, column in enumerate(emitted):
        ways = np.stack([best[2:], best[1:-1], np.where(jump, best[:-2], -np.inf)])
        came[number] = ways.argmax(axis=0)
        best[2:] = ways.max(axis=0) + column
    state = states.size - 1 if best[-1] >= best[-2] else states.size - 2
    if best[state + 2] == -np.inf:
        return []
    path = np.empty(len(emitted), np.intp)
    for number in range(len(emitted) - 1, -1, -1):
        path[number] = state
        state -= int(came[number, state])
    return [_span(log_probs, token, np.flatnonzero(path == 2 * at + 1)) for at, token in enumerate(classes)]


def _span(log_probs: LogProbs, token: int, columns: NDArray[np.intp]) -> TokenSpan:
    return TokenSpan(token, int(columns[0]), int(columns[-1]), float(log_probs[columns, token].max()))


def _prefixes(log_probs: LogProbs, width: int, classes_per_column: int) -> dict[tuple[int, ...], float]:
    """Log-probabilities of the best sequences of classes, without syllables that cannot exist."""
    if width < 1 or classes_per_column < 1:
        raise ValueError("width and classes_per_column must be at least 1")
    log_probs = without_paper(log_probs)
    beams: _Beams = {(): _Beam(0.0, -math.inf, orthography.START)}
    for column in log_probs.astype(np.float64):  # Python numbers below: on single values they beat numpy
        best = np.argpartition(-column, min(classes_per_column, column.size - 1))[:classes_per_column]
        # What is practically impossible in a column only costs time.
        likely = [int(one) for one in best if one != alphabet.BLANK and column[one] > _LEAST]
        grown = _extend(beams, column, likely)
        if len(grown) <= width:  # paper between letters: nothing to choose
            beams = grown
            continue
        ranked = sorted(grown.items(), key=lambda item: -_log_add(item[1].blank, item[1].token))
        beams = dict(ranked[:width])
    return {prefix: _log_add(beam.blank, beam.token) for prefix, beam in beams.items()}


def _log_add(one: float, other: float) -> float:
    """log(exp(one) + exp(other)); np.logaddexp takes ten times as long for two numbers."""
    high, low = (one, other) if one >= other else (other, one)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


@dataclass(slots=True)
class _Beam:
    """blank, token: log P of all paths of a prefix that end so. state: of the orthography, after the prefix."""

    blank: float
    token: float
    state: int


_Beams = dict[tuple[int, ...], _Beam]


def _extend(beams: _Beams, column: NDArray[np.float64], followed: Sequence[int]) -> _Beams:
    """All prefixes after one more column."""
    grown: _Beams = {}

    def add(prefix: tuple[int, ...], blank: float, token: float, state: int) -> None:
        old = grown.get(prefix)
        if old is None:
            grown[prefix] = _Beam(blank, token, state)
        else:
            old.blank, old.token = _log_add(old.blank, blank), _log_add(old.token, token)

    for prefix, beam in beams.items():
        either = _log_add(beam.blank, beam.token)
        last = prefix[-1] if prefix else alphabet.BLANK
        stays = beam.token + float(column[last]) if prefix else -math.inf
        add(prefix, either + float(column[alphabet.BLANK]), stays, beam.state)
        for one in followed:
            state = orthography.follow(beam.state, last, one)
            if state != orthography.NONE:
                add((*prefix, one), -math.inf, (beam.blank if one == last else either) + float(column[one]), state)
    return grown


__all__ = ["Hypothesis", "TokenSpan", "aligned", "beam_search", "best_path", "legal_path"]
