"""How fast to send: calls a minute, calls at a time, and when to stop asking. Time is an argument everywhere."""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass, field
from typing import Final

from khid_eval.errors import ApiError, Busy, KhidError, Unreachable


@dataclass(slots=True)
class RateLimit:
    """Evenly spaced calls. per_minute: 0 means no limit. A second's worth of calls may go at once."""

    per_minute: float
    _tokens: float = field(init=False, default=1.0)
    _at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.per_minute < 0:
            raise ValueError(f"calls per minute must be 0 or more, got {self.per_minute}")

    def wait_s(self, now: float) -> float:
        """Seconds until the next call may go; 0 when it may go at once."""
        if not self.per_minute:
            return 0.0
        per_second = self.per_minute / 60.0
        if self._at is not None:
            self._tokens = min(max(1.0, per_second), self._tokens + (now - self._at) * per_second)
        self._at = now
        # A hair under one whole token is one: the sum of many small steps never quite gets there.
        return max(0.0, (1.0 - 1e-9 - self._tokens) / per_second)

    def take(self) -> None:
        self._tokens -= 1.0


@dataclass(slots=True)
class Concurrency:
    """Calls in flight: starts at the most, halves on 429 or 503, shrinks when replies slow down, creeps back.

    It is judged once a window of as many replies as there are places, so that one burst of refusals cuts once.
    """

    most: int
    adapts: bool = True
    limit: int = field(init=False)
    _replies: list[float] = field(init=False, default_factory=list)
    _refused: bool = field(init=False, default=False)
    _best_s: float = field(init=False, default=float("inf"))

    SLOW: Final = 3.0  # this many times the best window's median reply means that a queue builds up over there

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError(f"at least one call at a time, got {self.most}")
        self.limit = self.most

    def reply(self, seconds: float) -> None:
        """A call came back, right or wrong, after that many seconds."""
        if not self.adapts:
            return
        self._replies.append(seconds)
        if len(self._replies) < self.limit:
            return
        median = statistics.median(self._replies)
        self._best_s = min(self._best_s, median)
        if median > self.SLOW * self._best_s:
            self.limit = max(1, int(self.limit * 0.8))
        elif not self._refused:
            self.limit = min(self.most, self.limit + 1)
        self._replies.clear()
        self._refused = False

    def refused(self) -> None:
        """429 or 503: too much at a time."""
        if self.adapts and not self._refused:
            self.limit = max(1, self.limit // 2)
            self._refused = True
            self._replies.clear()


@dataclass(slots=True)
class Breaker:
    """Stops asking a target that does not answer: opens after `after` failures in a row, lets one call try again
    after a pause that doubles, and gives up after `tries` such pauses."""

    after: int = 20
    pause_s: float = 5.0
    tries: int = 5
    _failures: int = field(init=False, default=0)
    _opened: int = field(init=False, default=0)
    _until: float = field(init=False, default=0.0)
    _probing: bool = field(init=False, default=False)

    @property
    def is_open(self) -> bool:
        return self._opened > 0

    @property
    def gave_up(self) -> bool:
        return self._opened > self.tries

    def wait_s(self, now: float) -> float:
        """Seconds until a call may go: 0 when closed, infinity while the one trial call is out."""
        if not self.is_open:
            return 0.0
        return float("inf") if self._probing else max(0.0, self._until - now)

    def sent(self) -> None:
        self._probing = self.is_open

    def answered(self) -> None:
        self._failures = self._opened = 0
        self._probing = False

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._probing or (not self.is_open and self._failures >= self.after):
            self._until = now + self.pause_s * 2**self._opened
            self._opened += 1
            self._probing = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Which errors are tried again, how often and when. The only place in a run that says so: a run's reader has no
    retries of its own, and is more patient with a target than `client.RetryPolicy`, behind which a person waits."""

    attempts: int = 5
    first_s: float = 0.5
    most_s: float = 30.0

    def worth(self, error: KhidError) -> bool:
        """No answer, too busy, or a server's own fault; never a refusal of this photo or these credentials."""
        return isinstance(error, (Unreachable, Busy)) or (isinstance(error, ApiError) and error.status >= 500)

    def delay_s(self, error: KhidError, attempt: int, rng: random.Random) -> float | None:
        """Seconds to wait after attempt number `attempt` (from 1), or None: enough. The server's own wish counts,
        up to ten times most_s."""
        if attempt >= self.attempts or not self.worth(error):
            return None
        wished = error.retry_after_s if isinstance(error, ApiError) else None
        backoff = min(self.most_s, self.first_s * 2.0 ** (attempt - 1)) * rng.uniform(0.5, 1.0)
        return max(backoff, min(wished or 0.0, 10 * self.most_s))


__all__ = ["Breaker", "Concurrency", "RateLimit", "Retry"]
