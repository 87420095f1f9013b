"""Intervals against scipy, published values and the plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from khid_eval.metrics import intervals


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_and_exact_bounds_agree_with_scipy(part: int, more: int, confidence: float) -> None:
    total = part + more
    if not total:
        return
    test = stats.binomtest(part, total)
    low, high = intervals.wilson(part, total, confidence)
    theirs = test.proportion_ci(confidence, method="wilson")
    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    one_sided = stats.binomtest(part, total, alternative="less").proportion_ci(confidence, method="exact")
    assert float(intervals.upper_bound(part, total, confidence)) == pytest.approx(one_sided.high, abs=1e-9)
    other = stats.binomtest(part, total, alternative="greater").proportion_ci(confidence, method="exact")
    assert float(intervals.lower_bound(part, total, confidence)) == pytest.approx(other.low, abs=1e-9)


@pytest.mark.parametrize(
    ("part", "total", "low", "high"),
    [(20, 20, 0.839, 1.0), (18, 20, 0.699, 0.972), (297, 300, 0.971, 0.9966), (990, 1000, 0.982, 0.995)],
)
def test_known_intervals(part: int, total: int, low: float, high: float) -> None:
    found = intervals.rate(part, total)
    assert [found.low, found.high] == pytest.approx([low, high], abs=6e-4)


def test_rates_of_nothing_are_nan_and_nonsense_is_refused() -> None:
    nothing = intervals.rate(0, 0)
    assert math.isnan(nothing.value)
    assert math.isnan(nothing.low)
    assert float(intervals.upper_bound(0, 0)) == 1.0
    assert float(intervals.lower_bound(0, 0)) == 0.0
    for bad in ((2, 1), (-1, 3), (math.nan, 3)):
        with pytest.raises(ValueError, match="part <= total"):
            intervals.wilson(*bad)
    with pytest.raises(ValueError, match="confidence level"):
        intervals.wilson(1, 2, 1.0)


def test_pooled_rate_is_the_bootstrap_of_the_plain_loop() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(80), 14)
    right = (rng.random(80)[:, None] > rng.random((80, 14)) * 0.4).ravel()
    found = intervals.pooled_rate(right, np.ones(right.size), groups, np.random.default_rng(1), replicates=4000)
    by_card = right.reshape(80, 14)
    draws = [by_card[rng.integers(0, 80, 80)].mean() for _ in range(4000)]
    assert found.value == pytest.approx(right.mean())
    assert (found.low, found.high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.008)
    low, high = intervals.wilson(right.sum(), right.size)
    assert found.high - found.low > 1.5 * (high - low)  # fields of one card are not independent


def test_pooled_rate_does_not_depend_on_order_and_knows_nothing() -> None:
    part, total, groups = np.array([1, 0, 1, 1]), np.ones(4), np.array(["b", "a", "b", "c"])
    order = np.array([3, 1, 0, 2])
    one = intervals.pooled_rate(part, total, groups, np.random.default_rng(0))
    two = intervals.pooled_rate(part[order], total[order], groups[order], np.random.default_rng(0))
    assert one == two
    nothing = intervals.pooled_rate([0], [0], [1], np.random.default_rng(0))
    assert math.isnan(nothing.value)
    assert nothing.n == 0


def test_group_weights_draw_whole_samples() -> None:
    blocks = list(intervals.group_weights(7, np.random.default_rng(0), 50))
    weights = np.concatenate(blocks)
    assert weights.shape == (50, 7)
    assert np.all(weights.sum(axis=1) == 7)
    assert sum(len(block) for block in intervals.group_weights(3_000_000, np.random.default_rng(0), 2)) == 2
