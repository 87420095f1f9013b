"""A finished run made of numbers: confidences and errors under a known law, without reading a photo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from khid_eval.records import FIELD_NAMES
from khid_eval.runs import Counts, RunInfo, State, Store
from khid_eval.runs.schema import FIELDS, IMAGES, KHMER_FIELDS

LIGHTINGS = ("normal", "dark")


def make_run(
    folder: Path,
    cards: int,
    *,
    photos_a_card: int = 1,
    seed: int = 0,
    hard: float = 1.0,
    lightings: tuple[str, str] = LIGHTINGS,
) -> Path:
    """Photos in the second light are read worse. hard: multiplies the chance of error."""
    n = cards * photos_a_card
    rng = np.random.default_rng(seed)
    quality = rng.beta(12.0, 1.0, (n, 1))
    confidence = np.clip(quality ** np.linspace(0.3, 1.0, 14) - rng.exponential(0.01, (n, 14)), 0.0, 1.0).round(4)
    dark = rng.random(n) < 0.3
    chance = np.clip(hard * 0.25 * (1.0 - confidence) ** 1.5 * np.where(dark, 2.0, 1.0)[:, None], 0.0, 1.0)
    wrong = rng.random((n, 14)) < chance
    silent = confidence < 0.4
    store = Store(str(folder))
    light = np.array(lightings)[dark.astype(int)]
    store.write_table("images", "part-0.parquet", _images(n, photos_a_card, light, wrong | silent, confidence))
    store.write_table("fields", "part-0.parquet", _fields(n, confidence, wrong, silent))
    now = datetime.now(UTC).isoformat()
    store.save(
        RunInfo(
            id=folder.name,
            state=State.FINISHED,
            created=now,
            dataset={"path": "", "name": "generated cards", "photos": n},
            target={"kind": "generated", "label": "a law with known errors"},
            options={},
            work="0" * 32,
            executor={},
            versions={},
            counts=Counts(planned=n, read=n, calls=n),
            parts=("part-0.parquet",),
            updated=now,
        )
    )
    return folder


def leave_unfinished(folder: Path, planned: int) -> Path:
    """As if it had been cancelled after the photos that it has, of so many."""
    store = Store(str(folder))
    info = store.load()
    counts = replace(info.counts, planned=planned)
    store.save(replace(info, state=State.CANCELLED, counts=counts))
    return folder


def _images(n: int, photos_a_card: int, light: np.ndarray, failed: np.ndarray, confidence: np.ndarray) -> pa.Table:
    khmer = [FIELD_NAMES.index(name) for name in KHMER_FIELDS]
    values: dict[str, object] = {
        "seq": np.arange(n),
        "key": [f"{i:032x}" for i in range(n)],
        "file_name": [f"{i:07d}.jpg" for i in range(n)],
        "group_id": [f"card {i // photos_a_card}" for i in range(n)],
        "lighting": light,
        "attempts": np.ones(n, np.int16),
        "latency_s": np.full(n, 0.2),
        "judged": np.full(n, 14, np.int8),
        **{name: np.zeros(n, np.int8) for name in ("missed", "invented", "absent")},
        "confidence_sum": confidence.sum(axis=1),
        "char_edits": failed.sum(axis=1),
        "char_length": np.full(n, 14),
        "khmer_edits": failed[:, khmer].sum(axis=1),
        "khmer_length": np.full(n, len(khmer)),
        **{f"right_{level}": ~failed.any(axis=1) for level in ("raw", "canonical", "semantic")},
        **{f"exact_{level}": (~failed).sum(axis=1).astype(np.int8) for level in ("raw", "canonical", "semantic")},
    }
    columns = {
        one.name: pa.array(values[one.name]).cast(one.type) if one.name in values else pa.nulls(n, one.type)
        for one in IMAGES
    }
    return pa.table(columns, schema=IMAGES)


def _fields(n: int, confidence: np.ndarray, wrong: np.ndarray, silent: np.ndarray) -> pa.Table:
    outcome = np.where(silent, "miss", np.where(wrong, "wrong", "exact")).ravel()
    values: dict[str, object] = {
        "seq": np.repeat(np.arange(n), 14),
        "field": np.tile(np.array(FIELD_NAMES), n),
        "truth": np.full(n * 14, "A"),
        "text": np.where(silent, "", np.where(wrong, "B", "A")).ravel(),
        "confidence": confidence.ravel(),
        **{level: outcome for level in ("raw", "canonical", "semantic")},
        **{name: np.ones(n * 14, np.int32) for name in ("char_length", "cluster_length")},
        **{name: (outcome != "exact").astype(np.int32) for name in ("char_edits", "cluster_edits")},
    }
    columns = {
        one.name: pa.array(values[one.name]).cast(one.type) if one.name in values else pa.nulls(n * 14, one.type)
        for one in FIELDS
    }
    return pa.table(columns, schema=FIELDS)
