"""Label Studio's JSON export (full tasks, and the short form "JSON-MIN").

A text area or a label named as one of the 14 fields holds its truth. Choices named split, group_id, idcard_type, or as
a key of `condition`, are taken too; a choice list named `absent` holds the fields that are not on the card. Polygons
of four points or rectangles labelled `card` and `portrait` become the quads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from khid_eval.datasets import schema
from khid_eval.datasets.check import Fault
from khid_eval.datasets.importers.collect import Incoming, PhotoFinder, field_key, left_out
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES

_QUADS = {
    "card": "card_quad",
    "card_quad": "card_quad",
    "portrait": "portrait_location",
    "portrait_location": "portrait_location",
}
_ROW_KEYS = ("split", "group_id", "idcard_type", "label_version")
_NUMBERS = ("rotation_deg", "severity")


def read_label_studio(path: Path, photos: Path) -> Iterator[Incoming | Fault]:
    """A row a task; of several annotations the ground truth counts, else the last. photos: their folder.

    Raises BadData when the file is not a list of tasks.
    """
    finder = PhotoFinder(photos)
    for number, task in enumerate(_tasks(path), start=1):
        name = ""
        try:
            if not isinstance(task, dict):
                raise BadData("the task is not an object.")
            data = task.get("data", task)
            name = _photo_name(data if isinstance(data, dict) else {})
            photo = finder.find(name)
            row = _row(task) if "data" in task else _short_row(task)
        except BadData as exc:
            yield left_out(f"{path.name} task", number, name, "left-out", exc.message)
            continue
        head = {"file_name": finder.name_of(photo), "label_source": "label-studio"}
        yield Incoming(f"{path.name} task", number, head | row, photo)


def _tasks(path: Path) -> list[Any]:
    try:
        tasks = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as exc:
        raise BadData(f"{path.name} cannot be read as JSON.") from exc
    if not isinstance(tasks, list):
        raise BadData(f"{path.name} is not a list of tasks.", advice="Export as JSON from Label Studio.")
    return tasks


def _photo_name(data: Mapping[str, Any]) -> str:
    """The path in the first value that looks like a photo: an upload, a local file (?d=…) or a storage URL."""
    for value in data.values():
        if not isinstance(value, str):
            continue
        parts = urlsplit(value)
        name = parse_qs(parts.query).get("d", [unquote(parts.path)])[0].lstrip("/")
        if name.lower().endswith(schema.PHOTO_ENDINGS):
            return name
    raise BadData("the task names no photo.")


def _row(task: Mapping[str, Any]) -> dict[str, Any]:
    annotations = [one for one in task.get("annotations") or [] if isinstance(one, dict)]
    annotations = [one for one in annotations if not one.get("was_cancelled") and one.get("result")]
    if not annotations:
        raise BadData("the task has no annotation.")
    best = max(enumerate(annotations), key=lambda pair: (bool(pair[1].get("ground_truth")), pair[0]))[1]
    results = [one for one in best["result"] if isinstance(one, dict) and isinstance(one.get("value"), dict)]
    row: dict[str, Any] = {"fields": {}, "condition": {}}
    labels = {one.get("id"): label for one in results if (label := _label(one))}
    for one in results:
        _take(row, one, labels.get(one.get("id")))
    return row


def _label(result: Mapping[str, Any]) -> str | None:
    """The label of a region, whatever its shape: the value under the key that ends in "labels"."""
    value = result["value"]
    names = next((value[key] for key in value if key.endswith("labels")), None)
    return field_key(str(names[0])) if isinstance(names, list) and names else None


def _take(row: dict[str, Any], result: Mapping[str, Any], label: str | None) -> None:
    value = result["value"]
    name = field_key(str(result.get("from_name", "")))
    if "text" in value:
        target = name if name in FIELD_NAMES else label
        _set(row, target or name, _joined(value["text"]))
    elif "choices" in value:
        _choose(row, name, [str(choice) for choice in value["choices"]])
    elif "number" in value:
        _set(row, name, value["number"])
    elif label in _QUADS and (quad := _quad(result)):
        row[_QUADS[label]] = quad


def _joined(text: Any) -> str:
    return " ".join(map(str, text)) if isinstance(text, list) else str(text)


def _choose(row: dict[str, Any], name: str, choices: list[str]) -> None:
    if name == "absent":
        row["fields"] |= {key: None for choice in choices if (key := field_key(choice)) in FIELD_NAMES}
    elif choices:
        _set(row, name, choices[0])


def _set(row: dict[str, Any], name: str, value: Any) -> None:
    if name in FIELD_NAMES:
        row["fields"][name] = value
    elif name in _ROW_KEYS:
        row[name] = value
    elif name in schema.CONDITION_KEYS:
        row["condition"][name] = _number(value) if name in _NUMBERS else value


def _number(value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    return int(number) if number.is_integer() else number


def _short_row(task: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"fields": {}, "condition": {}}
    for key, value in task.items():
        if isinstance(value, str | int | float):
            _set(row, field_key(key), value)
    if not row["fields"]:
        raise BadData("the task has none of the 14 fields.")
    return row


def _quad(result: Mapping[str, Any]) -> list[list[float]] | None:
    """Four corners in pixels; None where the shape has another number of them. Label Studio counts in percent."""
    value = result["value"]
    try:
        width, height = float(result["original_width"]) / 100, float(result["original_height"]) / 100
        if "points" in value:
            points = [[float(x) * width, float(y) * height] for x, y in value["points"]]
        else:
            points = _rectangle(value, width, height)
    except (KeyError, TypeError, ValueError):
        return None
    if len(points) != 4:
        return None
    # Drawn against the clock: the first corner stays the first.
    clockwise = not any(one.code == "quad-order" for one in schema.quad_problems("quad", points))
    return points if clockwise else [points[0], *reversed(points[1:])]


def _rectangle(value: Mapping[str, Any], width: float, height: float) -> list[list[float]]:
    """A rectangle that is turned clockwise about its upper left corner."""
    x, y = float(value["x"]) * width, float(value["y"]) * height
    across, down = float(value["width"]) * width, float(value["height"]) * height
    turn = math.radians(float(value.get("rotation") or 0.0))
    cos, sin = math.cos(turn), math.sin(turn)
    corners = ((0.0, 0.0), (across, 0.0), (across, down), (0.0, down))
    return [[x + u * cos - v * sin, y + u * sin + v * cos] for u, v in corners]
