"""Seeded faults for testing clients and dashboards: `APIG.0308=0.1,delay=2s@0.05,drop=0.01`.

A code that has several HTTP statuses may name one: `APIG.0201/504=0.1`.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass

from khid_eval.contract import ERROR_CODES, lookup
from khid_eval.errors import BadRequest

Codes = dict[tuple[str, int | None], float]
_DELAY = re.compile(r"(?P<seconds>\d+(?:\.\d+)?)s@(?P<share>[\d.]+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    code: of the API, "" for none, with status where the code has several; drop: the answer is cut off in the middle.
    """

    code: str = ""
    status: int | None = None
    delay_s: float = 0.0
    drop: bool = False


class Faults:
    """Draws a Fault for every request; the same seed and order of requests give the same faults."""

    def __init__(self, codes: Codes, delays: list[tuple[float, float]], drop: float, seed: int) -> None:
        """codes: (API code, status) -> share of requests; delays: (seconds, share); drop: share. Shares lie in [0, 1].

        The first code that is drawn wins; delays add up.
        """
        self._codes, self._delays, self._drop = codes, delays, drop
        self._rng = random.Random(seed)
        self._lock = threading.Lock()

    def draw(self) -> Fault:
        """The fault of the next request; an empty one where it has none."""
        with self._lock:
            codes = [code for code, share in self._codes.items() if self._rng.random() < share]
            delay_s = sum(seconds for seconds, share in self._delays if self._rng.random() < share)
            code, status = next(iter(codes), ("", None))
            return Fault(code, status, delay_s, self._rng.random() < self._drop)


def parse_faults(text: str, seed: int = 0) -> Faults:
    """Read the option's text. Raises BadRequest naming the part that is wrong."""
    codes: Codes = {}
    delays: list[tuple[float, float]] = []
    drop = 0.0
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, value = part.partition("=")
        delay = _DELAY.fullmatch(value) if name == "delay" else None
        if delay:
            delays.append((float(delay["seconds"]), _share(delay["share"], part)))
        elif name == "drop":
            drop = _share(value, part)
        else:
            codes[_code(name, part)] = _share(value, part)
    return Faults(codes, delays, drop, seed)


def _code(text: str, part: str) -> tuple[str, int | None]:
    code, slash, status = text.partition("/")
    if not slash and lookup(code):
        return code, None
    if not any((one.code, str(one.status)) == (code, status) for one in ERROR_CODES):
        raise _wrong(part)
    return code, int(status)


def _share(text: str, part: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise _wrong(part)
    return share


def _wrong(part: str) -> BadRequest:
    return BadRequest(
        f"{part!r} is no fault.",
        advice="Write CODE=SHARE, delay=SECONDSs@SHARE or drop=SHARE, with shares from 0 to 1.",
    )


__all__ = ["Fault", "Faults", "parse_faults"]
