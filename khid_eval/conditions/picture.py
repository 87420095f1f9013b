"""A picture with what is known about it, and the exact moves: warp, rotate, resize, crop.

Quads live on pixel EDGES (the upper left corner of the upper left pixel is (0, 0)). OpenCV warps count from pixel
CENTRES, half a pixel off: `warp` is the one place that translates, so nobody else has to think of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from khid_eval.card.photo import MAX_SIDE_PX
from khid_eval.records import FloatArray, Quad, RgbImage

CARD = "card"
"""Name of the quad of the whole card in `Picture.quads`; conditions that act on the card look for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A photo and the quads known on it.

    image: (H, W, 3) uint8 RGB. quads: name -> four points on pixel edges, in the reading order of the card; they may
    reach outside the photo. Conditions never change either in place.
    """

    image: RgbImage
    quads: Mapping[str, Quad] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise ValueError(f"need an (H, W, 3) uint8 picture, got {self.image.shape} {self.image.dtype}")
        if min(self.image.shape[:2]) < 1:
            raise ValueError("the picture has no pixels")

    @property
    def width_px(self) -> int:
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.image.shape[0])

    @property
    def card_quad(self) -> Quad:
        """The quad of the card; the whole photo where none is known."""
        return self.quads.get(CARD) or rectangle(0.0, 0.0, self.width_px, self.height_px)

    @property
    def card_px(self) -> float:
        """Length of the card's longer side in pixels: the ruler for blur, glare and the like. At least 1.

        For a crop of a card, give a card quad that reaches outside the crop, or its blur will be too weak.
        """
        points = np.asarray(self.card_quad)
        return max(1.0, float(np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1).max()))


def rectangle(left: float, top: float, right: float, bottom: float) -> Quad:
    """The upright quad between these edges."""
    return (left, top), (right, top), (right, bottom), (left, bottom)


def move_quad(quad: Quad, matrix: FloatArray) -> Quad:
    """The quad under a (3, 3) homography in edge coordinates."""
    points = np.column_stack([np.asarray(quad, dtype=np.float64), np.ones(4)]) @ matrix.T
    a, b, c, d = ((float(x / w), float(y / w)) for x, y, w in points)
    return a, b, c, d


def move_quads(quads: Mapping[str, Quad], matrix: FloatArray) -> dict[str, Quad]:
    """All quads under a (3, 3) homography in edge coordinates."""
    return {name: move_quad(quad, matrix) for name, quad in quads.items()}


def edge_colour(image: RgbImage) -> tuple[int, int, int]:
    """Median colour of the outermost ring of pixels: a quiet filling for what lies outside the photo."""
    ring = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    red, green, blue = (int(value) for value in np.median(ring, axis=0))
    return red, green, blue


def _translation(x: float, y: float) -> FloatArray:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def warp(
    picture: Picture,
    matrix: FloatArray,
    width_px: int,
    height_px: int,
    *,
    fill: tuple[int, int, int] | None = None,
) -> Picture:
    """The picture under a homography, on a canvas of the given size; quads go exactly along.

    matrix: (3, 3), maps edge coordinates of the photo to edge coordinates of the canvas.
    fill: colour of what lies outside; the median of the photo's own edge where None. Bilinear.
    """
    colour = edge_colour(picture.image) if fill is None else fill
    centred = _translation(-0.5, -0.5) @ matrix @ _translation(0.5, 0.5)
    size = (width_px, height_px)
    if np.allclose(centred[2], [0.0, 0.0, 1.0]):
        image = cv2.warpAffine(
            picture.image, centred[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=colour
        )
    else:
        image = cv2.warpPerspective(
            picture.image, centred, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=colour
        )
    return Picture(image.astype(np.uint8, copy=False), move_quads(picture.quads, matrix))


def resize(picture: Picture, width_px: int, height_px: int) -> Picture:
    """The picture at another size (area average when it shrinks, bilinear when it grows)."""
    shrinks = width_px < picture.width_px or height_px < picture.height_px
    image = cv2.resize(
        picture.image, (width_px, height_px), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    matrix = np.diag([width_px / picture.width_px, height_px / picture.height_px, 1.0])
    return Picture(image.astype(np.uint8, copy=False), move_quads(picture.quads, matrix))


def crop(picture: Picture, left: int, top: int, right: int, bottom: int) -> Picture:
    """The part between these pixel edges; quads may reach outside it."""
    image = np.ascontiguousarray(picture.image[top:bottom, left:right])
    return Picture(image, move_quads(picture.quads, _translation(-left, -top)))


def rotate(
    picture: Picture, angle_deg: float, *, fill: tuple[int, int, int] | None = None, max_side_px: int = MAX_SIDE_PX
) -> Picture:
    """The picture turned clockwise by any angle, on a canvas grown so that nothing is cut off.

    Multiples of 90 degrees move pixels without resampling. A canvas that would pass max_side_px is shrunk to it.
    """
    quarters, rest = divmod(angle_deg % 360.0, 90.0)
    if rest == 0.0:
        return _quarter_turns(picture, int(quarters) % 4)
    width, height = picture.width_px, picture.height_px
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    grown = abs(width * cos) + abs(height * sin), abs(width * sin) + abs(height * cos)
    scale = min(1.0, max_side_px / max(grown))
    # A grain is taken off before rounding up, or floating point adds an empty row.
    new_width, new_height = (max(1, math.ceil(side * scale - 1e-6)) for side in grown)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]]) @ _translation(-width / 2, -height / 2)
    matrix = _translation(new_width / 2, new_height / 2) @ np.diag([scale, scale, 1.0]) @ turn
    return warp(picture, matrix, new_width, new_height, fill=fill)


def _quarter_turns(picture: Picture, count: int) -> Picture:
    width, height = picture.width_px, picture.height_px
    matrix = {
        0: np.eye(3),
        1: np.array([[0.0, -1.0, height], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        2: np.array([[-1.0, 0.0, width], [0.0, -1.0, height], [0.0, 0.0, 1.0]]),
        3: np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, width], [0.0, 0.0, 1.0]]),
    }[count]
    image = np.ascontiguousarray(np.rot90(picture.image, -count))
    return Picture(image, move_quads(picture.quads, matrix))


def rotation_deg(quad: Quad) -> float:
    """How far the quad's top edge is turned clockwise, in [0, 360)."""
    (x0, y0), (x1, y1) = quad[0], quad[1]
    return math.degrees(math.atan2(y1 - y0, x1 - x0)) % 360.0
