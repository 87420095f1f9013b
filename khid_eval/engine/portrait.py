"""Whether the portrait was exchanged: a small net looks at the portrait and at what stands around it.

The alarm goes by what an exchange leaves behind: a cut edge that is not the card's, a shadow or a rim, a turn, other
grain, sharpness or light than the card around it. Whose face it is plays no part.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np

from khid_eval.engine.geometry import box_quad, centre_form, homography, is_convex, side_lengths, signed_area
from khid_eval.engine.onnx_model import Float32Array, OnnxModel, packaged
from khid_eval.engine.rectify import shrunk
from khid_eval.records import Quad, RgbImage

NET_WIDTH_PX, NET_HEIGHT_PX = 192, 224
MARGIN: Final = 0.2
"""Of the portrait's width and height: what is shown on each side of it."""
INSIDE: Final = (
    NET_WIDTH_PX * MARGIN / (1.0 + 2.0 * MARGIN),
    NET_HEIGHT_PX * MARGIN / (1.0 + 2.0 * MARGIN),
    NET_WIDTH_PX * (1.0 + MARGIN) / (1.0 + 2.0 * MARGIN),
    NET_HEIGHT_PX * (1.0 + MARGIN) / (1.0 + 2.0 * MARGIN),
)
"""(left, top, right, bottom) of the portrait on the net's picture, in pixels."""
LEAST_PX = 70.0
"""Width of a portrait on the photo below which nothing is said: a cut edge is then finer than a pixel."""
EVEN_LOGIT = 1.9
"""The net's answer that stands at 50: of 420 drawn photos of cards as printed 5 exceed it, see training/PORTRAIT.md."""


def exchange_score(image: RgbImage, portrait: Quad | None) -> float:
    """0..100, above 50: the portrait seems exchanged.

    image: (H, W, 3) uint8, the photo. portrait: on it; 0 where there is none, or nothing can be said of it. Raises
    FileNotFoundError if the model is missing.
    """
    logit = exchange_logit(image, portrait) if portrait else None
    if logit is None:
        return 0.0
    return float(100.0 / (1.0 + np.exp(-np.clip(logit - EVEN_LOGIT, -30.0, 30.0))))


def exchange_logit(image: RgbImage, portrait: Quad) -> float | None:
    """The net's own answer; None where the portrait has less than LEAST_PX or its quad is none of a flat thing."""
    if width_px(portrait) < LEAST_PX or not is_convex(portrait) or signed_area(portrait) < 1.0:
        return None
    return float(_net()(net_input(portrait_window(image, portrait))[None])[0][0, 0])


def width_px(portrait: Quad) -> float:
    """How many pixels of the photo span the portrait: the longer of its upper and lower side."""
    top, _, bottom, _ = side_lengths(portrait)
    return float(max(top, bottom))


def portrait_window(image: RgbImage, portrait: Quad) -> RgbImage:
    """(224, 192, 3) uint8: the portrait upright in INSIDE with its surroundings, taken from the photo itself.

    Raises ValueError if the quad is not convex or has no area.
    """
    left, top, right, bottom = INSIDE
    factor = max(1, min(int(width_px(portrait) / (right - left)), min(image.shape[:2]) // 8))
    source = shrunk(image, factor)
    matrix = homography(portrait, box_quad(left, top, right, bottom)) @ np.diag([factor, factor, 1.0])
    size = (NET_WIDTH_PX, NET_HEIGHT_PX)
    window = cv2.warpPerspective(source, centre_form(matrix), size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(window, dtype=np.uint8)


def net_input(window: RgbImage) -> Float32Array:
    """(224, 192, 3) uint8 -> (3, 224, 192) float32 of zero mean and unit spread over all three channels."""
    values = window.transpose(2, 0, 1).astype(np.float32)
    return np.ascontiguousarray((values - values.mean()) / (values.std() + 4.0))


@cache
def _net() -> OnnxModel:
    """Loaded when the first portrait is judged: plain readings never need it."""
    return OnnxModel(packaged("portrait.onnx"))
