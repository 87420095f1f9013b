"""What the locator net is shown and how its corner maps are read. Training uses this code too, so they cannot drift.

Points stand at pixel edges; cell (i, j) of a stride-4 map has its centre at ((j + .5) * 4, (i + .5) * 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.records import FloatArray, RgbImage

SIDE_PX = 256
BORDER_PX = 8
STRIDE = 4
CELLS = SIDE_PX // STRIDE
"""The net sees SIDE_PX x SIDE_PX with the picture centred and at least BORDER_PX of nothing around it."""

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the picture lies on the net's canvas: canvas point = picture point * scale + (left, top)."""

    scale_x: float
    scale_y: float
    left: int
    top: int
    width: int
    height: int

    def to_picture(self, points: FloatArray) -> FloatArray:
        """points: (n, 2) on the canvas. Returns (n, 2) on the picture."""
        moved = (points - np.array([self.left, self.top])) / np.array([self.scale_x, self.scale_y])
        return np.asarray(moved, dtype=np.float64)

    def to_canvas(self, points: FloatArray) -> FloatArray:
        """points: (n, 2) on the picture. Returns (n, 2) on the canvas."""
        moved = points * np.array([self.scale_x, self.scale_y]) + np.array([self.left, self.top])
        return np.asarray(moved, dtype=np.float64)


def letterbox(picture: RgbImage) -> tuple[RgbImage, Placed]:
    """(H, W, 3) uint8 of any size -> (256, 256, 3) uint8 with the whole picture on it, and where it lies."""
    height, width = picture.shape[:2]
    scale = (SIDE_PX - 2 * BORDER_PX) / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, (new_width, new_height), interpolation=way)
    left, top = (SIDE_PX - new_width) // 2, (SIDE_PX - new_height) // 2
    canvas = np.zeros((SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    canvas[top : top + new_height, left : left + new_width] = small
    return canvas, Placed(new_width / width, new_height / height, left, top, new_width, new_height)


def normalised(canvas: RgbImage, placed: Placed) -> Float32Array:
    """(3, 256, 256) float32: zero mean and unit spread over the picture's own pixels, zero around it.

    One mean and one spread for all channels: a colour cast stays visible, the exposure does not.
    """
    inner = canvas[placed.top : placed.top + placed.height, placed.left : placed.left + placed.width]
    mean, spread = cv2.meanStdDev(inner.reshape(-1, 1))
    out = np.zeros((3, SIDE_PX, SIDE_PX), dtype=np.float32)
    scaled = (inner.astype(np.float32) - float(mean[0, 0])) / (float(spread[0, 0]) + 4.0)
    out[:, placed.top : placed.top + placed.height, placed.left : placed.left + placed.width] = scaled.transpose(
        2, 0, 1
    )
    return out


def decode_corners(maps: Float32Array) -> tuple[FloatArray, FloatArray]:
    """maps: (>=4, CELLS, CELLS) float32 logits, one map a corner.

    Returns the corners (4, 2) on the canvas, by peak and centroid of the 5 x 5 cells around it, and the share of each
    map's probability that stands in those cells, (4,) in [0, 1].
    """
    corners, mass = np.empty((4, 2)), np.empty(4)
    for which in range(4):
        logits = maps[which].astype(np.float64)
        chances = np.exp(logits - logits.max())
        chances /= chances.sum()
        row, column = divmod(int(chances.argmax()), chances.shape[1])
        top, left = max(0, row - 2), max(0, column - 2)
        window = chances[top : row + 3, left : column + 3]
        mass[which] = window.sum()
        ys, xs = np.mgrid[top : top + window.shape[0], left : left + window.shape[1]]
        corners[which] = ((xs * window).sum() / mass[which] + 0.5, (ys * window).sum() / mass[which] + 0.5)
    return corners * STRIDE, mass


def area_box(logits: Float32Array) -> tuple[float, float, float, float] | None:
    """logits: (CELLS, CELLS). The box (left, top, right, bottom) around the largest likely patch, on the canvas."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((logits > 0.0).astype(np.uint8))
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    left, top, width, height = (float(STRIDE * v) for v in stats[largest, : cv2.CC_STAT_AREA])
    return left, top, left + width, top + height


def corner_targets(corners: FloatArray, sigma_cells: float = 0.9) -> Float32Array:
    """corners: (4, 2) on the canvas. Returns (4, CELLS, CELLS) float32, each map a Gaussian that sums to one.

    A corner outside the canvas is drawn at the nearest place on it.
    """
    centres = np.arange(CELLS) + 0.5
    inside = np.clip(corners / STRIDE, 0.0, float(CELLS))
    across = np.exp(-((centres[None, :] - inside[:, 0:1]) ** 2) / (2 * sigma_cells**2))
    down = np.exp(-((centres[None, :] - inside[:, 1:2]) ** 2) / (2 * sigma_cells**2))
    maps = down[:, :, None] * across[:, None, :]
    return np.asarray(maps / maps.sum(axis=(1, 2), keepdims=True), dtype=np.float32)
