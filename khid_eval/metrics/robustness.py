"""How much conditions cost: corruption error against a named reference, and the area under accuracy over severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Errors = Mapping[str, Mapping[int, tuple[int, int]]]
"""condition -> severity (>= 1) -> (wrong, judged)."""


@dataclass(frozen=True, slots=True)
class CorruptionError:
    """One condition. error: mean error over its severities, in [0, 1].

    ratio: against the reference's error, NaN where that is 0. relative: the same of the errors above each run's own
    clean error.
    """

    condition: str
    error: float
    reference_error: float
    ratio: float
    relative: float
    judged: int


@dataclass(frozen=True, slots=True)
class MeanCorruptionError:
    """mce, relative_mce: mean over conditions; 1 is as the reference, less is better.

    reference: its name, without which the figures mean nothing. clean_error: of the run itself, undisturbed.
    """

    reference: str
    mce: float
    relative_mce: float
    clean_error: float
    conditions: tuple[CorruptionError, ...]


def mean_corruption_error(
    errors: Errors, clean: tuple[int, int], reference: str, reference_errors: Errors, reference_clean: tuple[int, int]
) -> MeanCorruptionError:
    """mCE over the conditions and severities that both runs have (Hendrycks and Dietterich 2019, section 4).

    clean: (wrong, judged) without any condition. Raises ValueError where the runs share no condition.
    """
    shared = [
        name for name in errors if name in reference_errors and errors[name].keys() & reference_errors[name].keys()
    ]
    if not shared:
        raise ValueError(f"no condition in common with the reference {reference}")
    own_clean, other_clean = _rate(clean), _rate(reference_clean)
    rows = tuple(_one(name, errors[name], reference_errors[name], own_clean, other_clean) for name in shared)
    ratios = np.array([[row.ratio, row.relative] for row in rows])
    mce, relative = (_mean_of_known(column) for column in ratios.T)
    return MeanCorruptionError(reference, mce, relative, own_clean, rows)


def _one(
    name: str,
    own: Mapping[int, tuple[int, int]],
    other: Mapping[int, tuple[int, int]],
    own_clean: float,
    other_clean: float,
) -> CorruptionError:
    severities = sorted(own.keys() & other.keys())
    error = float(np.mean([_rate(own[s]) for s in severities]))
    reference = float(np.mean([_rate(other[s]) for s in severities]))
    return CorruptionError(
        condition=name,
        error=error,
        reference_error=reference,
        ratio=_ratio(error, reference),
        relative=_ratio(error - own_clean, reference - other_clean),
        judged=sum(own[s][1] for s in severities),
    )


def _rate(counts: tuple[int, int]) -> float:
    return counts[0] / counts[1] if counts[1] else float("nan")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")


def _mean_of_known(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def area_under_severity(severity: ArrayLike, accuracy: ArrayLike) -> float:
    """Mean accuracy over severity (trapezoid, divided by the range), in [0, 1]; one point is its own mean.

    severity: (k,) strictly rising; accuracy: (k,). Needs no reference, so it compares across papers.
    """
    x, y = np.asarray(severity, np.float64), np.asarray(accuracy, np.float64)
    if x.shape != y.shape or x.ndim != 1 or not x.size or np.any(np.diff(x) <= 0.0):
        raise ValueError("severity must strictly rise and match accuracy")
    return float(np.trapezoid(y, x) / (x[-1] - x[0])) if x.size > 1 else float(y[0])


__all__ = ["CorruptionError", "Errors", "MeanCorruptionError", "area_under_severity", "mean_corruption_error"]
