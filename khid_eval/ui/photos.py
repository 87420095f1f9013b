"""Photos on their way to the screen: decoded once, upright, small enough for a browser, with the quads moved along."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from khid_eval.conditions.picture import move_quad, rotation_deg
from khid_eval.engine.photo_decode import DecodedPhoto, decode
from khid_eval.records import CardReading, FloatArray, Quad, RgbImage

Source = Literal["sample", "upload", "url", "camera"]
_LONGEST_SIDE_PX = 1600
_JPEG_QUALITY = 86
_COVER_MARGIN = 0.006  # of the longer side
_COVER_COLOUR = (38, 50, 56)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of this visitor. truth: of a sample whose text is known. url: where the endpoint fetches it itself."""

    name: str
    data: bytes
    source: Source
    truth: Mapping[str, str | None] | None = None
    url: str = ""

    def __repr__(self) -> str:  # a photo's name and bytes belong into no log
        return f"Photo({self.source}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """image: (H, W, 3) uint8 RGB, upright by EXIF. from_sent: (3, 3), the photo as sent -> this image."""

    image: RgbImage
    from_sent: FloatArray

    @property
    def width_px(self) -> int:
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.image.shape[0])

    def quad(self, sent: Quad | None) -> Quad | None:
        """A quad of the photo as sent, on this image."""
        return move_quad(sent, self.from_sent) if sent else None


def shown(photo: bytes, longest_side_px: int = _LONGEST_SIDE_PX) -> Shown:
    """The photo for the screen. Raises BadPhoto where it cannot be decoded."""
    decoded = decode(photo)
    height, width = decoded.image.shape[:2]
    scale = min(1.0, longest_side_px / max(height, width))
    image = decoded.image
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    zoom = np.diag([image.shape[1] / width, image.shape[0] / height, 1.0])
    return Shown(image, zoom @ _matrix(decoded))


def _matrix(decoded: DecodedPhoto) -> FloatArray:
    """(3, 3), sent -> decoded, from where three corners go (the map is affine)."""
    corners = np.asarray(decoded.from_sent([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]))
    origin, x_axis, y_axis = corners[0], corners[1] - corners[0], corners[2] - corners[0]
    return np.array([[x_axis[0], y_axis[0], origin[0]], [x_axis[1], y_axis[1], origin[1]], [0.0, 0.0, 1.0]])


def turn_deg(reading: CardReading, picture: Shown) -> float:
    """How far the card lies turned clockwise on the shown photo, in (-180, 180]; 0 where no quad tells."""
    known = [reading.portrait_quad, *(field.quad for field in reading.fields)]
    quads = [moved for one in known if (moved := picture.quad(one))]
    if not quads:
        return 0.0
    angles = np.radians([rotation_deg(one) for one in quads])
    return float(np.degrees(np.arctan2(np.median(np.sin(angles)), np.median(np.cos(angles)))))


def covered(image: RgbImage, quads: Iterable[Quad]) -> RgbImage:
    """The image with these areas painted over, a little beyond their edges. Nothing of what was there remains."""
    result = image.copy()
    margin = max(5, round(_COVER_MARGIN * max(image.shape[:2])))
    for quad in quads:
        points = np.round(np.asarray(quad)).astype(np.int32)
        cv2.fillConvexPoly(result, points, _COVER_COLOUR)
        cv2.polylines(result, [points], True, _COVER_COLOUR, thickness=margin)
    return result


def unrecognisable(image: RgbImage) -> RgbImage:
    """The image as a few coarse tiles, too few to tell a face or a letter by."""
    height, width = image.shape[:2]
    tiles = cv2.resize(image, (14, 9), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(tiles, (width, height), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def redacted(picture: Shown, reading: CardReading | None) -> RgbImage:
    """The image without personal data: fields and portrait covered, and all else as coarse tiles.

    A reader gives no place to the small second portrait, to what it did not read, or to a person who holds the card,
    and may be wrong about the places that it gives: so nothing is left as it was because of them.
    """
    known = [] if reading is None else [reading.portrait_quad, *(field.quad for field in reading.fields)]
    return covered(unrecognisable(picture.image), (moved for one in known if (moved := picture.quad(one))))


def jpeg(image: RgbImage, quality: int = _JPEG_QUALITY) -> bytes:
    """One JPEG file."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture has no pixels")
    return data.tobytes()


def png(image: RgbImage) -> bytes:
    """One PNG file."""
    done, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not done:
        raise ValueError("the picture has no pixels")
    return data.tobytes()


def data_url(data: bytes, media_type: str = "image/jpeg") -> str:
    """The file as a data: address: it travels with the page's own messages, and has no address of its own."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


__all__ = [
    "Photo",
    "Shown",
    "Source",
    "covered",
    "data_url",
    "jpeg",
    "png",
    "redacted",
    "shown",
    "turn_deg",
    "unrecognisable",
]
