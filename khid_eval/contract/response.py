"""The answer with HTTP status 200: CardReading -> JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from khid_eval.records import FIELD_NAMES, CardReading, Quad, ReadOptions

TYPE_KEY = "idcard_type"
TYPE_SCORE_KEY = "idcard_type_score"


def result_key(alarm: str) -> str:
    """The response key with the alarm's yes or no."""
    return f"detect_{alarm}_result"


def score_key(alarm: str) -> str:
    """The key of the alarm's score in score_info."""
    return f"{alarm}_score"


def answer_of(reading: CardReading, options: ReadOptions) -> dict[str, Any]:
    """The whole answer: {"result": {…}}, with only the parts that were asked for.

    All 14 fields are there; one without a reading is "" with confidence 0. A part that was asked for and not found on
    the card is "" (portrait_image, adjusted_image, idcard_type) or [] (portrait_location, a field of text_location).
    An alarm that the reading does not have is left out. `reading.extra` is put back where it came from.
    """
    result: dict[str, Any] = {name: _text(reading, name) for name in FIELD_NAMES}
    result |= _portrait_and_type(reading, options)
    result |= _alarms(reading, options)
    result["confidence"] = _confidence(reading, options)
    if options.return_text_location:
        result["text_location"] = {name: _field_quad(reading, name) for name in FIELD_NAMES}
    return _merged({"result": result}, reading.extra)


def body_of_answer(reading: CardReading, options: ReadOptions) -> bytes:
    """The answer as UTF-8 JSON."""
    return json.dumps(answer_of(reading, options), ensure_ascii=False, allow_nan=False).encode("utf-8")


def _text(reading: CardReading, name: str) -> str:
    found = reading.get(name)
    return found.text if found else ""


def _field_quad(reading: CardReading, name: str) -> list[list[int]]:
    found = reading.get(name)
    return _corners(found.quad if found else None)


def _corners(quad: Quad | None) -> list[list[int]]:
    return [] if quad is None else [[round(x), round(y)] for x, y in quad]


def _base64(file: bytes | None) -> str:
    return base64.b64encode(file or b"").decode("ascii")


def _portrait_and_type(reading: CardReading, options: ReadOptions) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if options.return_portrait_image:
        parts["portrait_image"] = _base64(reading.portrait_jpeg)
    if options.return_portrait_location:
        parts["portrait_location"] = _corners(reading.portrait_quad)
    if options.return_idcard_type:
        parts[TYPE_KEY] = reading.idcard_type or ""
    if options.return_adjusted_image:
        parts["adjusted_image"] = _base64(reading.adjusted_jpeg)
    return parts


def _alarms(reading: CardReading, options: ReadOptions) -> dict[str, Any]:
    asked = [alarm for alarm in reading.alarms if getattr(options, f"detect_{alarm.name}")]
    scores = {score_key(alarm.name): alarm.score for alarm in asked}
    if options.return_idcard_type and reading.idcard_type_score is not None:
        scores = {TYPE_SCORE_KEY: reading.idcard_type_score, **scores}
    parts: dict[str, Any] = {result_key(alarm.name): alarm.raised for alarm in asked}
    return {**parts, "score_info": scores} if scores else parts


def _confidence(reading: CardReading, options: ReadOptions) -> dict[str, float]:
    found = {name: reading.get(name) for name in FIELD_NAMES}
    confidence = {name: one.confidence if one else 0.0 for name, one in found.items()}
    if options.return_idcard_type and reading.idcard_type_confidence is not None:
        confidence[TYPE_KEY] = reading.idcard_type_confidence
    return confidence


def _merged(answer: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """answer with the extra keys added at their depth; a value that is there already is never replaced."""
    for key, value in extra.items():
        here = answer.get(key)
        if isinstance(here, dict) and isinstance(value, Mapping):
            _merged(here, value)
        elif here in (None, ""):
            answer[key] = value
    return answer


__all__ = ["TYPE_KEY", "TYPE_SCORE_KEY", "answer_of", "body_of_answer", "result_key", "score_key"]
