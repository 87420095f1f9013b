"""Where the card lies before the camera: from card units to photo pixels and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from tests.benchmarks.second_renderer.paint import Floats, Points
from tests.benchmarks.second_renderer.sheet import HEIGHT

CORNERS = np.array([[0, 0], [1000, 0], [1000, HEIGHT], [0, HEIGHT]], float)
"""Of the card, clockwise from its top left, in card units."""
MIDDLE = np.array([500, HEIGHT / 2])
BORDER = np.concatenate(
    [
        np.stack([np.linspace(a[0], b[0], 9), np.linspace(a[1], b[1], 9)], 1)
        for a, b in zip(CORNERS, np.roll(CORNERS, -1, 0), strict=True)
    ]
)
"""Nine points along each edge: a bent card's edges are no straight lines."""
_STEP = 16
"""Pixels between the points at which the inverse is worked out."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A bent card, turned, before a camera with a lens that is not perfect.

    rotation: (3, 3); distance: in card widths; focal: in pixels; centre: of the picture, in pixels; bend, bend_axis:
    how deep and along which direction (radians); distortion: radial; rolling: shear of a rolling shutter;
    size: width and height of the photo.
    """

    rotation: Points
    distance: float
    focal: float
    centre: tuple[float, float]
    bend: float
    bend_axis: float
    distortion: float
    rolling: float
    size: tuple[int, int]

    def project(self, points: Points) -> Points:
        """(n, 2) card units to (n, 2) photo pixels, whole numbers being middles of pixels."""
        x, y = (points[:, 0] - 500) / 1000, (points[:, 1] - HEIGHT / 2) / 1000
        along = x * math.cos(self.bend_axis) + y * math.sin(self.bend_axis)
        world = np.stack([x, y, self.bend * (along**2 - 0.08)], 1) @ self.rotation.T
        seen = world[:, :2] / (world[:, 2] + self.distance)[:, None] * self.focal
        diagonal = math.hypot(*self.size) / 2
        seen = seen * (1 + self.distortion * (seen**2).sum(1, keepdims=True) / diagonal**2)
        seen[:, 0] += self.rolling * seen[:, 1]
        return np.asarray(seen + np.array(self.centre), np.float64)

    def card_px(self) -> float:
        """Mean length of the card's long edges in the photo."""
        quad = self.project(CORNERS)
        return float((np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2)


def rotation(pitch: float, yaw: float, roll: float) -> Points:
    """(3, 3), angles in radians."""
    cp, sp, cy, sy = math.cos(pitch), math.sin(pitch), math.cos(yaw), math.sin(yaw)
    cr, sr = math.cos(roll), math.sin(roll)
    turn = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return np.asarray(turn @ nod @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]), np.float64)


def area(quad: Points) -> float:
    return 0.5 * abs(float(sum(quad[i - 1, 0] * quad[i, 1] - quad[i, 0] * quad[i - 1, 1] for i in range(4))))


def inverse_map(pose: Pose, window: tuple[int, int, int, int]) -> tuple[Floats, Floats]:
    """x and y in card units for each photo pixel of a window (left, top, width, height).

    A homography gives a first guess, fixed-point iteration on a coarse grid mends it.
    """
    left, top, width, height = window
    x, y = np.meshgrid(
        left + np.arange(-1, width // _STEP + 3) * _STEP, top + np.arange(-1, height // _STEP + 3) * _STEP
    )
    target = np.stack([x.ravel(), y.ravel()], 1).astype(float)
    flat, _ = cv2.findHomography(CORNERS.astype(np.float32), pose.project(CORNERS).astype(np.float32))
    inverse = np.asarray(np.linalg.inv(flat), np.float64)
    start = _through(inverse, target)
    inside = (np.abs(start - MIDDLE) < np.array([1400, 1300])).all(1)
    guess = start.copy()
    local, goal = start[inside], start[inside]
    for _ in range(14):
        local = np.clip(local + (goal - _through(inverse, pose.project(local))), -1000, 2000)
    guess[inside] = local
    coarse = guess.reshape(*x.shape, 2).astype(np.float32)
    # the point k of the grid stands at (k - 1) * _STEP in the window
    across = (np.arange(width, dtype=np.float32) / _STEP + 1)[None, :].repeat(height, 0)
    down = (np.arange(height, dtype=np.float32) / _STEP + 1)[:, None].repeat(width, 1)
    fine = np.asarray(cv2.remap(coarse, across, down, cv2.INTER_LINEAR), np.float32)
    return fine[..., 0], fine[..., 1]


def _through(homography: Points, points: Points) -> Points:
    moved = np.concatenate([points, np.ones((len(points), 1))], 1) @ homography.T
    depth = np.where(np.abs(moved[:, 2:]) < 1e-9, 1e-9, moved[:, 2:])
    return np.asarray(moved[:, :2] / depth, np.float64)
