"""One photo read by one target, with what it took and what went over the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from khid_eval import contract
from khid_eval.card import photo as photo_file
from khid_eval.client import ApiReader, Exchange, reading_of
from khid_eval.errors import KhidError
from khid_eval.records import CardReader, CardReading, ReadOptions
from khid_eval.ui.photos import Photo

_ENGINE_TIME = re.compile(r"engine;dur=([0-9.]+)")
_SERVER_TIMING = "Server-Timing"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. engine_s: of the reader itself, None where a server does not say; network_s: sending and waiting."""

    total_s: float
    engine_s: float | None
    network_s: float

    @property
    def page_s(self) -> float:
        """Local work around the call."""
        return max(0.0, self.total_s - (self.engine_s or 0.0) - self.network_s)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a photo: a reading or an error, never both.

    exchange: where it went over HTTP. drawn: the same reading with places from the engine here, where it had none.
    """

    reading: CardReading | None
    error: KhidError | None
    timing: Timing
    answer: Mapping[str, Any]
    exchange: Exchange | None = None
    drawn: CardReading | None = None

    def __repr__(self) -> str:
        return f"Read({'error' if self.error else 'reading'}, {self.timing.total_s:.3f} s)"


def read(reader: CardReader, photo: Photo, options: ReadOptions) -> Read:
    """Read a photo; an expected error is part of the result."""
    return _over_http(reader, photo, options) if isinstance(reader, ApiReader) else _here(reader, photo, options)


def _here(reader: CardReader, photo: Photo, options: ReadOptions) -> Read:
    started = perf_counter()
    try:
        photo_file.check(photo.data)
        reading = reader.read(photo.data, options)
    except KhidError as error:
        return _failed(error, started)
    seconds = perf_counter() - started
    return Read(reading, None, Timing(seconds, seconds, 0.0), contract.answer_of(reading, options))


def _over_http(reader: ApiReader, photo: Photo, options: ReadOptions) -> Read:
    started = perf_counter()
    exchange: Exchange | None = None
    try:
        request = _request(photo, options)
        exchange = reader.exchange(request)
        reading = reading_of(exchange, options)
    except KhidError as error:
        return _failed(error, started, exchange)
    engine_s = _engine_s(exchange)
    timing = Timing(perf_counter() - started, engine_s, max(0.0, exchange.network_s - (engine_s or 0.0)))
    return Read(reading, None, timing, json.loads(exchange.answer_body), exchange)


def _request(photo: Photo, options: ReadOptions) -> contract.CardRequest:
    if photo.url:
        return contract.CardRequest(url=contract.checked_url(photo.url), options=options)
    photo_file.check(photo.data)
    return contract.CardRequest(photo=photo.data, options=options)


def _engine_s(exchange: Exchange) -> float | None:
    """From a Server-Timing header, which has milliseconds."""
    header = next(
        (value for name, value in exchange.answer_headers.items() if name.lower() == _SERVER_TIMING.lower()), ""
    )
    found = _ENGINE_TIME.search(header)
    return float(found[1]) / 1000.0 if found else None


def _failed(error: KhidError, started: float, exchange: Exchange | None = None) -> Read:
    network_s = exchange.network_s if exchange else 0.0
    body = {"error_code": error.code, "error_msg": error.message}
    return Read(None, error, Timing(perf_counter() - started, None, network_s), body, exchange)


__all__ = ["Read", "Timing", "read"]
