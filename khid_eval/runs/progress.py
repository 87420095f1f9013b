"""How far a run is, as whoever watches sees it. Counts only, no card content."""

from __future__ import annotations

import dataclasses
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from khid_eval.runs.dispatch import Done
from khid_eval.runs.state import RunInfo

WINDOW: Final = 60
"""Ticks that the rate is taken over: the last half minute."""


@dataclass(slots=True)
class Progress:
    """total: photos of the whole run; done: with a row, or about to have one. rate_per_s: over the last half minute."""

    total: int
    read: int
    failed: int
    errors: dict[str, int]
    price_per_call: float
    state: str = "running"
    calls: int = 0
    in_flight: int = 0
    concurrency: int = 0
    waiting_for_target: bool = False
    seconds: float = 0.0
    rate_per_s: float = 0.0
    latency_s: float = 0.0
    _latest: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=WINDOW))

    @classmethod
    def of(cls, info: RunInfo) -> Progress:
        counts = info.counts
        return cls(counts.planned, counts.read, counts.failed, dict(counts.errors), info.price_per_call)

    @property
    def done(self) -> int:
        return self.read + self.failed

    @property
    def seconds_left(self) -> float | None:
        """None while there is no rate yet."""
        return (self.total - self.done) / self.rate_per_s if self.rate_per_s else None

    @property
    def cost(self) -> float:
        return self.calls * self.price_per_call

    def count(self, done: Done) -> None:
        error = done.answer.error
        if error is None:
            self.read += 1
        else:
            name = error.code or type(error).__name__
            self.failed += 1
            self.errors[name] = self.errors.get(name, 0) + 1
        # Exponential mean over about fifty photos: enough to see a target getting slower.
        self.latency_s += (done.answer.latency_s - self.latency_s) * (0.02 if self.latency_s else 1.0)

    def clock(self, seconds: float) -> None:
        """seconds: since this process began. Call it once a tick."""
        self.seconds = seconds
        self._latest.append((seconds, self.done))
        (then, before), (now, after) = self._latest[0], self._latest[-1]
        self.rate_per_s = (after - before) / (now - then) if now > then else 0.0

    def to_json(self) -> dict[str, Any]:
        facts = {one.name: getattr(self, one.name) for one in dataclasses.fields(self) if not one.name.startswith("_")}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return facts | {"done": self.done, "seconds_left": self.seconds_left, "cost": self.cost, "updated": now}


def duration(seconds: float) -> str:
    """For people: "45 s", "3 min", "2 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


__all__ = ["Progress", "duration"]
