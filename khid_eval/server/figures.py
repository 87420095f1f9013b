"""Counts and latencies of the server in Prometheus' text form. Numbers only: no path, no name, nothing from a card."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

from khid_eval.contract import ERROR_CODES

BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
CLIENT_GONE = "client_gone"
_CODES = frozenset({"", CLIENT_GONE, *(entry.code for entry in ERROR_CODES)})
_OTHER = "other"


class Figures:
    """What happened since the start. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[tuple[int, str]] = Counter()
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0

    def record(self, status: int, code: str, seconds: float) -> None:
        """One finished card request. code: the API's error code, "" for an answer; one that another endpoint invented
        counts as "other".
        """
        with self._lock:
            self._answers[status, code if code in _CODES else _OTHER] += 1
            self._buckets[bisect_left(BUCKETS_S, seconds)] += 1
            self._seconds += seconds

    def text(self, now: Mapping[str, tuple[str, float]]) -> str:
        """The page of /metrics. now: name of a gauge -> (what it is, its value at this moment)."""
        with self._lock:
            answers, buckets, seconds = dict(self._answers), list(self._buckets), self._seconds
        lines = ["# HELP khid_requests_total Card requests answered.", "# TYPE khid_requests_total counter"]
        lines += [
            f'khid_requests_total{{status="{status}",error_code="{code}"}} {count}'
            for (status, code), count in sorted(answers.items())
        ]
        lines += ["# HELP khid_request_seconds Time to answer.", "# TYPE khid_request_seconds histogram"]
        total = 0
        for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), buckets, strict=True):
            total += count
            lines.append(f'khid_request_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"khid_request_seconds_sum {seconds:.6f}", f"khid_request_seconds_count {total}"]
        for name, (meaning, value) in now.items():
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value:g}"]
        return "\n".join(lines) + "\n"


__all__ = ["BUCKETS_S", "CLIENT_GONE", "Figures"]
