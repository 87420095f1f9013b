"""Quality alarms and card type of a located card. Scores run from 0 to 99; above 50 the alarm is raised.

Border integrity is geometry. The card's type is told by colour: on a black-and-white copy red and blue follow green,
whatever lamp lit it. The others come from a small net that looks at the flat card in colour. It knows only drawn
faults: fingers, lamps mirrored in the card, the grid and cast of a screen, blur. It cannot know colour copies or a
screen without visible grid. Exchanged portraits have a net of their own, see portrait.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from khid_eval.engine.geometry import CARD_ASPECT, as_array, card_width_px
from khid_eval.engine.onnx_model import Float32Array, OnnxModel, packaged
from khid_eval.engine.portrait import exchange_score
from khid_eval.engine.rectify import rectify
from khid_eval.records import ALARM_NAMES, Alarm, FloatArray, Quad, RgbImage

NET_WIDTH_PX, NET_HEIGHT_PX = 640, 400
NET_LABELS = ("blocking", "blur", "glare", "reproduce")
"""What the net's logits say, in their order."""
BORDER_LIMIT = 0.012
"""Share of its width by which a card may seem to reach out of the photo before the alarm: the locator's own error."""
SHORT_LIMIT = 0.03
"""Share of its length by which a card at the photo's border may seem too short: a slight tilt does as much."""
SHARP_PX, SMALL_NATS = 900.0, 3.0
"""A small card is drawn larger for the net and looks soft to it: from its logit of blur that much is taken for each
halving of the card's width below SHARP_PX. Of 320 drawn photos without blur, medians at 1000, 620 and 450 px were -3.8,
-1.9 and 0.1.
"""
COPY_LIMIT, COPY_SLOPE = 0.095, 0.02
"""Colour left over (see `colour_left`) at which a copy and an original are equally likely, and how fast that turns."""


@dataclass(frozen=True, slots=True)
class Quality:
    """alarms: one a name of ALARM_NAMES, in that order. idcard_type: "normal" or "copy".

    type_score: 0..99, above 50 is a copy. type_confidence: P(idcard_type is right), in [0, 1].
    """

    alarms: tuple[Alarm, ...]
    idcard_type: str
    type_confidence: float
    type_score: int


def judge(image: RgbImage, quad: Quad, portrait: Quad | None) -> Quality:
    """image: the photo. quad, portrait: card and portrait on it; None where no portrait was found or
    nobody asks whether it was exchanged.

    Raises FileNotFoundError if a model is missing.
    """
    flat = _flat(image, quad)
    chances = _chances(flat, card_width_px(quad))
    scores = {
        "border_integrity": border_score(quad, image.shape),
        "blocking_within_border": 100.0 * chances["blocking"],
        "blur": 100.0 * chances["blur"],
        "glare": 100.0 * chances["glare"],
        "tampering": exchange_score(image, portrait),
        "reproduce": 100.0 * chances["reproduce"],
    }
    alarms = tuple(_alarm(name, scores[name]) for name in ALARM_NAMES)
    copy_chance = float(_sigmoid((COPY_LIMIT - colour_left(flat)) / COPY_SLOPE))
    type_score = _whole(100.0 * copy_chance)
    copied = type_score > 50
    confidence = copy_chance if copied else 1.0 - copy_chance
    return Quality(alarms, "copy" if copied else "normal", max(0.5, confidence), type_score)


def border_score(quad: Quad, shape: tuple[int, ...]) -> float:
    """0..99 by how much of the card the photo cuts off.

    Either corners lie outside the photo (BORDER_LIMIT of the card's width stands at 50), or a side runs along the
    photo's border and the card is too short for its shape in that direction (SHORT_LIMIT stands at 50).
    """
    points, size = as_array(quad), np.array([shape[1], shape[0]])
    width = card_width_px(quad)
    beyond = float(np.maximum(-points, points - size).max()) / (BORDER_LIMIT * width)
    missing = _missing_share(points, size, 0.01 * width) / SHORT_LIMIT
    return float(np.clip(50.0 * max(beyond, missing), 0.0, 99.0))


def _missing_share(points: FloatArray, size: FloatArray, reach_px: float) -> float:
    """How much shorter than its shape the card is across those of its sides that run along the photo's border."""
    near = (points < reach_px) | (points > size - reach_px)
    along_border = [bool((near[k] & near[(k + 1) % 4]).any()) for k in range(4)]
    top, right, bottom, left = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    aspect = (top + bottom) / max(right + left, 1e-6) / CARD_ASPECT
    narrow = 1.0 - aspect if along_border[1] or along_border[3] else 0.0
    flat = 1.0 - 1.0 / aspect if along_border[0] or along_border[2] else 0.0
    return float(max(narrow, flat, 0.0))


def net_input(flat: RgbImage) -> Float32Array:
    """(400, 640, 3) uint8 -> (3, 400, 640) float32 in [-0.5, 0.5]: brightness and colour stay what they are."""
    return np.ascontiguousarray(flat.transpose(2, 0, 1).astype(np.float32) / 255.0 - 0.5)


@cache
def _net() -> OnnxModel:
    """Loaded when the first alarm is asked for: plain readings never need it."""
    return OnnxModel(packaged("quality.onnx"))


def _flat(image: RgbImage, quad: Quad) -> RgbImage:
    """(400, 640, 3) uint8: the card flat and upright."""
    card = rectify(image, quad, width_px=NET_WIDTH_PX)
    return np.asarray(cv2.resize(card.image, (NET_WIDTH_PX, NET_HEIGHT_PX)), dtype=np.uint8)


def _chances(flat: RgbImage, width_px: float) -> dict[str, float]:
    """P(each fault) of the flat card. width_px: of the card on the photo."""
    logits = _net()(net_input(flat)[None])[0][0].astype(np.float64)
    logits[NET_LABELS.index("blur")] -= SMALL_NATS * np.clip(np.log2(SHARP_PX / max(width_px, 1.0)), 0.0, 1.5)
    return dict(zip(NET_LABELS, _sigmoid(logits).tolist(), strict=True))


def colour_left(flat: RgbImage) -> float:
    """What of red and blue green cannot explain, as a share of the card's own contrast: 0 for a grey picture.

    A lamp's colour or a wrong white balance is a curve between the channels and is taken out; burnt-out and black
    places say nothing. Small blocks are averaged first: the grain of a sensor is coloured too.
    """
    small = cv2.resize(flat, (64, 40), interpolation=cv2.INTER_AREA).astype(np.float64).reshape(-1, 3)
    telling = (small.max(axis=1) < 250.0) & (small.min(axis=1) > 2.0)
    if telling.sum() >= 200:
        small = small[telling]
    green = small[:, 1]
    curve = np.stack([np.ones_like(green), green, green**2], axis=1)
    left = []
    for channel in (0, 2):
        fitted = curve @ np.linalg.lstsq(curve, small[:, channel], rcond=None)[0]
        left.append(float((small[:, channel] - fitted).std()))
    return max(left) / (float(green.std()) + 2.0)


def _sigmoid(logits: FloatArray | float) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), dtype=np.float64)


def _whole(score: float) -> int:
    return int(np.clip(round(score), 0, 99))


def _alarm(name: str, score: float) -> Alarm:
    return Alarm(name, _whole(score), _whole(score) > 50)
