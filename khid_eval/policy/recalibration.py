"""Monotone maps from a reader's confidence to a truer one: what a policy carries and applies."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

MapKind = Literal["isotonic", "beta", "temperature"]


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A monotone map from a reader's confidence to a truer one, both in [0, 1].

    isotonic: values are x1, y1, x2, y2, … (x rising, y not falling), straight lines between, flat outside.
    beta: values are a, b, m: sigmoid(a ln c - b ln(1 - c) + m), a, b >= 0.
    temperature: one value T > 0: sigmoid(logit(c) / T).
    """

    kind: MapKind
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in self.values):
            raise ValueError("a recalibration map has finite numbers only")
        if not _map_is_sound(self.kind, self.values):
            raise ValueError(f"not a monotone {self.kind} map")

    def __call__(self, confidence: float) -> float:
        """The mapped confidence. Total on [0, 1]; 0 stays 0, because 0 means "not read"."""
        if confidence <= 0.0:
            return 0.0
        if self.kind == "isotonic":
            return _interpolate(self.values, confidence)
        inside = min(max(confidence, 1e-9), 1.0 - 1e-9)
        if self.kind == "temperature":
            return _sigmoid((math.log(inside) - math.log1p(-inside)) / self.values[0])
        a, b, m = self.values
        return _sigmoid(a * math.log(inside) - b * math.log1p(-inside) + m)


def _map_is_sound(kind: str, values: tuple[float, ...]) -> bool:
    if kind == "isotonic":
        x, y = values[0::2], values[1::2]
        rising = all(a < b for a, b in pairwise(x))
        not_falling = all(a <= b for a, b in pairwise(y))
        return len(x) == len(y) >= 1 and rising and not_falling and all(0.0 <= v <= 1.0 for v in values)
    if kind == "beta":
        return len(values) == 3 and values[0] >= 0.0 and values[1] >= 0.0
    return kind == "temperature" and len(values) == 1 and values[0] > 0.0


def _interpolate(values: tuple[float, ...], at: float) -> float:
    x, y = values[0::2], values[1::2]
    right = bisect_right(x, at)
    if right == 0:
        return y[0]
    if right == len(x):
        return y[-1]
    share = (at - x[right - 1]) / (x[right] - x[right - 1])
    return min(max(y[right - 1] + share * (y[right] - y[right - 1]), y[right - 1]), y[right])


def _sigmoid(value: float) -> float:
    if value >= 0.0:
        return 1.0 / (1.0 + math.exp(-value))
    return math.exp(value) / (1.0 + math.exp(value)) if value > -700.0 else 0.0


__all__ = ["MapKind", "Recalibration"]
