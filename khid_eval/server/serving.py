"""Runs the application on a socket until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from khid_eval.errors import BadRequest
from khid_eval.records import CardReader
from khid_eval.server.app import create_app
from khid_eval.server.fetch import resolve
from khid_eval.server.protocol import PunctualProtocol
from khid_eval.server.service import ServerSettings

MAX_CONNECTIONS = 2048
"""Far above the places for requests: those are refused with the API's code, further connections without."""
GRACE_S = 30
"""How long a stop waits for what was accepted."""
_OTHER_FILES = 128  # descriptors for everything that is no connection
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def listen(host: str, port: int, *, open_access: bool) -> socket.socket:
    """A socket that takes connections, which wait until serve runs; port 0 takes a free one.

    Without credentials only loopback may be bound.

    Raises BadRequest where that is refused or the address is taken.
    """
    if open_access and not is_loopback(host):
        raise BadRequest(
            f"Without credentials the server may only listen on this machine, not on {host or 'every address'}.",
            advice="Give --token-file, --access-keys or --users, or listen on 127.0.0.1.",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches small-packet delays off (40 ms an answer) only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as exc:
        listener.close()
        raise BadRequest(f"{host}:{port} cannot be used: {exc.strerror}.", advice="Choose another --port.") from exc
    return listener


def is_loopback(host: str) -> bool:
    """Whether every address of that host is this machine itself."""
    try:
        return bool(host) and all(ipaddress.ip_address(one).is_loopback for one in resolve(host, 0))
    except (OSError, ValueError):
        return False


def url_of(listener: socket.socket) -> str:
    """The address under which clients reach that socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configuration(reader: CardReader, settings: ServerSettings) -> uvicorn.Config:
    """How uvicorn has to run the application."""
    return uvicorn.Config(
        create_app(reader, settings),
        http=PunctualProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # an address from a header could be anybody's, and wrong credentials lock by address
        limit_concurrency=_most_connections(),
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_S,
    )


def serve(
    reader: CardReader, settings: ServerSettings, listener: socket.socket, *, ready: Callable[[], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what was accepted and return. ready: called once requests are taken.

    Signals are handled where this runs in the main thread.
    """
    server = _Server(configuration(reader, settings), ready)
    # A dropped answer is wanted here; uvicorn takes it for a fault of the application.
    logging.getLogger("uvicorn.error").addFilter(_is_no_drop)
    with _stopped_by_signals(server):
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready:
            self._ready()


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """uvicorn handles the signals while it runs and sends them once more when it has stopped: those end nothing."""

    def stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.signal(one, stop) for one in _STOP_SIGNALS}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _is_no_drop(record: logging.LogRecord) -> bool:
    return "without completing response" not in record.getMessage()


def _most_connections() -> int:
    """As many as the process may have files open, or MAX_CONNECTIONS."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, max(files - _OTHER_FILES, files // 2))


__all__ = ["GRACE_S", "configuration", "is_loopback", "listen", "serve", "url_of"]
