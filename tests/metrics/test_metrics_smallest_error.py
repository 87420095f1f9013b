"""The smallest error that cards certify, held against the exact binomial and against the whole study."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from khid_eval.metrics.split import Cards, SplitRule, split
from khid_eval.metrics.study import LOOSEST, Question, Scope, smallest_error, study
from khid_eval.metrics.trials import Promise

FIELDS = ("id_number", "name_kh")
ASKED = Question(FIELDS, Promise(0.001), recalibrate=False)


def alike(n: int, wrong: int = 0) -> Cards:
    """n cards of one confidence: a cut-off accepts all or none. wrong: of those that certify."""
    cards = Cards(
        FIELDS,
        np.arange(n, dtype=np.uint64),
        np.arange(n, dtype=np.uint64),
        np.full((n, 2), 0.9),
        np.ones((n, 2), np.bool_),
        np.full(n, -1),
    )
    right = cards.right.copy()
    right[np.isin(cards.photo, certifying(cards)[:wrong])] = False
    return replace(cards, right=right)


def certifying(cards: Cards) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    _, side = split(cards, SplitRule(ASKED.seed, ASKED.tune_share))
    return side.cards.photo[side.trials]


def mixed(n: int, seed: int) -> Cards:
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.beta(8.0, 0.6, (n, 2)), 3)
    right = rng.random((n, 2)) < 1.0 - 0.3 * (1.0 - confidence)
    keys = np.arange(n, dtype=np.uint64)
    return Cards(FIELDS, keys, keys, confidence, right, np.full(n, -1))


@pytest.mark.parametrize("n", [60, 200, 900])
def test_without_a_wrong_card_it_is_the_rule_of_three_made_exact(n: int) -> None:
    cards = alike(n)
    m = certifying(cards).size
    found = smallest_error(cards, ASKED, "document")
    assert found is not None
    assert (found.accepted, found.wrong, found.total, found.coverage) == (m, 0, m, 1.0)
    exact = 1.0 - 0.05 ** (1.0 / m)  # (1 - error)^m = 0.05
    assert found.promise.max_error == pytest.approx(math.ceil(exact * 1000) / 1000)


@pytest.mark.parametrize("wrong", [1, 3, 8])
def test_with_wrong_cards_it_is_the_exact_binomial(wrong: int) -> None:
    cards = alike(600, wrong)
    found = smallest_error(cards, ASKED, "document")
    assert found is not None
    assert (found.accepted, found.wrong) == (certifying(cards).size, wrong)
    error = found.promise.max_error
    assert stats.binom.cdf(wrong, found.accepted, error) <= 0.05
    assert stats.binom.cdf(wrong, found.accepted, error - 0.001) > 0.05


def test_too_few_cards_certify_no_error_that_anybody_promises() -> None:
    assert smallest_error(alike(30), ASKED, "document") is None
    assert smallest_error(alike(900), replace(ASKED, promise=Promise(LOOSEST)), "document") is None
    assert smallest_error(alike(0), ASKED, "document") is None


@settings(max_examples=15, deadline=None)
@given(st.integers(40, 900), st.integers(0, 99), st.sampled_from(["document", "field"]), st.booleans())
def test_the_study_certifies_it_and_no_tenth_less(n: int, seed: int, scope: Scope, together: bool) -> None:
    cards = mixed(n, seed)
    asked = replace(ASKED, scope=scope, together=together)
    key = "document" if scope == "document" else "name_kh"
    found = smallest_error(cards, asked, key)

    def certified(error: float) -> tuple[int | None, int, int]:
        one = study(cards, replace(asked, promise=Promise(error))).sequences[key].overall
        return one.step, one.accepted, one.wrong

    if found is None:
        assert certified(LOOSEST)[0] is None
    else:
        error = found.promise.max_error
        assert certified(error) == (found.step, found.accepted, found.wrong)
        assert error == pytest.approx(0.002) or certified(round(error - 0.001, 3))[0] is None


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="sex"):
        smallest_error(alike(60), replace(ASKED, required=("sex",)), "document")
