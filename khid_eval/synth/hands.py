"""Fingers that hold a card."""

from __future__ import annotations

import cv2
import numpy as np

from khid_eval.records import FloatArray, RgbImage
from khid_eval.synth.paint import Colour, hsv, mixed


def skin_colour(rng: np.random.Generator) -> Colour:
    return hsv(rng.uniform(0.03, 0.09), rng.uniform(0.25, 0.6), rng.uniform(0.45, 0.95))


def fingers(
    rng: np.random.Generator,
    image: RgbImage,
    tip_at: tuple[float, float] | FloatArray,
    away: FloatArray,
    length_px: float,
) -> None:
    """A finger, or a hand's four, whose first tip is at a point and which goes `away` from it, in place."""
    skin = skin_colour(rng)
    away = away / max(1e-6, float(np.linalg.norm(away)))
    side = np.array([-away[1], away[0]])
    wide, angle = length_px * rng.uniform(0.055, 0.085), float(np.degrees(np.arctan2(away[1], away[0])))
    for place in range(int(rng.choice((1, 1, 4)))):
        tip = np.asarray(tip_at) + side * place * wide * 2.2 + away * wide * (1.0 + rng.uniform(0, 1.5))
        end = tip + away * length_px * 2.5 + side * rng.normal(0, wide)
        tint = mixed(skin, (60, 20, 10), rng.uniform(0, 0.15))
        for thick, colour in ((2.1, mixed(tint, (40, 15, 5), 0.35)), (1.8, tint)):
            ends = (round(tip[0]), round(tip[1])), (round(end[0]), round(end[1]))
            cv2.line(image, *ends, colour, max(2, round(wide * thick)), cv2.LINE_AA)
        nail = (float(tip[0] + away[0] * wide * 0.1), float(tip[1] + away[1] * wide * 0.1))
        cv2.ellipse(image, (nail, (wide * 1.1, wide * 0.8), angle), mixed(tint, (255, 235, 230), 0.4), -1, cv2.LINE_AA)


__all__ = ["fingers", "skin_colour"]
