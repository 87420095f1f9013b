"""A plain folder of photos. A JSON file of the same name beside a photo is its truth; without one it is unlabelled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from khid_eval.datasets.check import Fault
from khid_eval.datasets.importers.collect import Incoming, left_out, photos_below
from khid_eval.datasets.store import Dataset, parse_line
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES


def read_folder(root: Path) -> Iterator[Incoming | Fault]:
    """A row a photo. Photos in one subfolder that is named after a card may share it: see `group_id` in the dataset."""
    for path in photos_below(root):
        name = path.relative_to(root).as_posix()
        side = path.with_suffix(".json")
        try:
            fields = _truth(side) if side.is_file() else {}
        except BadData as exc:
            yield left_out(side.relative_to(root).as_posix(), None, name, "left-out", exc.message)
            continue
        source = {"label_source": "sidecar"} if fields else {}
        yield Incoming(name, None, {"file_name": name, "fields": fields, **source}, path)


def _truth(path: Path) -> dict[str, Any]:
    """The 14 fields of an API answer ({"result": …}), a dataset row ({"fields": …}) or a flat object."""
    try:
        answer = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as exc:
        raise BadData("the JSON file beside the photo cannot be read.") from exc
    if isinstance(answer, dict):
        answer = answer.get("result") or answer.get("fields") or answer
    if not isinstance(answer, dict):
        raise BadData("the JSON file beside the photo is not an object.")
    return {name: answer[name] for name in FIELD_NAMES if name in answer}


def read_dataset(root: Path) -> Iterator[Incoming | Fault]:
    """The rows of a dataset that is in the format already; faulty lines are reported and left out."""
    dataset = Dataset(root)
    for line in dataset.raw_lines():
        try:
            sample = parse_line(line)
            yield Incoming(line.file, line.number, sample.to_json(), dataset.read(sample))
        except BadData as exc:
            yield left_out(line.file, line.number, "", "left-out", exc.message)
