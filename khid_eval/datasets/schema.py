"""The shape of a row: which keys, which types, which words. Every fault is listed, not the first one only.

Messages name keys and fields but never repeat a truth: they end up in logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from khid_eval.card import khmer
from khid_eval.records import FIELD_NAMES

TEXT_KEYS = ("split", "idcard_type", "label_source", "label_version", "sha256")
ROW_KEYS = frozenset({"file_name", "group_id", "fields", "portrait_location", "card_quad", "condition", *TEXT_KEYS})
CONDITION_KEYS = ("rotation_deg", "lighting", "blur", "device", "capture", "name", "severity", "parent")
PHOTO_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
"""Of the formats that the API takes; in lower case."""
METADATA = "metadata.jsonl"
"""File of the rows; no photo may be called so, nor so with anything behind it."""
IDCARD_TYPES = ("normal", "copy")
CAPTURES = ("real", "synthetic")
LIGHTING = ("normal", "dark", "bright", "uneven", "glare", "shadow", "colour_cast")
"""The words that pages know how to show. Others are kept, with a warning."""

Level = Literal["error", "warning"]
_LARGEST = 1e12
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row. code: a stable short name for filters and tests."""

    code: str
    message: str
    level: Level = "error"


def path_problem(name: str) -> str | None:
    """Why a path inside a dataset or an archive is refused; None where it is safe.

    Refused: empty, absolute, a drive letter, a backslash, a NUL, and any "." or ".." part.
    """
    if not name or name.endswith("/"):
        return "is empty"
    if "\0" in name or "\\" in name:
        return "has a backslash or a NUL character; use / between folders"
    if name.startswith("/") or _DRIVE.match(name) or "://" in name:
        return "is absolute; it must be below the dataset's folder"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "has an empty, . or .. part"
    return None


def photo_name_problem(name: str) -> str | None:
    """Why no photo is written under that path; None where one may be. Beside what `path_problem` refuses: the names of
    the dataset's own files, and whatever does not end like a photo.
    """
    if reason := path_problem(name):
        return reason
    if any(part.casefold().startswith(METADATA) for part in name.split("/")):
        return f"is that of the dataset's own {METADATA}"
    if not name.lower().endswith(PHOTO_ENDINGS):
        return f"must end in one of {', '.join(PHOTO_ENDINGS)}"
    return None


def row_errors(row: object) -> Iterator[Problem]:
    """Everything in the shape of one parsed row that makes it unusable."""
    if not isinstance(row, Mapping):
        yield Problem("not-an-object", "the row is not a JSON object")
        return
    yield from _names(row)
    yield from _texts(row)
    yield from _truth(row.get("fields"))
    for key in ("portrait_location", "card_quad"):
        yield from quad_problems(key, row.get(key))
    yield from _condition(row.get("condition"))


def _names(row: Mapping[str, Any]) -> Iterator[Problem]:
    name, group = row.get("file_name"), row.get("group_id")
    if not isinstance(name, str):
        yield Problem("file-name", "file_name is missing or not a string")
    elif reason := path_problem(name):
        yield Problem("unsafe-path", f"file_name {reason}")
    if not isinstance(group, str) or not group.strip():
        yield Problem("group-id", "group_id is missing, blank or not a string; it names the physical card")


def _texts(row: Mapping[str, Any]) -> Iterator[Problem]:
    for key in TEXT_KEYS:
        value = row.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            yield Problem("type", f"{key} must be a string that is not blank")
    kind, digest = row.get("idcard_type"), row.get("sha256")
    if isinstance(kind, str) and kind.strip() and kind not in IDCARD_TYPES:
        yield Problem("idcard-type", f"idcard_type must be one of {', '.join(IDCARD_TYPES)}")
    if isinstance(digest, str) and digest.strip() and not _SHA256.fullmatch(digest):
        yield Problem("sha256-form", "sha256 must be 64 lower-case hexadecimal digits")


def _truth(fields: object) -> Iterator[Problem]:
    if not isinstance(fields, Mapping):
        yield Problem("fields", "fields is missing or not an object")
        return
    for name, value in fields.items():
        if name not in FIELD_NAMES:
            yield Problem("unknown-field", f"fields has {name!r}, which is none of the 14 field names")
        elif value is not None and not isinstance(value, str):
            yield Problem("type", f"{name} must be a string or null")
        elif value is not None and not value.strip():
            yield Problem("empty-truth", f'{name} is ""; write null where the card does not carry it')


def row_warnings(row: Mapping[str, Any]) -> Iterator[Problem]:
    """What is worth a look in a parsed row. Apart from the errors, because reading a million rows needs only those."""
    fields, condition = row.get("fields"), row.get("condition")
    if isinstance(fields, Mapping):
        for name, value in fields.items():
            if isinstance(value, str) and value.strip():
                yield from _style(name, value)
        if missing := [name for name in FIELD_NAMES if name not in fields]:
            message = f"not labelled, so not scored: {', '.join(missing)} (null would mean: not on the card)"
            yield Problem("not-labelled", message, "warning")
    known = condition if isinstance(condition, Mapping) else {}
    if known.get("capture") is None:
        yield Problem("no-capture", 'condition.capture is missing; write "real" or "synthetic"', "warning")
    lighting = known.get("lighting")
    if isinstance(lighting, str) and lighting.strip() and lighting not in LIGHTING:
        message = f"condition.lighting is none of the known words: {', '.join(LIGHTING)}"
        yield Problem("lighting", message, "warning")


def _style(name: str, value: str) -> Iterator[Problem]:
    if value != value.strip():
        yield Problem("blank-ends", f"{name} has blanks at an end", "warning")
    elif not _is_canonical(value):
        message = f"{name} is not in canonical form (NFC, Khmer order, single spaces, no zero-width characters)"
        yield Problem("not-canonical", message, "warning")


def _is_canonical(text: str) -> bool:
    return " ".join(text.split()) == text if text.isascii() else khmer.canonical(text) == text


def is_number(value: object) -> bool:
    """A JSON number that a measure can have; true and false are none, nor is what no float can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def quad_problems(key: str, points: object) -> Iterator[Problem]:
    """Faults of one quad as parsed from JSON; None is no fault."""
    if points is None:
        return
    pairs = points if isinstance(points, list | tuple) else []
    if len(pairs) != 4 or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(is_number(one) for one in pair) for pair in pairs
    ):
        yield Problem("quad", f"{key} must be four [x, y] pairs of numbers")
    elif _area(pairs) <= 0:
        yield Problem("quad-order", f"{key} must go clockwise from the card's top left corner and enclose an area")


def _area(points: list[Any] | tuple[Any, ...]) -> float:
    """Signed area; positive when the corners go clockwise on a photo whose y points down."""
    area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True)) / 2
    return float(area)


def _condition(condition: object) -> Iterator[Problem]:
    if condition is None:
        return
    if not isinstance(condition, Mapping):
        yield Problem("condition", "condition must be an object")
        return
    for key in ("lighting", "device", "capture", "name", "parent"):
        value = condition.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            yield Problem("type", f"condition.{key} must be a string that is not blank")
    rotation, blur = condition.get("rotation_deg"), condition.get("blur")
    if rotation is not None and not is_number(rotation):
        yield Problem("type", "condition.rotation_deg must be a number")
    if blur is not None and not isinstance(blur, str) and not is_number(blur):
        yield Problem("type", "condition.blur must be a string or a number")
    severity, capture = condition.get("severity"), condition.get("capture")
    if severity is not None and (not isinstance(severity, int) or isinstance(severity, bool) or not 0 <= severity <= 5):
        yield Problem("severity", "condition.severity must be a whole number from 0 (clean) to 5")
    if isinstance(capture, str) and capture.strip() and capture not in CAPTURES:
        yield Problem("capture", f"condition.capture must be one of {', '.join(CAPTURES)}")
