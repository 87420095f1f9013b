"""Fits models/confidence.json: P(a field is right) from the evidence that the engine had.

`python -m khid_eval.training.evidence DATASET EVIDENCE.jsonl`, then
`python -m khid_eval.training.confidence EVIDENCE.jsonl --out khid_eval/models/confidence.json`.
Half of the cards fit, the other half judge; the weights that ship are fitted on the fitting half alone, so that the
figures printed belong to them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from khid_eval.engine.confidence import EMPTY, FEATURES, dump
from khid_eval.records import BoolArray, FloatArray
from khid_eval.training.evidence import is_right

_PENALTY = 1.0
_FEWEST = 40  # rows and wrong rows below which a field shares the weights of all fields


@dataclass(frozen=True, slots=True)
class Evidence:
    """features: (n, k); right: (n,) bool; fits: (n,) bool, rows of cards that fit."""

    features: FloatArray
    right: BoolArray
    fits: BoolArray


def read_evidence(paths: Iterable[Path]) -> dict[str, Evidence]:
    """Field -> its rows. Photos that were refused and fields that came out empty have no confidence to fit."""
    rows: dict[str, list[tuple[list[float], bool, bool]]] = defaultdict(list)
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            _collect(json.loads(line), rows)
    return {
        name: Evidence(
            np.array([one[0] for one in found]),
            np.array([one[1] for one in found]),
            np.array([one[2] for one in found]),
        )
        for name, found in rows.items()
    }


def _collect(row: Mapping[str, Any], rows: dict[str, list[tuple[list[float], bool, bool]]]) -> None:
    fits = hashlib.sha256(row["group"].encode()).digest()[0] < 128
    for name, one in row.get("fields", {}).items():
        if one["text"] and "error" not in row:
            rows[name].append((one["features"], is_right(one), fits))


def fit(features: FloatArray, right: BoolArray, start: FloatArray, penalty: float = _PENALTY) -> FloatArray:
    """Logistic regression pulled towards `start` (ridge): maximum a posteriori weights, (k,)."""

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        logits = np.clip(features @ weights, -30, 30)
        chance = 1.0 / (1.0 + np.exp(-logits))
        log_loss = -np.where(right, np.log(chance + 1e-12), np.log(1 - chance + 1e-12)).sum()
        away = weights - start
        slope = features.T @ (chance - right) + 2 * penalty * away
        return float(log_loss + penalty * away @ away), slope

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x, dtype=np.float64)


def fit_all(evidence: Mapping[str, Evidence]) -> dict[str, FloatArray]:
    """Weights of every field: those of all fields together, bent to each field as far as its own rows say."""
    every = [one for one in evidence.values()]
    pooled = fit(
        np.concatenate([one.features[one.fits] for one in every]),
        np.concatenate([one.right[one.fits] for one in every]),
        np.zeros(len(FEATURES)),
    )
    weights = {}
    for name, one in evidence.items():
        enough = one.fits.sum() >= _FEWEST
        weights[name] = fit(one.features[one.fits], one.right[one.fits], pooled, 4.0) if enough else pooled
    return weights


def expected_calibration_error(confidence: FloatArray, right: BoolArray, bins: int = 15) -> float:
    """Equal-mass bins; the share-weighted mean of |accuracy - confidence|."""
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    gaps = [abs(right[part].mean() - confidence[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(gaps) / len(order))


def judged(evidence: Mapping[str, Evidence], weights: Mapping[str, FloatArray]) -> str:
    """Accuracy, mean confidence, ECE and coverage at 1 % error on the cards that did not fit, field by field."""
    lines, confidences, rights = [], [], []
    for name, one in evidence.items():
        held = ~one.fits
        if not held.any():
            continue
        chance = 1 / (1 + np.exp(-np.clip(one.features[held] @ weights[name], -30, 30)))
        confidences.append(chance)
        rights.append(one.right[held])
        lines.append(_line(name, chance, one.right[held]))
    return "\n".join([*lines, _line("all", np.concatenate(confidences), np.concatenate(rights))])


def _line(name: str, chance: FloatArray, right: BoolArray) -> str:
    order = np.argsort(-chance, kind="stable")
    risk = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    safe = np.flatnonzero(risk <= 0.01)
    coverage = (safe[-1] + 1) / len(order) if safe.size else 0.0
    sure_wrong = int((~right & (chance > 0.95)).sum())
    error = expected_calibration_error(chance, right)
    return (
        f"{name:<15} n {len(right):5d}  right {right.mean():.4f}  confidence {chance.mean():.4f}  "
        f"ECE {error:.4f}  coverage at 1 % {coverage:.3f}  wrong above .95: {sure_wrong}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evidence", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    evidence = read_evidence(args.evidence)
    weights = fit_all(evidence)
    dump(weights, args.out)
    sys.stdout.write(judged(evidence, weights) + f"\nan empty field has {EMPTY}\n")


if __name__ == "__main__":
    main()
