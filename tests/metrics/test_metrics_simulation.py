"""Do certified cut-offs keep their promise? Simulated against laws whose truth is known.

Each law gives cards; a cut-off's TRUE error under the law is known, so every certificate can be checked. Over DRAWS
calibration sets, certificates may be false in at most 1 - confidence of cases (with the binomial noise of the count).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats

from khid_eval.metrics.naive import naive_cutoff
from khid_eval.metrics.paths import document_path, field_path
from khid_eval.metrics.recalibration import recalibrated
from khid_eval.metrics.selective import coverage_at_risk, risk_coverage
from khid_eval.metrics.split import Cards, SplitRule, split
from khid_eval.metrics.study import Question, study
from khid_eval.metrics.tally import tally
from khid_eval.metrics.threshold import certify
from khid_eval.metrics.trials import Promise
from khid_eval.records import BoolArray, FloatArray

DRAWS = 2000
STUDIES = 1000
"""Whole studies take ten times as long."""
PROMISE = Promise(max_error=0.05, confidence=0.9)
BIG = 400_000
Law = Callable[[int, np.random.Generator], tuple[FloatArray, BoolArray]]


def calibrated(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    confidence = rng.beta(6.0, 0.8, n)
    return confidence, rng.random(n) < confidence


def overconfident(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    confidence = rng.beta(6.0, 1.2, n)
    return confidence, rng.random(n) < 0.55 + 0.45 * confidence**1.5


def heavy_ties(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """At 0.95 and above the error is 4.6 %, at 0.9 and above 5.2 %: just beyond the promise."""
    confidence = rng.choice([0.5, 0.8, 0.9, 0.95, 0.99], n, p=[0.1, 0.2, 0.3, 0.25, 0.15])
    chance = np.select([confidence > 0.97, confidence > 0.93, confidence > 0.85], [0.96, 0.95, 0.94], 0.7)
    return confidence, rng.random(n) < chance


def not_monotone(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """The surest readings are the worst: the sequence has to begin with a false hypothesis."""
    confidence = rng.random(n)
    return confidence, rng.random(n) < np.where(confidence > 0.8, 0.93, np.where(confidence > 0.3, 0.985, 0.9))


@dataclass(frozen=True)
class World:
    """True error among accepted at any cut-off, from a large sample of the law."""

    ranked: FloatArray
    risk: FloatArray

    def error(self, cutoff: float) -> float:
        return float(self.risk[max(int(np.searchsorted(-self.ranked, -cutoff, side="right")) - 1, 0)])


def world_of(law: Law) -> World:
    curve = risk_coverage(tally(*law(BIG, np.random.default_rng(99))))
    return World(curve.cutoff, curve.risk)


def cards_of(confidence: FloatArray, right: BoolArray, photos_a_card: int = 1) -> Cards:
    n = len(confidence)
    return Cards(
        tuple(f"f{i}" for i in range(confidence.reshape(n, -1).shape[1])),
        np.arange(n, dtype=np.uint64) // np.uint64(photos_a_card),
        np.arange(n, dtype=np.uint64),
        confidence.reshape(n, -1),
        right.reshape(n, -1),
        np.full(n, -1),
    )


def allowed_breaks(draws: int, delta: float) -> int:
    """More false certificates than this come less than once in 10,000 times where the guarantee holds."""
    return int(stats.binom.ppf(1 - 1e-4, draws, delta))


def tiny(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    confidence = rng.choice([0.7, 0.9], n, p=[0.4, 0.6])
    return confidence, rng.random(n) < np.where(confidence > 0.8, 0.96, 0.9)


def flat(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """A little more wrong than promised whatever the confidence: every certificate is false, and every step of the
    sequence is one more chance to issue it. Testing on after a first failure breaks the promise here."""
    return rng.random(n), rng.random(n) < 0.949


LAWS: dict[str, tuple[Law, int]] = {
    "calibrated": (calibrated, 600),
    "overconfident": (overconfident, 600),
    "heavy ties": (heavy_ties, 600),
    "not monotone": (not_monotone, 600),
    "tiny": (tiny, 90),
    "flat": (flat, 600),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_certified_cutoffs_keep_their_promise(name: str) -> None:
    law, n = LAWS[name]
    world, rng = world_of(law), np.random.default_rng(1)
    certified = broken = 0
    for seed in range(DRAWS):
        tuning, certifying = split(cards_of(*law(n, rng)), SplitRule(seed))
        path = field_path(tuning, "f0", PROMISE, learn=bool(seed % 2))
        found = certify(path, certifying, PROMISE)
        if found.cutoffs is not None:
            certified += 1
            broken += world.error(found.cutoffs[0]) > PROMISE.max_error
    assert certified > 0
    assert broken <= allowed_breaks(DRAWS, PROMISE.delta)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_naive_cutoffs_break_theirs(name: str) -> None:
    law, n = LAWS[name]
    world, rng = world_of(law), np.random.default_rng(2)
    chosen = [coverage_at_risk(risk_coverage(tally(*law(n, rng))), PROMISE.max_error).cutoff for _ in range(DRAWS)]
    broken = sum(cutoff is not None and world.error(cutoff) > PROMISE.max_error for cutoff in chosen)
    assert broken > 2 * allowed_breaks(DRAWS, PROMISE.delta)


def clustered(cards: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """Four photos a card that are right or wrong together, with an error of exactly the promise: nothing is true."""
    right = rng.random(cards) < 1.0 - PROMISE.max_error
    return np.full(cards * 4, 0.9), np.repeat(right, 4)


@pytest.mark.slow
def test_photos_of_one_card_are_one_trial() -> None:
    rng = np.random.default_rng(3)
    broken = {4: 0, 1: 0}
    for seed in range(DRAWS):
        confidence, right = clustered(150, rng)
        for photos in broken:
            tuning, certifying = split(cards_of(confidence, right, photos), SplitRule(seed))
            path = field_path(tuning, "f0", PROMISE, learn=False)
            broken[photos] += certify(path, certifying, PROMISE).cutoffs is not None
    assert broken[4] <= allowed_breaks(DRAWS, PROMISE.delta)
    assert broken[1] > allowed_breaks(DRAWS, PROMISE.delta)  # each photo its own trial: the promise breaks


def document(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """Three fields of unlike difficulty that fail together on bad photos."""
    quality = rng.beta(5.0, 1.0, (n, 1))
    confidence = np.clip(quality ** np.array([0.3, 0.6, 1.0]) + rng.normal(0, 0.03, (n, 3)), 0.01, 0.999)
    return confidence, rng.random((n, 3)) < 1.0 - np.array([0.02, 0.06, 0.2]) * (1.05 - quality)


@pytest.mark.slow
def test_document_certificates_keep_their_promise() -> None:
    rng = np.random.default_rng(4)
    confidence, right = document(BIG // 4, np.random.default_rng(98))
    whole = np.asarray(right.all(axis=1))
    promise = Promise(0.05, 0.9)
    certified = broken = 0
    for seed in range(DRAWS):
        tuning, certifying = split(cards_of(*document(900, rng)), SplitRule(seed))
        path = document_path(tuning, ("f0", "f1", "f2"), promise)
        found = certify(path, certifying, promise)
        if found.cutoffs is not None:
            accepted = (confidence >= np.array(found.cutoffs)).all(axis=1)
            certified += 1
            broken += float(1.0 - whole[accepted].mean()) > promise.max_error
    assert certified > DRAWS / 4
    assert broken <= allowed_breaks(DRAWS, promise.delta)


def photographed(cards: int, rng: np.random.Generator, photos: int = 2) -> Cards:
    """Cards of two photos each that share their quality; dark ones are read worse, and all confidences too modest."""
    quality = np.repeat(rng.beta(6.0, 1.0, cards), photos)
    dark = rng.random(cards * photos) < 0.4
    confidence = np.clip(quality**2, 0.01, 0.999)
    chance = 1.0 - np.where(dark, 0.35, 0.25) * (1.08 - quality)
    right = rng.random(cards) < chance.reshape(cards, photos).mean(axis=1)  # most of the luck is the card's own
    own = rng.random(cards * photos) < chance
    kept = np.where(rng.random(cards * photos) < 0.8, np.repeat(right, photos), own)
    made = cards_of(confidence, kept, photos)
    return replace(made, condition=dark.astype(np.int64), condition_names=("daylight", "dark"))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_whole_study_keeps_every_promise_it_makes() -> None:
    """From cards to cut-offs as the product does it: maps of confidence, split, one photo a card, every condition."""
    world, rng = photographed(20_000, np.random.default_rng(97)), np.random.default_rng(6)
    wrong = ~world.right[:, 0]
    slices = {"all": np.ones(len(world), np.bool_), "daylight": world.condition == 0, "dark": world.condition == 1}
    certified, broken = dict.fromkeys(slices, 0), dict.fromkeys(slices, 0)
    mapped = 0
    for seed in range(STUDIES):
        found = study(photographed(500, rng), Question(("f0",), PROMISE, "field", seed=seed))
        mapped += bool(found.maps)
        seen = recalibrated(world, dict(found.maps)).confidence[:, 0]
        sequence = found.sequences["f0"]
        for name, one in {"all": sequence.overall, **sequence.conditions}.items():
            if one.cutoffs is not None:
                certified[name] += 1
                broken[name] += wrong[slices[name] & (seen >= one.cutoffs[0])].mean() > PROMISE.max_error
    assert mapped > STUDIES / 20  # else the maps were not part of this
    assert all(count > STUDIES / 20 for count in certified.values()), certified
    assert all(count <= allowed_breaks(STUDIES, PROMISE.delta) for count in broken.values()), (broken, certified)


def test_the_stated_chance_of_breaking_is_about_the_true_one() -> None:
    rng = np.random.default_rng(5)
    stated = [
        naive_cutoff(tally(*overconfident(600, rng)), PROMISE, rng, draws=200).chance_of_breaking for _ in range(60)
    ]
    world = world_of(overconfident)
    chosen = [coverage_at_risk(risk_coverage(tally(*overconfident(600, rng))), 0.05).cutoff for _ in range(300)]
    true = np.mean([cutoff is not None and world.error(cutoff) > 0.05 for cutoff in chosen])
    assert abs(float(np.nanmean(stated)) - float(true)) < 0.15
