"""What /openapi.json says about requests and answers, made from the contract so that the two cannot drift."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from khid_eval.contract import ERROR_CODES, SWITCHES
from khid_eval.records import ALARM_NAMES, FIELD_NAMES

DESCRIPTION = "The Cambodian ID Card OCR API on this machine. Errors are {error_code, error_msg} with the API's codes."
_POINTS: dict[str, Any] = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
_TEXT: dict[str, Any] = {"type": "string"}
_CHANCE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
_SCORE: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 99}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


_SWITCHES = {name: {"type": "boolean", "default": False} for name in SWITCHES}
_IMAGE = {"type": "string", "minLength": 1, "contentEncoding": "base64"}
_URL = {"type": "string", "pattern": "^https?://"}
_REQUEST = {
    "oneOf": [
        _object({"image": _IMAGE} | _SWITCHES, ["image"]) | {"not": {"required": ["url"]}},
        _object({"url": _URL} | _SWITCHES, ["url"]) | {"not": {"required": ["image"]}},
    ]
}
_CONFIDENCE = _object({name: _CHANCE for name in (*FIELD_NAMES, "idcard_type")}, list(FIELD_NAMES))
_RESULT = _object(
    {name: _TEXT for name in (*FIELD_NAMES, "idcard_type", "portrait_image", "adjusted_image")}
    | {f"detect_{name}_result": {"type": "boolean"} for name in ALARM_NAMES}
    | {
        "confidence": _CONFIDENCE,
        "portrait_location": _POINTS,
        "text_location": _object({name: _POINTS for name in FIELD_NAMES}, []),
        "score_info": _object({f"{name}_score": _SCORE for name in ("idcard_type", *ALARM_NAMES)}, []),
    },
    [*FIELD_NAMES, "confidence"],
)
_REFUSAL = _object({"error_code": _TEXT, "error_msg": _TEXT, "request_id": _TEXT}, ["error_code", "error_msg"])
_STATUSES = sorted({entry.status for entry in ERROR_CODES})

CARD: dict[str, Any] = {"requestBody": {"required": True, "content": _json(_REQUEST)}}
CARD_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The reading", "content": _json(_object({"result": _RESULT}, ["result"]))},
    **{status: {"description": "Refused", "content": _json(_REFUSAL)} for status in _STATUSES},
}

_IAM_ERROR = _object(
    {"error": _object({"code": {"type": "integer"}, "message": _TEXT, "title": _TEXT}, ["code"])}, ["error"]
)
_FILLED = {"type": "string", "minLength": 1}
_PROJECT = {"anyOf": [_object({"id": _FILLED}, ["id"]), _object({"name": _FILLED}, ["name"])]}
_SCOPE = {"anyOf": [_object({"project": _PROJECT}, ["project"]), _object({"domain": {"type": "object"}}, ["domain"])]}
_NAMED = _object({"name": _FILLED}, ["name"])
_USER = _object({"name": _FILLED, "password": _FILLED, "domain": _NAMED}, ["name", "password", "domain"])
_AUTH = _object(
    {
        "identity": _object(
            {
                "methods": {"type": "array", "items": {"const": "password"}, "minItems": 1, "maxItems": 1},
                "password": _object({"user": _USER}, ["user"]),
            },
            ["methods", "password"],
        ),
        "scope": _SCOPE,
    },
    ["identity"],
)
TOKEN: dict[str, Any] = {"requestBody": {"required": True, "content": _json(_object({"auth": _AUTH}, ["auth"]))}}
TOKEN_RESPONSES: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The token is in X-Subject-Token",
        "content": _json(_object({"token": {"type": "object"}}, ["token"])),
    },
    **{status: {"description": "Refused", "content": _json(_IAM_ERROR)} for status in (400, 401, 403)},
    413: {"description": "Body too large", "content": _json(_REFUSAL)},
    429: {"description": "Busy", "content": _json(_REFUSAL)},
}

_COUNT = {"type": "integer", "minimum": 0}
_HEALTH = _object({"status": {"enum": ["ok", "busy"]}, "taken": _COUNT, "places": _COUNT}, ["status"])
HEALTH_RESPONSES: dict[int | str, dict[str, Any]] = {200: {"description": "It does", "content": _json(_HEALTH)}}


def install(app: FastAPI) -> None:
    """Make the document once, without what the framework adds and this API never answers: 422 and its schemas."""
    document = app.openapi()
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    document.pop("components", None)


__all__ = ["CARD", "CARD_RESPONSES", "DESCRIPTION", "HEALTH_RESPONSES", "TOKEN", "TOKEN_RESPONSES", "install"]
