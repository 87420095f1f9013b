"""How tests wait for what happens in other threads and processes."""

from __future__ import annotations

import time
from collections.abc import Callable

_LONGEST_S = 60
_PAUSE_S = 0.002


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Asks again and again until it has happened; no fixed time is right for every machine."""
    end = time.monotonic() + _LONGEST_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(_PAUSE_S)  # leaves the processor to those that are waited for
