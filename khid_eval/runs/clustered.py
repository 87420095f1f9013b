"""Intervals from sums over cards: photos and fields of one card are no independent trials.

Everything here works on a handful of sums that a database adds up, so it costs the same for any number of cards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from khid_eval.metrics.intervals import Estimate, Rate, design_effect, poisson, wilson


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
    def spread(self) -> float:
        """Sum over cards of (k - ratio n)²."""
        return max(0.0, self.kk - 2.0 * self.ratio * self.kn + self.ratio**2 * self.nn) if self.n else 0.0

    @property
    def simple(self) -> float:
        """What the spread would be were all trials independent; k <= n."""
        return self.n * self.ratio * (1.0 - self.ratio) if self.n else 0.0

    @property
    def card(self) -> float:
        """Trials on the card of a trial, on average."""
        return self.nn / self.n if self.n else 0.0

    def rate(self, clump: float | None = None) -> Rate:
        """k <= n: a share, with its Wilson interval at the effective number of trials n / design effect.

        clump: how errors of the like hang together (`clump_of`); None where nobody knows: a card is one trial then.
        """
        if not self.n:
            return Rate(0, 0, float("nan"), float("nan"), float("nan"))
        if self.groups >= self.n:  # one trial a card
            effect = 1.0
        else:
            most = self.card if clump is None else min(clump, self.card)
            effect = design_effect(self.spread, self.simple, most, self.groups)
        low, high = wilson(self.k / effect, self.n / effect)
        return Rate(round(self.k), round(self.n), self.ratio, float(low), float(high))

    def estimate(self) -> Estimate:
        """k may pass n (an error rate of letters): Poisson score interval at the effective number of letters."""
        if not self.n:
            return Estimate(float("nan"), float("nan"), float("nan"), 0)
        effect = design_effect(self.spread, self.k, self.card, self.groups)
        return Estimate(self.ratio, *poisson(self.k / effect, self.n / effect), round(self.n))


def clump_of(fields: Iterable[Moments]) -> float:
    """How errors hang together on a card, over all fields: one field alone may have too few of them to tell."""
    known = [one for one in fields if one.n]
    if not known:
        return 1.0
    card = sum(one.card for one in known) / len(known)
    spread, simple = sum(one.spread for one in known), sum(one.simple for one in known)
    return design_effect(spread, simple, card, max(one.groups for one in known))


def moments_sql(name: str, part: str, total: str) -> str:
    """Columns for `moments_of` over rows that are one card each."""
    terms = {"k": part, "n": total, "kk": f"{part} * {part}", "kn": f"{part} * {total}", "nn": f"{total} * {total}"}
    sums = [f"coalesce(sum(({term})::DOUBLE), 0) AS {name}_{key}" for key, term in terms.items()]
    return ", ".join([*sums, f"count(*) FILTER ({total} > 0) AS {name}_g"])


def moments_of(row: dict[str, Any], name: str) -> Moments:
    k, n, kk, kn, nn = (float(row[f"{name}_{key}"]) for key in ("k", "n", "kk", "kn", "nn"))
    return Moments(k, n, kk, kn, nn, int(row[f"{name}_g"]))


__all__ = ["Moments", "clump_of", "moments_of", "moments_sql"]
