"""Quality alarms and card type of a located card. Scores run from 0 to 99; above 50 the alarm is raised."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval.engine.geometry import as_array, card_width_px
from khid_eval.engine.onnx_model import Float32Array
from khid_eval.engine.rectify import RectifiedCard, rectify
from khid_eval.engine.rows import CardLayout
from khid_eval.records import ALARM_NAMES, Alarm, FloatArray, Quad, RgbImage

_WIDTH_PX = 640
NET_WIDTH_PX, NET_HEIGHT_PX = 640, 400
NET_LABELS = ("blocking", "blur", "glare", "tampering", "reproduce")


@dataclass(frozen=True, slots=True)
class Quality:
    """alarms: one a name of ALARM_NAMES, in that order. idcard_type: "normal" or "copy".

    type_score: 0..99, above 50 is a copy. type_confidence: P(idcard_type is right), in [0, 1].
    """

    alarms: tuple[Alarm, ...]
    idcard_type: str
    type_confidence: float
    type_score: int


def judge(image: RgbImage, quad: Quad, layout: CardLayout) -> Quality:
    """image: the photo. quad: the card on it. layout: what was found on the card."""
    card = rectify(image, quad, width_px=_WIDTH_PX)
    scores = {
        "border_integrity": border_score(quad, image.shape),
        "blocking_within_border": 8.0 * max(0, 11 - len(layout.rows)),
        "blur": blur_score(card),
        "glare": glare_score(card),
        "tampering": 0.0,
        "reproduce": 0.0,
    }
    copied = copy_score(card)
    alarms = tuple(_alarm(name, scores[name]) for name in ALARM_NAMES)
    kind = "copy" if copied > 50 else "normal"
    return Quality(alarms, kind, float(0.5 + abs(copied - 50.0) / 100.0), round(copied))


def _alarm(name: str, score: float) -> Alarm:
    whole = int(np.clip(round(score), 0, 99))
    return Alarm(name, whole, whole > 50)


def border_score(quad: Quad, shape: tuple[int, ...]) -> float:
    """How far the card reaches out of the photo; 1.5 % of its width stands at 50."""
    points = as_array(quad)
    beyond = np.maximum(np.maximum(-points, points - np.array([shape[1], shape[0]])), 0.0).max()
    return float(min(99.0, 50.0 * beyond / (0.015 * card_width_px(quad))))


def blur_score(card: RectifiedCard) -> float:
    """Width of the sharpest edges, as a share of the card's width; two thousandths stand at 50.

    A photo with few pixels counts as blurred too: the detail is missing, whatever took it.
    """
    grey = cv2.GaussianBlur(card.grey(), (0, 0), 0.6).astype(np.float32)
    low, high = np.quantile(grey, [0.02, 0.98])
    steps = np.abs(grey[:, 2:] - grey[:, :-2]) / 2.0
    steepest = float(np.quantile(steps, 0.995)) / max(float(high - low), 1.0)
    width = 1.0 / max(steepest, 1e-3)
    return float(np.clip(50.0 * (width / card.width_px - 0.0035) / 0.004 + 25.0, 0.0, 99.0))


def glare_score(card: RectifiedCard) -> float:
    """Share of the card that is burnt out in one piece; half a percent stands at 50."""
    colour = card.image if card.image.ndim == 3 else np.repeat(card.image[..., None], 3, axis=2)
    burnt = (colour.min(axis=2) >= 252).astype(np.uint8)
    burnt = cv2.morphologyEx(burnt, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(burnt)
    largest = float(stats[1:, cv2.CC_STAT_AREA].max()) / burnt.size if count > 1 else 0.0
    return float(min(99.0, 50.0 * largest / 0.005))


def copy_score(card: RectifiedCard) -> float:
    """How colourless the card is once a cast over all of it is taken out."""
    colour = np.asarray(card.image, dtype=np.float32)
    spread: FloatArray = np.asarray([(colour[..., 0] - colour[..., 1]).std(), (colour[..., 2] - colour[..., 1]).std()])
    return float(np.clip(99.0 - 16.0 * spread.max(), 0.0, 99.0))


def net_input(flat: RgbImage) -> Float32Array:
    """(400, 640, 3) uint8 -> (3, 400, 640) float32 in [-0.5, 0.5]: brightness and colour stay what they are."""
    return np.ascontiguousarray(flat.transpose(2, 0, 1).astype(np.float32) / 255.0 - 0.5)
