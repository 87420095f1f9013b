"""Test sets of the AWS Intelligent Document Processing accelerator: input/<photo>, baseline/<photo>/…/result.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from khid_eval.datasets.check import Fault
from khid_eval.datasets.importers.collect import Incoming, field_key, left_out, photos_below
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES


def read_aws(root: Path) -> Iterator[Incoming | Fault]:
    """A row for every photo in input/. The truth is `inference_result` of its baseline, or the whole object.

    Photos without a baseline and baselines without a photo are reported.
    """
    photos = {path.relative_to(root / "input").as_posix(): path for path in photos_below(root / "input")}
    for name, path in photos.items():
        baseline = find_baseline(root / "baseline" / name)
        if baseline is None:
            yield left_out(f"baseline/{name}", None, name, "no-baseline", "the photo has no result.json")
            continue
        place = baseline.relative_to(root).as_posix()
        try:
            yield Incoming(place, None, {"file_name": name, "label_source": "aws-baseline", **_truth(baseline)}, path)
        except BadData as exc:
            yield left_out(place, None, name, "left-out", exc.message)
    for baseline in sorted((root / "baseline").rglob("result.json")):
        name = baseline.relative_to(root / "baseline").as_posix()
        if not any(name.startswith(f"{photo}/") for photo in photos):
            yield left_out(f"baseline/{name}", None, "", "no-photo", "the baseline has no photo in input/")


def find_baseline(folder: Path) -> Path | None:
    """The result.json of a photo: right in its folder, or in the first of its sections."""
    direct = folder / "result.json"
    if direct.is_file():
        return direct
    return min((path for path in folder.glob("sections/*/result.json")), default=None, key=lambda path: path.parts)


def _truth(baseline: Path) -> dict[str, Any]:
    try:
        answer = json.loads(baseline.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as exc:
        raise BadData("result.json cannot be read as JSON.") from exc
    values = answer.get("inference_result", answer) if isinstance(answer, dict) else None
    if not isinstance(values, dict):
        raise BadData("result.json has no object of fields.")
    named = {field_key(str(key)): value for key, value in values.items()}
    fields = {name: _text(named[name]) for name in FIELD_NAMES if name in named}
    if not fields:
        raise BadData("result.json has none of the 14 fields.")
    return {"fields": fields, "idcard_type": named.get("idcard_type")}


def _text(value: Any) -> Any:
    """Numbers become texts: an ID number is one, and JSON writers drop the quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
