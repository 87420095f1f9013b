"""Files that appear whole or not at all, and what the system says where they cannot."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from khid_eval.errors import BadData

_BAD_NAME = (errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ)


class Unwritable(BadData):
    """The place itself cannot be written, whatever the file: full, read-only, not allowed."""


def unwritable(path: str | os.PathLike[str], exc: OSError) -> BadData:
    """The error in place of the system's own: Unwritable, or BadData where it is about this one name."""
    kind = BadData if exc.errno in _BAD_NAME else Unwritable
    reason = exc.strerror or type(exc).__name__
    return kind(f"Cannot write {os.fspath(path)}: {reason}.", advice="Check the path and the space left.")


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Raises what `unwritable` says in place of an OSError."""
    try:
        yield
    except OSError as exc:
        raise unwritable(path, exc) from exc


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary neighbour of `path` to write to; it takes the name when the block ends without an error.

    Raises as `writing`.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write the file, making its folders; an older one is replaced. Raises as `writing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
