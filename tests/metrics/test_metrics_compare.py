"""Comparing two runs, and maps of confidence, costs, robustness, label-free checks."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from khid_eval.card import dates, mrz
from khid_eval.metrics import compare, cost, label_free, recalibration, robustness, selective
from khid_eval.metrics.split import Cards, SplitRule, split
from khid_eval.metrics.tally import tally
from khid_eval.policy import Recalibration

# --- comparison --------------------------------------------------------------


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(only_a: int, only_b: int) -> None:
    if only_a + only_b:
        expected = stats.binomtest(only_a, only_a + only_b, 0.5).pvalue
        assert float(compare.mcnemar(only_a, only_b)) == pytest.approx(expected)
    else:
        assert float(compare.mcnemar(0, 0)) == 1.0


@pytest.mark.parametrize(("only_a", "only_b", "p"), [(10, 2, 0.039), (20, 8, 0.036)])
def test_mcnemar_known_values(only_a: int, only_b: int, p: float) -> None:
    assert float(compare.mcnemar(only_a, only_b)) == pytest.approx(p, abs=5e-4)


def test_holm_by_hand() -> None:
    assert compare.holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert compare.holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert compare.holm([]).size == 0


def pair(only_a: int, only_b: int, both: int = 100, name: str = "sex") -> compare.Paired:
    a = np.array([True] * only_a + [False] * only_b + [True] * both)
    b = np.array([False] * only_a + [True] * only_b + [True] * both)
    return compare.paired(name, a, b, np.arange(a.size), np.random.default_rng(0))


def test_verdicts_in_words() -> None:
    found = compare.verdicts([pair(2, 30), pair(5, 3), pair(40, 1), pair(0, 0)])
    assert [one.verdict for one in found] == ["B is better", "not decisive", "A is better", "not decisive"]
    assert found[0].words.startswith("B better by 21.2 points (")
    assert found[1].words == "not decisive: 3 against 5 flips"
    assert found[2].words.startswith("A better by")
    assert found[0].pair.delta == pytest.approx(28 / 132)
    assert found[0].pair.low < found[0].pair.delta < found[0].pair.high


def test_what_is_decided_alone_may_not_be_among_many() -> None:
    alone = compare.verdicts([pair(10, 2)])
    among = compare.verdicts([pair(10, 2)] + [pair(5, 5)] * 13)
    assert (alone[0].verdict, among[0].verdict) == ("A is better", "not decisive")


def test_swapping_the_runs_swaps_the_verdict() -> None:
    one, two = pair(3, 20), pair(20, 3)
    assert one.delta == -two.delta
    assert one.p_value == two.p_value


def test_unlike_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="equal"):
        compare.paired("sex", np.ones(2, bool), np.ones(3, bool), np.arange(2), np.random.default_rng(0))


def test_delta_of_rates_against_the_plain_bootstrap() -> None:
    rng = np.random.default_rng(0)
    cards = np.repeat(np.arange(60), 3)
    length = rng.integers(3, 20, 180)
    edits_a, edits_b = rng.binomial(length, 0.2), rng.binomial(length, 0.12)
    found = compare.delta_of_rates(edits_a, length, edits_b, length, cards, np.random.default_rng(1))
    draws = []
    for _ in range(3000):
        chosen = rng.integers(0, 60, 60)
        rows = (chosen[:, None] * 3 + np.arange(3)).ravel()
        draws.append((edits_b[rows].sum() - edits_a[rows].sum()) / length[rows].sum())
    assert found.delta == pytest.approx((edits_b.sum() - edits_a.sum()) / length.sum())
    assert (found.low, found.high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.01)


def test_weighted_figures_are_those_of_repeated_readings() -> None:
    rng = np.random.default_rng(0)
    confidence, right = rng.choice([0.3, 0.6, 0.9], 30), rng.random(30) < 0.7
    weights = rng.integers(0, 4, (1, 30))
    repeated = tally(np.repeat(confidence, weights[0]), np.repeat(right, weights[0]))
    figure = float(compare.weighted_augrc(confidence, right, weights.astype(float))[0])
    exact = selective.summary(repeated)
    assert figure == pytest.approx(exact.augrc - exact.wrong / (2 * exact.n**2))
    assert float(compare.weighted_brier(confidence, right, weights.astype(float))[0]) == pytest.approx(
        float(
            ((repeated.confidence - 1) ** 2 * repeated.right + repeated.confidence**2 * repeated.wrong).sum() / exact.n
        )
    )


def test_delta_of_a_figure_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(400)
    good, bad = rng.random(400) < confidence, rng.random(400) < 0.5
    found = compare.delta_of(
        compare.weighted_augrc, confidence, bad, confidence, good, np.arange(400) // 2, np.random.default_rng(1)
    )
    assert found.low <= found.delta <= found.high < 0
    same = compare.delta_of(
        compare.weighted_signed_error, confidence, good, confidence, good, np.arange(400), np.random.default_rng(1)
    )
    assert (same.low, same.delta, same.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.005, 0.02, "not worse"), (-0.05, -0.02, "worse"), (-0.05, 0.01, "not decisive"), (-0.01, -0.002, "not worse")],
)
def test_non_inferiority(low: float, high: float, verdict: str) -> None:
    assert compare.non_inferior(low, high, 0.01) == verdict


def test_a_negative_margin_is_refused() -> None:
    with pytest.raises(ValueError, match=">= 0"):
        compare.non_inferior(0, 0, -0.1)


def likeliest(only_a: int, only_b: int, n: int, difference: float) -> float:
    """The largest likelihood of those counts, as a logarithm, where B is better by exactly `difference`."""
    q = np.linspace(max(0.0, -difference), (1.0 - difference) / 2.0, 200_001)[1:-1]
    likelihood = only_b * np.log(q + difference) + only_a * np.log(q)
    return float(q[np.argmax(likelihood + (n - only_a - only_b) * np.log(1.0 - 2.0 * q - difference))])


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(1, 9, 44), (7, 3, 20), (0, 4, 60), (12, 12, 90)])
def test_the_ends_of_tangos_interval_are_where_the_score_is_z(only_a: int, only_b: int, n: int) -> None:
    low, high = compare.tango(only_a, only_b, n)
    assert low < (only_b - only_a) / n < high
    for end in (low, high):
        q = likeliest(only_a, only_b, n, end)
        score = (only_b - only_a - n * end) / math.sqrt(n * (2.0 * q + end * (1.0 - end)))
        assert abs(score) == pytest.approx(1.96, abs=2e-3)


def test_no_difference_seen_is_as_uncertain_as_there_are_few_cards() -> None:
    assert compare.tango(0, 0, 5) == pytest.approx((-3.8415 / 8.8415, 3.8415 / 8.8415), abs=1e-4)
    right, few = np.ones(60, bool), np.repeat(np.arange(5), 12)
    same = compare.paired("sex", right, right, few, np.random.default_rng(0))
    assert (same.low, same.high) == pytest.approx(compare.tango(0, 0, 5))
    assert same.cards == 5
    letters = compare.delta_of_rates(right * 0, right * 9, right * 0, right * 9, few, np.random.default_rng(0))
    assert (letters.low, letters.high) == pytest.approx(compare.tango(0, 0, 5))


@pytest.mark.parametrize(
    ("cards", "worse", "photos"),
    [(5, 0.1, 1), (12, 0.1, 1), (30, 0.05, 1), (60, 0.03, 1), (400, 0.012, 1), (12, 0.1, 6), (420, 0.012, 3)],
)
def test_a_reader_that_is_worse_seldom_passes_for_not_worse(cards: int, worse: float, photos: int) -> None:
    """A reads everything; B fails on so many cards, on all their photos; the margin is one point."""
    rng, draws, passed = np.random.default_rng(7), 300, 0
    right, groups = np.ones(cards * photos, bool), np.repeat(np.arange(cards), photos)
    for _ in range(draws):
        failed = np.repeat(rng.random(cards) < worse, photos)
        found = compare.paired("sex", right, ~failed, groups, rng)
        passed += compare.non_inferior(found.low, found.high, 0.01) == "not worse"
    assert passed <= stats.binom.ppf(0.999, draws, 0.05)


def test_a_reader_that_is_as_good_does_pass_where_there_are_cards_enough() -> None:
    rng, right = np.random.default_rng(1), np.ones(900, bool)
    found = compare.paired("sex", right, right, np.arange(900), rng)
    assert compare.non_inferior(found.low, found.high, 0.01) == "not worse"


# --- recalibration -----------------------------------------------------------


def overconfident(n: int, seed: int = 0) -> Cards:
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.beta(8, 1, n), 4).clip(0.001, 0.999)
    truth = 1 / (1 + np.exp(-0.4 * np.log(confidence / (1 - confidence))))
    keys = np.arange(n, dtype=np.uint64)
    return Cards(("sex",), keys, keys, confidence[:, None], (rng.random(n) < truth)[:, None], np.full(n, -1))


def test_temperature_is_found() -> None:
    cards = overconfident(40_000)
    found = recalibration.fit("temperature", tally(cards.confidence[:, 0], cards.right[:, 0]))
    assert found.values[0] == pytest.approx(2.5, rel=0.06)


@pytest.mark.parametrize("kind", recalibration.KINDS)
def test_maps_are_monotone_in_range_and_the_same_in_a_policy(kind: recalibration.Kind) -> None:
    cards = overconfident(800)
    found = recalibration.fit(kind, tally(cards.confidence[:, 0], cards.right[:, 0]))
    grid = np.linspace(0, 1, 400)
    mapped = found(grid)
    assert mapped[0] == 0.0
    assert np.all(np.diff(mapped) >= -1e-12)
    assert np.all((mapped >= 0) & (mapped <= 1))
    carried = Recalibration(found.kind, found.values)
    assert [carried(float(c)) for c in grid] == pytest.approx(mapped.tolist(), abs=1e-12)


@pytest.mark.parametrize("kind", recalibration.KINDS)
@pytest.mark.parametrize("rows", [([0.5], [True]), ([0.5, 0.9], [True, True]), ([1.0, 1.0], [False, False])])
def test_a_few_readings_or_one_class_still_give_a_map(
    kind: recalibration.Kind, rows: tuple[list[float], list[bool]]
) -> None:
    found = recalibration.fit(kind, tally(*rows))
    assert np.all(np.isfinite(found(np.linspace(0, 1, 5))))
    Recalibration(found.kind, found.values)


def test_isotonic_passes_through_the_middles_of_scikit_learns_levels() -> None:
    from sklearn.isotonic import IsotonicRegression

    cards = overconfident(500)
    confidence, right = cards.confidence[:, 0], cards.right[:, 0]
    ours = recalibration.fit("isotonic", tally(confidence, right))
    levels = (
        IsotonicRegression(y_min=1e-4, y_max=1 - 1e-4, out_of_bounds="clip").fit(confidence, right).predict(confidence)
    )
    for level in np.unique(levels):
        middle = confidence[levels == level].mean(keepdims=True)
        assert float(ours(middle)[0]) == pytest.approx(level, abs=1e-9)
    assert np.all(np.diff(ours(np.unique(confidence))) > 0)  # no two confidences become one


def test_a_map_that_squeezes_readings_together_is_not_adopted() -> None:
    rng = np.random.default_rng(0)
    cards = overconfident(6000)
    perfect = Cards(
        cards.fields,
        cards.group,
        cards.photo,
        0.6 + 0.399 * cards.confidence,
        rng.random((6000, 1)) < 0.99999,
        cards.condition,
    )
    tuning = split(perfect, SplitRule(0, 0.5))[0]
    best = recalibration.best_map(recalibration.try_maps(tuning, "sex"))
    mapped = tuning.cards.confidence[:, 0] if best is None else best.map(tuning.cards.confidence[:, 0])
    assert np.unique(mapped.round(9)).size >= 0.85 * np.unique(tuning.cards.confidence).size


def test_a_map_is_adopted_where_it_helps_and_only_there() -> None:
    rng = np.random.default_rng(0)
    crooked = split(overconfident(6000), SplitRule(1, 0.5))[0]
    best = recalibration.best_map(recalibration.try_maps(crooked, "sex"))
    assert best is not None
    assert best.low > 0
    straight = overconfident(6000)
    confidence = straight.confidence[:, 0]
    calibrated = Cards(
        ("sex",),
        straight.group,
        straight.photo,
        straight.confidence,
        (rng.random(6000) < confidence)[:, None],
        straight.condition,
    )
    adopted = [
        recalibration.best_map(recalibration.try_maps(split(calibrated, SplitRule(seed, 0.3))[0], "sex"))
        for seed in range(12)
    ]
    assert sum(one is not None for one in adopted) <= 3


def fair_trials(cards: int, draws: int = 200) -> list[list[recalibration.Trial]]:
    """Maps tried where there is nothing to correct: confidences that are true."""
    found = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        made = overconfident(cards, seed)
        fair = replace(made, right=rng.random(made.right.shape) < made.confidence)
        found.append(recalibration.try_maps(split(fair, SplitRule(seed, 0.5))[0], "sex"))
    return found


def test_a_map_is_not_judged_on_the_cards_that_it_was_fitted_to() -> None:
    """On those it looks better than it is; on others it can only lose, where there is nothing to correct."""
    found = fair_trials(400)
    for kind in recalibration.KINDS:
        assert np.mean([trial.gain for trials in found for trial in trials if trial.map.kind == kind]) < 0.0


@pytest.mark.parametrize("cards", [30, 60, 120, 400])
def test_true_confidences_are_left_alone_however_few_cards_there_are(cards: int) -> None:
    found = fair_trials(cards)
    adopted = sum(recalibration.best_map(trials) is not None for trials in found)
    assert adopted <= stats.binom.ppf(1 - 1e-4, len(found), 0.075)  # three maps, each in 2.5 % of cases at the most


def test_recalibrated_cards_keep_all_else() -> None:
    cards = overconfident(50)
    half = recalibration.recalibrated(cards, {"sex": recalibration.Map("temperature", (2.0,))})
    assert np.all(half.confidence < np.where(cards.confidence > 0.5, cards.confidence, 1.0))
    assert np.array_equal(half.right, cards.right)
    assert recalibration.try_maps(split(cards, SplitRule(0, 0.0))[0], "sex") == []
    with pytest.raises(ValueError, match="nothing"):
        recalibration.fit("beta", tally([], []))


# --- cost --------------------------------------------------------------------


def test_a_month_by_hand() -> None:
    model = cost.CostModel(
        confirm_s=2, correct_s=10, hourly_wage=9, price_per_call=0.01, price_per_error=50, volume=1000
    )
    month = cost.consequences(model, [60, 90], [0, 3], [80, 20], [4, 1], n=100)
    assert month.accepted.tolist() == [600, 900]
    assert month.undetected.tolist() == [0, 30]
    assert month.review_hours.tolist() == pytest.approx([2000 / 3600, 500 / 3600])
    assert month.review.tolist() == pytest.approx([5.0, 1.25])
    assert month.errors.tolist() == [0, 1500]
    assert month.total.tolist() == pytest.approx([15.0, 1511.25])
    assert month.best == 0
    changes = cost.sensitivity(model, [60, 90], [0, 3], [80, 20], [4, 1], n=100)
    assert {one.name for one in changes} == set(cost.CostModel.__dataclass_fields__)
    assert all(one.best == 0 for one in changes)


def test_break_even_and_refusals() -> None:
    assert cost.break_even_error(cost.CostModel(confirm_s=36, hourly_wage=10, price_per_error=10), 2) == pytest.approx(
        0.02
    )
    assert cost.break_even_error(cost.CostModel(price_per_error=0), 2) == 1.0
    with pytest.raises(ValueError, match="volume"):
        cost.CostModel(volume=-1)
    with pytest.raises(ValueError, match="confirm_s"):
        cost.CostModel(confirm_s=math.nan)
    with pytest.raises(ValueError, match="no cards"):
        cost.consequences(cost.CostModel(), [0], [0], [0], [0], n=0)


# --- robustness --------------------------------------------------------------


def test_mean_corruption_error_by_hand() -> None:
    own = {"blur": {1: (10, 100), 2: (20, 100)}, "dark": {1: (5, 50)}, "glare": {1: (1, 2)}}
    reference = {"blur": {1: (20, 100), 2: (40, 100), 3: (90, 100)}, "dark": {1: (20, 50)}, "noise": {1: (1, 2)}}
    found = robustness.mean_corruption_error(own, (5, 100), "stock reader 1.0", reference, (10, 100))
    assert [row.condition for row in found.conditions] == ["blur", "dark"]
    assert found.conditions[0].ratio == pytest.approx(0.5)
    assert found.conditions[1].ratio == pytest.approx(0.25)
    assert found.mce == pytest.approx(0.375)
    assert found.conditions[0].relative == pytest.approx(0.1 / 0.2)
    assert found.conditions[0].judged == 200
    assert found.reference == "stock reader 1.0"
    with pytest.raises(ValueError, match="no condition in common"):
        robustness.mean_corruption_error({"x": {1: (1, 2)}}, (0, 1), "r", reference, (0, 1))


def test_a_faultless_reference_gives_no_ratio() -> None:
    found = robustness.mean_corruption_error({"x": {1: (1, 2)}}, (0, 1), "r", {"x": {1: (0, 2)}}, (0, 0))
    assert math.isnan(found.mce)


def test_area_under_severity() -> None:
    assert robustness.area_under_severity([0, 1, 3], [1.0, 0.5, 0.5]) == pytest.approx((0.75 + 1.0) / 3)
    assert robustness.area_under_severity([2], [0.7]) == 0.7
    with pytest.raises(ValueError, match="rise"):
        robustness.area_under_severity([1, 1], [0.5, 0.5])


# --- label-free --------------------------------------------------------------

LINES = mrz.build("012345678", date(1999, 7, 10), "F", date(2025, 12, 14), "SOK", "DARA")
SOUND = {
    "id_number": "012345678 (01)",
    "birth_date": dates.printed(date(1999, 7, 10)),
    "expiry_date": dates.printed(date(2025, 12, 14)),
    "sex": "ស្រី",
    "name_en": "SOK DARA",
    **{f"machine_code{i + 1}": line for i, line in enumerate(LINES)},
}


def test_a_sound_card_passes_everything() -> None:
    found = label_free.check_card(SOUND)
    assert all(found.checks.values())
    assert all(found.agreements.values())


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        ({"id_number": "012345679"}, {"id_number"}),
        ({"birth_date": "១១.០៧.១៩៩៩"}, {"birth_date"}),
        ({"birth_date": "no date"}, {"birth_date"}),
        ({"sex": "ប្រុស"}, {"sex"}),
        ({"name_en": "SOK DARO"}, {"name_en"}),
    ],
)
def test_a_misread_field_disagrees(change: dict[str, str], failing: set[str]) -> None:
    found = label_free.check_card(SOUND | change)
    assert {name for name, ok in found.agreements.items() if ok is False} == failing


def test_a_misread_line_fails_its_check_digits() -> None:
    line = SOUND["machine_code1"]
    found = label_free.check_card(SOUND | {"machine_code1": line[:5] + "9" + line[6:]})
    assert found.checks == {"id_number": False, "birth_date": True, "expiry_date": True, "composite": False}


def test_what_was_not_read_is_unknown() -> None:
    found = label_free.check_card({})
    assert set(found.checks.values()) == set(found.agreements.values()) == {None}
    estimate = label_free.estimate([SOUND, {}, SOUND | {"sex": "ប្រុស"}])
    assert estimate.cards == 3
    assert (estimate.consistent.part, estimate.consistent.total) == (1, 2)
    assert (estimate.agreements["sex"].part, estimate.agreements["sex"].total) == (1, 2)
    assert math.isnan(label_free.estimate([]).consistent.value)


@given(st.dictionaries(st.sampled_from(sorted(SOUND)), st.text(max_size=31)))
@settings(max_examples=60)
def test_any_text_is_checked_without_error(reading: dict[str, str]) -> None:
    label_free.check_card(reading)


@pytest.mark.parametrize("name", ["CHHEANG SOPHEARITHPICHMONYRATANAKVISAL", "A B C", "KEO"])
def test_long_names_agree_with_their_cut_line(name: str) -> None:
    surname, _, given_name = name.partition(" ")
    line = mrz.name_line(surname, given_name)
    found = label_free.check_card({"name_en": name, "machine_code3": line})
    assert found.agreements["name_en"]


def test_beta_map_is_the_logistic_regression_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    cards = overconfident(3000)
    confidence, right = cards.confidence[:, 0], cards.right[:, 0]
    ours = recalibration.fit("beta", tally(confidence, right))
    features = np.stack([np.log(confidence), -np.log1p(-confidence)], axis=1)
    theirs = LogisticRegression(C=1e6, tol=1e-10, max_iter=1000).fit(features, right)
    assert min(theirs.coef_[0]) > 0
    assert ours(confidence) == pytest.approx(theirs.predict_proba(features)[:, 1], abs=1e-4)


def test_beta_map_never_falls_where_confidence_is_upside_down() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(2000)
    ours = recalibration.fit("beta", tally(confidence, rng.random(2000) > confidence))
    assert ours.values[0] >= 0
    assert ours.values[1] >= 0
    assert np.all(np.diff(ours(np.linspace(0.01, 0.99, 50))) >= 0)
