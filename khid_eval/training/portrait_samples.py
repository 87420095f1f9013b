"""Portraits as the engine cuts them out of photos, half of them exchanged: what the portrait net learns from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from khid_eval import conditions
from khid_eval.conditions import CARD, Picture, move_quad
from khid_eval.engine.geometry import as_array, as_quad, box_quad, centre_form, homography, side_lengths
from khid_eval.engine.onnx_model import Float32Array
from khid_eval.engine.portrait import net_input, portrait_window
from khid_eval.records import FloatArray, Quad, RgbImage
from khid_eval.synth.finish import lay_portrait, round_stamp
from khid_eval.synth.grounds import overprint
from khid_eval.synth.paint import random_colour
from khid_eval.synth.photos import camera
from khid_eval.training.exchanges import WAYS
from khid_eval.training.portrait_pool import CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, PLACE, PortraitPool, Surroundings
from khid_eval.training.textures import Split

NONE = ""
"""The way of a portrait that nobody exchanged."""
TAUGHT = tuple(name for name, way in WAYS.items() if way.taught)
_WIDTHS_PX = (60.0, 300.0)
"""Of a portrait on a photo."""
_MILD = ("dark", "bright", "uneven_light", "shadow", "colour_cast", "sensor_noise", "jpeg", "low_resolution")
_HARD = ("glare", "defocus", "motion_blur", "occlusion", "photocopy", "recapture")


@dataclass(frozen=True, slots=True)
class PortraitSample:
    """image: (3, 224, 192) float32, see engine.portrait.net_input. way: of exchanges.WAYS, or NONE."""

    image: Float32Array
    way: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A piece of a photo with the portrait and the card on it, in its pixels."""

    image: RgbImage
    portrait: Quad
    card: Quad


def portrait_pair(
    pool: PortraitPool, split: Split, rng: np.random.Generator, ways: Sequence[str] = TAUGHT
) -> tuple[PortraitSample, PortraitSample]:
    """A random card of the pool as printed, and with its portrait exchanged in one of `ways`.

    Both are photographed and spoilt alike: nothing but the exchange tells them apart.
    """
    name = str(rng.choice(ways))
    way, other = WAYS[name], _face(pool, rng)
    card = pool.cards[int(rng.integers(len(pool.cards)))]
    flat = _printed(card, pool, split, rng)
    seed = int(rng.integers(2**32))
    seen = _photographed(flat, card, pool, np.random.default_rng([seed, 0]))
    if way.pasted:
        image = way.draw(seen.image, seen.portrait, other, rng)
    else:
        image = _photographed(way.draw(flat, PLACE, other, rng), card, pool, np.random.default_rng([seed, 0])).image
    return (
        _cut_out(seen, NONE, np.random.default_rng([seed, 1])),
        _cut_out(replace(seen, image=image), name, np.random.default_rng([seed, 1])),
    )


def _cut_out(seen: _Seen, way: str, rng: np.random.Generator) -> PortraitSample:
    """Spoilt, then cut out as the engine does it."""
    image = _spoilt(seen.image, seen.card, rng)
    return PortraitSample(net_input(portrait_window(image, _found(seen.portrait, rng))), way)


def _face(pool: PortraitPool, rng: np.random.Generator) -> RgbImage:
    """One of the pool's faces, mirrored, zoomed and toned anew each time."""
    face = pool.faces[int(rng.integers(len(pool.faces)))]
    if rng.random() < 0.5:
        face = face[:, ::-1]
    height, width = face.shape[:2]
    cut = round(rng.uniform(0.0, 0.12) * width)
    curve = 255.0 * (np.arange(256)[:, None] / 255.0) ** rng.uniform(0.7, 1.5) * rng.uniform(0.85, 1.1, 3)
    table = np.clip(curve, 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(np.ascontiguousarray(face[cut : height - cut, cut : width - cut]), table), np.uint8)


def _printed(card: Surroundings, pool: PortraitPool, split: Split, rng: np.random.Generator) -> RgbImage:
    """The card as its issuer made it; in half of the samples with another portrait, printed as diversely as may be."""
    flat = np.ascontiguousarray(card.pixels[..., :3])
    (left, top), _, (right, bottom), _ = (tuple(round(v) for v in point) for point in PLACE)
    if rng.random() < 0.5:
        sheet = cv2.resize(_face(pool, rng), (right - left, bottom - top), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:
            sheet = cv2.GaussianBlur(sheet, (0, 0), rng.uniform(0.4, 2.0))
        grain = rng.normal(0.0, rng.uniform(0.0, 10.0), sheet.shape[:2])[..., None]
        lay_portrait(rng, flat, np.clip(sheet + grain, 0, 255).astype(np.uint8), left, top, plain=False)
    if rng.random() < 0.25:
        _framed(flat, (left, top, right, bottom), rng)
    if rng.random() < 0.2:
        overprint(rng, flat, split, rng.uniform(0.1, 0.7))
    if rng.random() < 0.12:
        round_stamp(rng, flat, rng.uniform(0.1, 0.5))
    if rng.random() < 0.12:
        _lined(flat, rng)
    return flat


def _framed(flat: RgbImage, box: tuple[int, int, int, int], rng: np.random.Generator) -> None:
    """One or two printed frames around the portrait, straight and even, in place."""
    left, top, right, bottom = box
    for _ in range(int(rng.integers(1, 3))):
        out, thick = int(rng.integers(-4, 12)), int(rng.integers(1, 8))
        white = rng.random() < 0.4
        colour = (250, 250, 248) if white else random_colour(rng, (0, 0.7), (0.05, 1.0))
        cv2.rectangle(flat, (left - out, top - out), (right + out - 1, bottom + out - 1), colour, thick)


def _lined(flat: RgbImage, rng: np.random.Generator) -> None:
    """A crease, a scratch or the edge of a sleeve across card and portrait, in place."""
    height, width = flat.shape[:2]
    plain = flat.copy()
    for _ in range(int(rng.integers(1, 3))):
        across, drift = rng.uniform(0, 1), rng.normal(0, 0.08)
        ends = ((0, across * height), (width, (across + drift) * height))
        if rng.random() < 0.5:
            ends = ((across * width, 0), ((across + drift) * width, height))
        start, end = ((round(x), round(y)) for x, y in ends)
        cv2.line(flat, start, end, (250, 250, 250) if rng.random() < 0.6 else (40, 40, 40), int(rng.integers(1, 4)), 16)
    share = rng.uniform(0.2, 0.8)
    flat[:] = cv2.addWeighted(flat, share, plain, 1.0 - share, 0)


def _photographed(flat: RgbImage, card: Surroundings, pool: PortraitPool, rng: np.random.Generator) -> _Seen:
    """Laid on a surface, seen a little from the side by a camera."""
    matrix, size = _view(card, rng)
    surface = pool.surfaces[int(rng.integers(len(pool.surfaces)))]
    ground = cv2.resize(np.rot90(surface, int(rng.integers(4))), size, interpolation=cv2.INTER_LINEAR)
    alpha, whole, warp = card.pixels[..., 3], matrix, matrix
    shrink = min(1.0, 1.15 * size[0] / CANVAS_WIDTH_PX)
    if shrink < 0.95:
        small = round(CANVAS_WIDTH_PX * shrink), round(CANVAS_HEIGHT_PX * shrink)
        flat = np.asarray(cv2.resize(flat, small, interpolation=cv2.INTER_AREA), np.uint8)
        alpha = np.asarray(cv2.resize(alpha, small, interpolation=cv2.INTER_AREA), np.uint8)
        warp = matrix @ np.diag([CANVAS_WIDTH_PX / small[0], CANVAS_HEIGHT_PX / small[1], 1.0])
    over = cv2.warpPerspective(flat, centre_form(warp), size, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(alpha, centre_form(warp), size, borderMode=cv2.BORDER_REPLICATE)
    share = cover.astype(np.float32) / np.float32(255.0)
    laid = np.asarray(cv2.blendLinear(over, np.ascontiguousarray(ground), share, 1 - share), np.uint8)
    return _Seen(camera(rng, laid), move_quad(PLACE, whole), move_quad(card.card, whole))


def _view(card: Surroundings, rng: np.random.Generator) -> tuple[FloatArray, tuple[int, int]]:
    """(3, 3) from the canvas to a picture, and the picture's width and height."""
    wide = math.exp(rng.uniform(*np.log(_WIDTHS_PX)))
    across, down = side_lengths(PLACE)[:2]
    size = round(CANVAS_WIDTH_PX * wide / across), round(CANVAS_HEIGHT_PX * wide / card.aspect / down)
    target = as_array(box_quad(0, 0, *size))
    middle = np.array(size) / 2
    angle = np.deg2rad(rng.normal(0.0, 5.0) + (rng.uniform(-45, 45) if rng.random() < 0.15 else 0.0))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    target = (target - middle + rng.normal(0.0, 0.03, (4, 2)) * size) @ turn + middle
    return homography(box_quad(0, 0, CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX), as_quad(target)), size


def _spoilt(image: RgbImage, card: Quad, rng: np.random.Generator) -> RgbImage:
    """None to three conditions, mostly mild, and the compression of the file."""
    picture = Picture(image, {CARD: card})
    for name in rng.choice(_MILD, int(rng.choice(3, p=(0.5, 0.35, 0.15))), replace=False):
        picture = conditions.apply_amount(picture, str(name), float(rng.beta(1.2, 2.0)), rng)
    if rng.random() < 0.4:
        picture = conditions.apply_amount(picture, str(rng.choice(_HARD)), float(rng.beta(1.2, 2.0)), rng)
    if rng.random() < 0.5:
        _, coded = cv2.imencode(".jpg", picture.image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))])
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return picture.image


def _found(portrait: Quad, rng: np.random.Generator) -> Quad:
    """The portrait where the engine would find it: its sides a little off."""
    sides = np.array([-0.01, -0.01, 1.01, 1.01]) + rng.normal(0.0, 0.025, 4)
    moved = box_quad(*sides.tolist())
    return move_quad(moved, homography(box_quad(0, 0, 1, 1), portrait))
