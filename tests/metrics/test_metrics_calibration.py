"""Calibration and selective figures against independent implementations and hand-worked tables."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.metrics.calibration import expected_calibration_error
from sklearn import metrics as sk

from khid_eval.metrics import calibration, selective
from khid_eval.metrics.tally import Tally, from_counts, rows, tally
from khid_eval.records import BoolArray, FloatArray

Readings = tuple[FloatArray, BoolArray]
readings = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.9, 0.99, 1.0]) | st.floats(0, 1), st.booleans()),
    min_size=1,
    max_size=40,
).map(lambda pairs: (np.array([c for c, _ in pairs]), np.array([y for _, y in pairs])))
RNG = np.random.default_rng(0)


def law(n: int, seed: int = 0) -> Readings:
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.beta(5, 1, n), 2)
    return confidence, rng.random(n) < confidence


# --- tally -------------------------------------------------------------------


@given(readings)
def test_tally_keeps_every_reading(data: Readings) -> None:
    counted = tally(*data)
    again = rows(counted)
    assert sorted(zip(*again, strict=True)) == sorted(zip(*data, strict=True))
    assert counted.n == data[0].size


@given(readings, st.randoms(use_true_random=False))
def test_order_never_matters_and_duplication_changes_no_rate(data: Readings, random: object) -> None:
    order = np.random.default_rng(1).permutation(data[0].size)
    one, two = tally(*data), tally(data[0][order], data[1][order])
    assert np.array_equal(one.confidence, two.confidence)
    assert np.array_equal(one.right, two.right)
    double = tally(np.tile(data[0], 2), np.tile(data[1], 2))
    for figure in (calibration.brier, calibration.signed_error, calibration.log_loss, calibration.auroc):
        assert figure(double) == pytest.approx(figure(one), nan_ok=True, abs=1e-12)


@pytest.mark.parametrize(
    ("confidence", "correct", "message"),
    [
        ([0.5, np.nan], [True, False], "in "),
        ([1.01], [True], "in "),
        ([-0.1], [True], "in "),
        ([0.5], [True, False], "equal"),
        ([[0.5]], [[True]], "equal"),
        ([0.5], [1], "bool"),
    ],
)
def test_unsound_readings_are_refused(confidence: list[float], correct: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tally(confidence, correct)


def test_unsound_tallies_are_refused() -> None:
    ones = np.array([1, 1])
    with pytest.raises(ValueError, match="fall"):
        Tally(np.array([0.5, 0.5]), ones, ones)
    with pytest.raises(ValueError, match="at least one"):
        Tally(np.array([0.5, 0.4]), ones, np.array([1, -1]))
    with pytest.raises(ValueError, match="equal"):
        Tally(np.array([0.5]), ones, ones)
    assert from_counts([0.5, 0.7, 0.5], [1, 0, 2], [1, 0, 0]).right.tolist() == [3]


def test_nothing_is_nan_not_an_error() -> None:
    empty = tally([], [])
    figures = calibration.summary(empty, RNG)
    assert figures.n == 0
    assert all(math.isnan(x) for x in (figures.ece, figures.brier, figures.auroc, figures.log_loss))
    assert not figures.miscalibration_shown
    assert calibration.reliability(empty, RNG).count.size == 0
    assert math.isnan(selective.summary(empty).aurc)
    assert selective.coverage_at_risk(selective.risk_coverage(empty), 0.1).cutoff is None
    assert math.isnan(calibration.ece(empty))


# --- calibration -------------------------------------------------------------


@given(readings)
def test_figures_agree_with_scikit_learn(data: Readings) -> None:
    confidence, correct = data
    counted = tally(confidence, correct)
    assert calibration.brier(counted) == pytest.approx(sk.brier_score_loss(correct, confidence, labels=[False, True]))
    inside = np.clip(confidence, 1e-12, 1 - 1e-12)
    assert calibration.log_loss(counted) == pytest.approx(sk.log_loss(correct, inside, labels=[False, True]), abs=1e-9)
    assert calibration.signed_error(counted) == pytest.approx(float(np.mean(confidence - correct)), abs=1e-12)
    if correct.all() or not correct.any():
        assert math.isnan(calibration.auroc(counted))
    else:
        assert calibration.auroc(counted) == pytest.approx(sk.roc_auc_score(correct, confidence))


def test_equal_mass_ece_by_hand() -> None:
    counted = tally([0.1, 0.2, 0.6, 0.8, 0.9, 1.0], [False, True, False, True, True, True])
    # three bins of two: |0.5 - 0.15|, |0.5 - 0.7|, |1 - 0.95|
    assert calibration.ece(counted, bins=3) == pytest.approx((0.35 + 0.2 + 0.05) / 3)


def test_one_bin_agrees_with_mapie_and_many_bins_come_near() -> None:
    confidence, correct = law(4000)
    theirs = expected_calibration_error(correct.astype(int), confidence, num_bins=200, split_strategy="uniform")
    exact = np.mean([abs(np.mean(correct[confidence == c]) - c) * np.mean(confidence == c) for c in set(confidence)])
    exact *= len(set(confidence))
    assert calibration.ece(tally(confidence, correct), bins=100_000) == pytest.approx(float(exact))
    assert abs(calibration.ece(tally(confidence, correct), bins=100_000) - theirs) < 0.02


@given(readings, st.integers(1, 12))
def test_bins_partition_the_readings(data: Readings, bins: int) -> None:
    shown = calibration.reliability(tally(*data), RNG, bins=bins, draws=20)
    assert shown.count.sum() == data[0].size
    assert shown.count.size <= min(bins, np.unique(data[0]).size)
    assert np.all(np.diff(shown.mean_confidence) > 0)
    assert np.all((shown.low <= shown.accuracy) & (shown.accuracy <= shown.high))
    assert float((shown.accuracy * shown.count).sum()) == pytest.approx(float(data[1].sum()))


def test_bins_have_about_equal_mass() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(1500)
    shown = calibration.reliability(tally(confidence, rng.random(1500) < confidence), RNG)
    assert shown.count.tolist() == [100] * 15


@pytest.mark.parametrize("n", [60, 400, 20_000])
def test_null_of_the_ece_is_what_a_calibrated_reader_shows(n: int) -> None:
    """95 of 100 calibrated readers stay below ece_null_high, at every size, whichever way the null is drawn."""
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(200):
        confidence = np.round(rng.beta(9, 1, n), 3) if n < 20_000 else rng.beta(400, 1, n)
        counted = tally(confidence, rng.random(n) < confidence)
        hits += calibration.summary(counted, rng, draws=100).miscalibration_shown
    assert 1 <= hits <= 24  # binomial(200, 0.05), with the noise of a 95th percentile from 100 draws


def test_null_mean_is_the_measured_bias() -> None:
    # Beta(9, 1) confidences, perfectly calibrated, 15 equal-mass bins: mean ECE 0.079, 0.057, 0.026 (measured apart).
    rng = np.random.default_rng(0)
    for n, expected in ((100, 0.079), (200, 0.057), (1000, 0.026)):
        confidence = rng.beta(9, 1, n)
        found = calibration.summary(tally(confidence, rng.random(n) < confidence), rng)
        assert found.ece_null == pytest.approx(expected, rel=0.15)


def test_overconfidence_is_shown_with_its_sign() -> None:
    rng = np.random.default_rng(0)
    found = calibration.summary(tally(np.full(500, 0.95), rng.random(500) < 0.8), rng)
    assert found.miscalibration_shown
    assert found.signed_error > 0.1


def test_the_band_holds_a_calibrated_reader() -> None:
    rng = np.random.default_rng(3)
    inside = total = 0
    for _ in range(60):
        confidence = rng.beta(4, 1, 600)
        shown = calibration.reliability(tally(confidence, rng.random(600) < confidence), rng, draws=300)
        inside += int(((shown.null_low <= shown.accuracy) & (shown.accuracy <= shown.null_high)).sum())
        total += shown.count.size
    assert 0.92 < inside / total <= 0.99


# --- selective ---------------------------------------------------------------


def brute_aurc(confidence: FloatArray, correct: BoolArray) -> tuple[float, float]:
    """Mean over ALL orders of tied readings, by enumeration."""
    aurcs, augrcs = [], []
    n = correct.size
    for order in itertools.permutations(range(n)):
        if any(confidence[a] < confidence[b] for a, b in itertools.pairwise(order)):
            continue
        wrong = np.cumsum(~correct[list(order)])
        k = np.arange(1, n + 1)
        aurcs.append(np.mean(wrong / k))
        augrcs.append(np.mean(wrong / n))
    return float(np.mean(aurcs)), float(np.mean(augrcs))


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6))
def test_areas_are_the_mean_over_orders_of_ties(pairs: list[tuple[float, bool]]) -> None:
    confidence, correct = np.array([c for c, _ in pairs]), np.array([y for _, y in pairs])
    found = selective.summary(tally(confidence, correct))
    aurc, augrc = brute_aurc(confidence, correct)
    assert found.aurc == pytest.approx(aurc)
    assert found.augrc == pytest.approx(augrc)
    best, _ = brute_aurc(correct.astype(float), correct)
    assert found.e_aurc == pytest.approx(aurc - best, abs=1e-12)


@given(readings)
def test_augrc_follows_from_auroc_and_accuracy(data: Readings) -> None:
    """Traub et al. 2024, equation 6: (1 - AUROC) acc (1 - acc) + (1 - acc)² / 2, exact up to half a step."""
    counted = tally(*data)
    n, wrong = counted.n, counted.n_wrong
    accuracy = 1 - wrong / n
    ranking = calibration.auroc(counted)
    expected = (0.0 if math.isnan(ranking) else (1 - ranking) * accuracy * (1 - accuracy)) + (1 - accuracy) ** 2 / 2
    assert selective.summary(counted).augrc == pytest.approx(expected + wrong / (2 * n**2))


@given(readings)
def test_risk_coverage_by_definition(data: Readings) -> None:
    confidence, correct = data
    curve = selective.risk_coverage(tally(confidence, correct))
    assert curve.cutoff.tolist() == sorted(set((confidence + 0.0).tolist()), reverse=True)
    for cutoff, coverage, risk in zip(curve.cutoff, curve.coverage, curve.risk, strict=True):
        accepted = confidence >= cutoff
        assert coverage == pytest.approx(accepted.mean())
        assert risk == pytest.approx(1 - correct[accepted].mean())
    assert curve.coverage[-1] == 1.0
    low, high = curve.interval()
    assert np.all((low <= curve.risk) & (curve.risk <= high))
    assert np.all(curve.bound(0.975) >= curve.risk)


@given(readings, st.sampled_from([0.05, 0.2, 0.5]))
def test_naive_point_is_the_loosest_within_the_target(data: Readings, target: float) -> None:
    confidence, correct = data
    point = selective.coverage_at_risk(selective.risk_coverage(tally(confidence, correct)), target)
    allowed = [c for c in set(confidence.tolist()) if c > 0 and 1 - correct[confidence >= c].mean() <= target]
    assert point.cutoff == (min(allowed) if allowed else None)


def test_points_between_cutoffs_and_thinning() -> None:
    curve = selective.risk_coverage(tally([0.9, 0.7, 0.5], [True, False, True]))
    assert selective.at_cutoff(curve, 0.6).accepted == 2
    assert selective.at_cutoff(curve, 0.7).accepted == 2
    assert selective.at_cutoff(curve, 0.95).accepted == 0
    assert math.isnan(selective.at_cutoff(curve, 0.95).risk)
    many = selective.risk_coverage(tally(np.linspace(0, 1, 9000), np.ones(9000, bool)))
    thin = many.thinned(500)
    assert thin.cutoff.size <= 500
    assert (thin.cutoff[0], thin.cutoff[-1]) == (many.cutoff[0], many.cutoff[-1])
    assert curve.thinned(500) is curve


@pytest.mark.parametrize("right", [True, False])
def test_one_class_only(right: bool) -> None:
    counted = tally([0.2, 0.9, 0.9], [right] * 3)
    found = selective.summary(counted)
    assert found.aurc == pytest.approx(0.0 if right else 1.0)
    assert found.e_aurc == pytest.approx(0.0)
    assert math.isnan(calibration.summary(counted, RNG).auroc)
