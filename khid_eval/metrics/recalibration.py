"""Maps from a reader's confidence to a truer one; adopted only where they help on cards they were not fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special

from khid_eval.metrics.split import Cards, TuneCards, fit_and_judge
from khid_eval.metrics.tally import Tally, tally
from khid_eval.records import BoolArray, FloatArray

Kind = Literal["isotonic", "beta", "temperature"]
KINDS: tuple[Kind, ...] = ("temperature", "beta", "isotonic")
_EDGE = 1e-9
_FLOOR = 1e-4
_MOST_KNOTS = 60
_TAIL = 0.1
_LOG_TEMPERATURES = (float(np.log(0.5)), float(np.log(30.0)))
_DISTINCT_DECIMALS = 9
_DISTINCT_SHARE = 0.9
_PULL = 1e-3
_NEWTON_STEPS = 50
_Z = 1.96
_FEWEST_OF_A_KIND = 5
"""Right and wrong readings each, among those that judge. With fewer, the interval of the gain is no interval: where all
are right, every map that raises confidence looks certain to help."""


@dataclass(frozen=True, slots=True)
class Map:
    """A monotone map. values: as khid_eval.policy.Recalibration takes them."""

    kind: Kind
    values: tuple[float, ...]

    def __call__(self, confidence: FloatArray) -> FloatArray:
        """(n,) confidences in [0, 1] -> (n,) in [0, 1]; 0 stays 0, because 0 means "not read"."""
        inside = np.clip(confidence, _EDGE, 1.0 - _EDGE)
        if self.kind == "isotonic":
            mapped = np.interp(confidence, self.values[0::2], self.values[1::2])
        elif self.kind == "temperature":
            mapped = special.expit(special.logit(inside) / self.values[0])
        else:
            a, b, m = self.values
            mapped = special.expit(a * np.log(inside) - b * np.log1p(-inside) + m)
        return np.where(confidence > 0.0, mapped, 0.0)


def fit(kind: Kind, counted: Tally) -> Map:
    """Fit one map by least log loss (isotonic: least squares). Raises ValueError without a reading.

    Sources: isotonic: Zadrozny and Elkan 2002; beta: Kull, Silva Filho and Flach 2017; temperature: Guo et al. 2017.
    """
    if not counted.n:
        raise ValueError("nothing to fit on")
    return {"isotonic": _isotonic, "beta": _beta, "temperature": _temperature}[kind](counted)


def _isotonic(counted: Tally) -> Map:
    """Centred isotonic regression (Oron and Flournoy 2017): straight lines between the middles of the levels.

    Plain isotonic regression is flat within a level, and a cut-off could no longer tell those readings apart.
    """
    x, weight = counted.confidence[::-1], counted.count[::-1].astype(np.float64)
    levels = np.asarray(optimize.isotonic_regression(counted.right[::-1] / weight, weights=weight).x)
    starts = np.flatnonzero(np.diff(levels, prepend=-1.0) > 0.0)
    middles = np.add.reduceat(x * weight, starts) / np.add.reduceat(weight, starts)
    heights = np.clip(levels[starts], _FLOOR, 1.0 - _FLOOR)
    if middles.size > _MOST_KNOTS:
        chosen = np.unique(np.linspace(0, middles.size - 1, _MOST_KNOTS).round().astype(int))
        middles, heights = middles[chosen], heights[chosen]
    below, above = (1.0 - _TAIL) * heights[0], heights[-1] + _TAIL * (1.0 - heights[-1])  # the ends rise a little too
    knots = dict(zip(middles.tolist(), heights.tolist(), strict=True)) | {0.0: float(below), 1.0: float(above)}
    return Map("isotonic", tuple(value for pair in sorted(knots.items()) for value in pair))


def _temperature(counted: Tally) -> Map:
    logit = special.logit(np.clip(counted.confidence, _EDGE, 1.0 - _EDGE))

    def loss(log_t: float) -> float:
        return _log_loss(logit / np.exp(log_t), counted)

    found = optimize.minimize_scalar(loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return Map("temperature", (float(np.exp(found.x)),))


def _beta(counted: Tally) -> Map:
    """Logistic regression on ln c and -ln(1 - c); a slope that would fall is fixed at 0, as its authors do."""
    inside = np.clip(counted.confidence, _EDGE, 1.0 - _EDGE)
    features = np.stack([np.log(inside), -np.log1p(-inside), np.ones_like(inside)], axis=1)
    for used in ([0, 1, 2], [0, 2], [1, 2], [2]):
        values = np.zeros(3)
        values[used] = _logistic(features[:, used], counted)
        if values[0] >= 0.0 and values[1] >= 0.0:
            break
    return Map("beta", tuple(float(value) for value in values))


def _logistic(features: FloatArray, counted: Tally) -> FloatArray:
    """Newton's method with a slight pull to 0, which keeps one class alone finite; steps are halved until they help."""
    right, count = counted.right.astype(np.float64), counted.count.astype(np.float64)
    weights = np.zeros(features.shape[1])

    def loss(at: FloatArray) -> float:
        return _log_loss(features @ at, counted) * counted.n + _PULL * float(at @ at) / 2.0

    now = loss(weights)
    for _ in range(_NEWTON_STEPS):
        chance = special.expit(features @ weights)
        slope = features.T @ (right - count * chance) - _PULL * weights
        curve = (features * (count * chance * (1.0 - chance))[:, None]).T @ features + _PULL * np.eye(weights.size)
        step = np.linalg.solve(curve, slope)
        while loss(weights + step) > now and np.abs(step).max() > _EDGE:
            step = step / 2.0
        weights, before, now = weights + step, now, loss(weights + step)
        if abs(before - now) <= _EDGE * (1.0 + abs(now)):
            break
    return weights


def _log_loss(score: FloatArray, counted: Tally) -> float:
    """Mean log loss of sigmoid(score), without overflow."""
    rights, wrongs = counted.right.astype(np.float64), counted.wrong.astype(np.float64)
    return float((rights * np.logaddexp(0.0, -score) + wrongs * np.logaddexp(0.0, score)).sum() / counted.n)


@dataclass(frozen=True, slots=True)
class Trial:
    """One map, judged on cards it was not fitted to.

    gain: mean log loss before less after, on the judging cards (one photo each), with its 95 % interval; above 0 is
    better. keeps_order: readings that differed in confidence still do; a map that squeezes them together takes the
    choice of cut-offs away. wrong: of the judging cards. helps: the whole interval is above 0, the order is kept, and
    there were enough right and wrong readings to tell.
    """

    map: Map
    gain: float
    low: float
    high: float
    cards: int
    wrong: int
    keeps_order: bool

    @property
    def helps(self) -> bool:
        enough = min(self.wrong, self.cards - self.wrong) >= _FEWEST_OF_A_KIND
        return enough and self.keeps_order and self.low > 0.0


def try_maps(tune: TuneCards, field: str) -> list[Trial]:
    """Fit each kind on one part of the tuning groups and judge it on the other; empty where either part lacks readings.

    The certifying side is never touched, so certificates stay valid after recalibration.
    """
    fitting, judging = fit_and_judge(tune)
    learnt = _read(fitting, field)
    if not learnt.n or not _read(judging, field).n:
        return []
    return [_judge(fit(kind, learnt), judging, field) for kind in KINDS]


def best_map(trials: list[Trial]) -> Trial | None:
    """The map that gains most among those that help; None leaves confidences as they are."""
    helping = [trial for trial in trials if trial.helps]
    return max(helping, key=lambda trial: trial.gain, default=None)


def _read(cards: Cards, field: str) -> Tally:
    column = cards.column(field)
    read = cards.confidence[:, column] > 0.0
    return tally(cards.confidence[read, column], cards.right[read, column])


def _judge(candidate: Map, judging: Cards, field: str) -> Trial:
    column = judging.column(field)
    read = judging.confidence[:, column] > 0.0
    confidence, right = judging.confidence[read, column], judging.right[read, column]
    mapped = candidate(confidence)
    gain = _row_loss(confidence, right) - _row_loss(mapped, right)
    kept = np.unique(mapped.round(_DISTINCT_DECIMALS)).size >= _DISTINCT_SHARE * np.unique(confidence).size
    mean = float(gain.mean())
    half = _Z * float(gain.std(ddof=1)) / np.sqrt(gain.size) if gain.size > 1 else float("inf")
    wrong = int(gain.size - right.sum())
    return Trial(candidate, mean, mean - half, mean + half, int(gain.size), wrong, bool(kept))


def _row_loss(confidence: FloatArray, right: BoolArray) -> FloatArray:
    inside = np.clip(confidence, _FLOOR, 1.0 - _FLOOR)
    return -np.where(right, np.log(inside), np.log1p(-inside))


def recalibrated(cards: Cards, maps: dict[str, Map]) -> Cards:
    """The cards with their confidences mapped; fields without a map stay as they are."""
    columns = [
        maps[name](cards.confidence[:, i]) if name in maps else cards.confidence[:, i]
        for i, name in enumerate(cards.fields)
    ]
    return cards.with_confidence(np.stack(columns, axis=1))


__all__ = ["KINDS", "Kind", "Map", "Trial", "best_map", "fit", "recalibrated", "try_maps"]
