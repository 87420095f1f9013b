"""Everything that a threshold decision rests on, in one call: split, maps, paths, certificates, the naive choice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from khid_eval.metrics import recalibration
from khid_eval.metrics.naive import Naive, naive_cutoff
from khid_eval.metrics.paths import Path, constant_path, document_path, field_path
from khid_eval.metrics.recalibration import Map
from khid_eval.metrics.review import ReviewCause, review_causes
from khid_eval.metrics.selective import RiskCoverage
from khid_eval.metrics.split import Cards, CertifyCards, SplitRule, TuneCards, split
from khid_eval.metrics.tally import Tally, tally
from khid_eval.metrics.threshold import Certified, Kept, certify, certify_all, judge_conditions
from khid_eval.metrics.trials import LabelsNeeded, Promise, certifiable_error, labels_needed

Scope = Literal["document", "field"]
_DOCUMENT = "document"
LOOSEST = 0.1
"""The greatest error that anybody promises."""
_GRAINS = 1000
"""Errors are searched in tenths of a percent: finer ones mean nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    required: fields that must all pass. scope: promise about whole cards, or about each required field alone.
    learn: order the cut-offs by the labels of the tuning side, else by confidences alone. recalibrate: adopt maps where
    they help. together: all certificates of the answer hold at once, not each by itself.
    """

    required: tuple[str, ...]
    promise: Promise = field(default_factory=Promise)
    scope: Scope = "document"
    seed: int = 1
    tune_share: float = 0.3
    learn: bool = True
    recalibrate: bool = True
    together: bool = False

    def __post_init__(self) -> None:
        if not self.required or len(set(self.required)) != len(self.required):
            raise ValueError("required: at least one field, each once")


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """One path with what the certifying cards said about it.

    conditions: certificates of slices. kept: how the overall cut-offs do in each condition, on the same certifying
    cards (a diagnosis, not a certificate); empty where there are none. labels: how many more cards it takes.
    """

    path: Path
    overall: Certified
    conditions: Mapping[str, Certified]
    kept: Mapping[str, Kept]
    labels: LabelsNeeded

    @property
    def curve(self) -> RiskCoverage:
        """Accepted and wrong at every step, for the chart; cutoff is that of the first required field."""
        some = self.overall.step_accepted > 0
        return RiskCoverage(
            self.path.cutoffs[some, 0],
            self.overall.step_accepted[some],
            self.overall.step_wrong[some],
            self.overall.total,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The answer. sequences: by field, or one under "document". naive: the same keys. certifying: for what-if views."""

    question: Question
    cards: int
    sequences: Mapping[str, Sequence]
    naive: Mapping[str, Naive]
    maps: Mapping[str, Map]
    certifying: CertifyCards
    promise: Promise

    @property
    def certified(self) -> bool:
        """Whether anything was certified at all."""
        return any(one.overall.step is not None for one in self.sequences.values())

    @property
    def overall(self) -> Mapping[str, Certified]:
        """The general certificate of each sequence."""
        return {key: one.overall for key, one in self.sequences.items()}

    @property
    def conditions(self) -> Mapping[str, Mapping[str, Certified]]:
        """condition -> sequence -> its own certificate."""
        names = self.certifying.cards.condition_names
        return {name: {key: one.conditions[name] for key, one in self.sequences.items()} for name in names}

    @property
    def broken(self) -> Mapping[str, tuple[str, ...]]:
        """condition -> sequences whose general cut-offs break the promise there."""
        return {
            name: tuple(
                k for k, one in self.sequences.items() if name in one.kept and one.kept[name].verdict == "broken"
            )
            for name in self.certifying.cards.condition_names
        }

    def naive_of(self, sequence: Sequence) -> float:
        """The chance that the naive cut-off of that sequence breaks its promise; NaN where there is none."""
        return next(self.naive[key].chance_of_breaking for key, one in self.sequences.items() if one is sequence)

    def causes(self, key: str, step: int) -> list[ReviewCause]:
        """Which fields send certifying cards to review at that step."""
        return review_causes(self.sequences[key].path, step, self.certifying.cards, self.certifying.trials)


def study(cards: Cards, question: Question) -> Study:
    """Answer the question from labelled cards. Raises ValueError where a required field is not among the cards'."""
    maps, tuning, certifying = _sides(cards, question)
    promise = _promise(question, len(cards.condition_names))
    keys = (_DOCUMENT,) if question.scope == "document" else question.required
    paths = {key: _path(tuning, question, key, promise) for key in keys}
    return Study(
        question=question,
        cards=int(np.unique(cards.group).size),
        sequences={name: _sequence(path, certifying, promise) for name, path in paths.items()},
        naive={name: _naive(path, certifying, promise, question.seed) for name, path in paths.items()},
        maps=maps,
        certifying=certifying,
        promise=promise,
    )


def smallest_error(cards: Cards, question: Question, key: str) -> Certified | None:
    """The certificate of the smallest error, in tenths of a percent above the question's and up to LOOSEST, that these
    cards certify; None where not even LOOSEST. key: of the sequence, as in Study.sequences.

    It is what `study` answers to that error. Found by halving, as if a greater error were never harder to certify: the
    answer is certified and a tenth less is not, yet one still smaller may be so by luck. An error that was chosen by
    the cards which certify it promises a little less than one named beforehand. Raises ValueError as study does.
    """
    _, tuning, certifying = _sides(cards, question)
    least = float(certifiable_error(0, certifying.trials.size, question.promise.confidence))  # all accepted, none wrong
    low = max(math.floor(question.promise.max_error * _GRAINS + 1e-9), math.ceil(least * _GRAINS - 1e-9) - 1)
    high, found = round(LOOSEST * _GRAINS) + 1, None
    tried = high - 1
    while high - low > 1:
        asked = replace(question, promise=replace(question.promise, max_error=tried / _GRAINS))
        promise = _promise(asked, len(cards.condition_names))
        one = certify(_path(tuning, asked, key, promise), certifying, promise)
        if one.step is None:
            low = tried
        else:
            high, found = tried, one
        tried = (low + high) // 2
    return found


def _sides(cards: Cards, question: Question) -> tuple[dict[str, Map], TuneCards, CertifyCards]:
    missing = [name for name in question.required if name not in cards.fields]
    if missing:
        raise ValueError(f"not labelled in these cards: {', '.join(missing)}")
    rule = SplitRule(question.seed, question.tune_share)
    maps = _maps(cards, question, rule)
    tuning, certifying = split(recalibration.recalibrated(cards, maps) if maps else cards, rule)
    return maps, tuning, certifying


def _path(tuning: TuneCards, question: Question, key: str, promise: Promise) -> Path:
    if question.scope == "document":
        return document_path(tuning, question.required, promise, learn=question.learn)
    return field_path(tuning, key, promise, learn=question.learn)


def _maps(cards: Cards, question: Question, rule: SplitRule) -> dict[str, Map]:
    if not question.recalibrate:
        return {}
    tuning, _ = split(cards, rule)
    best = {name: recalibration.best_map(recalibration.try_maps(tuning, name)) for name in question.required}
    return {name: trial.map for name, trial in best.items() if trial is not None}


def _promise(question: Question, conditions: int) -> Promise:
    if not question.together:
        return question.promise
    sequences = 1 if question.scope == "document" else len(question.required)
    return question.promise.among(sequences * (1 + conditions))


def _sequence(path: Path, certifying: CertifyCards, promise: Promise) -> Sequence:
    overall, by_condition = certify_all(path, certifying, promise)
    kept: Mapping[str, Kept] = {}
    if overall.cutoffs is not None:
        kept = judge_conditions(constant_path(path.required, [overall.cutoffs], path.rule), certifying, promise)
    needed = labels_needed(
        overall.step_accepted,
        overall.step_wrong,
        overall.total,
        promise,
        certify_share=max(1.0 - path.rule.tune_share, 1e-9),
    )
    return Sequence(path, overall, by_condition, kept, needed)


def _naive(path: Path, certifying: CertifyCards, promise: Promise, seed: int) -> Naive:
    return naive_cutoff(score_tally(path, certifying), promise, np.random.default_rng(seed))


def score_tally(path: Path, certifying: CertifyCards) -> Tally:
    """Certifying cards by the one number that decides them: the confidence of the field, or the least of all fields."""
    cards, rows = certifying.cards, certifying.trials
    columns = [cards.column(name) for name in path.required]
    lowest = cards.confidence[:, columns].min(axis=1)[rows]
    return tally(lowest, np.asarray(cards.right[:, columns].all(axis=1))[rows])


__all__ = ["LOOSEST", "Question", "Scope", "Sequence", "Study", "score_tally", "smallest_error", "study"]
