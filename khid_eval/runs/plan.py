"""What a run has to read: every photo of a dataset under every step, in a fixed order, each with a key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np

from khid_eval.datasets import Dataset, PhotoCondition, Sample, fingerprint
from khid_eval.records import Quad, ReadOptions
from khid_eval.runs.sweep import Step


class Source:
    """A dataset as a run sees it: photos streamed anew each time, always in the same order.

    limit: only the first so many photos. Opening it reads all rows once, and those photos that have no sha256.
    """

    def __init__(self, dataset: Dataset, limit: int | None = None) -> None:
        self._dataset = dataset
        self._limit = limit
        order = hashlib.sha256()
        self.count = 0
        for sample in self.samples():
            order.update(f"{sample.file_name}\0".encode())
            self.count += 1
        self._order = order.hexdigest()

    def samples(self) -> Iterator[Sample]:
        return islice(iter(self._dataset), self._limit)

    def describe(self) -> dict[str, Any]:
        """For run.json. fingerprint: of photos and labels; order: of the file names as they come."""
        return {
            "name": self._dataset.name,
            "path": self._dataset.root,
            "photos": self.count,
            "limit": self._limit,
            "fingerprint": fingerprint(self._dataset),
            "order": self._order,
        }

    def location(self, sample: Sample) -> str:
        """Path or URL of the photo's file, for a worker that has no dataset at hand."""
        return f"{self._dataset.root.rstrip('/')}/{sample.file_name}"

    def sha256(self, sample: Sample) -> str:
        return sample.sha256 or hashlib.sha256(self._dataset.read(sample)).hexdigest()


@dataclass(frozen=True, slots=True)
class Item:
    """One photo under one step. Everything that a worker and a row need; never the picture itself.

    seq: place in the plan. key: sha256 over the photo's bytes, its name, target, options and step: the same work has
    the same key in every attempt. location: path or fsspec URL. truth: field name -> text or None; a field that is not
    labelled is not in it.
    """

    seq: int
    key: str
    file_name: str
    location: str
    sha256: str
    group_id: str
    truth: Mapping[str, str | None] = field(default_factory=dict)
    condition: Mapping[str, Any] = field(default_factory=dict)
    split: str | None = None
    idcard_type: str | None = None
    card_quad: Quad | None = None
    step: Step | None = None


def work_fingerprint(target: Mapping[str, Any], options: ReadOptions, steps: Iterable[Step]) -> str:
    """Fingerprint of all that is done to a photo, whichever photo it is."""
    facts = {
        "target": dict(target),
        "options": {name: getattr(options, name) for name in options.__dataclass_fields__},
        "steps": [[step.condition, step.severity, step.angle_deg] for step in steps],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def items(source: Source, steps: tuple[Step, ...], work: str) -> Iterator[Item]:
    """All items in plan order, lazily: a million photos cost no memory. No steps: each photo as it is."""
    seq = 0
    for sample in source.samples():
        sha256 = source.sha256(sample)
        for step in steps or (None,):
            yield _item(seq, source, sample, sha256, step, work)
            seq += 1


def _item(seq: int, source: Source, sample: Sample, sha256: str, step: Step | None, work: str) -> Item:
    facts = (work, sha256, sample.file_name, *((step.condition, step.severity, step.angle_deg) if step else ()))
    known = {name: getattr(sample.condition, name) for name in PhotoCondition.__dataclass_fields__ if name != "extra"}
    condition = {**known, **sample.condition.extra}
    if step is not None:
        condition = {**condition, **step.describe(), "parent": sample.file_name}
        step = replace(step, card_quad=sample.card_quad)
    return Item(
        seq=seq,
        key=hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()[:32],
        file_name=sample.file_name,
        location=source.location(sample),
        sha256=sha256,
        group_id=sample.group_id,
        truth=sample.fields,
        condition=condition,
        split=sample.split,
        idcard_type=sample.idcard_type,
        card_quad=sample.card_quad,
        step=step,
    )


def still_to_read(keys: Iterable[str]) -> Callable[[Item], bool]:
    """A test for items, from the keys on disk: 16 bytes a key, so that ten million of them are 160 MB."""
    raw = np.frombuffer(b"".join(map(bytes.fromhex, keys)), dtype=">u8").reshape(-1, 2)
    done = raw[np.lexsort((raw[:, 1], raw[:, 0]))].astype(np.uint64)
    heads, tails = done[:, 0].copy(), done[:, 1].copy()

    def still(item: Item) -> bool:
        head, tail = np.frombuffer(bytes.fromhex(item.key), dtype=">u8").astype(np.uint64)
        first, last = np.searchsorted(heads, head, "left"), np.searchsorted(heads, head, "right")
        return not np.any(tails[first:last] == tail)

    return still


__all__ = ["Item", "Source", "items", "still_to_read", "work_fingerprint"]
