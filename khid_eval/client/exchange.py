"""One call as it went over the wire, to show to a person: secrets masked, long texts cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MASK = "***"
_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "x-auth-token",
        "x-security-token",
        "x-subject-token",
    }
)
_SHOWN_CHARS = 64


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer.

    url, request_headers, answer_headers: as sent and received, but secrets are "***". request_body, answer_body: the
    raw bytes; they hold the photo and the person's data and belong into no log, which is why repr leaves them out.
    status: HTTP status. network_s: seconds from sending to the last byte, without the local work before and after.
    request_id: the server's name for this call, for its support; "" where it gave none.
    """

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    answer_headers: Mapping[str, str]
    answer_body: bytes
    network_s: float
    request_id: str
    retry_after_s: float | None = None

    def __repr__(self) -> str:
        return f"Exchange({self.method} {self.url} -> {self.status}, {self.network_s:.3f} s)"

    def request_text(self) -> str:
        """The request's body for the screen: indented, long texts (the photo) cut."""
        return _shown(self.request_body)

    def answer_text(self) -> str:
        """The answer's body for the screen: indented, long texts (the portrait) cut; what is no JSON as it is."""
        return _shown(self.answer_body)


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """The same headers, the values of the secret ones replaced. Order is kept."""
    return {name: MASK if name.lower() in _SECRET_HEADERS else str(value) for name, value in headers.items()}


def _shown(body: bytes) -> str:
    try:
        return json.dumps(_cut(json.loads(body)), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body.decode("utf-8", errors="replace")


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cut(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_cut(below) for below in value]
    if isinstance(value, str) and len(value) > 4 * _SHOWN_CHARS:
        return f"{value[:_SHOWN_CHARS]}… ({len(value):,} characters)"
    return value


__all__ = ["MASK", "Exchange", "masked"]
