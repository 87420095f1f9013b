"""Intervals from sums over cards: photos and fields of one card are no independent trials.

Everything here works on a handful of sums that a database adds up, so it costs the same for any number of cards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from khid_eval.metrics.intervals import Estimate, Rate, wilson

_Z: Final = 1.959963984540054  # 97.5 % point of the normal law


@dataclass(frozen=True, slots=True)
class Moments:
    """Over G cards with part k and total n each: sums of k, n, k², kn and n²."""

    k: float
    n: float
    kk: float
    kn: float
    nn: float
    groups: int

    @property
    def ratio(self) -> float:
        """sum(k) / sum(n); NaN for nothing."""
        return self.k / self.n if self.n else float("nan")

    @property
    def variance(self) -> float:
        """Of the ratio, cards drawn with replacement (Taylor linearisation; Cochran 1977, section 6.4)."""
        if self.groups < 2 or not self.n:
            return 0.0
        spread = max(0.0, self.kk - 2.0 * self.ratio * self.kn + self.ratio**2 * self.nn)
        return self.groups / (self.groups - 1) * spread / self.n**2

    def rate(self) -> Rate:
        """k <= n: a share, with its Wilson interval at the effective number of trials n / design effect (Kish 1965).

        Where all trials are alike there is no spread to see, and each card counts as one trial.
        """
        if not self.n:
            return Rate(0, 0, float("nan"), float("nan"), float("nan"))
        simple = self.ratio * (1.0 - self.ratio) / self.n
        effect = self.variance / simple if simple > 0.0 else self.n / max(self.groups, 1)
        if self.groups >= self.n:  # one trial a card
            effect = 1.0
        effect = min(max(effect, 1.0), self.n)
        low, high = wilson(self.k / effect, self.n / effect)
        return Rate(round(self.k), round(self.n), self.ratio, float(low), float(high))

    def estimate(self) -> Estimate:
        """k may pass n (an error rate of letters): normal interval, cut at 0."""
        if not self.n:
            return Estimate(float("nan"), float("nan"), float("nan"), 0)
        half = _Z * math.sqrt(self.variance)
        return Estimate(self.ratio, max(0.0, self.ratio - half), self.ratio + half, round(self.n))


def moments_sql(name: str, part: str, total: str) -> str:
    """Columns for `moments_of` over rows that are one card each."""
    terms = {"k": part, "n": total, "kk": f"{part} * {part}", "kn": f"{part} * {total}", "nn": f"{total} * {total}"}
    sums = [f"coalesce(sum(({term})::DOUBLE), 0) AS {name}_{key}" for key, term in terms.items()]
    return ", ".join([*sums, f"count(*) FILTER ({total} > 0) AS {name}_g"])


def moments_of(row: dict[str, Any], name: str) -> Moments:
    k, n, kk, kn, nn = (float(row[f"{name}_{key}"]) for key in ("k", "n", "kk", "kn", "nn"))
    return Moments(k, n, kk, kn, nn, int(row[f"{name}_g"]))


__all__ = ["Moments", "moments_of", "moments_sql"]
