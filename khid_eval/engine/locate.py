"""Where the card is: four ordered corners and whether there is a Cambodian card at all.

A small net draws one heat map per corner, named by the upright card, so the card's turn at any angle comes with them.
A second look at the first rectification sharpens the corners, a line fit to the card's edges sharpens them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from khid_eval.engine.edge_fit import fit_edges
from khid_eval.engine.geometry import as_array, as_quad, is_convex, project_quad, signed_area
from khid_eval.engine.heat_maps import decode_corners, letterbox, normalised
from khid_eval.engine.onnx_model import Float32Array, OnnxModel, packaged
from khid_eval.engine.rectify import rectify
from khid_eval.records import FloatArray, Quad, RgbImage

SECOND_LOOK_MARGIN = 0.13
_THUMB_PX = 640
_MAX_MOVE = 0.12


@dataclass(frozen=True, slots=True)
class Located:
    """quad: the card's corners on the picture that was looked at, in the order of the upright card.

    presence: P(there is the front of a Cambodian card), in [0, 1].
    corner_confidence: how sharply the least certain corner stood out, in [0, 1].
    """

    quad: Quad
    presence: float
    corner_confidence: float


@dataclass(frozen=True, slots=True)
class _Look:
    """One pass of the net. corners: (4, 2) on the picture it was shown; mass: (4,) in [0, 1]; logit: presence."""

    corners: FloatArray
    mass: FloatArray
    logit: float


class Locator:
    """Finds the card in a picture. Safe to share between threads."""

    def __init__(self, model: Path | str | None = None, *, threads: int = 1) -> None:
        """model: by default the packaged one. Raises FileNotFoundError if it is missing."""
        self._net = OnnxModel(model or packaged("locator.onnx"), threads=threads)

    def __call__(self, image: RgbImage) -> Located:
        """image: (H, W, 3) uint8 RGB, upright or not. Never raises for want of a card: see `presence`."""
        thumb, scale = _thumbnail(image)
        first = self._look(thumb)
        quad = as_quad(first.corners)
        if not _plausible(quad, thumb.shape):
            return Located(_whole(image), 0.0, 0.0)
        quad, second = self._second_look(thumb, quad)
        quad = as_quad(as_array(quad) / scale)
        quad = fit_edges(image, quad)
        presence = _sigmoid(0.5 * (first.logit + second.logit))
        return Located(quad, presence, float(min(first.mass.min(), second.mass.min())))

    def _look(self, picture: RgbImage) -> _Look:
        boxed, placed = letterbox(picture)
        maps, logit = self._net(normalised(boxed, placed)[None])[:2]
        corners, mass = decode_corners(maps[0])
        return _Look(placed.to_picture(corners), mass, float(np.ravel(logit)[0]))

    def _second_look(self, thumb: RgbImage, quad: Quad) -> tuple[Quad, _Look]:
        card = rectify(thumb, quad, width_px=_SECOND_WIDTH, margin=SECOND_LOOK_MARGIN)
        look = self._look(card.image)
        moved = as_quad(look.corners)
        if not _plausible(moved, card.image.shape):
            return quad, look
        return project_quad(card.to_photo, moved), look


_SECOND_WIDTH = 240


def _thumbnail(image: RgbImage) -> tuple[RgbImage, float]:
    """The picture with at most 640 px a side, and how many of its pixels span one of the picture's."""
    height, width = image.shape[:2]
    scale = min(1.0, _THUMB_PX / max(height, width))
    if scale == 1.0:
        return image, 1.0
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale


def _plausible(quad: Quad, shape: tuple[int, ...]) -> bool:
    """Convex, clockwise (a card seen from the front is never mirrored), and at least a thousandth of the picture."""
    return is_convex(quad) and signed_area(quad) > 0.001 * shape[0] * shape[1]


def _whole(image: RgbImage) -> Quad:
    height, width = image.shape[:2]
    return ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))


def _sigmoid(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))


__all__ = ["Float32Array", "Located", "Locator"]
