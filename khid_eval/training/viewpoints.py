"""From where a camera sees a card, and where on the photo it comes to lie."""

from __future__ import annotations

import math

import numpy as np

from khid_eval.engine.geometry import CARD_ASPECT, as_array, box_quad
from khid_eval.records import FloatArray


def seen_from_anywhere(rng: np.random.Generator) -> FloatArray:
    """(4, 2): a card of width 1 around the origin, from any side and turned to any angle."""
    return np.asarray(_seen_from(rng) @ _turn(_any_angle(rng)), dtype=np.float64)


def _seen_from(rng: np.random.Generator) -> FloatArray:
    """(4, 2): a card of width 1 around the origin as a camera sees it from some side, not yet turned."""
    tilt = math.radians(abs(rng.normal(0.0, 22.0))) if rng.random() < 0.7 else 0.0
    tilt = min(tilt, math.radians(58.0))
    axis, distance = rng.uniform(0.0, 2 * math.pi), rng.uniform(1.3, 4.0)
    flat = as_array(box_quad(-0.5, -0.5 / CARD_ASPECT, 0.5, 0.5 / CARD_ASPECT))
    turn = _turn(axis)
    leaned = flat @ turn
    depth = distance + leaned[:, 1] * math.sin(tilt)
    leaned[:, 1] *= math.cos(tilt)
    return np.asarray((leaned * (distance / depth)[:, None]) @ turn.T, dtype=np.float64)


def _turn(angle: float) -> FloatArray:
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def _any_angle(rng: np.random.Generator) -> float:
    if rng.random() < 0.5:
        return rng.uniform(0.0, 2 * math.pi)
    return int(rng.integers(4)) * math.pi / 2 + rng.normal(0.0, 0.08)


def placed(quad: FloatArray, width: int, height: int, rng: np.random.Generator) -> FloatArray:
    """Scaled and moved into the picture; now and then a part of it hangs out."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    fits = min(width / (high[0] - low[0]), height / (high[1] - low[1]))
    scale = fits * (rng.uniform(0.55, 1.0) if rng.random() < 0.7 else rng.uniform(0.25, 0.7))
    if rng.random() < 0.08:
        scale = fits * rng.uniform(1.0, 1.12)
    quad, low, high = quad * scale, low * scale, high * scale
    room = np.array([width, height]) - (high - low)
    slack = np.where(room > 0, room, 0.0)
    start = rng.uniform(0.0, 1.0, 2) * slack + np.minimum(room, 0.0) * rng.uniform(0.0, 1.0, 2)
    if rng.random() < 0.08:
        start += rng.normal(0.0, 0.07, 2) * (high - low)
    return np.asarray(quad - low + start, dtype=np.float64)


__all__ = ["placed", "seen_from_anywhere"]
