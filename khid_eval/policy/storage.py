"""A policy as JSON, read strictly: a damaged policy is refused, never guessed at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from khid_eval.errors import BadData
from khid_eval.policy.model import SCHEMA_VERSION, Certificate, Cutoffs, Policy
from khid_eval.policy.recalibration import Recalibration

FORMAT: Final = "khid-eval-policy"


def to_json(policy: Policy) -> str:
    """The policy as JSON text, keys in a fixed order."""
    content = {
        "format": FORMAT,
        "schema_version": policy.schema_version,
        "name": policy.name,
        "scope": policy.scope,
        "required": list(policy.required),
        "max_error": policy.max_error,
        "confidence": policy.confidence,
        "level": policy.level,
        "run_id": policy.run_id,
        "created_at": policy.created_at,
        "cutoffs": _cutoffs_out(policy.cutoffs),
        "conditions": {name: _cutoffs_out(one) for name, one in policy.conditions.items()},
        "recalibration": {
            name: {"kind": one.kind, "values": list(one.values)} for name, one in policy.recalibration.items()
        },
    }
    if policy.unread:
        content["unread"] = (
            policy.unread
        )  # only then: an older reader refuses what it does not know, and here it should
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _cutoffs_out(cutoffs: Cutoffs) -> dict[str, Any]:
    certificates = {
        name: {key: getattr(one, key) for key in Certificate.__dataclass_fields__}
        for name, one in cutoffs.certificates.items()
    }
    return {"fields": dict(cutoffs.fields), "certificates": certificates}


def from_json(text: str) -> Policy:
    """Raises BadData for anything but a sound policy of this schema version."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadData("The policy is not JSON.", advice="Export it again from the Thresholds page.") from exc
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise BadData("This JSON is not a policy.", advice="Export one with `khid-eval thresholds`.")
    version = content.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise BadData(
            f"The policy has schema version {version!r}; this program reads version {SCHEMA_VERSION} only.",
            advice="Export it again with this version, or install the version that wrote it.",
        )
    try:
        return _policy_in(content)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as exc:
        raise BadData(
            f"The policy is damaged: {type(exc).__name__} while reading it.", advice="Export it again; never edit it."
        ) from exc


def _policy_in(content: dict[str, Any]) -> Policy:
    content = {"unread": 0} | content
    if set(content) != set(Policy.__dataclass_fields__):
        raise KeyError("keys are missing or unknown")
    return Policy(
        name=_text(content["name"]),
        scope=content["scope"],
        required=tuple(_text(name) for name in content["required"]),
        max_error=_number(content["max_error"]),
        confidence=_number(content["confidence"]),
        cutoffs=_cutoffs_in(content["cutoffs"]),
        run_id=_text(content["run_id"]),
        level=_text(content["level"]),
        created_at=_text(content["created_at"]),
        conditions={name: _cutoffs_in(one) for name, one in content["conditions"].items()},
        recalibration={name: _map_in(one) for name, one in content["recalibration"].items()},
        unread=_count(content["unread"]),
    )


def _map_in(content: dict[str, Any]) -> Recalibration:
    return Recalibration(content["kind"], tuple(_number(value) for value in content["values"]))


def _cutoffs_in(content: dict[str, Any]) -> Cutoffs:
    return Cutoffs(
        fields={name: None if one is None else _number(one) for name, one in content["fields"].items()},
        certificates={name: _certificate_in(one) for name, one in content["certificates"].items()},
    )


def _certificate_in(content: dict[str, Any]) -> Certificate:
    return Certificate(
        max_error=_number(content["max_error"]),
        confidence=_number(content["confidence"]),
        cards=_count(content["cards"]),
        accepted=_count(content["accepted"]),
        wrong=_count(content["wrong"]),
        upper_bound=_number(content["upper_bound"]),
    )


def _count(value: object) -> int:
    if type(value) is not int:
        raise TypeError("a whole number is expected")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("a number is expected")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


def load(path: str | Path) -> Policy:
    """Raises BadData where the file is missing or not a sound policy of this version."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadData(f"Cannot read the policy {path}: {type(exc).__name__}.", advice="Check the path.") from exc
    return from_json(text)


def save(policy: Policy, path: str | Path) -> None:
    """Write the policy as JSON, replacing the file as a whole. Raises BadData where it cannot be written."""
    target = Path(path)
    partial = target.with_name(target.name + ".partial")
    try:
        partial.write_text(to_json(policy), encoding="utf-8")
        partial.replace(target)
    except OSError as exc:
        raise BadData(f"Cannot write the policy {path}: {type(exc).__name__}.", advice="Check the path.") from exc


__all__ = ["FORMAT", "from_json", "load", "save", "to_json"]
