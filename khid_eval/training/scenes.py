"""Pictures that teach the locator: cards, other documents and bare surfaces, drawn at the net's own small size.

Every sample is drawn anew, harder than reality: any turn, steep views, cut borders, matching tones, shadows, glare.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval import conditions
from khid_eval.engine.geometry import (
    CARD_ASPECT,
    as_array,
    as_quad,
    box_quad,
    card_width_px,
    centre_form,
    homography,
    is_convex,
    signed_area,
)
from khid_eval.engine.heat_maps import BORDER_PX, CELLS, SIDE_PX, Float32Array, corner_targets, letterbox, normalised
from khid_eval.engine.locate import SECOND_LOOK_MARGIN, SECOND_LOOK_PX
from khid_eval.engine.rectify import rectify
from khid_eval.records import FloatArray, GreyImage, Quad, RgbImage
from khid_eval.training.row_layouts import stretched
from khid_eval.training.viewpoints import placed, seen_from_anywhere

_INNER = SIDE_PX - 2 * BORDER_PX
_SECOND_SCENE_PX = 400


@dataclass(frozen=True, slots=True)
class Scenery:
    """What scenes are made of. cards, others: flat documents at card size, any number of pixels; surfaces: textures."""

    cards: Sequence[RgbImage]
    others: Sequence[RgbImage]
    surfaces: Sequence[RgbImage]


@dataclass(frozen=True, slots=True)
class LocatorSample:
    """image: (3, 256, 256) float32; corners: (4, 64, 64), sums of one; area: (64, 64) in [0, 1]; card: 1.0 or 0.0.

    quad: the card's (or other document's) corners on the canvas, (4, 2).
    """

    image: Float32Array
    corners: Float32Array
    area: Float32Array
    card: float
    quad: FloatArray


def locator_sample(scenery: Scenery, rng: np.random.Generator) -> LocatorSample:
    """One picture as the net would be shown it: somewhat more whole photos than second looks."""
    card = not scenery.others or rng.random() < 0.8
    if not card and rng.random() < 0.25:
        image = photo_effects(_background(scenery, *_photo_size(rng), rng), None, rng)
        return _as_sample(image, as_array(box_quad(0, 0, 1, 1)), None)
    document = stretched(_pick(scenery.cards if card else scenery.others, rng), rng)
    draw = _photo if rng.random() < 0.55 else _second_look
    image, quad = draw(document, scenery, rng)
    return _as_sample(image, quad, card)


def _pick(items: Sequence[RgbImage], rng: np.random.Generator) -> RgbImage:
    return items[int(rng.integers(len(items)))]


def _photo_size(rng: np.random.Generator, longest_px: int = _INNER) -> tuple[int, int]:
    """(width, height) of a photo of any usual shape."""
    ratio = float(rng.choice([4 / 3, 4 / 3, 16 / 9, 3 / 2, 1.0, CARD_ASPECT, 2.1]))
    shorter = round(longest_px / ratio)
    return (longest_px, shorter) if rng.random() < 0.55 else (shorter, longest_px)


def _photo(
    document: RgbImage, scenery: Scenery, rng: np.random.Generator, longest_px: int = _INNER
) -> tuple[RgbImage, FloatArray]:
    """A whole photo, by default as large as the net's canvas has room for, and the document's corners on it."""
    if rng.random() < 0.05:
        return _full_bleed(document, rng)
    width, height = _photo_size(rng, longest_px)
    quad = placed(seen_from_anywhere(rng), width, height, rng)
    below = _background(scenery, width, height, rng)
    if rng.random() < 0.2:
        below = _same_tone(below, document)
    image = photo_effects(laid_on(below, document, quad, rng), as_quad(quad), rng)
    return _turned_whole(image, quad, rng) if rng.random() < 0.12 else (image, quad)


def _turned_whole(image: RgbImage, quad: FloatArray, rng: np.random.Generator) -> tuple[RgbImage, FloatArray]:
    """The finished photo turned by a program, as large as before: its own edges lie on plain ground around the card."""
    height, width = image.shape[:2]
    angle_deg = rng.uniform(0.0, 360.0)
    cosine, sine = abs(math.cos(math.radians(angle_deg))), abs(math.sin(math.radians(angle_deg)))
    fits = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, fits)
    tone = int(rng.choice([0, 0, 255, 128, int(rng.integers(256))]))
    mean = tuple(float(value) for value in image.mean(axis=(0, 1)))
    ground = mean if rng.random() < 0.3 else (tone, tone, tone)
    # Points stand at pixel edges, cv2 counts from pixel centres.
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    turned = cv2.warpAffine(image, shifted, (width, height), flags=cv2.INTER_LINEAR, borderValue=ground)
    return np.asarray(turned, np.uint8), np.asarray(quad @ matrix[:, :2].T + matrix[:, 2], np.float64)


def _full_bleed(document: RgbImage, rng: np.random.Generator) -> tuple[RgbImage, FloatArray]:
    """A scan cut exactly at the card's edges, in any of the four upright positions."""
    quarter = int(rng.integers(4))
    turned = np.ascontiguousarray(np.rot90(document, quarter))
    scale = _INNER / max(turned.shape[:2])
    size = (round(turned.shape[1] * scale), round(turned.shape[0] * scale))
    image = np.asarray(cv2.resize(turned, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    quad = np.roll(as_array(box_quad(0, 0, *size)), quarter, axis=0)
    return photo_effects(image, as_quad(quad), rng), quad


def _second_look(document: RgbImage, scenery: Scenery, rng: np.random.Generator) -> tuple[RgbImage, FloatArray]:
    """The rectification of a first guess, with the guess's errors; what lies outside the photo shows as it will."""
    image, truth = _photo(document, scenery, rng, _SECOND_SCENE_PX)
    height, width = image.shape[:2]
    # The first look cannot point outside the photo.
    guess = np.clip(truth, 0.0, (width, height))
    spread = float(rng.choice([0.01, 0.03, 0.07])) * card_width_px(as_quad(truth))
    guess = guess + np.clip(rng.normal(0.0, spread, (4, 2)), -2.2 * spread, 2.2 * spread)
    quad = as_quad(guess if is_convex(as_quad(guess)) and signed_area(as_quad(guess)) > 100.0 else truth)
    card = rectify(image, quad, width_px=SECOND_LOOK_PX, margin=SECOND_LOOK_MARGIN)
    return np.asarray(card.image), as_array(card.quad_from_photo(as_quad(truth)))


def _background(scenery: Scenery, width: int, height: int, rng: np.random.Generator) -> RgbImage:
    """A surface with, at times, other things on it."""
    surface = _pick(scenery.surfaces, rng)
    surface = np.rot90(surface, int(rng.integers(4)))
    zoom = rng.uniform(0.25, 1.0)
    crop = int(surface.shape[0] * zoom)
    y, x = (int(rng.integers(surface.shape[0] - crop + 1)) for _ in range(2))
    part = np.ascontiguousarray(surface[y : y + crop, x : x + crop][..., rng.permutation(3)])
    image: RgbImage = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if rng.random() < 0.25:
        image = _with_things(image, rng)
    if scenery.others and rng.random() < 0.15:
        # Another document in the picture is not the card.
        corner = placed(seen_from_anywhere(rng), width, height, rng)
        corner += rng.normal(0.0, 0.35, 2) * np.array([width, height])
        image = laid_on(image, _pick(scenery.others, rng), corner, rng)
    return image


def _with_things(image: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Pens, papers, coins: straight and round edges that are not the card's."""
    out = image.copy()
    height, width = out.shape[:2]
    for _ in range(int(rng.integers(1, 9))):
        x, y, size, turn = rng.uniform(0.0, 1.0, 4)
        colour = tuple(float(c) for c in rng.uniform(0.0, 255.0, 3))
        centre, length = (x * width, y * height), (0.05 + 0.4 * size) * width
        kind = int(rng.integers(3))
        if kind == 0:
            box = cv2.boxPoints((centre, (length, length * rng.uniform(0.3, 1.0)), 180.0 * turn))
            cv2.fillConvexPoly(out, box.astype(np.int32), colour, lineType=cv2.LINE_AA)
        elif kind == 1:
            step = (0.5 * length * math.cos(6.3 * turn), 0.5 * length * math.sin(6.3 * turn))
            ends = [(round(centre[0] + s * step[0]), round(centre[1] + s * step[1])) for s in (-1, 1)]
            cv2.line(out, ends[0], ends[1], colour, int(rng.integers(1, 9)), lineType=cv2.LINE_AA)
        else:
            middle = (round(centre[0]), round(centre[1]))
            cv2.circle(out, middle, max(2, round(0.25 * length)), colour, -1, lineType=cv2.LINE_AA)
    return out


def _same_tone(below: RgbImage, document: RgbImage) -> RgbImage:
    """The surface in the document's own border colour: only a faint edge is left to see."""
    ring = np.concatenate([document[2:6].reshape(-1, 3), document[-6:-2].reshape(-1, 3)]).mean(axis=0)
    shifted = below.astype(np.float32) * 0.5
    shifted += ring - shifted.mean(axis=(0, 1))
    return np.asarray(np.clip(shifted, 0, 255), dtype=np.uint8)


def laid_on(below: RgbImage, document: RgbImage, quad: FloatArray, rng: np.random.Generator) -> RgbImage:
    """The document on the surface, with round corners, a soft shadow and at times a bright or dark rim."""
    height, width = below.shape[:2]
    target = as_quad(quad)
    small = _shrunk_for(document, quad)
    warp = centre_form(homography(box_quad(0, 0, small.shape[1], small.shape[0]), target))
    over = cv2.warpPerspective(small, warp, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    outline = _outline(small.shape[1], small.shape[0], rng)
    mask: GreyImage = np.asarray(cv2.warpPerspective(outline, warp, (width, height)), dtype=np.uint8)
    image = below
    if rng.random() < 0.6:
        image = _drop_shadow(image, mask, rng)
    share = cv2.merge([mask, mask, mask]).astype(np.float32) / 255.0
    return np.asarray(image * (1 - share) + over * share + 0.5, dtype=np.float32).clip(0, 255).astype(np.uint8)


def _shrunk_for(document: RgbImage, quad: FloatArray) -> RgbImage:
    """The document at no more than 1.5 times the size at which it is shown, so that the warp does not alias."""
    longest = float(np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1).max())
    scale = 1.3 * longest / document.shape[1]
    if scale >= 1.0:
        return document
    size = (max(8, round(document.shape[1] * scale)), max(5, round(document.shape[0] * scale)))
    return np.asarray(cv2.resize(document, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _outline(width: int, height: int, rng: np.random.Generator) -> GreyImage:
    """255 inside the card, with its 3.18 mm round corners (a copy cut out by hand has square ones)."""
    mask = np.full((height, width), 255, dtype=np.uint8)
    radius = round(0.037 * width)
    if rng.random() < 0.15 or radius < 1:
        return mask
    mask[:] = 0
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, lineType=cv2.LINE_AA)
    return mask


def _drop_shadow(image: RgbImage, mask: GreyImage, rng: np.random.Generator) -> RgbImage:
    blur = rng.uniform(0.8, 5.0)
    dx, dy = rng.normal(0.0, 2.0, 2)
    shifted = cv2.warpAffine(mask, np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]]), mask.shape[::-1])
    soft = cv2.GaussianBlur(shifted, (0, 0), blur).astype(np.float32) * (rng.uniform(0.15, 0.7) / 255.0)
    return np.asarray(image * (1.0 - soft[..., None]), dtype=np.uint8)


_LIGHT = ("dark", "bright", "uneven_light", "uneven_light", "shadow", "shadow", "glare", "colour_cast")
_OPTICS = ("defocus", "motion_blur", "sensor_noise", "jpeg", "pixelate", "occlusion", "photocopy", "recapture")
_HOW_MANY = (0.45, 0.4, 0.15)
_MOST = {"sensor_noise": 0.3, "jpeg": 0.6, "pixelate": 0.35}
"""These spare a large photo that is then shrunk, and would not spare the small pictures drawn here."""


def photo_effects(image: RgbImage, quad: Quad | None, rng: np.random.Generator) -> RgbImage:
    """Light, lens, sensor and file: none to four of the conditions, and a gain and gamma of its own."""
    picture = conditions.Picture(image, {conditions.CARD: quad} if quad else {})
    for names, most in ((_LIGHT, 2), (_OPTICS, 2)):
        for _ in range(int(rng.choice(most + 1, p=_HOW_MANY))):
            name = str(rng.choice(names))
            amount = float(rng.uniform(0.02, _MOST.get(name, 0.7)))
            picture = conditions.apply_amount(picture, name, amount, rng)
    table = 255.0 * (np.arange(256) / 255.0) ** rng.uniform(0.6, 1.6) * rng.uniform(0.75, 1.15) + rng.normal(0.0, 8.0)
    return np.asarray(cv2.LUT(picture.image, table.clip(0, 255).astype(np.uint8)), dtype=np.uint8)


def _as_sample(image: RgbImage, quad: FloatArray, card: bool | None) -> LocatorSample:
    """card: True for a card, False for another document, None for neither (then there is no area)."""
    canvas, placed = letterbox(image)
    corners = placed.to_canvas(quad)
    area = np.zeros((CELLS, CELLS), dtype=np.float32)
    if card:
        fine = np.zeros((SIDE_PX, SIDE_PX), dtype=np.uint8)
        cv2.fillConvexPoly(fine, np.rint((corners - 0.5) * 16).astype(np.int32), 255, lineType=cv2.LINE_AA, shift=4)
        area = cv2.resize(fine, (CELLS, CELLS), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    targets = corner_targets(corners)
    return LocatorSample(normalised(canvas, placed), targets, area, 1.0 if card else 0.0, corners)
