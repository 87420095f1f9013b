"""A run's folder, on a local path or any fsspec URL: files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import uuid
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from khid_eval.errors import BadData

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
TEMPORARY: Final = ".tmp-"
_NO_LOGIN: Final = {"abfs", "abfss", "github"}
"""Filesystems in whose addresses an @ ends the name of a container or repository."""


class Folder:
    """One folder. Names inside it are relative, with "/" between parts."""

    def __init__(self, url: str) -> None:
        """Raises BadData for an address that `check_address` refuses, or where its filesystem cannot be had."""
        check_address(url)
        self.url = url.rstrip("/")
        self.fs: Any
        try:
            self.fs, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as exc:  # fsspec's words say which package, or that there is none
            raise BadData(f"Cannot open {self.url}: {exc}.", advice="Install that package, or use a path.") from exc
        except OSError as exc:
            raise BadData(f"Cannot reach {self.url}: {type(exc).__name__}.", advice="Check the address.") from exc
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
        """Raises FileNotFoundError (NotADirectoryError where a part of the path is a file); BadData for what is there
        and cannot be read."""
        self.fs.invalidate_cache()
        try:
            return bytes(self.fs.cat_file(self.path(name)))
        except (FileNotFoundError, NotADirectoryError):
            raise
        except OSError as exc:
            raise BadData(f"Cannot read {self.url}/{name}: {type(exc).__name__}.", advice="Check its access.") from exc

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
            raise self.refusal(exc) from exc

    def refusal(self, exc: OSError) -> BadData:
        """What to say when the system refuses to write here."""
        if exc.errno in _FULL:
            return BadData(f"No room left to write in {self.url}.", advice="Free some space, then go on with --resume.")
        return BadData(
            f"Cannot write in {self.url}: {type(exc).__name__}.", advice="Check its permissions, or choose another."
        )

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


def check_address(url: str) -> None:
    """Raises BadData, without the address, for one that holds a user or a password (it would stand in run.json and in
    messages) or a name that is not UTF-8, which no JSON, Parquet or page could hold. url: of a run or a dataset."""
    if set(re.findall(r"(\w+)://[^/]*@", url)) - _NO_LOGIN:
        raise BadData(
            "An address of a run or dataset holds no user and no password.",
            advice="Give them in the filesystem's own configuration or environment.",
        )
    try:
        url.encode()
    except UnicodeEncodeError as exc:
        raise BadData("A folder's name is not UTF-8.", advice="Rename it, or choose another.") from exc


def _write_local(temporary: str, final: str, content: bytes) -> None:
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, final)


__all__ = ["TEMPORARY", "Folder", "check_address"]
