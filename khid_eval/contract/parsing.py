"""The answer with HTTP status 200: JSON -> CardReading.

A ContractError names the key that is missing or wrong and never its value: values are a person's data.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any, NoReturn

from khid_eval.contract.response import TYPE_KEY, TYPE_SCORE_KEY, result_key, score_key
from khid_eval.errors import ContractError
from khid_eval.records import ALARM_NAMES, FIELD_NAMES, Alarm, CardReading, FieldReading, Quad, ReadOptions

_HIGHEST_SCORE = 99
_FURTHEST_PX = 1_000_000
_NOTHING_ASKED = ReadOptions()


def reading_from(body: bytes, options: ReadOptions = _NOTHING_ASKED) -> CardReading:
    """The reading in an answer's body.

    The 14 fields and their confidences must be there, and so must the portrait and the card type when options asks for
    them. The parts that came to the API later (adjusted_image, detect_*_result with score_info) and our own extension
    (text_location) may be absent even when asked: an older endpoint does not know them. Parts that were not asked for
    are taken when they come. Keys that the contract does not know end in `extra`, at the same depth as in the answer;
    so does a picture that is not Base64 (the vendor's own example has one cut short): the fields are worth having.
    Raises ContractError naming the key.
    """
    try:
        answer = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise _contract_error("The answer is not JSON.") from exc
    root = _Node(answer, "")
    result = root.child("result")
    reading = _reading(result, options)
    return replace(reading, extra=root.rest())


class _Node:
    """A JSON object of the answer that knows its path and which of its keys were taken."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            _wrong(path or "the answer", "an object")
        self._value: dict[str, Any] = value
        self._path = path
        self._taken: set[str] = set()
        self._children: dict[str, _Node] = {}

    def path(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def has(self, key: str) -> bool:
        """Whether there is a value. A null that was looked for is settled: it is nobody's unknown key."""
        if key in self._value and self._value[key] is None:
            self._taken.add(key)
        return self._value.get(key) is not None

    def take(self, key: str) -> Any:
        """The value; a missing one and null are the same."""
        self._taken.add(key)
        if not self.has(key):
            raise _contract_error(f"The answer has no {self.path(key)}.")
        return self._value[key]

    def child(self, key: str) -> _Node:
        if key not in self._children:
            self._children[key] = _Node(self.take(key), self.path(key))
        return self._children[key]

    def rest(self) -> dict[str, Any]:
        """What nobody took, here and in the objects below."""
        rest = {key: value for key, value in self._value.items() if key not in self._taken}
        below = {key: child.rest() for key, child in self._children.items()}
        return rest | {key: unknown for key, unknown in below.items() if unknown}

    def text(self, key: str) -> str:
        value = self.take(key)
        return value if isinstance(value, str) else _wrong(self.path(key), "a string")

    def flag(self, key: str) -> bool:
        value = self.take(key)
        return value if isinstance(value, bool) else _wrong(self.path(key), "true or false")

    def probability(self, key: str) -> float:
        value = self.take(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0.0 <= value <= 1.0:
            _wrong(self.path(key), "a number from 0 to 1")
        return float(value)

    def score(self, key: str) -> int:
        value = self.take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _HIGHEST_SCORE:
            _wrong(self.path(key), f"a whole number from 0 to {_HIGHEST_SCORE}")
        return value

    def file(self, key: str) -> bytes | None:
        """A file in Base64; "" means that there is none. Text that cannot be decoded stays with the rest."""
        text = self.text(key)
        try:
            return base64.b64decode(text, validate=True) or None
        except ValueError:
            self._taken.discard(key)
            return None

    def quad(self, key: str) -> Quad | None:
        """Four corners, each two whole numbers; [] means that there are none."""
        value = self.take(key)
        if value == []:
            return None
        if not (isinstance(value, list) and len(value) == 4 and all(map(_is_point, value))):
            _wrong(self.path(key), "four pairs of whole numbers")
        top_left, top_right, bottom_right, bottom_left = ((float(x), float(y)) for x, y in value)
        return top_left, top_right, bottom_right, bottom_left


def _reading(result: _Node, options: ReadOptions) -> CardReading:
    confidence = result.child("confidence")
    portrait = result.file("portrait_image") if _wanted(result, "portrait_image", options) else None
    location = result.quad("portrait_location") if _wanted(result, "portrait_location", options) else None
    card_type = result.text(TYPE_KEY) if _wanted(result, TYPE_KEY, options) else ""
    return CardReading(
        fields=tuple(_field(result, confidence, name) for name in FIELD_NAMES),
        portrait_jpeg=portrait,
        portrait_quad=location,
        idcard_type=card_type or None,
        idcard_type_confidence=confidence.probability(TYPE_KEY) if confidence.has(TYPE_KEY) else None,
        idcard_type_score=_type_score(result),
        adjusted_jpeg=result.file("adjusted_image") if result.has("adjusted_image") else None,
        alarms=tuple(_alarm(result, name) for name in ALARM_NAMES if result.has(result_key(name))),
    )


def _wanted(result: _Node, part: str, options: ReadOptions) -> bool:
    return result.has(part) or bool(getattr(options, f"return_{part}"))


def _field(result: _Node, confidence: _Node, name: str) -> FieldReading:
    quad = None
    if result.has("text_location") and result.child("text_location").has(name):
        quad = result.child("text_location").quad(name)
    return FieldReading(name, result.text(name), confidence.probability(name), quad)


def _type_score(result: _Node) -> int | None:
    if not (result.has("score_info") and result.child("score_info").has(TYPE_SCORE_KEY)):
        return None
    return result.child("score_info").score(TYPE_SCORE_KEY)


def _alarm(result: _Node, name: str) -> Alarm:
    raised = result.flag(result_key(name))
    return Alarm(name, result.child("score_info").score(score_key(name)), raised)


def _is_point(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(one, int) and not isinstance(one, bool) and abs(one) <= _FURTHEST_PX for one in value)
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _contract_error(message: str) -> ContractError:
    return ContractError(message, advice="Check that the address is a Cambodian ID card OCR endpoint.")


def _wrong(path: str, wanted: str) -> NoReturn:
    raise _contract_error(f"In the answer, {path} is not {wanted}.")


__all__ = ["reading_from"]
