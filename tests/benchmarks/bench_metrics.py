"""What certificates cost at a million cards: `python tests/benchmarks/bench_metrics.py`.

14 fields and the document, over all cards and in each of 20 conditions. Beside it, in the same process: sorting each
field's confidences once, which is the least that any curve over thresholds costs, and the obvious way (one mask and one
count a cut-off, a condition and a field), timed on one field of one condition and scaled up.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy import stats

from khid_eval.metrics.paths import Path, document_path, field_path
from khid_eval.metrics.split import Cards, CertifyCards, SplitRule, TuneCards, split
from khid_eval.metrics.threshold import Certified, certify_all
from khid_eval.metrics.trials import Promise
from khid_eval.records import FIELD_NAMES

CARDS = 1_000_000
CONDITIONS = 20
LIMIT_S = 5.0
PROMISE = Promise(0.01, 0.95)
SMALL = 100_000


def generated(n: int) -> Cards:
    rng = np.random.default_rng(0)
    quality = rng.beta(9.0, 1.0, (n, 1))
    hardness = np.linspace(0.2, 1.0, len(FIELD_NAMES))
    noisy = quality**hardness - rng.exponential(0.004, (n, len(FIELD_NAMES)))
    confidence = np.round(np.clip(noisy, 0.0, 1.0), 4).astype(np.float64)
    right = rng.random(confidence.shape) < 1.0 - 0.3 * hardness * (1.0 - confidence) ** 1.2
    names = tuple(f"condition={i}" for i in range(CONDITIONS))
    keys = np.arange(n, dtype=np.uint64)
    return Cards(FIELD_NAMES, keys, keys, confidence, right, rng.integers(0, CONDITIONS, n), names)


def all_certificates(cards: Cards, rule: SplitRule) -> list[Certified]:
    tuning, certifying = split(cards, rule)
    paths = [field_path(tuning, field, PROMISE) for field in cards.fields]
    paths.append(document_path(tuning, cards.fields, PROMISE))
    found: list[Certified] = []
    for path in paths:
        overall, by_condition = certify_all(path, certifying, PROMISE)
        found += [overall, *by_condition.values()]
    return found


def obvious_way(path: Path, certifying: CertifyCards, condition: int) -> float | None:
    """One field in one condition: a mask, a count and a scipy call for each cut-off."""
    cards = certifying.cards
    inside = cards.condition == condition
    column = cards.column(path.required[0])
    best = None
    for cutoff in path.cutoffs[path.condition_starts[condition] :, 0]:
        accepted = inside & (cards.confidence[:, column] >= cutoff)
        wrong = int((accepted & ~cards.right[:, column]).sum())
        if stats.binom.cdf(wrong, int(accepted.sum()), PROMISE.max_error) > PROMISE.delta:
            break
        best = float(cutoff)
    return best


def seconds(call: Callable[[], object], repeats: int = 3) -> float:
    """Processor seconds, the least of a few. All of it runs on one core, and on a shared machine the clock on the wall
    would measure the others."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return min(times)


def tuned(cards: Cards, rule: SplitRule) -> tuple[TuneCards, CertifyCards, Path]:
    tuning, certifying = split(cards, rule)
    return tuning, certifying, field_path(tuning, "address", PROMISE)


def main() -> None:
    cards, rule = generated(CARDS), SplitRule(1)
    found = all_certificates(cards, rule)
    started = time.perf_counter()
    took = seconds(lambda: all_certificates(cards, rule))
    wall = (time.perf_counter() - started) / 3
    sorting = seconds(lambda: [np.sort(cards.confidence[:, i]) for i in range(14)])
    _, certifying, path = tuned(cards, rule)
    one = seconds(lambda: obvious_way(path, certifying, 3), repeats=1)
    obvious = one * len(found)
    certified = sum(one.step is not None for one in found)
    verdict = "within" if took < LIMIT_S else "OVER"
    print(f"{len(found)} certificates ({certified} issued) over {CARDS:,} cards: {took:.2f} s, {verdict} {LIMIT_S:g} s")
    print(f"  by the clock on the wall just now, whatever else ran: {wall:.2f} s")
    print(f"  sorting each of 14 columns once: {sorting:.2f} s, ratio {took / sorting:.2f}")
    print(f"  the obvious way, one of them timed: about {obvious:.0f} s, ratio {took / obvious:.3f}")
    small = generated(SMALL)
    print(f"  {SMALL:,} cards: {seconds(lambda: all_certificates(small, rule)):.2f} s")


if __name__ == "__main__":
    main()
