"""Forgets closed sessions on time.

Streamlit drops a session whose browser has gone only when some later visitor comes or goes: until then the last
visitor's photos would stay in memory. This looks for expired sessions by itself. It reaches into Streamlit's own
objects, since no public way exists; a browser test holds that it works with the version in use.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from streamlit import runtime

_PERIOD_S = 1.0
_log = logging.getLogger(__name__)


class Forgetter:
    """Runs for as long as the process does."""

    def __init__(self, period_s: float = _PERIOD_S) -> None:
        self._period_s = period_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forget-sessions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._period_s):
            try:
                _forget_expired()
            except AttributeError:
                _log.warning("this version of Streamlit hides its sessions: closed ones are forgotten late")
                return
            except RuntimeError:  # the server is stopping
                return


def _forget_expired() -> None:
    """Asks the server's own event loop to do it: its sessions are not for other threads."""
    server: Any = runtime.get_instance()
    manager = server._session_mgr
    expire = manager._session_storage._cache.expire
    server._get_async_objs().eventloop.call_soon_threadsafe(_shut_down, manager._storage_lock, expire)


def _shut_down(lock: AbstractContextManager[object], expire: Callable[[], list[tuple[str, Any]]]) -> None:
    """Takes the expired sessions out of the store and drops their uploads, pictures and state now, not at some later
    garbage collection.
    """
    with lock:
        expired = expire()
    for _, info in expired:
        info.session.shutdown()


__all__ = ["Forgetter"]
