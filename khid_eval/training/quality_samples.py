"""Flat cards with faults of a known kind: what the quality net learns from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval import conditions
from khid_eval.engine.geometry import as_array, as_quad, box_quad, centre_form, homography
from khid_eval.engine.onnx_model import Float32Array
from khid_eval.engine.quality import NET_HEIGHT_PX, NET_LABELS, NET_WIDTH_PX, net_input
from khid_eval.records import RgbImage
from khid_eval.training.card_pool import HEIGHT_PX, WIDTH_PX

_CLEAR = 0.15
"""Amount of a condition (severity 1 is 0.2) from which it counts as the fault."""
_HARMLESS = ("dark", "bright", "uneven_light", "shadow", "colour_cast", "sensor_noise", "jpeg")
_FAULTS = {"blocking": "occlusion", "glare": "glare", "reproduce": "recapture"}


@dataclass(frozen=True, slots=True)
class QualitySample:
    """image: (3, 400, 640) float32; labels, known: (labels,) float32, see quality_net.quality_loss."""

    image: Float32Array
    labels: Float32Array
    known: Float32Array


def quality_sample(card: RgbImage, rng: np.random.Generator) -> QualitySample:
    """card: of the pool."""
    labels = dict.fromkeys(NET_LABELS, 0.0)
    known = dict.fromkeys(NET_LABELS, 1.0)
    # A phone's photo has twice the pixels of the net's picture: faults of its pixels must be met at that size too.
    factor = float(rng.choice([1.0, 1.5, 2.0]))
    size = (round(WIDTH_PX * factor), round(HEIGHT_PX * factor))
    picture = conditions.Picture(np.asarray(cv2.resize(card, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8))
    if rng.random() < 0.15:
        # Copies are told by colour, without the net: here they are one more thing that may not mislead it.
        picture = conditions.apply_amount(picture, "photocopy", float(rng.uniform(0.1, 1.0)), rng)
    for label, name in _FAULTS.items():
        if rng.random() < 0.2:
            picture = conditions.apply_amount(picture, name, float(rng.uniform(_CLEAR, 1.0)), rng)
            labels[label] = 1.0
    for name in rng.choice(_HARMLESS, int(rng.integers(0, 3)), replace=False):
        picture = conditions.apply_amount(picture, str(name), float(rng.uniform(0.02, 0.6)), rng)
    picture, labels["blur"], known["blur"] = _maybe_blurred(picture, rng)
    image = _cut_out(picture.image, rng)
    return QualitySample(
        net_input(image),
        np.array([labels[name] for name in NET_LABELS], dtype=np.float32),
        np.array([known[name] for name in NET_LABELS], dtype=np.float32),
    )


def _maybe_blurred(picture: conditions.Picture, rng: np.random.Generator) -> tuple[conditions.Picture, float, float]:
    """The picture, whether it counts as blurred, and whether that is beyond dispute."""
    if rng.random() < 0.5:
        return picture, 0.0, 1.0
    amount = float(rng.uniform(0.05, 1.0))
    way = int(rng.integers(3))
    if way < 2:
        name = ("defocus", "motion_blur")[way]
        blurred, from_amount = conditions.apply_amount(picture, name, amount, rng), 0.4
    else:
        width = round(WIDTH_PX * (0.95 - 0.75 * amount))
        small = conditions.resize(picture, width, round(width * HEIGHT_PX / WIDTH_PX))
        blurred, from_amount = conditions.resize(small, picture.width_px, picture.height_px), 0.7
    return blurred, float(amount > from_amount), float(abs(amount - from_amount) > 0.12)


def _cut_out(image: RgbImage, rng: np.random.Generator) -> RgbImage:
    """As the engine rectifies it, with corners a little off."""
    height, width = image.shape[:2]
    target = as_array(box_quad(0, 0, NET_WIDTH_PX, NET_HEIGHT_PX)) + rng.normal(0.0, 0.004 * NET_WIDTH_PX, (4, 2))
    factor = max(1, width // NET_WIDTH_PX)
    if factor > 1:
        image = np.asarray(
            cv2.resize(image, (width // factor, height // factor), interpolation=cv2.INTER_AREA), np.uint8
        )
    matrix = homography(box_quad(0, 0, image.shape[1], image.shape[0]), as_quad(target))
    size = (NET_WIDTH_PX, NET_HEIGHT_PX)
    flat = cv2.warpPerspective(
        image, centre_form(matrix), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, dtype=np.uint8)
