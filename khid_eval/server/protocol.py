"""HTTP connections that must say what they want in time: uvicorn alone waits for a request head for ever.

Also what is refused before there is a request: a head that is no HTTP or too long, and one connection too many.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from khid_eval.contract import body_of, refusal, status_of
from khid_eval.errors import KhidError
from khid_eval.server.envelope import id_header

HEAD_TIMEOUT_S = 10.0
"""From the first byte of a request (or the opening of the connection) to the end of its head."""
LINGER_S = 2.0
"""After a refusal, what still comes is taken and thrown away so long: closing at once would cut off our own words."""
_TOO_LARGE_HINT = 431  # how h11 says that a head is longer than it takes


class PunctualProtocol(H11Protocol):
    """Closes a connection whose request head does not arrive in time, or whose refused body never ends."""

    _late: asyncio.TimerHandle | None = None
    _refused = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # uvicorn would answer 503 in words of its own; connections past the limit are closed here instead.
        self._most_connections, self.limit_concurrency = self.limit_concurrency, None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """As asyncio calls it; one connection too many is closed at once."""
        super().connection_made(transport)
        if self._most_connections is not None and len(self.connections) > self._most_connections:
            transport.abort()
        else:
            self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it; after a refusal what comes is thrown away."""
        if self._refused:
            return
        super().data_received(data)
        if self._busy():
            self._stop_waiting()
        elif self._late is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """As asyncio calls it."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """As uvicorn calls it, while it handles h11's error; answers in the API's form."""
        self._refused = True
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        self._refuse(self._reason(sys.exc_info()[1]))
        self.transport.write_eof()
        self._stop_waiting()
        self._late = self.loop.call_later(LINGER_S, self.transport.close)

    def _reason(self, error: BaseException | None) -> KhidError:
        if getattr(error, "error_status_hint", 400) != _TOO_LARGE_HINT:
            return refusal("APIG.0602")
        in_first_line = b"\n" not in self.conn.trailing_data[0]
        return refusal("APIG.0201", status=414 if in_first_line else 494)

    def _refuse(self, error: KhidError) -> None:
        request_id = uuid.uuid4().hex
        body = json.dumps(body_of(error, request_id)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            id_header(request_id),
        ]
        for event in (
            h11.Response(status_code=status_of(error), headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")

    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._late = self.loop.call_later(HEAD_TIMEOUT_S, self._too_late)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if not self._busy() and not self.transport.is_closing():
            self.transport.close()


__all__ = ["HEAD_TIMEOUT_S", "PunctualProtocol"]
