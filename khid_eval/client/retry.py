"""When a single call is tried again: somebody waits for it.

So it gives up soon: only what time alone may cure is tried again, and when a server asks for a long pause the caller
hears so at once. A run has a policy of its own (`runs.pace.Retry`) and switches this one off: nobody watches it, and a
photo that is missing from its tables costs more than a wait, so it outwaits a server's own faults and long pauses too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from khid_eval.errors import ApiError, Busy, KhidError, Unreachable

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently. Only Busy (429, 503) and Unreachable are tried again: nothing else gets better.

    attempts: tries in all, at least 1. first_wait_s doubles with each try up to longest_wait_s; half of a wait is
    random, so that many clients do not come back together. A Retry-After is honoured when it is no longer than
    longest_wait_s; a longer one ends the tries at once, because the caller should know.
    """

    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.first_wait_s < 0 or self.longest_wait_s < self.first_wait_s:
            raise ValueError("need attempts >= 1 and 0 <= first_wait_s <= longest_wait_s")

    def wait_s(self, error: KhidError, tried: int, rng: random.Random) -> float | None:
        """Seconds to wait after the `tried`-th try failed with this error; None: do not try again."""
        if tried >= self.attempts or not isinstance(error, Busy | Unreachable):
            return None
        asked = error.retry_after_s if isinstance(error, ApiError) else None
        if asked is not None and asked > self.longest_wait_s:
            return None
        backoff = min(self.first_wait_s * 2.0 ** (tried - 1), self.longest_wait_s)
        return max(backoff * rng.uniform(0.5, 1.0), asked or 0.0)


NO_RETRY = RetryPolicy(attempts=1)


class Retrier:
    """Runs a call under a policy. Safe to share between threads.

    sleep and rng are arguments so that tests need no waiting; on_retry hears of each error that is tried again and the
    seconds until then.
    """

    def __init__(
        self,
        policy: RetryPolicy = RetryPolicy(),
        *,
        sleep: Callable[[float], object] = time.sleep,
        rng: random.Random | None = None,
        on_retry: Callable[[KhidError, float], object] | None = None,
    ) -> None:
        self.policy = policy
        self._sleep = sleep
        self._rng = rng or random.Random()
        self._on_retry = on_retry

    def __call__(self, call: Callable[[], Answer]) -> Answer:
        """The call's answer, or the last error when the policy gives up."""
        tried = 0
        while True:
            tried += 1
            try:
                return call()
            except KhidError as error:
                wait_s = self.policy.wait_s(error, tried, self._rng)
                if wait_s is None:
                    raise
                if self._on_retry:
                    self._on_retry(error, wait_s)
            self._sleep(wait_s)


__all__ = ["NO_RETRY", "Retrier", "RetryPolicy"]
