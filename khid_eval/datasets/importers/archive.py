"""Zip files from strangers, unpacked without harm: no path leads out, no bomb goes off."""

from __future__ import annotations

import errno
import lzma
import os
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from khid_eval.datasets.files import unwritable
from khid_eval.datasets.schema import PHOTO_ENDINGS, path_problem
from khid_eval.errors import BadData

_ENDINGS = (*PHOTO_ENDINGS, ".json", ".jsonl", ".csv", ".parquet", ".txt", ".md")
_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold. ratio: unpacked to packed size of one file, looked at above a megabyte."""

    files: int = 50_000
    total_bytes: int = 4 * 1024**3
    file_bytes: int = 256 * 1024**2
    ratio: int = 200


def unpack(archive: str | os.PathLike[str] | IO[bytes], out: Path, limits: Limits = Limits()) -> int:
    """Unpack photos and label files into a folder; returns their number. Other files are left out.

    Everything is checked from the directory first, then the bytes are counted as they come: sizes in a zip may lie.
    Raises BadData for an archive that is broken, encrypted, too large, or has a path out of the folder or a link, and
    where the disk is full.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [one for one in opened.infolist() if not one.is_dir()]
            for entry in entries:
                _refuse_bad_entry(entry, limits)
            wanted = [one for one in entries if _is_wanted(one.filename)]
            if len(wanted) > limits.files or sum(one.file_size for one in wanted) > limits.total_bytes:
                raise BadData("The archive is too large.", advice="Split it, or import from a folder.")
            left = limits.total_bytes
            for entry in wanted:
                left -= _extract(opened, entry, out, min(left, limits.file_bytes))
    except _BROKEN as exc:
        if isinstance(exc, OSError) and exc.errno in _FULL:
            raise unwritable(out, exc) from exc
        raise BadData("The file is not a zip archive that can be read.") from exc
    return len(wanted)


def _refuse_bad_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    if path_problem(entry.filename):
        raise BadData("The archive has a path that leads out of its folder; it was not unpacked.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadData("The archive has a link; it was not unpacked.")
    if entry.flag_bits & 1:
        raise BadData("The archive is encrypted.", advice="Send it without a password.")
    swollen = entry.file_size > _BLOCK and entry.file_size > limits.ratio * max(entry.compress_size, 1)
    if swollen or entry.file_size > limits.file_bytes:
        raise BadData("The archive has a file that is too large when unpacked.")


def _is_wanted(name: str) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
    return not hidden and name.lower().endswith(_ENDINGS)


def _extract(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, out: Path, limit: int) -> int:
    target = out / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(entry) as source, target.open("wb") as sink:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > limit:
                raise BadData("The archive is larger than it says.")
            sink.write(block)
    return written
