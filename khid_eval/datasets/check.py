"""The validator: every fault of a dataset with its file and line. It never stops at the first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from khid_eval.card import photo as photo_header
from khid_eval.datasets.content import truth_problems
from khid_eval.datasets.schema import (
    METADATA,
    PHOTO_ENDINGS,
    Level,
    Problem,
    path_problem,
    quad_problems,
    row_errors,
    row_warnings,
)
from khid_eval.datasets.store import Dataset, RawLine, parse_json_line
from khid_eval.errors import BadData, BadPhoto, BadRequest


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to repair. file, line: where in the metadata (line None: the file as a whole).

    photo: the file_name of the row, "" where it is not known. code: stable short name, such as "mrz-check-digit".
    level: "error" makes results wrong or impossible, "warning" is worth a look.
    """

    file: str
    line: int | None
    photo: str
    code: str
    message: str
    level: Level

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        photo = f" [{self.photo}]" if self.photo else ""
        return f"{place}: {self.level}: {self.message}{photo} ({self.code})"


@dataclass(slots=True)
class _Seen:
    """What must be remembered across rows: places only, no images and no truths."""

    names: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    hashes: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    splits: dict[str, tuple[str, str]] = field(default_factory=dict)
    truths: dict[str, tuple[str, dict[str, bytes]]] = field(default_factory=dict)


def check(dataset: Dataset, *, photos: bool = True) -> Iterator[Fault]:
    """Faults in file order, then those of the whole dataset. photos: open every photo and compare its hash as well."""
    seen = _Seen()
    rows = 0
    for line in dataset.raw_lines():
        rows += 1
        yield from _line_faults(dataset, line, seen, photos)
    if rows == 0:
        yield Fault(METADATA, None, "", "no-rows", "the dataset has no rows", "error")
    for name in dataset.files():
        if name.lower().endswith(PHOTO_ENDINGS) and name not in seen.names:
            yield Fault(METADATA, None, name, "not-listed", "the photo has no row", "warning")


def _line_faults(dataset: Dataset, line: RawLine, seen: _Seen, photos: bool) -> Iterator[Fault]:
    try:
        row = parse_json_line(line.data)
    except BadData as exc:
        yield Fault(line.file, line.number, "", "bad-line", exc.message, "error")
        return
    name = row.get("file_name") if isinstance(row, dict) else None
    name = line.prefix + name if isinstance(name, str) else ""
    for problem in _row_problems(dataset, line, row, name, seen, photos):
        yield Fault(line.file, line.number, name, problem.code, problem.message, problem.level)


def _row_problems(dataset: Dataset, line: RawLine, row: Any, name: str, seen: _Seen, photos: bool) -> Iterator[Problem]:
    yield from _repeated_keys(line.data)
    yield from row_errors(row)
    if not isinstance(row, dict):
        return
    yield from row_warnings(row)
    fields = row.get("fields")
    if isinstance(fields, dict):
        yield from truth_problems(fields)
    place = f"{line.file} line {line.number}"
    yield from _row_against_others(row, name, place, line.prefix, seen)
    if name and not path_problem(name):
        yield from _photo_problems(dataset, row, name, place, seen, photos)


def _repeated_keys(data: bytes) -> Iterator[Problem]:
    """JSON readers keep the last of two equal keys in silence: a label would be lost."""
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in items]
        found.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return dict(items)

    with suppress(RecursionError):  # the hook costs depth: what could just be read may be too deep now
        json.loads(data, object_pairs_hook=pairs)
    for key in found:
        yield Problem("repeated-key", f"the key {key!r} stands twice; only the last one counts")


def _row_against_others(row: dict[str, Any], name: str, place: str, prefix: str, seen: _Seen) -> Iterator[Problem]:
    if name:
        first = seen.names.setdefault(name, place)
        if first != place:
            yield Problem("duplicate-name", f"file_name stands already in {first}")
        elif (other := seen.folded.setdefault(name.casefold(), name)) != name:
            message = f"file_name differs from {other!r} only in upper and lower case; some disks hold only one of them"
            yield Problem("case-clash", message, "warning")
    group, split = row.get("group_id"), row.get("split") or prefix.rstrip("/")
    if not isinstance(group, str) or not group:
        return
    if isinstance(split, str):
        known, where = seen.splits.setdefault(group, (split, place))
        if known != split:
            message = f"its card (group_id) is in split {split or 'none'!r} here and in {known or 'none'!r} in {where}"
            yield Problem("group-leak", message)
    yield from _same_card_same_truth(row, group, place, seen)


def _same_card_same_truth(row: dict[str, Any], group: str, place: str, seen: _Seen) -> Iterator[Problem]:
    """All photos of one card carry the same print, so their truths must be equal where both are labelled."""
    fields = row.get("fields")
    if not isinstance(fields, dict):
        return
    # Short digests, not texts: a million cards must fit, and no truth is kept.
    digests = {name: hashlib.blake2b(repr(text).encode(), digest_size=6).digest() for name, text in fields.items()}
    first, known = seen.truths.setdefault(group, (place, digests))
    if differ := [name for name, digest in digests.items() if known.get(name, digest) != digest]:
        message = f"differs from the same card (group_id) in {first}: {', '.join(differ)}"
        yield Problem("group-truth", message, "warning")


def _photo_problems(
    dataset: Dataset, row: dict[str, Any], name: str, place: str, seen: _Seen, photos: bool
) -> Iterator[Problem]:
    digest = row.get("sha256")
    if not photos:
        if dataset.size_bytes(name) is None:
            yield Problem("missing-photo", "the photo does not exist")
    else:
        try:
            data = dataset.read_file(name)
        except BadData:
            yield Problem("missing-photo", "the photo does not exist or cannot be read")
            return
        actual = hashlib.sha256(data).hexdigest()
        if isinstance(digest, str) and digest != actual:
            yield Problem(
                "sha256-mismatch", "sha256 is not that of the photo: the file has changed since it was labelled"
            )
        digest = actual
        yield from _header_problems(row, data)
    if isinstance(digest, str):
        yield from _same_photo_twice(row, digest, place, seen)


def _same_photo_twice(row: dict[str, Any], digest: str, place: str, seen: _Seen) -> Iterator[Problem]:
    group = str(row.get("group_id"))
    key = hashlib.sha256(digest.encode()).digest()[:12]
    first, known = seen.hashes.setdefault(key, (place, group))
    if first == place:
        return
    if known != group:
        message = f"the same photo stands in {first} under another group_id: it may leak between splits"
        yield Problem("duplicate-photo", message)
    else:
        yield Problem("duplicate-photo", f"the same photo stands already in {first}", "warning")


def refused_photo(error: BadPhoto | BadRequest) -> Problem:
    """Such photos may stand in a set on purpose, to see them refused: no error."""
    return Problem("refused-photo", f"the API refuses this photo with {error.code}: {error.message}", "warning")


def _header_problems(row: dict[str, Any], data: bytes) -> Iterator[Problem]:
    try:
        info = photo_header.check(data)
    except (BadPhoto, BadRequest) as exc:
        yield refused_photo(exc)
        return
    width, height = info.width_px, info.height_px  # quads are on the photo as sent, before its EXIF turn
    for key in ("card_quad", "portrait_location"):
        points = row.get(key)
        if points is None or any(quad_problems(key, points)):
            continue
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        if max(xs) <= 0 or max(ys) <= 0 or min(xs) >= width or min(ys) >= height:
            yield Problem("quad-outside", f"{key} lies wholly outside the photo of {width} x {height} pixels")
