"""A sample as one flat row of texts: what CSV and Parquet hold, and back.

Null (not on the card) is an empty cell; a field that was not labelled is NOT_LABELLED, or its column is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from khid_eval.datasets import schema
from khid_eval.datasets.sample import Sample
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES

NOT_LABELLED = "[not labelled]"
EXTRA = "extra"
_CONDITION = "condition."
_HEAD = ("file_name", "group_id", "split", "idcard_type")
_TAIL = ("label_source", "label_version", "sha256")
_QUADS = ("card_quad", "portrait_location")
COLUMNS: tuple[str, ...] = (
    *_HEAD,
    *FIELD_NAMES,
    *(_CONDITION + key for key in schema.CONDITION_KEYS),
    *_QUADS,
    *_TAIL,
    EXTRA,
)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_NUMBERS: dict[str, type] = {"rotation_deg": float, "severity": int}


def to_flat(sample: Sample) -> dict[str, str | None]:
    """COLUMNS of the sample. Quads and unknown keys are JSON."""
    row = sample.to_json()
    condition = row.get("condition", {})
    flat: dict[str, str | None] = {key: row.get(key) for key in (*_HEAD, *_TAIL)}
    flat |= {name: sample.fields.get(name, NOT_LABELLED) for name in FIELD_NAMES}
    flat |= {_CONDITION + key: _cell(condition.get(key)) for key in schema.CONDITION_KEYS}
    flat |= {key: _json(row.get(key)) for key in _QUADS}
    extra: dict[str, Any] = dict(sample.extra)
    if sample.condition.extra:
        extra = {**extra, "condition": dict(sample.condition.extra)}
    flat[EXTRA] = _json(extra or None)
    return {name: flat[name] for name in COLUMNS}


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def from_flat(row: Mapping[str, str | None]) -> dict[str, Any]:
    """A raw row of the format from flat cells; faults of content are left for the schema to find.

    Known columns are those of COLUMNS, with "condition." before its keys or without it; others are kept as unknown
    keys. An empty cell is null. Raises BadData for a cell that should be JSON and is not.
    """
    cells = {key: value if value and value.strip() else None for key, value in row.items()}
    found: dict[str, Any] = {key: cells[key] for key in (*_HEAD, *_TAIL) if cells.get(key)}
    found["fields"] = {name: cells[name] for name in FIELD_NAMES if name in cells and cells[name] != NOT_LABELLED}
    extra = _parsed(EXTRA, cells.get(EXTRA)) or {}
    if not isinstance(extra, dict):
        raise BadData(f"column {EXTRA} is not a JSON object.")
    condition = _condition(cells) | extra.pop("condition", {})
    found |= {"condition": condition} if condition else {}
    found |= {key: _parsed(key, cells[key]) for key in _QUADS if cells.get(key)}
    known = {*COLUMNS, *schema.CONDITION_KEYS}
    return found | extra | {key: value for key, value in cells.items() if key not in known and value is not None}


def _condition(cells: Mapping[str, str | None]) -> dict[str, Any]:
    condition: dict[str, Any] = {}
    for key in schema.CONDITION_KEYS:
        # "name" alone would be somebody's name: only with its prefix.
        value = cells.get(_CONDITION + key) or (cells.get(key) if key != "name" else None)
        if value is not None:
            condition[key] = _number(key, value) if key in _NUMBERS else _blur(key, value)
    return condition


def _number(key: str, text: str) -> Any:
    """The number, or the text as it is: the schema then says what is wrong with it."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and _NUMBERS[key] is int else number


def _blur(key: str, text: str) -> Any:
    if key != "blur":
        return text
    try:
        return float(text)
    except ValueError:
        return text


def guarded(cell: str | None) -> str | None:
    """A cell for a CSV file: a spreadsheet takes a text that begins like a formula for one, so a ' goes before it.

    Plain numbers stay. What has such a ' of its own gets another one, so that `unguarded` gives back exactly this cell.
    """
    return f"'{cell}" if cell and _FORMULA.match(cell) and not _PLAIN_NUMBER.fullmatch(cell) else cell


def unguarded(cell: Any) -> Any:
    """The cell that `guarded` wrote; anything but text as it is."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and _FORMULA.match(cell) else cell


def _parsed(key: str, cell: str | None) -> Any:
    if cell is None:
        return None
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as exc:
        raise BadData(f"column {key} is not JSON.") from exc
