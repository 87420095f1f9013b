"""What happens in a worker: one photo in, one answer out. Runs in a thread, a process or on another machine."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Protocol

import fsspec

from khid_eval.errors import BadData, KhidError
from khid_eval.records import CardReader, CardReading, ReadOptions
from khid_eval.runs.plan import Item
from khid_eval.runs.sweep import degrade


class ReaderSpec(Protocol):
    """How to build a reader, anywhere. Hashable, picklable, without secrets."""

    def build(self) -> CardReader:
        """Called once in each worker process. Raises KhidError."""
        ...

    def describe(self) -> dict[str, Any]:
        """JSON for run.json, without secrets; equal descriptions read alike."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt: a reading or an error. latency_s: in the reader alone."""

    reading: CardReading | None
    error: KhidError | None
    latency_s: float


class PhotoChanged(BadData):
    """The photo's bytes are not those that the run was planned with."""


class PhotoGone(KhidError):
    """The photo's file is not there. The reader never saw it, so it cannot have missed anything."""


class NoReader(BadData):
    """The reader cannot even be made: credentials, project or models are missing. No photo is to blame."""


_readers: dict[ReaderSpec, CardReader] = {}
_building = threading.Lock()


def _reader_for(spec: ReaderSpec) -> CardReader:
    """One reader a process: models and connection pools never travel."""
    with _building:
        if spec not in _readers:
            try:
                _readers[spec] = spec.build()
            except KhidError as exc:
                raise NoReader(exc.message, exc.code, exc.advice) from exc
        return _readers[spec]


def read_one(spec: ReaderSpec, item: Item, options: ReadOptions) -> Answer:
    """Errors of the tree come back as values; anything else is a bug and is raised."""
    try:
        photo = _load(item)
        reader = _reader_for(spec)
    except KhidError as error:
        return Answer(None, error, 0.0)
    started = perf_counter()
    try:
        reading = reader.read(photo, options)
    except KhidError as error:
        return Answer(None, error, perf_counter() - started)
    # Pictures are not kept in a run, so they need not travel either.
    return Answer(replace(reading, portrait_jpeg=None, adjusted_jpeg=None), None, perf_counter() - started)


def _load(item: Item) -> bytes:
    photo = load_bytes(item.location)
    if hashlib.sha256(photo).hexdigest() != item.sha256:
        raise PhotoChanged(
            f"{item.file_name} is not the photo that the run was planned with.",
            advice="Put it back, or renew its sha256 in the dataset and start a new run.",
        )
    return degrade(photo, item.step) if item.step else photo


def load_bytes(location: str) -> bytes:
    """A photo from a local path or an fsspec URL. Raises PhotoGone when it cannot be had."""
    try:
        if "://" not in location:
            with open(location, "rb") as file:
                return file.read()
        fs, path = fsspec.core.url_to_fs(location)
        return bytes(fs.cat_file(path))
    except OSError as exc:
        raise PhotoGone("The photo's file cannot be opened.", advice="Run `khid-eval dataset check`.") from exc


__all__ = ["Answer", "NoReader", "PhotoChanged", "PhotoGone", "ReaderSpec", "load_bytes", "read_one"]
