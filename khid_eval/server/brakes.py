"""Two brakes on callers, both with bounded memory: wrong credentials lock, and calls a minute may be limited."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta
from math import ceil

from khid_eval.contract import refusal

FAILURES_BEFORE_LOCK = 5
LOCKED_FOR = timedelta(minutes=5)
_MINUTE = timedelta(minutes=1)
_MOST_NAMES = 10_000


class Lockout:
    """After FAILURES_BEFORE_LOCK failures in a row a name is locked for LOCKED_FOR."""

    def __init__(self, *, most_names: int = _MOST_NAMES) -> None:
        self._lock = threading.Lock()
        self._failures: dict[bytes, tuple[int, datetime]] = {}
        self._most = most_names

    def locked(self, name: str, now: datetime) -> bool:
        """Whether that name is locked now."""
        with self._lock:
            count, last = self._failures.get(_key(name), (0, now))
            return count >= FAILURES_BEFORE_LOCK and now - last < LOCKED_FOR

    def failed(self, name: str, now: datetime) -> None:
        """One more failure; the oldest names are forgotten when there are too many."""
        with self._lock:
            count, last = self._failures.pop(_key(name), (0, now))
            self._failures[_key(name)] = (1 if now - last >= LOCKED_FOR else count + 1, now)
            while len(self._failures) > self._most:
                del self._failures[next(iter(self._failures))]

    def passed(self, name: str) -> None:
        """The failures of that name do not count any more."""
        with self._lock:
            self._failures.pop(_key(name), None)


class Throttle:
    """At most so many calls a caller in each minute that begins with a call. limit: 0 for no limit."""

    def __init__(self, limit: int, *, most_names: int = _MOST_NAMES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._calls: dict[bytes, tuple[int, datetime]] = {}
        self._most = most_names

    def count(self, caller: str, now: datetime) -> None:
        """Count one call. Raises Busy (429, APIG.0308) in the gateway's words when it is one too many."""
        if not self._limit:
            return
        with self._lock:
            count, since = self._calls.pop(_key(caller), (0, now))
            if not timedelta(0) <= now - since < _MINUTE:
                count, since = 0, now
            self._calls[_key(caller)] = (count + 1, since)
            while len(self._calls) > self._most:
                del self._calls[next(iter(self._calls))]
        if count >= self._limit:
            left = (since + _MINUTE - now).total_seconds()
            message = "The throttling threshold has been reached: policy user over ratelimit"
            raise refusal(
                "APIG.0308", f"{message},limit:{self._limit},time:1 minute", retry_after_s=float(max(1, ceil(left)))
            )


def _key(name: str) -> bytes:
    """Names come from callers and may be long: what is kept of each has one size."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()


__all__ = ["FAILURES_BEFORE_LOCK", "LOCKED_FOR", "Lockout", "Throttle"]
