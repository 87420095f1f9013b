"""The card, flat and upright, at the resolution that the photo supports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import ArrayLike

from khid_eval.engine.geometry import (
    CARD_ASPECT,
    as_array,
    as_quad,
    box_quad,
    card_width_px,
    centre_form,
    homography,
    inverse,
    project,
)
from khid_eval.records import BoolArray, FloatArray, GreyImage, Quad, RgbImage

Image = GreyImage | RgbImage
MIN_WIDTH_PX, MAX_WIDTH_PX = 640, 1280
"""Width of the rectified card: no more than reading gains from, no less than leaves text at a readable height."""


@dataclass(frozen=True, slots=True)
class RectifiedCard:
    """image: (H, W) grey or (H, W, 3) RGB uint8; the card itself fills `box`, a margin of photo stands around it.

    box: (left, top, right, bottom) of the card on `image`, in pixels.
    to_photo: (3, 3) float64, from `image` to the picture that was rectified (pixel edges on both sides).
    outside: (H, W) bool, true where `image` lies outside the photo (shown in the photo's mean colour).
    """

    image: Image
    box: tuple[float, float, float, float]
    to_photo: FloatArray
    outside: BoolArray

    @property
    def width_px(self) -> float:
        """Width of the card itself, without margins."""
        return self.box[2] - self.box[0]

    @property
    def height_px(self) -> float:
        """Height of the card itself, without margins."""
        return self.box[3] - self.box[1]

    def points_to_photo(self, points: ArrayLike) -> FloatArray:
        """points: (n, 2) on `image`. Returns (n, 2) on the picture that was rectified."""
        return project(self.to_photo, points)

    def quad_to_photo(self, quad: Quad) -> Quad:
        return as_quad(self.points_to_photo(as_array(quad)))

    def quad_from_photo(self, quad: Quad) -> Quad:
        return as_quad(project(inverse(self.to_photo), as_array(quad)))

    def grey(self) -> GreyImage:
        """The image in grey, whatever it is in."""
        return (
            self.image if self.image.ndim == 2 else np.asarray(cv2.cvtColor(self.image, cv2.COLOR_RGB2GRAY), np.uint8)
        )


class Reductions:
    """A photo at whole fractions of its size, each made once: what looks at one card several times shares them."""

    def __init__(self, image: Image) -> None:
        self._made = {1: image}

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the photo itself."""
        return self._made[1].shape

    def by(self, factor: int) -> Image:
        """The photo at 1 / factor of its size; see `shrunk`."""
        if factor not in self._made:
            self._made[factor] = shrunk(self._made[1], factor)
        return self._made[factor]


def supported_width_px(quad: Quad) -> int:
    """Width at which a rectified card neither wastes nor invents detail."""
    return int(np.clip(round(card_width_px(quad)), MIN_WIDTH_PX, MAX_WIDTH_PX))


@dataclass(frozen=True, eq=False)
class FlatCard:
    """The flat card before it is drawn: a whole one is drawn by `rectify`, pieces of one by `part`.

    source: the picture, reduced where the flat card is much smaller; to_source: (3, 3) from the picture to it. shape:
    of the picture. to_photo: (3, 3) from the flat card to the picture. box, size: as in RectifiedCard, and (W, H).
    """

    source: Image
    to_source: FloatArray
    shape: tuple[int, ...]
    to_photo: FloatArray
    box: tuple[float, float, float, float]
    size: tuple[int, int]

    def part(self, left: int, top: int, right: int, bottom: int) -> tuple[Image, BoolArray]:
        """The pixels of that window, and where they lie outside the picture: (h, w) or (h, w, 3) uint8, (h, w) bool."""
        shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
        to_photo, size = self.to_photo @ shift, (right - left, bottom - top)
        outside = _outside(to_photo, size, self.shape)
        warp = centre_form(inverse(self.to_source @ to_photo))
        fill = self._mean if outside.any() else (0.0,) * 4
        flat = cv2.warpPerspective(
            self.source, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=fill
        )
        return np.asarray(flat, dtype=np.uint8), outside

    @cached_property
    def _mean(self) -> Sequence[float]:
        return cv2.mean(self.source)  # of a large photo it takes as long as the warp


def flat_card(image: Image | Reductions, quad: Quad, *, width_px: int | None = None, margin: float = 0.0) -> FlatCard:
    """As `rectify`, nothing drawn yet."""
    photo = image if isinstance(image, Reductions) else Reductions(image)
    width = supported_width_px(quad) if width_px is None else width_px
    height, edge = round(width / CARD_ASPECT), round(width * margin)
    box = (float(edge), float(edge), float(edge + width), float(edge + height))
    source, to_source = _shrunk_source(photo, quad, width)
    to_photo = inverse(homography(quad, box_quad(*box)))
    return FlatCard(source, to_source, photo.shape, to_photo, box, (width + 2 * edge, height + 2 * edge))


def rectify(image: Image, quad: Quad, *, width_px: int | None = None, margin: float = 0.0) -> RectifiedCard:
    """Flatten the card.

    image: (H, W) or (H, W, 3) uint8. quad: the card's corners on it. width_px: of the card; by default what the photo
    supports. margin: photo kept around the card, as a share of the card's width, on all four sides.
    Raises ValueError if the quad is not convex or has no area.
    """
    flat = flat_card(image, quad, width_px=width_px, margin=margin)
    drawn, outside = flat.part(0, 0, *flat.size)
    return RectifiedCard(drawn, flat.box, flat.to_photo, outside)


def shrunk(image: Image, factor: int) -> Image:
    """The picture at 1 / factor of its size by the mean of whole blocks; pixels that fill no block are left out.

    Exactly whole factors: OpenCV's area average is ten times slower at any other.
    """
    if factor < 2:
        return image
    height, width = image.shape[0] // factor, image.shape[1] // factor
    blocks = image[: height * factor, : width * factor]
    return np.asarray(cv2.resize(blocks, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _shrunk_source(photo: Reductions, quad: Quad, width_px: int) -> tuple[Image, FloatArray]:
    """The picture reduced until one warp pixel takes in less than two of its pixels, so that no detail turns to moiré.

    Returns it with the (3, 3) map from the photo to it.
    """
    smallest = max(1, min(photo.shape[:2]) // 8)
    factor = max(1, min(smallest, int(card_width_px(quad) / max(width_px, 1))))
    return photo.by(factor), np.diag([1.0 / factor, 1.0 / factor, 1.0])


def _outside(to_photo: FloatArray, size: tuple[int, int], shape: tuple[int, ...]) -> BoolArray:
    """(H, W) bool: which pixels of the flat card the photo does not show."""
    width, height = size
    corners = project(to_photo, as_array(box_quad(0, 0, width, height)))
    if (corners >= 0).all() and (corners[:, 0] <= shape[1]).all() and (corners[:, 1] <= shape[0]).all():
        return np.zeros((height, width), dtype=np.bool_)
    photo = np.hstack([as_array(box_quad(0, 0, shape[1], shape[0])), np.ones((4, 1))]) @ inverse(to_photo).T
    if (photo[:, 2] > 0).all():
        # The photo's own outline, drawn on the flat card: far cheaper than asking every pixel.
        shown = np.zeros((height, width), dtype=np.uint8)
        outline = np.clip(photo[:, :2] / photo[:, 2:] - 0.5, -1e4, 1e4)
        cv2.fillConvexPoly(shown, np.rint(outline * 16).astype(np.int32), 1, shift=4)
        return np.asarray(shown == 0, dtype=np.bool_)
    xs, ys = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    points = project(to_photo, np.stack([xs.ravel(), ys.ravel()], axis=1))
    out = (points < 0).any(axis=1) | (points[:, 0] > shape[1]) | (points[:, 1] > shape[0])
    return np.asarray(out.reshape(height, width), dtype=np.bool_)
