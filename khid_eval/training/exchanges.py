"""Ways in which a portrait is exchanged, drawn onto a flat card (stuck on) or onto a photo of one (pasted).

Each takes (picture, portrait, other, rng): an RGB picture, the quad of the portrait on it and another portrait of any
size, and returns the picture with the other one, the given one unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from khid_eval.engine.geometry import as_array, as_quad, side_lengths
from khid_eval.records import Quad, RgbImage
from khid_eval.synth.paint import fractal
from khid_eval.training.pasting import (
    feathered,
    laid_by_hand,
    lay,
    mixed,
    of_another_camera,
    outline,
    photo_paper,
    rimmed,
    shadow_of,
    sized,
)

Draw = Callable[[RgbImage, Quad, RgbImage, np.random.Generator], RgbImage]


@dataclass(frozen=True, slots=True)
class Way:
    """pasted: onto the photo, after the camera; otherwise stuck onto the card before it. taught: training has it."""

    draw: Draw
    pasted: bool
    taught: bool


def _stuck(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """A photo glued on: cut by hand, a little turned, with a rim of paper, a shadow or both."""
    sheet = photo_paper(sized(other, portrait), rng)
    cover = outline(sheet.shape[:2], rng.uniform(0.03, 0.14) if rng.random() < 0.3 else 0.0)
    sheet = rimmed(sheet, cover, rng) if rng.random() < 0.6 else sheet
    place = laid_by_hand(portrait, rng, turn_deg=2.2, grow=(0.95, 1.1), shift=0.025, cut=0.01)
    return lay(picture, sheet, cover, place, shadow_of(portrait, rng))


def _taped(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """As stuck, held by strips of clear tape over its corners."""
    out = _stuck(picture, portrait, other, rng)
    width = float(side_lengths(portrait)[0])
    for corner in rng.permutation(as_array(portrait))[: int(rng.integers(2, 5))]:
        size = (width * rng.uniform(0.35, 0.6), width * rng.uniform(0.1, 0.2))
        strip = cv2.boxPoints(((float(corner[0]), float(corner[1])), size, float(rng.uniform(0, 180))))
        mask = np.zeros(out.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, np.rint(strip * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
        tape = np.full_like(out, rng.uniform(190, 255, 3).astype(np.uint8))
        out = mixed(out, tape, mask.astype(np.float32) * np.float32(rng.uniform(0.12, 0.4) / 255.0))
    return out


def _pasted(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Put in by a program: hard or feathered edges, grain, sharpness and light of another camera."""
    sheet = of_another_camera(sized(other, portrait), rng)
    cover = outline(sheet.shape[:2], rng.uniform(0.03, 0.1) if rng.random() < 0.2 else 0.0)
    if rng.random() < 0.5:
        cover = feathered(cover, rng.uniform(0.01, 0.05))
    place = laid_by_hand(portrait, rng, turn_deg=0.7, grow=(0.97, 1.05), shift=0.012, cut=0.0)
    return lay(picture, sheet, cover, place)


def _head(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """A head alone put in by a program: the printed ground around it stays."""
    sheet = of_another_camera(sized(other, portrait), rng)
    height, width = sheet.shape[:2]
    cover = np.zeros((height, width), np.uint8)
    middle = (width * rng.uniform(0.46, 0.54), height * rng.uniform(0.4, 0.46))
    axes = (width * rng.uniform(0.5, 0.66), height * rng.uniform(0.52, 0.68))
    cv2.ellipse(cover, (middle, axes, 0.0), 255, -1, cv2.LINE_AA)
    place = laid_by_hand(portrait, rng, turn_deg=1.0, grow=(0.97, 1.05), shift=0.012, cut=0.0)
    return lay(picture, sheet, feathered(cover, rng.uniform(0.008, 0.04)), place)


def _oval(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """A photo cut out as an oval, glued on."""
    sheet = photo_paper(sized(other, portrait), rng)
    height, width = sheet.shape[:2]
    cover = np.zeros((height, width), np.uint8)
    cv2.ellipse(cover, ((width / 2, height / 2), (width * 0.98, height * 0.98), 0.0), 255, -1, cv2.LINE_AA)
    place = laid_by_hand(portrait, rng, turn_deg=2.0, grow=(0.95, 1.12), shift=0.02, cut=0.0)
    return lay(picture, sheet, cover, place, shadow_of(portrait, rng))


def _torn(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """A photo torn out of another document, its white fibres at the edge, glued on."""
    sheet = photo_paper(sized(other, portrait), rng)
    height, width = sheet.shape[:2]
    depth = cv2.distanceTransform(np.pad(np.ones((height, width), np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    rough = (fractal(rng, height, width, cells=(6, 6), octaves=4) - 0.35) * rng.uniform(0.1, 0.25) * width
    cover = (np.clip(depth - rough, 0, 1) * 255).astype(np.uint8)
    fibres = np.clip(1.0 - (depth - rough) / (rng.uniform(0.015, 0.04) * width), 0, 1) * (depth > rough)
    sheet = mixed(sheet, np.full_like(sheet, rng.uniform(215, 250)), fibres.astype(np.float32))
    place = laid_by_hand(portrait, rng, turn_deg=2.0, grow=(1.0, 1.15), shift=0.02, cut=0.0)
    return lay(picture, sheet, cover, place, shadow_of(portrait, rng))


def _curled(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """A photo without a rim, glued on exactly, one corner of which has come loose: it bends up and throws a shadow."""
    sheet = photo_paper(sized(other, portrait), rng).astype(np.float32)
    height, width = sheet.shape[:2]
    corner = int(rng.integers(4))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.hypot((x - width * (corner in (1, 2))) / width, (y - height * (corner in (2, 3))) / height)
    bend = np.clip(1.0 - away / rng.uniform(0.25, 0.6), 0, 1)
    sheet *= (1.0 + rng.choice([-0.5, 0.5]) * bend * rng.uniform(0.4, 1.0))[..., None]
    points = as_array(laid_by_hand(portrait, rng, turn_deg=0.5, grow=(0.98, 1.04), shift=0.01, cut=0.0))
    middle = points.mean(axis=0)
    lifted = points.copy()
    lifted[corner] += (middle - points[corner]) * rng.uniform(-0.06, 0.12)
    soft = rng.uniform(0.02, 0.05) * float(side_lengths(portrait)[0])
    below = lay(picture, np.zeros_like(sheet), np.full((height, width), 110, np.uint8), as_quad(points), softness=soft)
    return lay(below, sheet, np.full((height, width), 255, np.uint8), as_quad(lifted))


def _spliced(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """A portrait cut out of a photo of another card, with a strip of that card's ground around it."""
    inner = sized(other, portrait)
    height, width = inner.shape[:2]
    strip = round(rng.uniform(0.03, 0.1) * width)
    ground = fractal(rng, height + 2 * strip, width + 2 * strip, cells=(3, 3), octaves=5)[..., None]
    sheet = np.clip(rng.uniform(190, 245, 3) + (ground - 0.5) * rng.uniform(10, 50), 0, 255).astype(np.uint8)
    sheet[strip : strip + height, strip : strip + width] = inner
    share = 1.0 + 2.0 * strip / width
    place = laid_by_hand(portrait, rng, turn_deg=0.7, grow=(share, share), shift=0.01, cut=0.0)
    cover = feathered(outline(sheet.shape[:2], 0.0), rng.uniform(0.0, 0.02))
    return lay(picture, of_another_camera(sheet, rng), cover, place)


def _reprinted(picture: RgbImage, portrait: Quad, other: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Exactly in its place and seen by the same camera: nothing but what lay over the old portrait is missing."""
    del rng
    sheet = sized(other, portrait)
    return lay(picture, sheet, outline(sheet.shape[:2], 0.0), portrait)


WAYS = MappingProxyType(
    {
        "stuck": Way(_stuck, pasted=False, taught=True),
        "taped": Way(_taped, pasted=False, taught=True),
        "pasted": Way(_pasted, pasted=True, taught=True),
        "head": Way(_head, pasted=True, taught=True),
        "oval": Way(_oval, pasted=False, taught=False),
        "torn": Way(_torn, pasted=False, taught=False),
        "curled": Way(_curled, pasted=False, taught=False),
        "spliced": Way(_spliced, pasted=True, taught=False),
        "reprinted": Way(_reprinted, pasted=False, taught=False),
    }
)
"""By name. Those that are not taught are kept for the figures: what the net knows of them, it found out by itself."""
