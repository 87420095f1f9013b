"""Connections that end with their call: a socket's own timeout begins anew with every byte that comes.

requests gives no hold on the socket while the head of an answer is coming, so the connections report theirs here.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

_call = threading.local()


class Deadline:
    """Shuts the connections of one call when its time is over, whatever they are doing then."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = monotonic() + seconds
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self.passed = False

    @property
    def left_s(self) -> float:
        """Seconds until then, a little at least: to a socket, 0 would mean not to wait at all."""
        return max(self._ends_at - monotonic(), 0.01)

    def watch(self, file_number: int) -> None:
        """Shut the connection of that socket too."""
        # A twin, because the TLS layer takes the socket itself over.
        line = socket.socket(fileno=os.dup(file_number))
        with self._lock:
            self._lines.append(line)
        if self.passed:
            self.cut()

    def cut(self) -> None:
        """The time is over."""
        self.passed = True
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connections; they stay as they are."""
        for line in self._lines:
            line.close()


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """What this thread sends inside, with a session of `punctual_session`, is cut off after so many seconds."""
    now = Deadline(seconds)
    timer = threading.Timer(seconds, now.cut)
    timer.daemon = True
    timer.start()
    _call.deadline = now
    try:
        yield now
    finally:
        _call.deadline = None
        timer.cancel()
        timer.join()
        now.close()


def punctual_session(pool_size: int = 1) -> requests.Session:
    """A session that heeds the `deadline` it is used in. pool_size: connections to one host that are kept open."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pool_connections=1, pool_maxsize=pool_size))
    return session


def _deadline() -> Deadline | None:
    return getattr(_call, "deadline", None)


class _Line(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        if now := _deadline():
            now.watch(line.fileno())
            line.settimeout(now.left_s)  # the time for connecting would be too short for sending a photo
        return line

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        if (now := _deadline()) and self.sock:
            now.watch(self.sock.fileno())  # it may have been kept open by an earlier call
        return super().getresponse()


class _TlsLine(_Line, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Line


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsLine


_POOLS = {"http": _Pool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if isinstance(manager, ProxyManager):  # SOCKS has connections of its own
            manager.pool_classes_by_scheme = _POOLS
        return manager


__all__ = ["Deadline", "deadline", "punctual_session"]
