"""A sheet laid onto a picture: its looks, outline, place and shadow. What exchanged portraits are made of.

A sheet is (h, w, 3), its cover (h, w) uint8: 255 where it hides what lies below.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.engine.geometry import as_array, as_quad, box_quad, centre_form, homography, project, side_lengths
from khid_eval.records import FloatArray, GreyImage, Quad, RgbImage

FloatPicture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shadow:
    """offset, softness: in pixels of the picture. depth: share of light that is lost, in [0, 1]."""

    offset: tuple[float, float]
    softness: float
    depth: float


def sized(other: RgbImage, portrait: Quad) -> RgbImage:
    """The other portrait as large as the one on the picture."""
    top, right, bottom, left = side_lengths(portrait)
    size = max(8, round((top + bottom) / 2)), max(8, round((left + right) / 2))
    way = cv2.INTER_AREA if size[1] < other.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(other, size, interpolation=way), np.uint8)


def photo_paper(sheet: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Colours, grain, sharpness and, at times, gloss of a print on photo paper that does not lie quite flat."""
    height, width = sheet.shape[:2]
    bow = np.linspace(-1, 1, width, dtype=np.float32)[None, :] if rng.random() < 0.5 else np.zeros((1, 1), np.float32)
    light = rng.uniform(0.8, 1.2) * (1.0 + rng.uniform(-0.12, 0.12) * bow + rng.uniform(-0.08, 0.08) * bow**2)
    out = sheet * light[..., None] + rng.normal(0.0, 8.0, 3)
    if rng.random() < 0.5:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 0.008 * width + 0.4)), np.float64)
    out = out + rng.normal(0.0, rng.uniform(0.0, 7.0), (height, width, 1))
    if rng.random() < 0.3:
        across = np.linspace(-1, 1, width)[None, :] * rng.uniform(-1, 1) + np.linspace(-1, 1, height)[:, None]
        band = ((across - rng.uniform(-1, 1)) / rng.uniform(0.1, 0.5)) ** 2
        out = out + rng.uniform(15, 70) * np.exp(-band)[..., None]
    return np.asarray(np.clip(out, 0, 255), np.uint8)


def of_another_camera(sheet: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Softness, grain, compression, light and colour that are not those of the photo around it."""
    gain = rng.uniform(0.75, 1.2) * rng.uniform(0.92, 1.08, 3)
    out = np.asarray(sheet, np.float32) * gain.astype(np.float32)
    if rng.random() < 0.5:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.8)), np.float32)
    if rng.random() < 0.6:
        out = out + rng.normal(0.0, rng.uniform(1.0, 12.0), out.shape).astype(np.float32)
    seen = np.asarray(np.clip(out, 0, 255), np.uint8)
    if rng.random() < 0.5:
        _, coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 92))])
        seen = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return seen


def rimmed(sheet: RgbImage, cover: GreyImage, rng: np.random.Generator) -> RgbImage:
    """With a rim of paper along the outline: white, cream or dark, broader on one side than on the other."""
    wide = rng.uniform(0.006, 0.05) * sheet.shape[1]
    moved = np.array([[1.0, 0.0, rng.normal(0, 0.4) * wide], [0.0, 1.0, rng.normal(0, 0.4) * wide]])
    depth = cv2.distanceTransform(np.pad((cover > 127).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    depth = cv2.warpAffine(depth, moved, depth.shape[::-1])
    share = np.clip(wide - depth + 0.5, 0, 1).astype(np.float32)
    colour = rng.uniform(225, 255, 3) if rng.random() < 0.8 else np.full(3, rng.uniform(20, 120))
    return mixed(sheet, np.full_like(sheet, colour), share)


def outline(shape: tuple[int, ...], radius_share: float) -> GreyImage:
    """255 inside a rectangle, with rounded corners of that share of its width."""
    cover = np.full(shape, 255, np.uint8)
    radius = round(radius_share * shape[1])
    if radius:
        inner = np.asarray(cv2.erode(cover, np.ones((3, 3), np.uint8)), np.uint8)
        inner[:radius, :radius] = inner[:radius, -radius:] = inner[-radius:, :radius] = inner[-radius:, -radius:] = 0
        for x in (radius, shape[1] - 1 - radius):
            for y in (radius, shape[0] - 1 - radius):
                cv2.circle(inner, (x, y), radius, 255, -1, cv2.LINE_AA)
        cover = inner
    return cover


def feathered(cover: GreyImage, share: float) -> GreyImage:
    """Soft at its edge, within `share` of its width. Nothing is added outside."""
    soft = max(0.3, share * cover.shape[1])
    blurred = cv2.GaussianBlur(np.pad(cover, 4), (0, 0), soft)[4:-4, 4:-4].astype(np.float32)
    return np.asarray(np.clip(blurred * 2 - 255, 0, 255), np.uint8)


def laid_by_hand(
    portrait: Quad, rng: np.random.Generator, *, turn_deg: float, grow: tuple[float, float], shift: float, cut: float
) -> Quad:
    """The quad turned, grown and shifted in its own plane, its corners cut unevenly. shift, cut: shares of width."""
    top, right, bottom, left = side_lengths(portrait)
    size = np.array([(top + bottom) / 2, (left + right) / 2])
    points = as_array(box_quad(-0.5, -0.5, 0.5, 0.5)) * size * rng.uniform(*grow, 2)
    angle = np.deg2rad(rng.normal(0.0, turn_deg))
    points = points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points += rng.normal(0.0, shift, 2) * size[0] + rng.normal(0.0, 1.0, (4, 2)) * cut * size[0]
    return as_quad(project(homography(box_quad(*(-size / 2), *(size / 2)), portrait), points))


def shadow_of(portrait: Quad, rng: np.random.Generator) -> Shadow | None:
    """Of paper on the card, in one direction; a third throws none that could be seen."""
    if rng.random() < 0.3:
        return None
    width = float(side_lengths(portrait)[0])
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.005, 0.03) * width
    offset = (float(np.cos(angle) * reach), float(np.sin(angle) * reach))
    return Shadow(offset, float(rng.uniform(0.004, 0.02) * width), float(rng.uniform(0.15, 0.6)))


def lay(
    picture: RgbImage,
    sheet: RgbImage | FloatPicture,
    cover: GreyImage,
    place: Quad,
    shadow: Shadow | None = None,
    *,
    softness: float = 0.0,
) -> RgbImage:
    """The sheet where its cover is on the quad, over its shadow. softness: of the cover on the picture, in pixels."""
    height, width = sheet.shape[:2]
    window, corner = _window(picture, place, 8.0 + 4.0 * softness + (6.0 * shadow.softness if shadow else 0.0))
    below = picture[window].astype(np.float32)
    matrix = homography(box_quad(0, 0, width, height), as_quad(as_array(place) - corner))
    size = (below.shape[1], below.shape[0])
    over = cv2.warpPerspective(sheet, centre_form(matrix), size, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    # One clear pixel around the cover, so that its straight edges are smoothed too.
    clear = centre_form(matrix) @ np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0], [0.0, 0.0, 1.0]])
    share = cv2.warpPerspective(np.pad(cover, 1), clear, size).astype(np.float32) / np.float32(255.0)
    if softness:
        share = np.asarray(cv2.GaussianBlur(share, (0, 0), softness), np.float32)
    if shadow:
        moved = np.array([[1.0, 0.0, shadow.offset[0]], [0.0, 1.0, shadow.offset[1]]])
        shade = cv2.GaussianBlur(cv2.warpAffine(share, moved, size), (0, 0), max(0.4, shadow.softness))
        below *= 1.0 - shadow.depth * shade[..., None]
    out = picture.copy()
    out[window] = np.clip(below * (1 - share[..., None]) + over * share[..., None] + 0.5, 0, 255).astype(np.uint8)
    return out


def _window(picture: RgbImage, place: Quad, room: float) -> tuple[tuple[slice, slice], FloatArray]:
    """The part of the picture around a quad as slices, and its upper left corner (x, y)."""
    points, size = as_array(place), np.array([picture.shape[1], picture.shape[0]])
    low = np.clip(np.floor(points.min(axis=0) - room), 0, size - 2).astype(int)
    high = np.clip(np.ceil(points.max(axis=0) + room), low + 2, size).astype(int)
    return (slice(low[1], high[1]), slice(low[0], high[0])), low.astype(np.float64)


def mixed(below: RgbImage, above: RgbImage, share: FloatPicture) -> RgbImage:
    """share: (H, W) in [0, 1] of `above`."""
    share = np.asarray(share, np.float32)
    return np.asarray(cv2.blendLinear(above, below, share, np.float32(1.0) - share), np.uint8)
