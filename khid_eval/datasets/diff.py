"""What changed between two versions of a dataset. Names of photos and keys only, never a truth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from khid_eval.datasets.sample import Sample

Digests = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is in both versions but not the same. keys: what differs, such as "fields.sex" or "split"."""

    file_name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """added: photos only in the second version; removed: only in the first. All in alphabetical order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def difference(first: Iterable[Sample], second: Iterable[Sample]) -> Difference:
    """Compares rows by file name, in two passes that hold digests only."""
    before = {sample.file_name: _digests(sample) for sample in first}
    after = {sample.file_name: _digests(sample) for sample in second}
    changes = (Change(name, _differing(before[name], after[name])) for name in sorted(before.keys() & after.keys()))
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(change for change in changes if change.keys),
    )


def _differing(before: Digests, after: Digests) -> tuple[str, ...]:
    keys = dict.fromkeys([*before, *after])
    return tuple(key for key in keys if before.get(key) != after.get(key))


def _digests(sample: Sample) -> dict[str, bytes]:
    row = sample.to_json()
    flat: dict[str, Any] = {}
    for key, value in row.items():
        nested = key in ("fields", "condition")
        flat |= {f"{key}.{name}": part for name, part in value.items()} if nested else {key: value}
    return {key: hashlib.blake2b(json.dumps(value).encode(), digest_size=8).digest() for key, value in flat.items()}
