"""The engine read over a labelled set, with all it knew about each field: what confidence is fitted and judged on.

`python -m khid_eval.training.evidence DATASET OUT.jsonl` writes one row a photo and prints accuracy by field, condition
and stage. Runs of the product measure any reader; this looks inside the engine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from khid_eval.datasets import Dataset, Sample
from khid_eval.engine import confidence
from khid_eval.engine.geometry import as_array, card_width_px
from khid_eval.engine.reader import EngineReader, SeenCard, Stopwatch
from khid_eval.errors import KhidError
from khid_eval.metrics.fields import Outcome, score_field
from khid_eval.records import Quad

Row = dict[str, Any]
_GOOD = (Outcome.EXACT, Outcome.ABSENT)


@cache
def _reader() -> EngineReader:
    return EngineReader(threads=1)


def evidence_row(root: str, sample: Sample) -> Row:
    """One photo read. An error is a row with its code; a field has truth, text, outcome, confidence and features."""
    condition = sample.condition
    row: Row = {
        "file": sample.file_name,
        "group": sample.group_id,
        "condition": condition.name or "clean",
        "severity": condition.severity or 0,
    }
    watch = Stopwatch()
    try:
        seen = _reader().see(Dataset(root).read(sample), watch)
        with watch("parse"):
            found = _reader().fields_of(seen)
    except KhidError as exc:
        return row | {"error": exc.code or type(exc).__name__}
    row |= {"seconds": watch.seconds, "corner_error": _corner_error(sample, seen), "evidence": found.evidence}
    row["lines"] = [line.text for line in seen.lines]
    if not found.is_card:
        row["error"] = "AIS.0104"
    fields = {}
    for one in found.fields:
        if one.name in sample.fields:
            truth = sample.fields[one.name]
            fields[one.name] = {
                "truth": truth,
                "text": one.guess.text,
                "outcome": str(score_field(one.name, truth, one.guess.text).canonical),
                "confidence": one.confidence,
                "features": confidence.features(one.guess, found.around).tolist(),
            }
    return row | {"fields": fields}


def _corner_error(sample: Sample, seen: SeenCard) -> float | None:
    """Largest distance of a corner from its truth, as a share of the card's width."""
    truth: Quad | None = sample.card_quad
    if truth is None:
        return None
    found = as_array(seen.photo.quad_to_sent(seen.located.quad))
    return float(np.linalg.norm(found - as_array(truth), axis=1).max() / card_width_px(truth))


def evidence_rows(root: str, workers: int) -> Iterator[Row]:
    """A row a photo that has truth, in the order of the dataset."""
    samples = [sample for sample in Dataset(root) if sample.fields]
    if workers == 1:
        yield from (evidence_row(root, sample) for sample in samples)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(evidence_row, [root] * len(samples), samples, chunksize=8)


def is_right(field: Mapping[str, Any]) -> bool:
    return field["outcome"] in _GOOD


def summary(rows: Iterable[Row]) -> str:
    """Accuracy by field and by condition, refusals, corners and seconds, as text."""
    fields: dict[str, list[bool]] = defaultdict(list)
    conditions: dict[str, list[bool]] = defaultdict(list)
    errors: Counter[str] = Counter()
    whole, seconds, corners = [], defaultdict(list), []
    for row in rows:
        right = {name: is_right(one) for name, one in row.get("fields", {}).items()}
        if "error" in row:
            errors[row["error"]] += 1
            right = dict.fromkeys(right, False)
        whole.append(bool(right) and all(right.values()))
        for name, good in right.items():
            fields[name].append(good)
        conditions[f"{row['condition']} {row['severity']}"] += list(right.values()) or [False] * 14
        corners += [row["corner_error"]] if row.get("corner_error") is not None else []
        for stage, spent in row.get("seconds", {}).items():
            seconds[stage].append(spent)
    lines = [f"photos {len(whole)}, wholly right {np.mean(whole):.3f}, errors {dict(errors)}"]
    if corners:
        lines.append(
            f"corner error: median {np.median(corners):.4f}, over 1 %: {np.mean(np.array(corners) > 0.01):.3f}"
        )
    lines += _table("field", fields) + _table("condition", conditions)
    lines += [f"  {stage:<12}{1000 * np.median(spent):8.1f} ms" for stage, spent in seconds.items()]
    return "\n".join(lines)


def _table(title: str, groups: Mapping[str, list[bool]]) -> list[str]:
    every = [one for values in groups.values() for one in values]
    rows = [f"  {name:<28}{np.mean(values):.3f}  n {len(values)}" for name, values in sorted(groups.items())]
    return [f"{title}: all {np.mean(every):.4f}" if every else title, *rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    rows = []
    with args.out.open("w", encoding="utf-8") as out:
        for row in evidence_rows(args.dataset, args.workers):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            rows.append(row)
    sys.stdout.write(summary(rows) + "\n")


if __name__ == "__main__":
    main()
