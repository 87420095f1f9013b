"""Runs the application on a socket until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from khid_eval.errors import BadRequest
from khid_eval.records import CardReader
from khid_eval.server.app import ServerSettings, create_app
from khid_eval.server.fetch import resolve
from khid_eval.server.protocol import PunctualProtocol

MAX_CONNECTIONS = 2048  # far above the places for requests: those are refused with the API's code, these without
GRACE_S = 30
"""How long a stop waits for what was accepted."""


def listen(host: str, port: int, *, open_access: bool) -> socket.socket:
    """A bound socket; port 0 takes a free one. Without credentials only loopback may be bound.

    Raises BadRequest where that is refused or the address is taken.
    """
    if open_access and not is_loopback(host):
        raise BadRequest(
            f"Without credentials the server may only listen on this machine, not on {host}.",
            advice="Give --token-file, --access-keys or --users, or listen on 127.0.0.1.",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        raise BadRequest(f"{host}:{port} cannot be used: {exc.strerror}.", advice="Choose another --port.") from exc
    return listener


def is_loopback(host: str) -> bool:
    try:
        return all(address.startswith("127.") or address == "::1" for address in resolve(host, 0))
    except OSError:
        return False


def serve(
    reader: CardReader, settings: ServerSettings, listener: socket.socket, *, ready: Callable[[], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what was accepted. ready: called once requests are taken."""
    config = uvicorn.Config(
        create_app(reader, settings),
        http=PunctualProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config, ready)
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready:
            self._ready()


__all__ = ["GRACE_S", "is_loopback", "listen", "serve"]
