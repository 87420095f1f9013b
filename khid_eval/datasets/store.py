"""A dataset on disk: opened by folder or fsspec URL, read line by line, written so that a crash leaves no half file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import fsspec

from khid_eval.datasets.files import replacing, write_atomically, writing
from khid_eval.datasets.sample import Sample
from khid_eval.datasets.schema import METADATA, path_problem, photo_name_problem
from khid_eval.errors import BadData

_PART = ".part"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line of a metadata file as it stands. file: path below the root. prefix: what its file names start from."""

    file: str
    number: int
    data: bytes
    prefix: str = ""


class Dataset:
    """A folder of images with metadata.jsonl. Rows are read anew at each iteration and never held.

    root: a local path or an fsspec URL ("s3://bucket/cards", "hf://datasets/…", "memory://…").
    Where the root has no metadata.jsonl, those of its direct subfolders are taken (train/metadata.jsonl, …), as
    Hugging Face's ImageFolder does; a row without a split then has the folder's name as its split.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        """Raises BadData where there is no such folder or no metadata.jsonl in it, or its storage does not answer."""
        self.root = os.fspath(root)
        try:
            self._fs, self._base = fsspec.core.url_to_fs(self.root)
        except (ImportError, ValueError) as exc:
            advice = "Give a folder, or install the fsspec package of that storage."
            raise BadData("That kind of address cannot be opened here.", advice=advice) from exc
        except OSError as exc:  # some storages connect at once
            reason = exc.strerror or type(exc).__name__
            raise BadData(f"The dataset's storage does not answer: {reason}.", advice=_CHECK_ADDRESS) from exc
        self._base = self._base.rstrip("/")
        self.metadata_files = self._find_metadata()

    @property
    def name(self) -> str:
        """The folder's own name, for titles."""
        return str(self._base).rsplit("/", 1)[-1]

    def __iter__(self) -> Iterator[Sample]:
        """Rows in file order. Raises BadData with file and line at the first row that cannot be used."""
        for line in self.raw_lines():
            yield self._sample(line)

    def raw_lines(self) -> Iterator[RawLine]:
        """Lines that are not blank, undecoded; for the validator. Raises BadData where a file cannot be read."""
        for file in self.metadata_files:
            prefix = file.removesuffix(METADATA)
            try:
                with self._open(file) as stream:
                    for number, data in enumerate(stream, start=1):
                        data = data.removeprefix(_BOM) if number == 1 else data
                        if data.strip():
                            yield RawLine(file, number, data.strip(), prefix)
            except OSError as exc:
                raise BadData(f"{file} cannot be read.", advice=_CHECK_ADDRESS) from exc

    def read(self, sample: Sample) -> bytes:
        """The sample's photo file as it is. Raises BadData as `read_file` does."""
        return self.read_file(sample.file_name)

    def read_file(self, file_name: str) -> bytes:
        """A file of the dataset. Raises BadData when it cannot be read or its path leads out of the dataset."""
        if reason := path_problem(file_name):
            raise BadData(f"file_name {reason}.")
        try:
            with self._open(file_name) as stream:
                return stream.read()
        except OSError as exc:
            raise BadData(f"The photo {file_name} cannot be read.", advice=_RUN_CHECK) from exc

    def size_bytes(self, file_name: str) -> int | None:
        """Size of a file of the dataset; None where it does not exist."""
        path = f"{self._base}/{file_name}"
        try:
            return int(self._fs.size(path)) if self._fs.isfile(path) else None
        except OSError:
            return None

    def files(self) -> Iterator[str]:
        """All files below the root, as paths relative to it, sorted."""
        for path in sorted(self._fs.find(self._base)):
            yield str(path)[len(self._base) + 1 :]

    def _sample(self, line: RawLine) -> Sample:
        try:
            return parse_line(line)
        except BadData as exc:
            raise BadData(f"{line.file} line {line.number}: {exc.message}", advice=_RUN_CHECK) from exc

    def _open(self, file: str) -> IO[bytes]:
        stream: IO[bytes] = self._fs.open(f"{self._base}/{file}", "rb")
        return stream

    def _find_metadata(self) -> tuple[str, ...]:
        try:
            if self._fs.isfile(f"{self._base}/{METADATA}"):
                return (METADATA,)
            below = [str(one["name"]) for one in self._fs.ls(self._base, detail=True) if one["type"] == "directory"]
        except OSError as exc:
            raise BadData("There is no such dataset folder.", advice="Check the path.") from exc
        found = [folder.rstrip("/").rsplit("/", 1)[-1] for folder in below if self._fs.isfile(f"{folder}/{METADATA}")]
        if not found:
            advice = "Import a folder, CSV or export with `khid-eval dataset import`."
            raise BadData(f"The folder has no {METADATA}.", advice=advice)
        return tuple(f"{folder}/{METADATA}" for folder in sorted(found))


_CHECK_ADDRESS = "Check the address, the network and your rights."
_RUN_CHECK = "Run `khid-eval dataset check` for the full list of faults."


def parse_json_line(data: bytes) -> Any:
    """The value of one line. Raises BadData when it is not UTF-8 or not JSON (NaN and infinity are none)."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
        if b"\\u" in data:  # an escaped half of a surrogate pair is legal JSON but no text
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as exc:
        raise BadData("the line has a broken character (half a surrogate pair)") from exc
    except UnicodeDecodeError as exc:
        raise BadData("the line is not UTF-8") from exc
    except (ValueError, RecursionError) as exc:
        raise BadData("the line is not JSON") from exc
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def parse_line(line: RawLine) -> Sample:
    """One line as a sample, its file name made relative to the root. Raises BadData."""
    sample = Sample.from_json(parse_json_line(line.data))
    if not line.prefix:
        return sample
    split = sample.split or line.prefix.rstrip("/")
    return replace(sample, file_name=line.prefix + sample.file_name, split=split)


def format_line(sample: Sample) -> str:
    """The row as one line with its newline: the same sample, the same bytes."""
    return json.dumps(sample.to_json(), ensure_ascii=False, allow_nan=False) + "\n"


def _checked_line(sample: Sample) -> str:
    """As format_line. Raises BadData for what can be held in memory but not in a UTF-8 file of JSON."""
    try:
        line = format_line(sample)
        line.encode("utf-8")
    except (ValueError, RecursionError) as exc:
        raise BadData("The row has a value that JSON cannot hold.") from exc
    return line


def write_metadata(root: str | os.PathLike[str], samples: Iterable[Sample]) -> int:
    """Write the root's metadata.jsonl anew from a stream of samples; returns their number.

    The old file stays readable until the new one is whole, so `samples` may come from the same dataset.
    """
    count = 0
    with replacing(Path(root) / METADATA) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        for sample in samples:
            stream.write(format_line(sample))
            count += 1
    return count


class DatasetWriter:
    """Writes a dataset row by row: each photo under a temporary name, then its row.

    Rows go to metadata.jsonl.part, which becomes metadata.jsonl when the block ends without an error: a folder with
    metadata.jsonl is a finished dataset. After an interruption, `resume=True` goes on: rows already written are in
    `done`, a torn last line is cut off. A finished dataset can be resumed too, to add to it.
    """

    def __init__(self, root: str | os.PathLike[str], *, resume: bool = False) -> None:
        """Raises BadData when the folder already holds a dataset and resume is False, or cannot be written."""
        self.root = Path(root)
        self._final, self._part = self.root / METADATA, self.root / (METADATA + _PART)
        with writing(self.root):
            if not resume and (self._final.exists() or self._part.exists()):
                advice = "Choose an empty folder, or resume."
                raise BadData("The folder already holds a dataset.", advice=advice)
            self.root.mkdir(parents=True, exist_ok=True)
            if self._final.exists() and not self._part.exists():
                write_atomically(self._part, self._final.read_bytes())
            self.done = self._read_done()
            self._stream = self._part.open("a", encoding="utf-8", newline="\n")

    def add(self, sample: Sample, photo: bytes | None = None) -> None:
        """Append a row. photo: its file; its sha256 is filled in where the sample has none. None: it is there already.

        Raises BadData for a file name that is unsafe, repeated, reserved or not a photo's, for a photo that is not
        there and for a row that JSON cannot hold; Unwritable where the place takes nothing more.
        """
        if reason := photo_name_problem(sample.file_name):
            raise BadData(f"file_name {reason}.")
        if sample.file_name in self.done:
            raise BadData(f"{sample.file_name} is in the dataset already.")
        path = self.root / sample.file_name
        if photo is None:
            if not path.is_file():
                raise BadData(f"The photo {sample.file_name} is not in the folder.")
        else:
            sample = sample if sample.sha256 else replace(sample, sha256=hashlib.sha256(photo).hexdigest())
        line = _checked_line(sample)
        if photo is not None:
            write_atomically(path, photo)
        with writing(self._part):
            self._stream.write(line)
            self._stream.flush()
        self.done.add(sample.file_name)

    def finish(self) -> None:
        """Close the rows and give the file its final name. Raises BadData where the disk refuses."""
        with writing(self._final):
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            os.replace(self._part, self._final)

    def abandon(self) -> None:
        """Stop; the folder is then no dataset, but can be resumed when it has rows."""
        with suppress(OSError):  # of a full disk, which has been told
            self._stream.close()
        if not self.done:
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.abandon()

    def _read_done(self) -> set[str]:
        if not self._part.exists():
            return set()
        done: set[str] = set()
        whole = 0
        with self._part.open("rb") as stream:
            for data in stream:
                if not data.endswith(b"\n"):
                    break  # the process died inside this line
                done.add(Sample.from_json(parse_json_line(data)).file_name)
                whole += len(data)
        os.truncate(self._part, whole)
        return done
