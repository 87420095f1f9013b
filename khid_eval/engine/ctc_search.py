"""What a line says: the best path, the best one without impossible syllables, and the best texts.

The beam search is the prefix search of Hannun et al. 2014, "First-Pass Large Vocabulary Continuous Speech Recognition",
algorithm 1, with the rules of a syllable and, where asked for, a prior for the letters. Arrays are as in `ctc`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from khid_eval.engine import alphabet, orthography
from khid_eval.engine.ctc import LogProbs, without_paper

_LEAST = -8.0  # log-probability below which the beam search does not follow a class
_FAR = 10.0  # nats behind the best prefix at which the beam search gives one up
_LOST = 40.0  # nats behind another number at which one changes nothing in their sum: doubles have 53 bits
_LEGAL_PATHS, _LEGAL_CLASSES = 24, 6  # followed at each column where the best path holds an impossible syllable
_LEGAL_LEAST = -9.0  # log-probability below which no such path goes: most columns are paper beyond doubt


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


class Prior(Protocol):
    """What is known of a text before the picture is seen, letter by letter. A state stands for the letters so far."""

    @property
    def start(self) -> int: ...

    def step(self, state: int, token: int) -> tuple[float, int]:
        """Nats that this class adds, and the state after it."""

    def end(self, state: int) -> float:
        """Nats that ending the text here adds."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of the whole line. log_prob: log P(text | line), the paths that were pruned missing. prior: nats."""

    text: str
    log_prob: float
    prior: float = 0.0


def beam_search(
    log_probs: LogProbs, *, width: int = 8, classes_per_column: int = 6, prior: Prior | None = None
) -> list[Hypothesis]:
    """The best texts by picture and prior together, best first; at most `width`, no text twice, none with a syllable
    that cannot exist.

    width: prefixes kept at each column, >= 1. classes_per_column: only that many of each column's best are followed.
    """
    if width < 1 or classes_per_column < 1:
        raise ValueError("width and classes_per_column must be at least 1")
    found: dict[str, Hypothesis] = {}
    for one in _Beam(prior).search(without_paper(log_probs), width, classes_per_column):
        old = found.get(one.text)
        both = one.log_prob if old is None else _log_add(old.log_prob, one.log_prob)
        found[one.text] = Hypothesis(one.text, both, one.prior if old is None else max(old.prior, one.prior))
    return sorted(found.values(), key=lambda one: -(one.log_prob + one.prior))


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
        best_classes = np.argpartition(-column, _LEGAL_CLASSES)[:_LEGAL_CLASSES]
        likely = [int(one) for one in best_classes if one and column[one] > _LEGAL_LEAST]
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


def _log_add(one: float, other: float) -> float:
    """log(exp(one) + exp(other)); np.logaddexp takes ten times as long for two numbers."""
    high, low = (one, other) if one >= other else (other, one)
    return high if low < high - _LOST or low == -math.inf else high + math.log1p(math.exp(low - high))


@dataclass(slots=True, eq=False)
class _Node:
    """A prefix: what depends on its classes alone, and what the columns so far say of it.

    prior: nats so far, and the prior's state. longer: the prefixes that are longer by one class, None where that class
    cannot stand there. ended, named: log P of its paths that end with a blank, and of all others, after column `seen`;
    the same before it in `was_ended` and `was_named`.
    """

    parent: _Node | None
    token: int
    orthography: int
    prior: float
    state: int
    ended: float = -math.inf
    named: float = -math.inf
    was_ended: float = -math.inf
    was_named: float = -math.inf
    seen: int = -1
    longer: dict[int, _Node | None] = field(default_factory=dict)

    def classes(self) -> list[int]:
        found: list[int] = []
        node: _Node | None = self
        while node is not None and node.parent is not None:
            found.append(node.token)
            node = node.parent
        return found[::-1]


class _Beam:
    """The prefix search. Prefixes share their beginnings: a tree that grows as far as the search goes."""

    def __init__(self, prior: Prior | None) -> None:
        self._prior = prior
        self._root = _Node(None, alphabet.BLANK, orthography.START, 0.0, prior.start if prior else 0, ended=0.0)

    def search(self, log_probs: LogProbs, width: int, classes_per_column: int) -> list[Hypothesis]:
        beam = [self._root]
        columns = log_probs.astype(np.float64)
        best = np.argpartition(-columns, min(classes_per_column, columns.shape[1] - 1))[:, :classes_per_column]
        # Python numbers from here on: on single values they beat numpy.
        for number, (column, classes) in enumerate(zip(columns.tolist(), best.tolist(), strict=True)):
            # What is practically impossible in a column only costs time.
            likely = [(one, column[one]) for one in classes if one != alphabet.BLANK and column[one] > _LEAST]
            grown = self._extend(beam, number, column, likely)
            worth = [_log_add(node.ended, node.named) + node.prior for node in grown]
            least = max(worth) - _FAR
            near = [one for one in zip(worth, grown, strict=True) if one[0] > least]
            near.sort(key=itemgetter(0), reverse=True)
            beam = [node for _, node in near[:width]]
        return [self._hypothesis(node) for node in beam]

    def _hypothesis(self, node: _Node) -> Hypothesis:
        ended = self._prior.end(node.state) if self._prior else 0.0
        return Hypothesis(alphabet.decode(node.classes()), _log_add(node.ended, node.named), node.prior + ended)

    def _extend(
        self, beam: Sequence[_Node], number: int, column: Sequence[float], likely: Sequence[tuple[int, float]]
    ) -> list[_Node]:
        """All prefixes after one more column. number: of the column."""
        paper, grown = column[alphabet.BLANK], list[_Node]()
        for node in beam:
            node.was_ended, node.was_named = node.ended, node.named
            _reach(node, number, grown)
        for node in beam:
            either = _log_add(node.was_ended, node.was_named)
            node.ended = either + paper
            if node.parent is not None:
                node.named = _log_add(node.named, node.was_named + column[node.token])
            for one, gain in likely:
                longer = node.longer[one] if one in node.longer else self._longer(node, one)
                if longer is not None:
                    if longer.seen != number:
                        _reach(longer, number, grown)
                    longer.named = _log_add(longer.named, (node.was_ended if one == node.token else either) + gain)
        return grown

    def _longer(self, node: _Node, token: int) -> _Node | None:
        """The prefix with one more class; None where no syllable could hold it."""
        after = orthography.follow(node.orthography, node.token, token)
        made = None
        if after != orthography.NONE:
            nats, state = self._prior.step(node.state, token) if self._prior else (0.0, 0)
            made = _Node(node, token, after, node.prior + nats, state)
        node.longer[token] = made
        return made


def _reach(node: _Node, number: int, grown: list[_Node]) -> None:
    """The prefix can be there after that column: nothing of it is counted yet."""
    node.seen, node.ended, node.named = number, -math.inf, -math.inf
    grown.append(node)


__all__ = ["Hypothesis", "Prior", "TokenSpan", "aligned", "beam_search", "best_path", "legal_path"]
