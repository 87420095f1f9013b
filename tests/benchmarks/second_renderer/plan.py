"""Frame and pose for a photo under one condition."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np

from tests.benchmarks.second_renderer.conditions import PLAIN, Condition
from tests.benchmarks.second_renderer.paint import Points
from tests.benchmarks.second_renderer.pose import BORDER, CORNERS, Pose, area, rotation

LARGEST = 4500
"""Pixels of a photo's long side."""


def plan(rng: random.Random, condition: Condition) -> Pose:
    """The card lies whole in the frame, and large enough there that its print could be read."""
    long_side, least = _sizes(rng, condition)
    pitch, yaw, roll = _angles(rng, condition)
    ratio = rng.choice([4 / 3, 4 / 3, 16 / 9, 1.5, 1.0])
    stands = abs(math.sin(roll)) > 0.7
    upright = stands if rng.random() < 0.75 else not stands
    coverage = rng.uniform(0.25, 1.0)
    if condition.name == "low_resolution":
        coverage = 1.0
    bend, distortion, rolling = _faults(rng, condition)
    focal = rng.choice([24, 26, 26, 28, 35, 52, 70]) / 36 * (8 if condition.name == "scan" else 1)
    axis = rng.choice([0, 0, math.pi / 2, rng.uniform(0, 3.14)])
    loose = Pose(rotation(pitch, yaw, roll), 1, 1, (0, 0), bend, axis, distortion, rolling, (1, 1))
    place = rng.getrandbits(32)
    for _ in range(4):
        framed = replace(loose, focal=focal * long_side, size=_size(long_side, ratio, upright))
        pose = fitted(random.Random(place), framed, coverage)
        edge = pose.card_px()
        if condition.name == "low_resolution":
            if 0.99 * least <= edge <= 1.02 * least:
                break
            upright, long_side = stands, max(600, long_side * least / edge)
            continue
        if edge >= least:
            break
        long_side *= least / edge * 1.02
        if long_side > LARGEST:
            long_side, coverage = LARGEST - 100, 1.0
    return pose


def _size(long_side: float, ratio: float, upright: bool) -> tuple[int, int]:
    """Width and height, both even."""
    longer, shorter = round(long_side) // 2 * 2, round(long_side / ratio) // 2 * 2
    return (shorter, longer) if upright else (longer, shorter)


def _sizes(rng: random.Random, condition: Condition) -> tuple[float, float]:
    """Long side of the photo, and the least that the card's long edge may measure in it, in pixels."""
    long_side = math.exp(rng.uniform(math.log(950), math.log(2200)))
    if rng.random() < 0.05:
        long_side = rng.uniform(2600, LARGEST)
    least = 760.0
    if condition.name in ("low_light", "defocus", "motion"):
        least = condition.at(760.0, 840.0, 920.0)
    if condition.name == "low_resolution":
        long_side, least = rng.uniform(600, 1000), condition.at(720, 640, 560) * rng.uniform(1, 1.1)
    if condition.name == "screenshot":
        long_side = rng.uniform(900, 1500)
    return long_side, least


def _angles(rng: random.Random, condition: Condition) -> tuple[float, float, float]:
    """Pitch, yaw and roll in radians."""
    name = condition.name
    tilt = condition.at(0.2, 0.36, 0.54) if name == "perspective" else 0.16 if condition else 0.1
    turned = (
        name == "rotation"
        or (name not in ("scan", PLAIN) and rng.random() < 0.3)
        or (name == PLAIN and rng.random() < 0.22)
    )
    if name == "rotation" and condition.severity == 1:
        roll = math.radians(rng.choice([90, 180, 270]) + rng.gauss(0, 3))
    elif turned:
        roll = rng.uniform(-math.pi, math.pi)
    else:
        roll = math.radians(rng.gauss(0, 3.5))
    pitch, yaw = rng.uniform(-tilt, tilt), rng.uniform(-tilt, tilt)
    if name == "perspective":
        length = math.hypot(pitch, yaw) or 1
        pitch, yaw = pitch / length * tilt * rng.uniform(0.75, 1.1), yaw / length * tilt * rng.uniform(0.75, 1.1)
    if name == "scan":
        pitch = yaw = 0.0
        roll = math.radians(rng.uniform(-1.5, 1.5) if condition.severity < 3 else rng.uniform(-6, 6))
    return pitch, yaw, roll


def _faults(rng: random.Random, condition: Condition) -> tuple[float, float, float]:
    """Bend of the card, distortion of the lens and roll of the shutter."""
    name, bend = condition.name, 0.0
    if name == "bend":
        bend = rng.choice([-1, 1]) * condition.at(0.12, 0.24, 0.38)
    elif rng.random() < 0.25:
        bend = rng.uniform(-0.06, 0.06)
    lens = name == "lens"
    distortion = rng.choice([-1, 1]) * condition.at(0.03, 0.07, 0.12) if lens else rng.uniform(-0.015, 0.015)
    if lens and rng.random() < 0.6:
        rolling = rng.choice([-1, 1]) * condition.at(0.02, 0.04, 0.07)
    else:
        rolling = rng.uniform(-0.006, 0.006)
    return (0.0, 0.0, 0.0) if name == "scan" else (bend, distortion, rolling)


def fitted(rng: random.Random, pose: Pose, coverage: float) -> Pose:
    """The pose at such a distance and place that the card takes that share of the frame, or all that it can."""
    width, height = pose.size

    def outline(distance: float) -> tuple[Pose, Points]:
        moved = replace(pose, distance=distance, centre=(0.0, 0.0))
        return moved, moved.project(BORDER)

    low, high = 0.35, 40.0
    for _ in range(26):
        middle = math.sqrt(low * high)
        moved, border = outline(middle)
        span = border.max(0) - border.min(0)
        beyond = span[0] > 0.985 * width or span[1] > 0.985 * height
        if beyond or area(moved.project(CORNERS)) > coverage * width * height:
            low = middle
        else:
            high = middle
    moved, border = outline(high)
    slack = np.array([width, height]) - (border.max(0) - border.min(0))
    left, top = (max(0.0, slack[i]) * min(0.95, max(0.05, rng.gauss(0.5, 0.18))) for i in (0, 1))
    return replace(moved, centre=(float(left - border[:, 0].min()), float(top - border[:, 1].min())))
