"""A run's folder, on a local path or any fsspec URL: files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import uuid
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from khid_eval.errors import BadData

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
TEMPORARY: Final = ".tmp-"


class Folder:
    """One folder. Names inside it are relative, with "/" between parts."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.fs: Any
        self.fs, root = fsspec.core.url_to_fs(self.url)
        self._root = str(root).rstrip("/")

    @property
    def is_local(self) -> bool:
        return isinstance(self.fs, LocalFileSystem)

    @property
    def name(self) -> str:
        return self._root.rsplit("/", 1)[-1]

    def path(self, name: str = "") -> str:
        """Path inside the filesystem."""
        return f"{self._root}/{name}" if name else self._root

    def sql_path(self, name: str) -> str:
        """What DuckDB calls that file once the filesystem is registered."""
        return self.path(name) if self.is_local else str(self.fs.unstrip_protocol(self.path(name)))

    def exists(self, name: str = "") -> bool:
        return bool(self.fs.exists(self.path(name)))

    def list(self, name: str = "") -> list[str]:
        """Names of the files in a sub-folder, sorted; none where it does not exist. Unfinished files are left out."""
        self.fs.invalidate_cache()
        if not self.exists(name):
            return []
        names = (str(path).rsplit("/", 1)[-1] for path in self.fs.ls(self.path(name), detail=False))
        return sorted(one for one in names if TEMPORARY not in one)

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError."""
        self.fs.invalidate_cache()
        return bytes(self.fs.cat_file(self.path(name)))

    def write(self, name: str, content: bytes) -> None:
        """Under a temporary name, then renamed: a reader sees the old file or the whole new one.

        Raises BadData when the disk is full or the folder cannot be written.
        """
        final = self.path(name)
        temporary = f"{final}{TEMPORARY}{uuid.uuid4().hex[:8]}"
        try:
            self.fs.makedirs(final.rsplit("/", 1)[0], exist_ok=True)
            if self.is_local:
                _write_local(temporary, final, content)
            else:
                self.fs.pipe_file(temporary, content)
                self.fs.mv(temporary, final)
        except OSError as exc:
            self._drop(temporary)
            raise self._refusal(exc) from exc

    def _refusal(self, exc: OSError) -> BadData:
        if exc.errno in _FULL:
            return BadData(f"No room left to write in {self.url}.", advice="Free some space, then go on with --resume.")
        return BadData(f"Cannot write in {self.url}: {type(exc).__name__}.", advice="Check the folder's permissions.")

    def _drop(self, path: str) -> None:
        if self.fs.exists(path):
            self.fs.rm_file(path)

    def remove(self, name: str) -> None:
        """No complaint where it is not there."""
        self.fs.invalidate_cache()
        self._drop(self.path(name))

    def sweep_temporary(self, name: str) -> None:
        """Removes what a killed writer left half-written in a sub-folder."""
        if self.exists(name):
            for path in self.fs.ls(self.path(name), detail=False):
                if TEMPORARY in str(path).rsplit("/", 1)[-1]:
                    self._drop(str(path))


def _write_local(temporary: str, final: str, content: bytes) -> None:
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, final)


__all__ = ["TEMPORARY", "Folder"]
