"""Conditions that move the card on the photo. Each takes its one parameter and carries the quads exactly along."""

from __future__ import annotations

import math

import cv2
import numpy as np

from khid_eval.card.photo import MAX_SIDE_PX, MIN_SIDE_PX
from khid_eval.conditions.picture import Picture, crop, resize, rotate, warp
from khid_eval.records import FloatArray


def rotation(picture: Picture, angle_deg: float, rng: np.random.Generator) -> Picture:
    """Turned by angle_deg, clockwise or counter-clockwise by chance."""
    return rotate(picture, angle_deg if rng.random() < 0.5 else -angle_deg)


def perspective(picture: Picture, tilt_deg: float, rng: np.random.Generator) -> Picture:
    """Seen by a camera tilted by tilt_deg about a random axis through the middle of the photo.

    Pinhole camera at 1.5 times the longer side. The canvas fits what is seen and is no longer than the photo was.
    """
    width, height = picture.width_px, picture.height_px
    longer = max(width, height)
    matrix = _tilt(tilt_deg, rng.uniform(0.0, 2.0 * math.pi), width, height)
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], dtype=np.float64) @ matrix.T
    seen = corners[:, :2] / corners[:, 2:]
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = min(longer / float((high - low).max()), MAX_SIDE_PX / longer, 1.0)
    fit = np.array([[scale, 0.0, -low[0] * scale], [0.0, scale, -low[1] * scale], [0.0, 0.0, 1.0]])
    new_width, new_height = (max(MIN_SIDE_PX, math.ceil(float(side) * scale - 1e-6)) for side in high - low)
    return warp(picture, fit @ matrix, new_width, new_height)


def _tilt(tilt_deg: float, axis_rad: float, width: int, height: int) -> FloatArray:
    """Homography of a plane turned about an axis in itself, seen from above its middle."""
    distance = 1.5 * max(width, height)
    axis = np.array([math.cos(axis_rad), math.sin(axis_rad), 0.0]) * math.radians(tilt_deg)
    turn = np.asarray(cv2.Rodrigues(axis)[0], dtype=np.float64)
    plane = np.column_stack([turn[:, 0], turn[:, 1], [0.0, 0.0, distance]])
    camera = np.diag([distance, distance, 1.0])
    to_middle = np.array([[1.0, 0.0, -width / 2], [0.0, 1.0, -height / 2], [0.0, 0.0, 1.0]])
    return np.asarray(camera @ plane @ to_middle, dtype=np.float64)


def scale(picture: Picture, factor: float, rng: np.random.Generator) -> Picture:
    """The photo at `factor` of its size, in (0, 1]; no side falls under the API's 15 pixels."""
    del rng
    factor = max(factor, min(1.0, MIN_SIDE_PX / min(picture.width_px, picture.height_px)))
    return resize(picture, max(1, round(picture.width_px * factor)), max(1, round(picture.height_px * factor)))


def cut_border(picture: Picture, share: float, rng: np.random.Generator) -> Picture:
    """`share` of the card's extent is cut off at one random side of the photo; at least 15 pixels stay."""
    points = np.asarray(picture.card_quad)
    low, high = points.min(axis=0), points.max(axis=0)
    cut = (high - low) * share
    width, height = picture.width_px, picture.height_px
    left, top, right, bottom = 0, 0, width, height
    side = int(rng.integers(4))
    if side == 0:
        left = _within(low[0] + cut[0], width - MIN_SIDE_PX)
    elif side == 1:
        top = _within(low[1] + cut[1], height - MIN_SIDE_PX)
    elif side == 2:
        right = width - _within(width - high[0] + cut[0], width - MIN_SIDE_PX)
    else:
        bottom = height - _within(height - high[1] + cut[1], height - MIN_SIDE_PX)
    return crop(picture, left, top, right, bottom)


def _within(wanted: float, most: int) -> int:
    return max(0, min(round(float(wanted)), most))
