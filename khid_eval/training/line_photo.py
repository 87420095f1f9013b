"""From ink to the crop of a photo: paper, print, camera, light. Meant to be harder than what people send."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.records import GreyImage
from khid_eval.training.line_ink import LineInk

Severity = Literal["clean", "mild", "hard"]
_Plane = NDArray[np.float32]


def photograph(line: LineInk, rng: np.random.Generator, severity: Severity) -> GreyImage:
    """A crop (h, w) uint8 of that line as a camera may have seen it; another one at each call."""
    ink = line.ink.astype(np.float32) / 255.0
    if rng.random() < 0.25:
        ink = _redrawn(ink, line.em_px, rng)
    if rng.random() < 0.15:
        ink = _emboldened(ink, line.em_px, rng)
    ink = _worn(_bent(ink, rng, severity), rng)
    height, width = ink.shape
    paper = _paper(height, width, rng, severity)
    contrast = rng.uniform(0.55, 0.95) if severity == "clean" else rng.uniform({"mild": 0.45}.get(severity, 0.33), 0.95)
    dark = paper * (1.0 - contrast)
    scene = paper * (1.0 - ink) + dark * ink
    if rng.random() < 0.04:
        scene = 255.0 - scene
    return _captured(scene, rng, severity)


def photograph_print(crop: GreyImage, rng: np.random.Generator, severity: Severity) -> GreyImage:
    """The same for a crop that has its paper already: a row of a flat card. Another one at each call."""
    scene = _bent(crop.astype(np.float32), rng, severity)
    if rng.random() < 0.3:
        middle = float(scene.mean())
        scene = middle + (scene - middle) * rng.uniform(0.5, 1.1)
    return _captured(scene, rng, severity)


def _captured(scene: _Plane, rng: np.random.Generator, severity: Severity) -> GreyImage:
    scene = _shot(scene, rng, severity)
    if severity != "clean":
        scene = _lit(scene, rng, severity)
    return _sensed(scene, rng, severity)


def _bent(plane: _Plane, rng: np.random.Generator, severity: Severity) -> _Plane:
    """Rotation, shear, stretch and a little perspective."""
    height, width = plane.shape
    strength = {"clean": 0.3, "mild": 0.7, "hard": 1.2}[severity]
    angle = rng.normal(0.0, 0.6) * strength * np.pi / 180.0
    angle = float(np.clip(angle, -0.18 * height / width, 0.18 * height / width))  # the text must stay in the crop
    shear = rng.normal(0.0, 0.06) * strength
    stretch = rng.uniform(0.86, 1.16)
    across = np.array([[stretch, shear - angle, -shear * height / 2], [angle, 1.0, -angle * width * stretch / 2]])
    size = (max(8, round(width * stretch)), height)
    bent = cv2.warpAffine(
        plane, across.astype(np.float32), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if severity == "hard" and rng.random() < 0.3:
        w, h = size
        corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        moved = corners + rng.normal(0.0, 0.025 * h, (4, 2)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(corners, moved)
        bent = cv2.warpPerspective(bent, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.float32)


def _redrawn(ink: _Plane, em_px: float, rng: np.random.Generator) -> _Plane:
    """Strokes moved by up to some four per cent of an em: letters as a face that nobody has might draw them."""
    height, width = ink.shape
    reach, cell = rng.uniform(0.01, 0.04) * em_px, rng.uniform(0.2, 0.7) * em_px
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (reach * _clouds((height, width), cell, rng) for _ in range(2))
    moved = cv2.remap(ink, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(moved, np.float32)


def _emboldened(ink: _Plane, em_px: float, rng: np.random.Generator) -> _Plane:
    """Strokes thickened by up to some five per cent of an em, their corners rounded: heavier faces than there are."""
    soft = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.015, 0.045) * em_px), np.float32)
    return np.asarray(np.clip(4.0 * (soft - rng.uniform(0.2, 0.5)) + 0.5, 0.0, 1.0), np.float32)


def _worn(ink: _Plane, rng: np.random.Generator) -> _Plane:
    """Ink that has spread, thinned or lost spots."""
    draw = rng.random()
    if draw < 0.12:
        ink = np.asarray(cv2.dilate(ink, np.ones((2, 2), np.uint8)), np.float32)
    elif draw < 0.22:
        thin = np.asarray(cv2.erode(ink, np.ones((2, 2), np.uint8)), np.float32)
        ink = 0.35 * ink + 0.65 * thin
    if rng.random() < 0.12:
        ink = ink * (1.0 - rng.uniform(0.2, 0.6) * (_clouds((ink.shape[0], ink.shape[1]), 6, rng) > 0.8))
    return ink


def _clouds(shape: tuple[int, int], cell_px: float, rng: np.random.Generator) -> _Plane:
    """Smooth noise in about [-1, 1] with features of that size."""
    height, width = shape
    small = rng.uniform(-1.0, 1.0, (max(2, round(height / cell_px) + 1), max(2, round(width / cell_px) + 1)))
    return np.asarray(cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _paper(height: int, width: int, rng: np.random.Generator, severity: Severity) -> _Plane:
    """Ground with slow tints, guilloche waves and grain; values in 0..255."""
    ground = np.full((height, width), rng.uniform(150, 250) if severity != "hard" else rng.uniform(90, 250), np.float32)
    if rng.random() < 0.7:
        ground += rng.uniform(2, 18) * _clouds((height, width), rng.uniform(20, 200), rng)
    if rng.random() < 0.6:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        for _ in range(rng.integers(1, 3)):
            pitch, tilt = rng.uniform(4, 22), rng.uniform(0, np.pi)
            bend = rng.uniform(0, 6) * np.sin(x * rng.uniform(0.01, 0.12) + rng.uniform(0, 6.3))
            phase = 2 * np.pi * (x * np.cos(tilt) + (y + bend) * np.sin(tilt)) / pitch
            wave = np.sin(phase)
            if rng.random() < 0.6:
                wave = np.where(wave > rng.uniform(0.4, 0.9), 1.0, 0.0)  # fine lines
            ground -= (rng.uniform(3, 16) if severity == "clean" else rng.uniform(3, 22)) * wave
    if rng.random() < 0.12:  # an edge of something darker or lighter: ghost portrait, coloured band, frame
        at = rng.integers(0, max(1, width))
        ground[:, at:] += rng.uniform(-45, 25) if rng.random() < 0.7 else 0.0
    if rng.random() < 0.05 and severity != "clean":  # a ruled line or the frame
        row = int(rng.integers(0, height))
        if row < 0.06 * height or row > 0.94 * height:
            ground[row : row + 2] -= rng.uniform(20, 120)
    return np.clip(ground, 30, 255)


def _shot(scene: _Plane, rng: np.random.Generator, severity: Severity) -> _Plane:
    """The camera's resolution and focus: scaled to a capture height of 14..64 px, then blurred."""
    height, width = scene.shape
    low, high = {"clean": (34, 64), "mild": (24, 64), "hard": (19, 52)}[severity]
    target = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    scale = target / height
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    shot = cv2.resize(scene, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    ceiling = {"clean": 0.5, "mild": 0.9, "hard": 1.05}[severity] * np.clip(target / 30.0, 0.6, 1.6)
    sigma = rng.uniform(0.0, ceiling)
    if sigma > 0.25:
        shot = cv2.GaussianBlur(shot, (0, 0), sigma)
    if severity == "hard" and rng.random() < 0.3:
        shot = cv2.filter2D(shot, -1, _shaken(rng.uniform(2.0, target / 4), rng), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(shot, np.float32)


def _shaken(length_px: float, rng: np.random.Generator) -> _Plane:
    """Kernel of a hand that moved that far while the shutter was open: along a bow, half of the time a straight one."""
    angle, bow = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5) * length_px * (rng.random() < 0.5)
    along = np.linspace(-0.5, 0.5, 6 * int(np.ceil(length_px)))
    forth, aside = along * length_px, bow * (4 * along**2 - 0.5)
    x, y = forth * np.cos(angle) - aside * np.sin(angle), forth * np.sin(angle) + aside * np.cos(angle)
    reach = int(np.ceil(max(np.abs(x).max(), np.abs(y).max())))
    edges = np.arange(-reach - 0.5, reach + 1.0)
    kernel, _, _ = np.histogram2d(y, x, bins=(edges, edges))
    return np.asarray(kernel / kernel.sum(), np.float32)


def _lit(scene: _Plane, rng: np.random.Generator, severity: Severity) -> _Plane:
    """Exposure, gradients, a shadow's edge, glare, a copier's contrast, screen stripes."""
    height, width = scene.shape
    hard = severity == "hard"
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if rng.random() < 0.5:
        scene = scene * (
            1.0 + rng.uniform(-0.35, 0.35) * (x / width - 0.5) + rng.uniform(-0.2, 0.2) * (y / height - 0.5)
        )
    if rng.random() < (0.3 if hard else 0.1):
        distance_px = x - rng.uniform(0, width) + rng.uniform(-2, 2) * y
        edge = 0.5 + 0.5 * np.tanh(distance_px / rng.uniform(2.0, 24.0))
        scene = scene * (1.0 - rng.uniform(0.2, 0.6) * (edge if rng.random() < 0.5 else 1.0 - edge))
    if rng.random() < (0.2 if hard else 0.06):
        away = ((x - rng.uniform(0, width)) / rng.uniform(20, 120)) ** 2 + (
            (y - rng.uniform(0, height)) / rng.uniform(10, 60)
        ) ** 2
        scene = scene + rng.uniform(30, 110) * np.exp(-away)  # clips below: contrast shrinks, text stays readable
        scene = np.minimum(scene, 252 + 0.25 * (scene - 252))
    if hard and rng.random() < 0.08:
        middle = float(np.median(scene[::3, ::3]))
        scene = 127.5 + 127.5 * np.tanh((scene - middle * rng.uniform(0.75, 0.92)) / rng.uniform(25, 70))
    if rng.random() < (0.12 if hard else 0.04):
        pitch, tilt = rng.uniform(2.1, 7.0), rng.uniform(0, np.pi)
        scene = scene + rng.uniform(3, 22) * np.sin(2 * np.pi * (x * np.cos(tilt) + y * np.sin(tilt)) / pitch)
    gain = rng.uniform(0.35, 1.1) if hard else rng.uniform(0.6, 1.12)
    return np.asarray(scene * gain, np.float32)


def _sensed(scene: _Plane, rng: np.random.Generator, severity: Severity) -> GreyImage:
    """Noise, gamma and JPEG."""
    scene = 255.0 * (np.clip(scene, 0, 255) / 255.0) ** rng.uniform(0.75, 1.35)
    spread = 3.5 * float(scene.std()) + 10.0
    ceiling = {"clean": 0.02, "mild": 0.06, "hard": 0.10}[severity]
    if rng.random() < 0.8:
        noise = rng.standard_normal(scene.shape, dtype=np.float32) * (rng.uniform(0.0, ceiling) * spread)
        scene = scene + (cv2.GaussianBlur(noise, (0, 0), 0.7) * 1.8 if rng.random() < 0.4 else noise)
    crop = np.clip(np.rint(scene), 0, 255).astype(np.uint8)
    if rng.random() < {"clean": 0.3, "mild": 0.6, "hard": 0.7}[severity]:
        low = {"clean": 70, "mild": 40, "hard": 25}[severity]
        done, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(low, 96))])
        if done:
            crop = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return crop


__all__ = ["Severity", "photograph", "photograph_print"]
