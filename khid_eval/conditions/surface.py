"""Conditions of what is photographed: a finger over the card, a photocopy, a screen, a cluttered desk."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from khid_eval.conditions.picture import CARD, Picture, edge_colour, move_quads, warp
from khid_eval.records import FloatArray, GreyImage, Quad, RgbImage

_SHIFT = 4  # OpenCV draws on a grid of 1/16 pixel
_SKIN = ((241, 194, 165), (224, 172, 125), (198, 134, 96), (141, 85, 54), (92, 57, 40))


def _grid(x: float, y: float) -> tuple[int, int]:
    """An edge coordinate as OpenCV's drawing functions want it: pixel centres, in 1/16 pixel."""
    return round((x - 0.5) * 2**_SHIFT), round((y - 0.5) * 2**_SHIFT)


def quad_mask(quad: Quad, width_px: int, height_px: int) -> GreyImage:
    """(H, W) uint8: 255 inside the quad, smoothed at its edge."""
    mask = np.zeros((height_px, width_px), dtype=np.uint8)
    points = np.array([_grid(x, y) for x, y in quad], dtype=np.int32)
    cv2.fillConvexPoly(mask, points, 255, lineType=cv2.LINE_AA, shift=_SHIFT)
    return mask


def blend(below: RgbImage, above: RgbImage, mask: GreyImage) -> RgbImage:
    """`above` where the mask is 255, `below` where it is 0, a mix between; all of one size."""
    _, inside = cv2.threshold(mask, 254, 255, cv2.THRESH_BINARY)
    out = np.asarray(cv2.copyTo(above, inside, below.copy()), dtype=np.uint8)
    # Only the rim is mixed: it is a thin line, and the photo may have 67 million pixels.
    rim = cv2.findNonZero(cv2.inRange(mask, np.array(1), np.array(254)))
    if rim is not None:
        x, y = rim.reshape(-1, 2).T
        share = mask[y, x, None].astype(np.float32) / 255.0
        out[y, x] = np.rint(above[y, x] * share + below[y, x] * (1.0 - share)).astype(np.uint8)
    return out


def occlusion(picture: Picture, share: float, rng: np.random.Generator) -> Picture:
    """A fingertip lies on the card from one side, reaching `share` of the card's shorter extent inwards."""
    quad = np.asarray(picture.card_quad)
    side, along = int(rng.integers(4)), float(rng.uniform(0.2, 0.8))
    tone = np.asarray(_SKIN[int(rng.integers(len(_SKIN)))], dtype=np.float64) * rng.uniform(0.9, 1.05)
    start = quad[side] * (1 - along) + quad[(side + 1) % 4] * along
    inwards = quad.mean(axis=0) - start
    inwards /= max(float(np.linalg.norm(inwards)), 1e-9)
    shorter = min(float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[3] - quad[0])))
    thick = max(2.0, 0.22 * shorter)
    tip = start + inwards * (share * shorter - thick / 2)
    back = start - inwards * 2.0 * picture.card_px
    return replace(picture, image=_finger(picture.image, tip, back, thick, tone))


def _finger(image: RgbImage, tip: np.ndarray, back: np.ndarray, thick_px: float, tone: np.ndarray) -> RgbImage:
    """Three capsules, each thinner and lighter, make a round finger; the nail is an ellipse near the tip."""
    out = image.copy()
    for width, light in ((1.0, 0.72), (0.86, 0.9), (0.6, 1.0)):
        colour = tuple(float(min(255.0, c * light)) for c in tone)
        cv2.line(
            out, _grid(*back), _grid(*tip), colour, max(1, round(thick_px * width)), lineType=cv2.LINE_AA, shift=_SHIFT
        )
    way = (back - tip) / max(float(np.linalg.norm(back - tip)), 1e-9)
    nail = tip + way * 0.1 * thick_px
    axes = (round(0.32 * thick_px * 2**_SHIFT), round(0.24 * thick_px * 2**_SHIFT))
    colour = tuple(float(min(255.0, c * 0.85 + 38.0)) for c in tone)
    angle = math.degrees(math.atan2(way[1], way[0]))
    cv2.ellipse(out, _grid(*nail), axes, angle, 0, 360, colour, -1, lineType=cv2.LINE_AA, shift=_SHIFT)
    return out


def photocopy(picture: Picture, wear: float, rng: np.random.Generator) -> Picture:
    """A black-and-white copy on white paper, where the surroundings of the card are known; else of the whole photo.

    wear: 0..1, how hard the copier's curve is and how much toner and dust it leaves.
    """
    grey = cv2.cvtColor(_on_paper(picture), cv2.COLOR_RGB2GRAY)
    level = np.arange(256, dtype=np.float64) / 255.0
    steep = 3.0 + 11.0 * wear
    curve = 1.0 / (1.0 + np.exp(-steep * (level - 0.5)))
    curve = (curve - curve[0]) / (curve[-1] - curve[0])
    copied = cv2.LUT(grey, np.rint(255.0 * ((1 - wear) * level + wear * curve)).astype(np.uint8))
    speckle = _speckle(picture, rng)
    copied = cv2.add(copied, speckle * np.float32(wear), dtype=cv2.CV_8U)
    return replace(picture, image=np.asarray(cv2.cvtColor(copied, cv2.COLOR_GRAY2RGB), dtype=np.uint8))


def _on_paper(picture: Picture) -> RgbImage:
    if not _has_surroundings(picture):
        return picture.image
    mask = quad_mask(picture.card_quad, picture.width_px, picture.height_px)
    return blend(np.full_like(picture.image, 244), picture.image, mask)


def _speckle(picture: Picture, rng: np.random.Generator) -> np.ndarray:
    """(H, W) float32 around 0: grain of the toner, streaks of the drum and dust, as a worn copier leaves them."""
    width, height = picture.width_px, picture.height_px
    tile = rng.standard_normal((min(height, 512), min(width, 512)), dtype=np.float32) * 14.0
    grain = np.tile(tile, (-(-height // tile.shape[0]), -(-width // tile.shape[1])))[:height, :width].copy()
    grain += rng.standard_normal((1, width), dtype=np.float32) * 5.0
    for x, y, size in rng.uniform(0.0, 1.0, (60, 3)):
        radius = max(1, round(0.0025 * picture.card_px * size))
        cv2.circle(grain, (int(x * width), int(y * height)), radius, -110.0, -1)
    return grain


def recapture(picture: Picture, depth: float, rng: np.random.Generator) -> Picture:
    """Photographed off a screen: its pixel grid beats with the sensor's (moire), blacks are lifted, light is cold.

    depth: modulation of the grid, 0..1.
    """
    width, height = picture.width_px, picture.height_px
    image = picture.image
    tint = np.array([1.0 - 0.18 * depth, 1.0 - 0.05 * depth, 1.0])
    level = np.arange(256, dtype=np.float64)
    lifted = 40.0 * depth + level[:, None] * (1.0 - 40.0 * depth / 255.0) * tint[None, :]
    image = np.asarray(cv2.LUT(image, np.rint(lifted).astype(np.uint8).reshape(256, 1, 3)))
    pitch, beat = rng.uniform(2.2, 3.4), rng.uniform(0.03, 0.07) * picture.card_px
    angle, turn = rng.uniform(-0.12, 0.12), rng.uniform(0.0, math.pi)
    fine, coarse = 0.5 * depth, 0.35 * depth
    phases = rng.uniform(0.0, 2.0 * math.pi, 4)
    channels = []
    for channel, phase in enumerate(phases[:3]):
        # Red, green and blue stripes stand side by side on a screen: a third of a pitch apart.
        grid = _wave(width, height, pitch, angle, 2.0 * math.pi * channel / 3.0)
        slow = _wave(width, height, max(beat, 4.0), turn, phases[3] + 0.4 * phase)
        channels.append(_gain((grid, fine), (slow, coarse)))
    out = cv2.multiply(image, cv2.merge(channels), scale=1.0 / 255.0)
    return replace(picture, image=np.asarray(out, dtype=np.uint8))


Wave = tuple[FloatArray, FloatArray]
"""(H, 2) and (2, W): their product is a plane wave in [-1, 1], by the addition theorem; no cosine a pixel."""


def _wave(width: int, height: int, period_px: float, angle_rad: float, phase: float) -> Wave:
    step = 2.0 * math.pi / period_px
    across = step * math.cos(angle_rad) * np.arange(width, dtype=np.float64) + phase
    down = step * math.sin(angle_rad) * np.arange(height, dtype=np.float64)
    return np.stack([np.cos(down), -np.sin(down)], axis=1), np.stack([np.cos(across), np.sin(across)])


def _gain(*waves: tuple[Wave, float]) -> GreyImage:
    """(H, W) uint8, 255 is one: each wave takes away up to its depth where it is high. One matrix product for all."""
    lefts = [-0.5 * depth * wave[0] for wave, depth in waves]
    rights = [wave[1] for wave, _ in waves]
    height, width = lefts[0].shape[0], rights[0].shape[1]
    constant = 1.0 - 0.5 * sum(depth for _, depth in waves)
    left = np.hstack([*lefts, np.full((height, 1), constant)]).astype(np.float32)
    right = np.vstack([*rights, np.ones((1, width))]).astype(np.float32)
    return np.asarray(cv2.convertScaleAbs(left @ right, alpha=255.0), dtype=np.uint8)


def clutter(picture: Picture, count: float, rng: np.random.Generator) -> Picture:
    """The card on a desk full of `count` other things.

    Where the photo shows surroundings (a card quad well inside it), only they change. Where the card fills the photo
    it is laid, at 72 % of its size, on a canvas as large as the photo was.
    """
    laid = picture if _has_surroundings(picture) else _laid_down(picture)
    width, height = picture.width_px, picture.height_px
    desk = _desk(width, height, max(0, round(count)), rng, edge_colour(picture.image))
    mask = quad_mask(laid.card_quad, width, height)
    return replace(laid, image=blend(desk, laid.image, mask))


def _has_surroundings(picture: Picture) -> bool:
    area = abs(cv2.contourArea(np.asarray(picture.card_quad, dtype=np.float32)))
    return CARD in picture.quads and area < 0.8 * picture.width_px * picture.height_px


def _laid_down(picture: Picture) -> Picture:
    width, height, size = picture.width_px, picture.height_px, 0.72
    matrix = np.array([[size, 0.0, width * (1 - size) / 2], [0.0, size, height * (1 - size) / 2], [0.0, 0.0, 1.0]])
    quads = {CARD: picture.card_quad, **picture.quads}
    moved = warp(picture, matrix, width, height)
    return replace(moved, quads=move_quads(quads, matrix))


def _desk(width: int, height: int, count: int, rng: np.random.Generator, colour: tuple[int, int, int]) -> RgbImage:
    """Papers, lines of print, pens and discs, drawn one over the other; more of them keep the earlier ones below."""
    desk = np.full((height, width, 3), colour, dtype=np.uint8)
    longer = max(width, height)
    for index in range(count):
        kind, numbers = int(rng.integers(4)), rng.uniform(0.0, 1.0, 8)
        x, y = numbers[0] * width, numbers[1] * height
        # Later things are smaller: large ones would only hide what lies there, and a fuller desk look emptier.
        size = (0.03 + 0.17 * numbers[2]) * longer / math.sqrt(1.0 + index / 12.0)
        ink = tuple(float(255 * value) for value in numbers[3:6])
        turn = numbers[6] * 360.0
        if kind == 0:
            box = cv2.boxPoints(((x, y), (2.0 * size, 1.3 * size), turn))
            cv2.fillConvexPoly(desk, box.astype(np.int32), ink, lineType=cv2.LINE_AA)
        elif kind == 1:
            _print_lines(desk, (x, y), size, turn, ink)
        elif kind == 2:
            _stroke(desk, (x, y), 2.5 * size, turn, ink, max(1, round(0.12 * size)))
        else:
            cv2.circle(desk, (int(x), int(y)), max(1, int(0.5 * size)), ink, -1, lineType=cv2.LINE_AA)
    return desk


def _stroke(
    desk: RgbImage, start: tuple[float, float], length: float, turn_deg: float, ink: tuple[float, ...], thick: int
) -> None:
    end = start[0] + length * math.cos(math.radians(turn_deg)), start[1] + length * math.sin(math.radians(turn_deg))
    cv2.line(desk, _grid(*start), _grid(*end), ink, thick, lineType=cv2.LINE_AA, shift=_SHIFT)


def _print_lines(
    desk: RgbImage, start: tuple[float, float], size: float, turn_deg: float, ink: tuple[float, ...]
) -> None:
    """Five dashed lines: print as it looks from too far away to read."""
    across = math.radians(turn_deg + 90.0)
    for row in range(5):
        shift = row * 0.22 * size
        at = start[0] + shift * math.cos(across), start[1] + shift * math.sin(across)
        _stroke(desk, at, size * (1.6 - 0.25 * (row % 3)), turn_deg, ink, max(1, round(0.05 * size)))
