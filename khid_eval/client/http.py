"""One HTTP call with requests, the safe way: no redirects, bounded in time and size, errors of our own tree."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from khid_eval.client.deadline import deadline, punctual_session
from khid_eval.errors import ContractError, Unreachable

CONNECT_TIMEOUT_S = 3.05
"""A little over 3 seconds, the time after which TCP sends its first packet again."""
DEFAULT_TIMEOUT_S = 30.0
_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_CHECK_NETWORK = "Check the address and the network, then try again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. seconds: from sending to the last byte, on the network alone."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes
    seconds: float


def send(session: requests.Session, call: requests.PreparedRequest, timeout_s: float) -> Answer:
    """Send one prepared request and take the whole answer, whatever its status.

    session: of `punctual_session`. timeout_s: from here to the answer's last byte; the connection may take
    CONNECT_TIMEOUT_S of it. Raises Unreachable (no answer, or not in time) and ContractError (an answer over 64 MB).
    """
    url = call.url or ""
    settings = session.merge_environment_settings(url, {}, True, None, None)
    limits = (min(CONNECT_TIMEOUT_S, timeout_s), timeout_s)
    started = time.perf_counter()
    with deadline(timeout_s) as limit:
        try:
            with session.send(call, timeout=limits, allow_redirects=False, **settings) as response:
                body = _body(response)
            if limit.passed:  # what was cut off looks like a whole answer where nothing told its length
                raise requests.Timeout
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
            reason = requests.Timeout.__name__ if limit.passed else type(exc).__name__
            raise Unreachable(f"No answer from {origin(url)} ({reason}).", advice=_CHECK_NETWORK) from exc
    return Answer(response.status_code, response.headers, body, time.perf_counter() - started)


def origin(url: str) -> str:
    """Scheme, host and port of an address: all of it that belongs into a message."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"


def retry_after_s(headers: CaseInsensitiveDict[str], now: Callable[[], float] = time.time) -> float | None:
    """Seconds from a Retry-After header, given as seconds or as a date; None where it is absent or senseless."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now())


def _body(response: requests.Response) -> bytes:
    """The body, read in pieces: a server that never ends cannot fill the memory."""
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(_CHUNK_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > _MAX_ANSWER_BYTES:
            raise ContractError(
                f"{origin(response.url)} answered with more than {_MAX_ANSWER_BYTES // 1024**2} MB.",
                advice="Check that the address is an OCR endpoint.",
            )
    return b"".join(pieces)


__all__ = ["CONNECT_TIMEOUT_S", "DEFAULT_TIMEOUT_S", "Answer", "origin", "punctual_session", "retry_after_s", "send"]
