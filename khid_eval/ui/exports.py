"""A reading as files to take away: JSON, CSV, annotated picture, redacted picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from khid_eval.card.checks import Check
from khid_eval.datasets.flat import guarded
from khid_eval.policy import Decision
from khid_eval.records import FIELD_NAMES, CardReading, RgbImage
from khid_eval.ui import card_view, photos

_COLOURS = {"accept": (20, 104, 61), "review": (180, 83, 9), "plain": (11, 107, 110), "unread": (91, 109, 112)}
_COLUMNS = ("field", "text", "confidence", "state", "cutoff", "checks_passed", "checks_failed")


def as_json(answer: Mapping[str, Any]) -> str:
    """The API's answer, indented, Khmer as it is; positions stay on one line."""
    return _indented(answer, "")


def _indented(value: Any, margin: str) -> str:
    deeper = margin + "  "
    if isinstance(value, Mapping) and value:
        lines = [
            f"{deeper}{json.dumps(key, ensure_ascii=False)}: {_indented(one, deeper)}" for key, one in value.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return "[\n" + ",\n".join(deeper + _indented(one, deeper) for one in value) + f"\n{margin}]"
    return json.dumps(value, ensure_ascii=False)


def shortened(value: Any) -> Any:
    """The same JSON with long texts (pictures in Base64) cut, for the screen."""
    if isinstance(value, Mapping):
        return {key: shortened(below) for key, below in value.items()}
    if isinstance(value, list):
        return [shortened(below) for below in value]
    return f"{value[:48]}… ({len(value):,} characters)" if isinstance(value, str) and len(value) > 400 else value


def hidden(value: Any, key: str = "") -> Any:
    """The same JSON with every text of the card and every picture covered; codes and figures stay."""
    if isinstance(value, Mapping):
        return {name: hidden(below, name) for name, below in value.items()}
    if isinstance(value, list):
        return [hidden(below, key) for below in value]
    keeps = key in ("error_code", "error_msg", "idcard_type") or not isinstance(value, str)
    return value if keeps or not value else card_view.MASKED_TEXT


def as_csv(reading: CardReading, checks: tuple[Check, ...], decision: Decision | None, *, masked: bool = False) -> str:
    """One row a field, with a byte order mark: without it Excel takes Khmer for something else."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for name in FIELD_NAMES:
        field = reading.get(name)
        if field is None:
            continue
        decided = decision.get(name) if decision else None
        cutoff = "" if decided is None or decided.cutoff is None else f"{decided.cutoff:.6f}"
        state = card_view.state_of(field, decided)
        text = card_view.MASKED_TEXT if masked and field.text else guarded(field.text)
        rows.writerow([name, text, f"{field.confidence:.6f}", state, cutoff, *_outcomes(name, checks)])
    return "\ufeff" + file.getvalue()


def _outcomes(name: str, checks: tuple[Check, ...]) -> tuple[str, str]:
    """The rules that passed, and those that failed."""
    mine = [one for one in checks if one.field == name]
    passed, failed = ([one.rule for one in mine if one.passed is outcome] for outcome in (True, False))
    return " ".join(passed), " ".join(failed)


def annotated(content: card_view.Content) -> RgbImage:
    """The picture with the quads drawn and numbered in the order of the fields; covered where masking is on."""
    if content.picture is None:
        raise ValueError("there is no picture to draw on")
    picture, reading = content.picture, content.reading
    image = photos.redacted(picture, reading) if content.masked else picture.image.copy()
    width = max(2, picture.width_px // 500)
    for number, name in enumerate(FIELD_NAMES, start=1):
        field = reading.get(name)
        quad = picture.quad(field.quad) if field else None
        if field and quad:
            decided = content.decision.get(name) if content.decision else None
            colour = _COLOURS[card_view.state_of(field, decided)]
            points = np.round(np.asarray(quad)).astype(np.int32)
            cv2.polylines(image, [points], True, colour, width, cv2.LINE_AA)
            _number(image, str(number), (int(points[0][0]), int(points[0][1])), colour, width)
    return image


def _number(image: RgbImage, text: str, corner: tuple[int, int], colour: tuple[int, int, int], width: int) -> None:
    scale = 0.25 + 0.12 * width
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    left, bottom = corner
    cv2.rectangle(image, (left, bottom - text_height - 6), (left + text_width + 6, bottom), colour, cv2.FILLED)
    at = (left + 3, bottom - 3)
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


__all__ = ["annotated", "as_csv", "as_json", "hidden", "shortened"]
