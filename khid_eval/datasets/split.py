"""Splits by card: all photos of one card stay together, or a test would know its answers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from khid_eval.datasets.sample import Sample


def split_groups(group_ids: Iterable[str], fractions: Mapping[str, float], seed: int) -> dict[str, str]:
    """group_id -> split. The same groups, fractions and seed give the same answer, in whatever order they come.

    fractions: split name -> share, each >= 0, summing to 1, e.g. {"train": 0.8, "test": 0.2}. Shares are kept exactly
    up to rounding (largest remainder). Raises ValueError for other fractions.
    """
    if not fractions or any(share < 0 or not math.isfinite(share) for share in fractions.values()):
        raise ValueError("fractions must be shares of at least 0")
    if not math.isclose(sum(fractions.values()), 1.0, abs_tol=1e-6):
        raise ValueError(f"fractions must sum to 1, got {sum(fractions.values()):g}")
    # Ranked by hash, not shuffled: a card keeps its place when others are added, so few cards ever change split.
    ranked = sorted(set(group_ids), key=lambda group: hashlib.sha256(f"{seed}\0{group}".encode()).digest())
    counts = _whole_counts(len(ranked), fractions)
    names = [name for name, count in counts.items() for _ in range(count)]
    return dict(zip(ranked, names, strict=True))


def _whole_counts(total: int, fractions: Mapping[str, float]) -> dict[str, int]:
    exact = {name: share * total for name, share in fractions.items()}
    counts = {name: math.floor(value + 1e-9) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return counts


def with_splits(samples: Iterable[Sample], assignment: Mapping[str, str]) -> Iterator[Sample]:
    """The samples with the split of their group."""
    for sample in samples:
        yield replace(sample, split=assignment[sample.group_id])
