"""One writer a run folder. On a local disk the kernel holds the lock and frees it when the writer dies, however it
dies; elsewhere a file with a heartbeat stands in for it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
import uuid
from types import TracebackType
from typing import Any, Final

from khid_eval.errors import BadData
from khid_eval.runs.folder import Folder

NAME: Final = "lock.json"
STALE_S: Final = 120.0
BEAT_S: Final = 15.0


class Lock:
    """Held inside a `with` block. Raises BadData on entry when somebody else holds it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._token = uuid.uuid4().hex
        self._file: int | None = None
        self._beaten = 0.0

    def __enter__(self) -> Lock:
        if self._folder.is_local:
            self._hold_file()
        else:
            self._claim()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            self._folder.remove(NAME)
        else:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def beat(self, now_s: float) -> None:
        """Call it now and then (now_s: any clock that moves on); only a lock without a kernel behind it needs it."""
        if self._file is None and now_s - self._beaten > BEAT_S:
            self._beaten = now_s
            self._folder.write(NAME, self._card())

    def _card(self) -> bytes:
        facts = {"host": socket.gethostname(), "pid": os.getpid(), "token": self._token, "beat": time.time()}
        return json.dumps(facts).encode()

    def _hold_file(self) -> None:
        try:
            os.makedirs(self._folder.path(), exist_ok=True)
            file = os.open(self._folder.path(NAME), os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as exc:
            raise self._folder.refusal(exc) from exc
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(file, 0)
            os.pwrite(file, self._card(), 0)
        except BlockingIOError as exc:
            os.close(file)
            raise _taken(self._folder) from exc
        self._file = file

    def _claim(self) -> None:
        if is_held(self._folder):
            raise _taken(self._folder)
        self._folder.write(NAME, self._card())
        if _read(self._folder).get("token") != self._token:
            raise _taken(self._folder)


def _read(folder: Folder) -> dict[str, Any]:
    try:
        facts = json.loads(folder.read(NAME))
    except (FileNotFoundError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def is_held(folder: Folder) -> bool:
    """Whether a living process is writing into the folder: for display, and for folders without a kernel lock."""
    facts = _read(folder)
    if not facts:
        return False
    if folder.is_local and facts.get("host") == socket.gethostname():
        return is_alive(int(facts["pid"]))
    return time.time() - float(facts.get("beat", 0.0)) < STALE_S


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a killed process that nobody has waited for yet still has a number
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[-1].split()[0] != "Z"
    except OSError:
        return True


def _taken(folder: Folder) -> BadData:
    return BadData(
        f"Another process is writing to {folder.url}.",
        advice="Wait for it, cancel it, or choose another --out.",
    )


__all__ = ["Lock", "is_alive", "is_held"]
