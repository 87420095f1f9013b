"""Certified cut-offs: a promise about accepted readings that holds with a stated confidence.

Fixed-sequence Learn-then-Test (Angelopoulos et al. 2021): the steps of a path, fixed beforehand, are tested from the
strictest to the loosest with exact binomial p-values; the first failure ends it, and the last step before it is
certified. No correction for the number of steps is needed, because the order was fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from khid_eval.metrics.intervals import lower_bound, upper_bound
from khid_eval.metrics.paths import Path, PathCounts, count_steps
from khid_eval.metrics.split import CertifyCards
from khid_eval.metrics.tally import IntArray
from khid_eval.metrics.trials import Promise, p_values


@dataclass(frozen=True, slots=True, eq=False)
class Certified:
    """The outcome of one sequence of tests.

    step: the certified step of the path, or None where nothing could be certified. cutoffs: (R,) values by required
    field, or None. accepted, wrong: at that step (at the first tested step where nothing was certified), of `total`
    cards. bound: exact upper bound of the error at that step. step_accepted, step_wrong: (J,) counts at all steps of
    the path, for charts.
    """

    required: tuple[str, ...]
    promise: Promise
    step: int | None
    cutoffs: tuple[float, ...] | None
    accepted: int
    wrong: int
    total: int
    bound: float
    step_accepted: IntArray
    step_wrong: IntArray

    @property
    def coverage(self) -> float:
        """Share of cards accepted by the certified cut-offs; 0 where there are none."""
        return self.accepted / self.total if self.step is not None and self.total else 0.0


def certify(path: Path, certify_cards: CertifyCards, promise: Promise) -> Certified:
    """Certify the loosest step that the evidence allows. One photo a card is drawn, seeded.

    Raises ValueError where the path was tuned under another split: its tuning cards could be among these.
    """
    _same_split(path, certify_cards)
    counts = count_steps(path, certify_cards.cards, certify_cards.trials)
    return _certified(path, counts, 0, promise, path.start)


def certify_conditions(path: Path, certify_cards: CertifyCards, promise: Promise) -> dict[str, Certified]:
    """A certificate for each condition of the cards, each at the promise by itself (see Promise.among for all at once).

    One photo a card is drawn in each condition. Raises ValueError as certify does.
    """
    _same_split(path, certify_cards)
    counts = _count_conditions(path, certify_cards)
    starts = path.condition_starts or (path.start,) * len(certify_cards.cards.condition_names)
    if len(starts) != len(certify_cards.cards.condition_names):
        raise ValueError("the path was tuned for other conditions")
    return {
        name: _certified(path, counts, i, promise, starts[i])
        for i, name in enumerate(certify_cards.cards.condition_names)
    }


def certify_all(path: Path, certify_cards: CertifyCards, promise: Promise) -> tuple[Certified, dict[str, Certified]]:
    """certify and certify_conditions together, in one pass over the cards where each card has one photo."""
    if not certify_cards.trials.size or not np.array_equal(certify_cards.trials, certify_cards.condition_trials):
        return certify(path, certify_cards, promise), certify_conditions(path, certify_cards, promise)
    by_condition = certify_conditions(path, certify_cards, promise)
    accepted = np.sum([one.step_accepted for one in by_condition.values()], axis=0, keepdims=True)
    wrong = np.sum([one.step_wrong for one in by_condition.values()], axis=0, keepdims=True)
    counts = PathCounts(accepted, wrong, np.array([certify_cards.trials.size]))
    return _certified(path, counts, 0, promise, path.start), by_condition


def _count_conditions(path: Path, certify_cards: CertifyCards) -> PathCounts:
    cards, rows = certify_cards.cards, certify_cards.condition_trials
    return count_steps(path, cards, rows, cards.condition[rows], len(cards.condition_names))


def _same_split(path: Path, certify_cards: CertifyCards) -> None:
    if path.rule != certify_cards.rule:
        raise ValueError("the path was tuned under another split; its tuning cards could be among those that certify")


def _certified(path: Path, all_counts: PathCounts, row: int, promise: Promise, start: int) -> Certified:
    accepted, wrong, total = all_counts.accepted[row], all_counts.wrong[row], int(all_counts.total[row])
    passed = fixed_sequence(accepted[start:], wrong[start:], promise)
    step = start + passed - 1 if passed else None
    shown = step if step is not None else start
    m, k = (int(accepted[shown]), int(wrong[shown])) if path.steps else (0, 0)
    return Certified(
        required=path.required,
        promise=promise,
        step=step,
        cutoffs=tuple(float(value) for value in path.cutoffs[step]) if step is not None else None,
        accepted=m,
        wrong=k,
        total=total,
        bound=float(upper_bound(k, m, promise.confidence)),
        step_accepted=accepted,
        step_wrong=wrong,
    )


def fixed_sequence(accepted: IntArray, wrong: IntArray, promise: Promise) -> int:
    """How many tests in a row pass, from the first on."""
    failed = p_values(wrong, accepted, promise.max_error) > promise.delta
    return int(np.argmax(failed)) if np.any(failed) else int(failed.size)


@dataclass(frozen=True, slots=True)
class Kept:
    """How given cut-offs do on cards that had no part in them.

    verdict: "holds" (certified again), "broken" (the exact lower bound of the error is above the promise), "not
    decisive" (neither). low, bound: exact one-sided bounds of the error at the promise's confidence, in [0, 1].
    """

    promise: Promise
    accepted: int
    wrong: int
    total: int
    low: float
    bound: float
    verdict: str


def judge(promise: Promise, accepted: int, wrong: int, total: int) -> Kept:
    """Does a promise hold on these counts? Each verdict errs at most 1 - confidence of the time."""
    low = float(lower_bound(wrong, accepted, promise.confidence))
    bound = float(upper_bound(wrong, accepted, promise.confidence))
    if float(p_values(wrong, accepted, promise.max_error)) <= promise.delta:
        verdict = "holds"
    else:
        verdict = "broken" if low > promise.max_error else "not decisive"
    return Kept(promise, accepted, wrong, total, low, bound, verdict)


def judge_cutoffs(path: Path, cards: CertifyCards, promise: Promise) -> Kept:
    """Judge a path of one step: an existing policy on a new run, one photo a card."""
    _one_step(path)
    counts = count_steps(path, cards.cards, cards.trials)
    return judge(promise, int(counts.accepted[0, 0]), int(counts.wrong[0, 0]), cards.trials.size)


def judge_conditions(path: Path, cards: CertifyCards, promise: Promise) -> dict[str, Kept]:
    """Where do cut-offs that hold for all photos together fail? The same for each condition."""
    _one_step(path)
    counts = _count_conditions(path, cards)
    return {
        name: judge(promise, int(counts.accepted[i, 0]), int(counts.wrong[i, 0]), int(counts.total[i]))
        for i, name in enumerate(cards.cards.condition_names)
    }


def _one_step(path: Path) -> None:
    if path.steps != 1:
        raise ValueError("cut-offs are judged as a path of one step")


__all__ = [
    "Certified",
    "Kept",
    "certify",
    "certify_all",
    "certify_conditions",
    "fixed_sequence",
    "judge",
    "judge_conditions",
    "judge_cutoffs",
]
