"""What all imports share: rows with their photos come in, a dataset and a list of what was left out go out."""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from khid_eval.card import photo as photo_header
from khid_eval.datasets.check import Fault, refused_photo
from khid_eval.datasets.files import Unwritable
from khid_eval.datasets.sample import Sample
from khid_eval.datasets.schema import PHOTO_ENDINGS, Problem, path_problem, photo_name_problem
from khid_eval.datasets.store import DatasetWriter
from khid_eval.errors import BadData, BadPhoto, BadRequest

_NO_PICTURE = "AIS.0102"
_UPLOAD_MARK = re.compile(r"^[0-9a-f]{8}-")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row on its way in. file, line: where it comes from. row: raw, in the dataset's format. photo: bytes or file.

    file_name and group_id may be missing: the photo's name, and the card number or the photo's name, stand in.
    """

    file: str
    line: int | None
    row: Mapping[str, Any]
    photo: bytes | Path


@dataclass(frozen=True, slots=True)
class ImportReport:
    """written: rows now in the dataset. faults: rows left out (errors) and things to look at (warnings)."""

    written: int
    faults: tuple[Fault, ...]


def left_out(file: str, line: int | None, photo: str, code: str, message: str) -> Fault:
    """A fault that kept a row out of the dataset."""
    return Fault(file, line, photo, code, message, "error")


def collect(incoming: Iterable[Incoming | Fault], out: str | os.PathLike[str]) -> ImportReport:
    """Write a new dataset from what comes in; faulty rows are left out and reported, the others are kept.

    Raises BadData where the folder holds a dataset already or takes nothing more. With no good row at all, no dataset
    is made.
    """
    faults: list[Fault] = []
    writer = DatasetWriter(out)
    try:
        for one in incoming:
            fault = one if isinstance(one, Fault) else _fault_of(writer, one)
            if fault:
                faults.append(fault)
    except BaseException:
        writer.abandon()
        raise
    if writer.done:
        writer.finish()
    else:
        writer.abandon()
    return ImportReport(len(writer.done), tuple(faults))


def _fault_of(writer: DatasetWriter, one: Incoming) -> Fault | None:
    """Adds the row; says why it is left out, or what to look at. A name that the disk refuses costs that row alone."""
    name = str(one.row.get("file_name", ""))
    try:
        refused = _add(writer, one)
    except Unwritable:
        raise
    except BadData as exc:
        return left_out(one.file, one.line, name, "left-out", exc.message)
    return Fault(one.file, one.line, name, refused.code, refused.message, refused.level) if refused else None


def _add(writer: DatasetWriter, one: Incoming) -> Problem | None:
    row = dict(one.row)
    row["fields"] = clean_truth(row.get("fields", {}))
    row.setdefault("file_name", _free_name(one.photo, writer.done))
    if reason := photo_name_problem(str(row["file_name"])):
        raise BadData(f"file_name {reason}.")
    if not row.get("group_id"):
        row["group_id"] = _group_of(row)
    sample = Sample.from_json(row)
    try:
        data = one.photo if isinstance(one.photo, bytes) else one.photo.read_bytes()
    except OSError as exc:
        raise BadData("the photo cannot be read.") from exc
    refused = _refused(data)
    writer.add(sample, data)
    return refused


def _refused(data: bytes) -> Problem | None:
    """What the API has against a picture, such as its size. Raises BadData for a file that is no picture at all."""
    try:
        photo_header.check(data)
    except (BadPhoto, BadRequest) as exc:
        if exc.code == _NO_PICTURE:
            raise BadData(exc.message) from exc
        return refused_photo(exc)
    return None


def clean_truth(fields: Any) -> Any:
    """Outer blanks trimmed, blank texts null: other tools write "" for what is not on the card."""
    if not isinstance(fields, Mapping):
        return fields
    return {name: (text.strip() or None) if isinstance(text, str) else text for name, text in fields.items()}


def _group_of(row: Mapping[str, Any]) -> str:
    number = row["fields"].get("id_number") if isinstance(row["fields"], Mapping) else None
    if isinstance(number, str):
        # The suffix "(01)" is left out: it counts the copies of one card.
        return "card-" + hashlib.sha256(number.split("(")[0].strip().encode("utf-8", "replace")).hexdigest()[:12]
    return str(PurePosixPath(str(row["file_name"])).with_suffix(""))


def _free_name(photo: bytes | Path, taken: set[str]) -> str:
    path = photo if isinstance(photo, Path) else Path("photo.jpg")
    names = (f"{path.stem}{mark}{path.suffix}" for mark in ("", *(f"-{number}" for number in range(2, len(taken) + 3))))
    return next(name for name in names if name not in taken)


def field_key(name: str) -> str:
    """A field's name as other tools spell it ("ID Number", "idNumber", "id-number") in the API's spelling."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


class PhotoFinder:
    """Finds the photo that a row of another tool means, below one folder and never outside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        for path in photos_below(root):
            self._by_name[path.name].append(path)

    def find(self, name: str) -> Path:
        """By path below the root, else by file name alone, else without the mark that Label Studio puts before uploads.

        Raises BadData when there is none, or several with that name.
        """
        name = name.replace("\\", "/")
        with suppress(OSError):  # a name that no file can have
            if not path_problem(name) and (self.root / name).is_file():
                return self.root / name
        last = PurePosixPath(name).name
        found = self._by_name.get(last) or self._by_name.get(_UPLOAD_MARK.sub("", last)) or []
        if len(found) != 1:
            raise BadData("the photo does not exist." if not found else "several photos have that name.")
        return found[0]

    def name_of(self, path: Path) -> str:
        """The path below the root, with slashes."""
        return path.relative_to(self.root).as_posix()


def photos_below(root: Path) -> Iterator[Path]:
    """Photo files below a folder in a fixed order; hidden ones are left out."""
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.relative_to(root).parts)
        if path.suffix.lower() in PHOTO_ENDINGS and not hidden and path.is_file():
            yield path
