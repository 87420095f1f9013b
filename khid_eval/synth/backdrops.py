"""What lies under and around a card on a photo. Each split has its own kinds; `backdrop` picks one by chance."""

from __future__ import annotations

from types import MappingProxyType

import cv2
import numpy as np

from khid_eval.records import RgbImage
from khid_eval.synth.backdrops_train import TRAIN_BACKDROPS
from khid_eval.synth.backdrops_validation import VALIDATION_BACKDROPS
from khid_eval.synth.fonts import Split

_BY_SPLIT = MappingProxyType({"train": TRAIN_BACKDROPS, "validation": VALIDATION_BACKDROPS})


def backdrops(split: Split) -> tuple[str, ...]:
    """Names of the split's backdrops."""
    return tuple(_BY_SPLIT[split])


def backdrop(
    rng: np.random.Generator, height_px: int, width_px: int, split: Split, kind: str | None = None
) -> RgbImage:
    """A backdrop of that kind, or of any of the split's. Drawn at 1200 px at most and scaled up. Raises KeyError."""
    names = backdrops(split)
    draw = _BY_SPLIT[split][kind or names[rng.integers(len(names))]]
    scale = min(1.0, 1200 / max(height_px, width_px))
    image = draw(rng, max(16, round(height_px * scale)), max(16, round(width_px * scale)))
    if image.shape[:2] != (height_px, width_px):
        image = np.asarray(cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image


__all__ = ["backdrop", "backdrops"]
