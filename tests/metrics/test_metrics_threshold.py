"""Exact evidence, the leak-proof split, and certificates by field, document and condition."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapie.risk_control.methods import compute_hoeffding_bentkus_p_value
from scipy import stats

from khid_eval.metrics import threshold
from khid_eval.metrics.ascent import best_cutoffs
from khid_eval.metrics.paths import Path, constant_path, document_path, field_path
from khid_eval.metrics.review import review_causes, review_work
from khid_eval.metrics.split import Cards, CertifyCards, SplitRule, TuneCards, keys_of, one_photo_a_group, split
from khid_eval.metrics.study import Question, Scope, study
from khid_eval.metrics.trials import (
    Promise,
    accepted_needed,
    certifiable_error,
    labels_needed,
    p_values,
    smallest_certifiable,
)
from khid_eval.records import BoolArray, FloatArray

FIELDS = ("id_number", "name_kh", "address")


def some_cards(n: int, seed: int = 0, photos_a_card: int = 1, conditions: int = 0) -> Cards:
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.beta(8.0, 0.6, (n, 3)), 3)
    right = rng.random((n, 3)) < 1.0 - 0.15 * (1.0 - confidence)
    return Cards(
        FIELDS,
        np.arange(n, dtype=np.uint64) // np.uint64(photos_a_card),
        np.arange(n, dtype=np.uint64),
        confidence,
        right,
        rng.integers(0, conditions, n) if conditions else np.full(n, -1),
        tuple(f"lighting={i}" for i in range(conditions)),
    )


@given(st.integers(0, 40), st.integers(0, 400), st.floats(0.001, 0.5))
def test_p_values_are_scipys_and_never_weaker_than_mapies(wrong: int, more: int, max_error: float) -> None:
    accepted = wrong + more
    ours = float(p_values(wrong, accepted, max_error))
    assert ours == pytest.approx(float(stats.binom.cdf(wrong, accepted, max_error)), rel=1e-9, abs=1e-300)
    if accepted:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = compute_hoeffding_bentkus_p_value(np.array([wrong / accepted]), accepted, max_error, binary=True)
        assert ours <= float(theirs[0, 0]) * (1 + 1e-9)


def test_accepted_needed_is_the_published_table() -> None:
    table = {
        0.05: [59, 93, 124, 208],
        0.02: [149, 236, 313, 523],
        0.01: [299, 473, 628, 1049],
        0.005: [598, 947, 1258, 2100],
        0.001: [2995, 4742, 6294, 10511],
    }
    for max_error, expected in table.items():
        promise = Promise(max_error, 0.95)
        assert accepted_needed([0, 1, 2, 5], promise).tolist() == expected
        assert smallest_certifiable(promise) == expected[0]


@given(st.integers(0, 30), st.floats(0.005, 0.3), st.floats(0.6, 0.99))
def test_accepted_needed_is_the_least_that_certifies(wrong: int, max_error: float, confidence: float) -> None:
    promise = Promise(max_error, confidence)
    needed = int(accepted_needed(wrong, promise)[0])
    assert p_values(wrong, needed, max_error) <= promise.delta
    assert needed - 1 <= wrong or p_values(wrong, needed - 1, max_error) > promise.delta
    assert float(certifiable_error(wrong, needed, confidence)) <= max_error + 1e-9


@pytest.mark.parametrize("bad", [(0.0, 0.9), (1.0, 0.9), (0.1, 0.0), (0.1, 1.0), (float("nan"), 0.9)])
def test_a_senseless_promise_is_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="must be in"):
        Promise(*bad)


def test_labels_needed_falls_to_nothing_and_knows_when_none_help() -> None:
    promise = Promise(0.01, 0.95)
    few = labels_needed(np.array([80]), np.array([0]), 100, promise)
    assert few.more is not None
    assert few.more > 200
    assert labels_needed(np.array([800]), np.array([0]), 1000, promise).more == 0
    assert labels_needed(np.array([800]), np.array([40]), 1000, promise).more is None
    nobody = np.array([], np.int64)
    assert labels_needed(nobody, nobody, 0, promise).more == 299
    assert labels_needed(np.array([0]), np.array([0]), 4, promise, certify_share=0.5).more == 590
    assert labels_needed(np.array([0]), np.array([0]), 400, promise).more is None  # so many, and none accepted
    unsure = labels_needed(np.array([6]), np.array([1]), 8, promise)  # one of six: above 1 %, but not for certain
    assert unsure.more is not None
    assert unsure.more >= int(accepted_needed(1, promise)[0]) - 8
    clean = labels_needed(np.array([8]), np.array([0]), 8, promise)
    assert clean.more == 299 - 8
    half = labels_needed(np.array([80]), np.array([0]), 100, promise, certify_share=0.5)
    assert half.more is not None
    assert abs(half.more - 2 * few.more) <= 1


# --- the split ---------------------------------------------------------------


@given(st.integers(0, 2**40), st.floats(0.1, 0.9))
@settings(max_examples=20, deadline=None)
def test_a_group_is_on_one_side_whatever_the_order(seed: int, share: float) -> None:
    cards, rule = some_cards(400, photos_a_card=4), SplitRule(seed, share)
    tuning, certifying = split(cards, rule)
    assert not set(tuning.cards.group.tolist()) & set(certifying.cards.group.tolist())
    assert len(tuning.cards) + len(certifying.cards) == len(cards)
    shuffled = cards.take(np.random.default_rng(0).permutation(len(cards)))
    again = split(shuffled, rule)[1]
    assert set(again.cards.photo[again.trials].tolist()) == set(certifying.cards.photo[certifying.trials].tolist())


def test_share_of_the_split() -> None:
    groups = keys_of(f"card-{i}" for i in range(20_000))
    assert abs(SplitRule(5, 0.3).tunes(groups).mean() - 0.3) < 0.02
    assert not SplitRule(5, 0.0).tunes(groups).any()
    assert keys_of(["a"])[0] == keys_of(["a"])[0] != keys_of(["b"])[0]


def test_no_way_to_cheat() -> None:
    cards, rule, promise = some_cards(600), SplitRule(1), Promise(0.05)
    tuning, certifying = split(cards, rule)
    with pytest.raises(ValueError, match="cannot certify"):
        CertifyCards(rule, tuning.cards)
    with pytest.raises(ValueError, match="cannot tune"):
        TuneCards(rule, certifying.cards)
    with pytest.raises(ValueError, match="cannot certify"):
        CertifyCards(rule, cards)  # all of them
    with pytest.raises(ValueError, match="cannot certify"):
        replace(certifying, cards=tuning.cards)
    path = field_path(tuning, "name_kh", promise)
    other = split(cards, SplitRule(2))[1]  # holds cards on which the path was tuned
    with pytest.raises(ValueError, match="another split"):
        threshold.certify(path, other, promise)
    with pytest.raises(ValueError, match="another split"):
        threshold.certify_conditions(path, other, promise)


def test_one_photo_a_card_is_drawn_evenly() -> None:
    cards = some_cards(9000, photos_a_card=3)
    rows = one_photo_a_group(cards, seed=7)
    assert np.unique(cards.group[rows]).size == rows.size == 3000
    which = np.bincount((cards.photo[rows] % np.uint64(3)).astype(int), minlength=3)
    assert which.min() > 900
    assert not np.array_equal(rows, one_photo_a_group(cards, seed=8))


def test_conditions_draw_one_photo_a_card_each() -> None:
    cards = some_cards(3000, photos_a_card=6, conditions=2)
    certifying = split(cards, SplitRule(0, 0.0))[1]
    drawn = certifying.condition_trials
    pairs = set(zip(cards.group[drawn].tolist(), cards.condition[drawn].tolist(), strict=True))
    everything = set(zip(cards.group.tolist(), cards.condition.tolist(), strict=True))
    assert pairs == everything
    assert len(pairs) == drawn.size
    path = constant_path(("address",), [[0.5]], certifying.rule)
    counts = threshold.certify_conditions(path, certifying, Promise(0.1))
    assert sum(one.total for one in counts.values()) == drawn.size  # each has its own draw, not a share of the general


@pytest.mark.parametrize(
    "change",
    [
        {"fields": ("a", "a", "b")},
        {"confidence": np.full((5, 3), np.nan)},
        {"confidence": np.full((5, 3), 1.1)},
        {"confidence": np.zeros((5, 2))},
        {"right": np.zeros((5, 3))},
        {"condition": np.zeros(5, np.int64)},
        {"group": np.zeros(5, np.int64)},
        {"photo": np.zeros(4, np.uint64)},
    ],
)
def test_unsound_cards_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|at least|keys"):
        replace(some_cards(5), **change)


# --- certificates ------------------------------------------------------------


def by_hand(confidence: FloatArray, right: BoolArray, path: Path, promise: Promise) -> int | None:
    """The definition, step by step, in plain loops."""
    certified = None
    for step in range(path.start, path.steps):
        accepted = [i for i in range(len(right)) if all(confidence[i] >= path.cutoffs[step])]
        wrong = sum(not right[i] for i in accepted)
        if not accepted or stats.binom.cdf(wrong, len(accepted), promise.max_error) > promise.delta:
            break
        certified = step
    return certified


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("learn", [True, False])
def test_certificates_follow_the_definition(seed: int, learn: bool) -> None:
    promise = Promise(0.06, 0.9)
    tuning, certifying = split(some_cards(900, seed), SplitRule(seed))
    cards, trials = certifying.cards, certifying.trials
    for required in (("name_kh",), FIELDS):
        if len(required) > 1:
            path = document_path(tuning, required, promise, learn=learn)
        else:
            path = field_path(tuning, required[0], promise, learn=learn)
        found = threshold.certify(path, certifying, promise)
        columns = [cards.column(field) for field in required]
        right = np.asarray(cards.right[trials][:, columns].all(axis=1))
        assert found.step == by_hand(cards.confidence[trials][:, columns], right, path, promise)
        if found.cutoffs is not None:
            passing = (cards.confidence[trials][:, columns] >= np.array(found.cutoffs)).all(axis=1)
            assert (found.accepted, found.wrong) == (passing.sum(), (passing & ~right).sum())
            assert found.bound <= promise.max_error
            assert found.coverage == pytest.approx(passing.mean())


def test_conditions_are_certified_apart_as_if_alone() -> None:
    promise = Promise(0.08, 0.9)
    tuning, certifying = split(some_cards(4000, 3, conditions=4), SplitRule(3))
    path = field_path(tuning, "name_kh", promise)
    together = threshold.certify_conditions(path, certifying, promise)
    overall, again = threshold.certify_all(path, certifying, promise)
    alone_overall = threshold.certify(path, certifying, promise)
    assert (overall.step, overall.accepted, overall.wrong, overall.total) == (
        alone_overall.step,
        alone_overall.accepted,
        alone_overall.wrong,
        alone_overall.total,
    )
    assert [one.step for one in again.values()] == [one.step for one in together.values()]
    assert list(together) == list(certifying.cards.condition_names)
    for i, found in enumerate(together.values()):
        alone = certifying.cards.take(certifying.cards.condition == i)
        column = alone.column("name_kh")
        one = replace(path, start=path.condition_starts[i])
        assert found.step == by_hand(alone.confidence[:, [column]], alone.right[:, column], one, promise)
        assert found.total == len(alone)


def test_nothing_is_certified_without_evidence() -> None:
    promise = Promise(0.01)
    for n in (0, 1, 40):
        tuning, certifying = split(some_cards(n), SplitRule(0))
        for path in (
            field_path(tuning, "address", promise),
            document_path(tuning, FIELDS, promise),
        ):
            found = threshold.certify(path, certifying, promise)
            assert (found.step, found.cutoffs, found.coverage) == (None, None, 0.0)


def test_what_was_not_read_is_never_accepted() -> None:
    cards = replace(some_cards(400), confidence=np.zeros((400, 3)), right=np.ones((400, 3), np.bool_))
    tuning, certifying = split(cards, SplitRule(0))
    path = document_path(tuning, FIELDS, Promise(0.1))
    assert threshold.certify(path, certifying, Promise(0.1)).accepted == 0


def test_row_order_does_not_matter() -> None:
    promise, rule = Promise(0.05, 0.9), SplitRule(4)
    cards = some_cards(1500, 4, photos_a_card=2)
    shuffled = cards.take(np.random.default_rng(1).permutation(len(cards)))
    results = []
    for one in (cards, shuffled):
        tuning, certifying = split(one, rule)
        path = document_path(tuning, FIELDS, promise)
        results.append(threshold.certify(path, certifying, promise))
    assert results[0].cutoffs == results[1].cutoffs
    assert (results[0].accepted, results[0].wrong) == (results[1].accepted, results[1].wrong)


def test_learnt_document_cutoffs_accept_more_than_one_common_cutoff() -> None:
    rng = np.random.default_rng(0)
    quality = rng.random((20_000, 1))
    confidence = np.clip(
        quality * np.array([0.5, 1.0]) + np.array([0.0, 0.0]), 0.001, 1.0
    )  # one scale is half the other
    right = rng.random(20_000) < 0.9 + 0.1 * np.minimum(1.0, quality[:, 0] * 2)
    chosen = best_cutoffs(confidence, right, 0.02)
    accepted = (confidence >= chosen).all(axis=1)
    assert 1.0 - right[accepted].mean() <= 0.02
    common = (confidence >= 0.45).all(axis=1)
    assert accepted.sum() > common.sum()


def test_brute_force_finds_no_better_pair_of_cutoffs() -> None:
    rng = np.random.default_rng(2)
    confidence = rng.choice([0.2, 0.5, 0.8, 0.9, 0.95], (3000, 2))
    right = rng.random(3000) < 1.0 - 0.25 * (1.0 - confidence.min(axis=1)) ** 2
    chosen = best_cutoffs(confidence, right, 0.05)
    within = {}
    for a in (0.2, 0.5, 0.8, 0.9, 0.95):
        for b in (0.2, 0.5, 0.8, 0.9, 0.95):
            passing = (confidence >= (a, b)).all(axis=1)
            if 1.0 - right[passing].mean() <= 0.04:
                within[a, b] = int(passing.sum())
    passing = (confidence >= chosen).all(axis=1)
    assert 1.0 - right[passing].mean() <= 0.04
    assert passing.sum() >= 0.95 * max(within.values())


@pytest.mark.parametrize(
    ("accepted", "wrong", "verdict"),
    [
        (1000, 2, "holds"),
        (1000, 30, "broken"),
        (100, 1, "not decisive"),
        (100, 2, "not decisive"),
        (0, 0, "not decisive"),
    ],
)
def test_drift_in_words(accepted: int, wrong: int, verdict: str) -> None:
    assert threshold.judge(Promise(0.01), accepted, wrong, 2000).verdict == verdict


def test_one_cutoff_can_fail_in_one_condition() -> None:
    rng = np.random.default_rng(0)
    condition = rng.integers(0, 2, 6000)
    base = some_cards(6000, conditions=2)
    right = rng.random((6000, 3)) < np.where(condition, 0.9, 0.999)[:, None]
    cards = replace(base, right=right, confidence=np.full((6000, 3), 0.9), condition=condition)
    certifying = split(cards, SplitRule(0, 0.0))[1]
    path = constant_path(("address",), [[0.5]], certifying.rule)
    kept = threshold.judge_conditions(path, certifying, Promise(0.02))
    assert [one.verdict for one in kept.values()] == ["holds", "broken"]
    overall = threshold.judge_cutoffs(path, certifying, Promise(0.02))
    assert overall.accepted == overall.total == 6000
    assert overall.wrong == sum(one.wrong for one in kept.values())
    with pytest.raises(ValueError, match="one step"):
        threshold.judge_cutoffs(constant_path(("address",), [[0.5], [0.4]], certifying.rule), certifying, Promise())


@pytest.mark.parametrize("cutoffs", [[[0.5], [0.6]], [[0.0]], [[1.5]], [0.5], [[float("nan")]]])
def test_a_path_that_is_not_nested_is_refused(cutoffs: list[object]) -> None:
    with pytest.raises(ValueError, match=r"cut-?offs"):
        constant_path(("address",), cutoffs, SplitRule(0))  # type: ignore[arg-type]  # wrong on purpose


# --- review ------------------------------------------------------------------


@pytest.mark.parametrize("whole_card", [True, False])
def test_review_work_by_hand(whole_card: bool) -> None:
    cards = some_cards(300, 5)
    rows = np.arange(300)
    path = constant_path(("name_kh", "address"), [[0.99, 0.98], [0.9, 0.95], [0.5, 0.5]], SplitRule(0))
    work = review_work(path, cards, rows, whole_card=whole_card)
    for step in range(3):
        failing = cards.confidence[:, [1, 2]] < path.cutoffs[step]
        seen = np.repeat(failing.any(axis=1, keepdims=True), 2, axis=1) if whole_card else failing
        assert work.confirmed[step] == (seen & cards.right[:, [1, 2]]).sum()
        assert work.corrected[step] == (seen & ~cards.right[:, [1, 2]]).sum()


def test_review_causes_by_hand() -> None:
    cards = replace(
        some_cards(4),
        confidence=np.array([[0.9, 0.9, 0.9], [0.1, 0.9, 0.9], [0.1, 0.1, 0.9], [0.1, 0.9, 0.9]]),
    )
    path = constant_path(FIELDS, [[0.5, 0.5, 0.5]], SplitRule(0))
    causes = review_causes(path, 0, cards, np.arange(4))
    assert [(one.field, one.fails, one.alone, one.of) for one in causes] == [
        ("id_number", 3, 2, 3),
        ("name_kh", 1, 0, 3),
        ("address", 0, 0, 3),
    ]


# --- a whole study -----------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 9, 40])
@pytest.mark.parametrize("scope", ["document", "field"])
def test_a_study_of_very_few_cards_answers_that_there_is_nothing(n: int, scope: Scope) -> None:
    found = study(some_cards(n, conditions=2), Question(FIELDS, Promise(0.01), scope))
    assert not found.certified
    assert found.cards == n
    for key, sequence in found.sequences.items():
        assert sequence.labels.more is None or sequence.labels.more > 0
        assert sequence.curve.total == found.certifying.trials.size
        assert found.naive_of(sequence) >= 0 or np.isnan(found.naive_of(sequence))
        if sequence.path.steps:
            assert len(found.causes(key, sequence.path.start)) == len(sequence.path.required)
    assert found.broken == {"lighting=0": (), "lighting=1": ()}


@pytest.mark.parametrize("scope", ["document", "field"])
def test_few_tuning_cards_leave_no_likely_card_beyond_the_path(scope: Scope) -> None:
    """The loosest step accepts every card likelier right than wrong, also those less sure than all tuning cards."""
    cards = some_cards(40, seed=3)
    found = study(cards, Question(cards.fields[:2], Promise(0.1, 0.9), scope, tune_share=0.1, recalibrate=False))
    for sequence in found.sequences.values():
        columns = [cards.column(name) for name in sequence.path.required]
        confidence = found.certifying.cards.confidence[found.certifying.trials][:, columns]
        assert np.count_nonzero(confidence.min(axis=1) >= 0.5) <= sequence.overall.step_accepted[-1] > 0
        assert sequence.path.start < sequence.path.steps - 1


@pytest.mark.parametrize("scope", ["document", "field"])
def test_a_path_does_not_go_on_to_cards_likelier_wrong_than_right(scope: Scope) -> None:
    """No card of this set is less sure than 0.6: none is a reason to accept one at 0.49, whatever the promise."""
    cards = some_cards(400, seed=4)
    sure = replace(cards, confidence=np.maximum(cards.confidence, 0.6))
    found = study(sure, Question(cards.fields[:2], Promise(0.3, 0.9), scope, recalibrate=False))
    for sequence in found.sequences.values():
        assert sequence.path.cutoffs[-1].max() >= 0.5


def test_a_study_does_not_depend_on_the_order_of_cards() -> None:
    cards = some_cards(2000, 8, photos_a_card=2, conditions=3)
    shuffled = cards.take(np.random.default_rng(3).permutation(len(cards)))
    question = Question(FIELDS, Promise(0.06, 0.9))
    one, two = study(cards, question), study(shuffled, question)
    assert one.overall["document"].cutoffs == pytest.approx(two.overall["document"].cutoffs)
    assert one.overall["document"].wrong == two.overall["document"].wrong
