"""Readers and a labelled set for the tests of runs. Importable by worker processes."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from khid_eval.datasets import DatasetWriter, PhotoCondition, Sample
from khid_eval.errors import BadPhoto, Busy, KhidError, Unreachable
from khid_eval.records import FIELD_NAMES, CardReader, CardReading, FieldReading, ReadOptions


def truth(number: int) -> dict[str, str | None]:
    """14 fields that tell which photo they belong to; every third card has no description."""
    fields: dict[str, str | None] = {name: f"{name} {number}" for name in FIELD_NAMES}
    fields["description"] = None if number % 3 == 0 else "ស្នាម"
    return fields


def photo(number: int) -> bytes:
    """A small PNG that is the same for the same number and different for another."""
    out = BytesIO()
    Image.new("RGB", (24, 16), (number % 256, number // 256 % 256, 77)).save(out, "PNG")
    return out.getvalue()


def make_dataset(root: Path, count: int, *, labels: bool = True) -> Path:
    with DatasetWriter(root) as writer:
        for number in range(count):
            condition = PhotoCondition(lighting="dark" if number % 2 else "normal", extra={"table": "wood"})
            fields = truth(number) if labels else {}
            sample = Sample(f"{number:05d}.png", f"card {number // 2}", fields, condition=condition)
            writer.add(sample, photo(number))
    return root


def answer_to(photo_bytes: bytes) -> CardReading:
    """The truth of that photo, but wrong in one field of every seventh and silent in one of every fifth."""
    with Image.open(BytesIO(photo_bytes)) as opened:
        red, green, _ = opened.convert("RGB").getpixel((3, 3))  # type: ignore[misc]  # RGB gives three numbers
    number = int(red) + 256 * int(green)
    read = {name: text or "" for name, text in truth(number).items()}
    if number % 7 == 0:
        read["name_kh"] = "ខុស"
    if number % 5 == 0:
        read["address"] = ""
    return CardReading(tuple(FieldReading(name, text, 0.9 if text else 0.1) for name, text in read.items()))


@dataclass(frozen=True)
class FakeSpec:
    """A reader that answers `answer_to` after a while, and notes each call as a file in `log`.

    refuse: photos whose number divides by it are refused. crash: that photo kills the process, always.
    """

    delay_s: float = 0.0
    log: str = ""
    refuse: int = 0
    crash: str = ""
    label: str = "fake"

    def build(self) -> CardReader:
        return FakeReader(self)

    def describe(self) -> dict[str, Any]:
        return {"kind": "fake", "label": self.label}


class FakeReader:
    def __init__(self, spec: FakeSpec) -> None:
        self._spec = spec

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        digest = hashlib.sha256(photo).hexdigest()
        if self._spec.log:
            with open(Path(self._spec.log) / f"{os.getpid()}.log", "a", encoding="ascii") as file:
                file.write(f"{digest}\n")
        if self._spec.crash == digest:
            os._exit(13)
        if self._spec.delay_s:
            time.sleep(self._spec.delay_s)
        if self._spec.refuse and int(digest, 16) % self._spec.refuse == 0:
            raise BadPhoto("No card.", "AIS.0104", "Take another photo.")
        return answer_to(photo)


@dataclass(frozen=True)
class FailingSpec:
    """Every photo gets that error, `times` times a photo; then it is answered."""

    kind: str
    times: int

    def build(self) -> CardReader:
        return FailingReader(self)

    def describe(self) -> dict[str, Any]:
        return {"kind": "failing", "error": self.kind}


class FailingReader:
    def __init__(self, spec: FailingSpec) -> None:
        self._spec = spec
        self._seen: dict[bytes, int] = {}

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        self._seen[photo] = self._seen.get(photo, 0) + 1
        if self._seen[photo] <= self._spec.times:
            raise _error(self._spec.kind)
        return answer_to(photo)


def _error(kind: str) -> KhidError:
    if kind == "busy":
        return Busy("Too many requests.", "APIG.0308", "Wait.", 429)
    return Unreachable("No answer.")


def calls(log: Path) -> list[str]:
    """sha256 of the photos of all calls noted so far."""
    return [line for file in sorted(log.glob("*.log")) for line in file.read_text("ascii").split()]


@dataclass(frozen=True)
class BuggySpec:
    """A reader with a bug."""

    def build(self) -> CardReader:
        return BuggyReader()

    def describe(self) -> dict[str, Any]:
        return {"kind": "buggy"}


class BuggyReader:
    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        raise ValueError("the secret on the card")
