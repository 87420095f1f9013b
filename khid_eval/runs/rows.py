"""One photo's answer and truth -> its rows in the two tables. Scored here, once: nothing later needs the text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from khid_eval.card import checks
from khid_eval.errors import BadPhoto
from khid_eval.metrics.fields import Level, score_field
from khid_eval.records import FIELD_NAMES, CardReading, Quad
from khid_eval.runs.plan import Item
from khid_eval.runs.schema import KHMER_FIELDS
from khid_eval.runs.worker import Answer

_CONDITION_KEYS: Final = {
    "rotation_deg": "rotation_deg",
    "lighting": "lighting",
    "blur": "blur",
    "device": "device",
    "capture": "capture",
    "name": "condition",
    "severity": "severity",
    "parent": "parent",
}
_NUMBERS: Final = {"rotation_deg", "severity"}
_UNLABELLED: Final = dict.fromkeys(
    ("raw", "canonical", "semantic", "char_edits", "char_length", "cluster_edits", "cluster_length")
)


def field_rows(item: Item, answer: Answer) -> list[dict[str, Any]]:
    """14 rows, or none when the reader never had its say. A refused photo is a photo of which no field was read."""
    if answer.reading is None and not isinstance(answer.error, BadPhoto):
        return []
    found = _self_checks(answer.reading)
    return [_field_row(item, name, answer.reading) | {"self_check": found.get(name)} for name in FIELD_NAMES]


def _field_row(item: Item, name: str, reading: CardReading | None) -> dict[str, Any]:
    found = reading.get(name) if reading else None
    row: dict[str, Any] = {
        "seq": item.seq,
        "field": name,
        "truth": item.truth.get(name),
        "text": found.text if found else None,
        "confidence": found.confidence if found else None,
        "quad": _flat(found.quad) if found else None,
    }
    if name not in item.truth:
        return row | _UNLABELLED
    score = score_field(name, row["truth"], row["text"])
    return row | {
        "raw": score.raw.value,
        "canonical": score.canonical.value,
        "semantic": score.semantic.value,
        "char_edits": score.char_edits,
        "char_length": score.char_length,
        "cluster_edits": score.cluster_edits,
        "cluster_length": score.cluster_length,
    }


def image_row(item: Item, answer: Answer, fields: list[dict[str, Any]], *, attempts: int) -> dict[str, Any]:
    """fields: the photo's rows from `field_rows`."""
    reading, error = answer.reading, answer.error
    return {
        "seq": item.seq,
        "key": item.key,
        "file_name": item.file_name,
        "group_id": item.group_id,
        "sha256": item.sha256,
        "split": item.split,
        "card_quad": _flat(item.card_quad),
        "idcard_type": item.idcard_type,
        "idcard_type_read": reading.idcard_type if reading else None,
        "error_kind": type(error).__name__ if error else None,
        "error_code": error.code if error else None,
        "error_msg": error.message if error else None,
        "attempts": attempts,
        "latency_s": answer.latency_s,
        "read_at": datetime.now(UTC),
        **_condition_columns(item.condition),
        **{f"right_{level}": _all_right(fields, level) for level in Level},
        **_sums(fields),
    }


def _flat(quad: Quad | None) -> list[float] | None:
    return [value for point in quad for value in point] if quad else None


def _condition_columns(condition: Mapping[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for key, column in _CONDITION_KEYS.items():
        value = condition.get(key)
        if value is not None:
            columns[column] = float(value) if key in _NUMBERS else str(value)
    extra = {key: value for key, value in condition.items() if key not in _CONDITION_KEYS}
    if extra:
        columns["condition_extra"] = json.dumps(extra, ensure_ascii=False, sort_keys=True)
    return columns


def _all_right(fields: list[dict[str, Any]], level: Level) -> bool | None:
    """None where nothing can be judged: no labels, or a photo of no card that was read as none."""
    outcomes = [row[level] for row in fields if row[level] not in (None, "absent")]
    return all(outcome == "exact" for outcome in outcomes) if outcomes else None


def _sums(fields: list[dict[str, Any]]) -> dict[str, float]:
    judged = [row for row in fields if row["canonical"] not in (None, "absent")]
    with_truth = [row for row in judged if row["truth"] is not None]
    khmer = [row for row in with_truth if row["field"] in KHMER_FIELDS]
    return {
        "judged": len(judged),
        "missed": sum(row["canonical"] == "miss" for row in judged),
        "invented": sum(row["canonical"] == "hallucination" for row in judged),
        "absent": sum(row["canonical"] == "absent" for row in fields),
        **{f"exact_{level}": sum(row[level] == "exact" for row in judged) for level in Level},
        "confidence_sum": sum(row["confidence"] or 0.0 for row in judged),
        "char_edits": sum(row["char_edits"] for row in with_truth),
        "char_length": sum(row["char_length"] for row in with_truth),
        "khmer_edits": sum(row["cluster_edits"] for row in khmer),
        "khmer_length": sum(row["cluster_length"] for row in khmer),
    }


def _self_checks(reading: CardReading | None) -> dict[str, bool]:
    """Field -> whether MRZ check digits and printed text bear it out; fields that nothing speaks about are absent."""
    texts = {one.name: one.text for one in reading.fields} if reading else {}
    return {one.field: one.passed for one in checks.check(texts) if one.rule in ("check_digit", "agrees_with_mrz")}


__all__ = ["field_rows", "image_row"]
