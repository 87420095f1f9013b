"""An endpoint that speaks the contract and fails on purpose, the same way each time: for the tests of runs."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from khid_eval import contract
from tests.runs import cards

FAULTS = ("fine", "drop", "busy", "error", "garbage", "fine", "slow")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults = faults
        self.seen: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.guard = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Dropped connections are meant; no noise about them."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = contract.CardRequest.from_body(body)
        assert asked.photo is not None
        digest = hashlib.sha256(asked.photo).hexdigest()
        with self.server.guard:
            self.server.seen[digest] += 1
            attempt = self.server.seen[digest]
        # Which fault a photo meets hangs on the photo; from its third attempt on it is answered.
        fault = self.server.faults[int(digest[:6], 16) % len(self.server.faults)] if attempt < 3 else "fine"
        getattr(self, f"_{fault}")(asked)

    def _fine(self, asked: contract.CardRequest) -> None:
        assert asked.photo is not None
        with self.server.guard:
            self.server.answered[hashlib.sha256(asked.photo).hexdigest()] += 1
        self._send(200, contract.body_of_answer(cards.answer_to(asked.photo), asked.options))

    def _slow(self, asked: contract.CardRequest) -> None:
        threading.Event().wait(0.05)
        self._fine(asked)

    def _drop(self, asked: contract.CardRequest) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _busy(self, asked: contract.CardRequest) -> None:
        self._send(429, _error("APIG.0308"), {"Retry-After": "0"})

    def _error(self, asked: contract.CardRequest) -> None:
        self._send(500, _error("ModelArts.4505"))

    def _garbage(self, asked: contract.CardRequest) -> None:
        self._send(502, b"<html>bad gateway</html>")

    def _unauthorised(self, asked: contract.CardRequest) -> None:
        self._send(401, _error("APIG.0301"))

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def _error(code: str) -> bytes:
    return json.dumps({"error_code": code, "error_msg": "on purpose"}).encode()


@contextmanager
def serving(faults: tuple[str, ...] = FAULTS) -> Iterator[tuple[str, _Server]]:
    """The server's address, and the server with its counts of calls a photo."""
    server = _Server(faults)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
