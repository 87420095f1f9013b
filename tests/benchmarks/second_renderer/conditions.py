"""Under what a photo is taken: one condition of eighteen at severity 1 to 3, or none (severity 0)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
PLAIN = "plain"
CHANCES = {
    "perspective": 8.0,
    "rotation": 8.0,
    "defocus": 7.0,
    "motion": 6.0,
    "low_light": 7.0,
    "glare": 7.0,
    "shadow": 7.0,
    "compression": 7.0,
    "low_resolution": 5.0,
    "sleeve": 5.0,
    "fingers": 5.0,
    "bend": 6.0,
    "colour_cast": 5.0,
    "scan": 4.0,
    "screenshot": 4.0,
    "busy_background": 6.0,
    "lens": 4.0,
    "oversharpened": 4.0,
}


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    severity: int

    def __bool__(self) -> bool:
        """Whether there is one: a plain photo has no mishaps either."""
        return self.severity > 0

    def at(self, *by_severity: T) -> T:
        """The value for its severity, which is not 0."""
        return by_severity[self.severity - 1]


def choose_condition(rng: random.Random) -> Condition:
    if rng.random() < 0.25:
        return Condition(PLAIN, 0)
    name = rng.choices(list(CHANCES), list(CHANCES.values()))[0]
    return Condition(name, rng.choices([1, 2, 3], [0.4, 0.35, 0.25])[0])
