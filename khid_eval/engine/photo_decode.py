"""Photo bytes -> RGB picture, upright by its EXIF tag, no larger than the engine needs.

The header is checked before a pixel is decoded. JPEG files are decoded at 1/2, 1/4 or 1/8 scale when they are large,
which keeps the cost nearly flat; other formats are decoded whole and reduced. `DecodedPhoto.to_sent` takes points
back to the pixel grid of the file AS SENT: full size, before the EXIF rotation.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageFile

from khid_eval.engine.geometry import as_quad, inverse, project
from khid_eval.errors import BadPhoto
from khid_eval.records import FloatArray, Quad, RgbImage

FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
MIN_SIDE_PX, MAX_SIDE_PX = 15, 8192
ENOUGH_PIXELS = 2_200_000
"""A photo is reduced only as long as it keeps at least this many pixels."""

_EXIF_ORIENTATION = 0x0112
_BAND_ROWS = 512
_AVERAGED = ("L", "RGB", "RGBA", "LA", "CMYK")
"""Modes whose pixels can be averaged as they are."""


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """image: (H, W, 3) uint8 RGB, upright by EXIF. sent_size: (width, height) of the file's own pixel grid.

    orientation: EXIF 1..8 (1 where the tag is missing). reduction: sent pixels per decoded pixel along a side, >= 1.
    """

    image: RgbImage
    sent_size: tuple[int, int]
    orientation: int
    reduction: float

    def to_sent(self, points: ArrayLike) -> FloatArray:
        """points: (n, 2) on `image`. Returns (n, 2) on the photo as sent."""
        return project(inverse(self._sent_to_image()), points)

    def from_sent(self, points: ArrayLike) -> FloatArray:
        """points: (n, 2) on the photo as sent. Returns (n, 2) on `image`."""
        return project(self._sent_to_image(), points)

    def quad_to_sent(self, quad: Quad) -> Quad:
        return as_quad(self.to_sent(quad))

    def _sent_to_image(self) -> FloatArray:
        height, width = self.image.shape[:2]
        turned = _unit_turn(self.orientation)
        sent_width, sent_height = self.sent_size
        into_unit = np.diag([1.0 / sent_width, 1.0 / sent_height, 1.0])
        return np.asarray(np.diag([width, height, 1.0]) @ turned @ into_unit, dtype=np.float64)


def decode(photo: bytes, *, enough_pixels: int = ENOUGH_PIXELS) -> DecodedPhoto:
    """photo: one whole PNG, JPEG, BMP or TIFF file (of several frames the first is taken).

    Raises BadPhoto: AIS.0102 for another format or a broken file, AIS.0103 for a side outside 15..8192 px.
    """
    with warnings.catch_warnings():
        # Pillow warns about odd but readable files; the side limit above is our own guard against bombs.
        warnings.simplefilter("ignore")
        opened = _open(photo)
        orientation = _orientation(opened)
        # Pillow shows and turns TIFF files upright by itself, and no other format.
        turned = opened.format == "TIFF"
        sent_size = opened.size[::-1] if turned and orientation >= 5 else opened.size
        try:
            picture = _reduced(opened, enough_pixels)
        except MemoryError:
            raise
        except Exception as exc:  # Pillow's plugins raise half a dozen kinds on broken data
            raise BadPhoto(
                "The image format is not supported.", "AIS.0102", "The file is damaged; save or send it again."
            ) from exc
    image = np.ascontiguousarray(_upright(picture, 1 if turned else orientation))
    return DecodedPhoto(image, sent_size, orientation, float(np.sqrt(sent_size[0] * sent_size[1] / _area(image))))


def _area(image: RgbImage) -> float:
    return float(image.shape[0] * image.shape[1])


def _open(photo: bytes) -> ImageFile.ImageFile:
    try:
        opened = Image.open(io.BytesIO(photo), formats=FORMATS)
    except Image.DecompressionBombError as exc:
        raise _wrong_size("this photo has far more") from exc
    except Exception as exc:
        raise BadPhoto("The image format is not supported.", "AIS.0102", "Send a PNG, JPG, BMP or TIFF file.") from exc
    if min(opened.size) < MIN_SIDE_PX or max(opened.size) > MAX_SIDE_PX:
        raise _wrong_size(f"this photo has {opened.width} x {opened.height}")
    return opened


def _wrong_size(what: str) -> BadPhoto:
    limits = f"Sides must have {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels; {what}."
    return BadPhoto("The image size does not meet the requirements.", "AIS.0103", limits)


def _orientation(opened: Image.Image) -> int:
    try:
        value = int(opened.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:  # a broken EXIF block says nothing about the pixels
        return 1
    return value if 1 <= value <= 8 else 1


def _reduced(opened: ImageFile.ImageFile, enough_pixels: int) -> RgbImage:
    """The picture in RGB at the smallest whole reduction that still has `enough_pixels`."""
    factor = _factor(opened.size, enough_pixels)
    if factor >= 2 and opened.format == "JPEG":
        # draft() never goes below the size asked for, so the limit holds.
        opened.draft(None, (-(-opened.width // factor), -(-opened.height // factor)))
    opened.load()
    tones = _tones(opened)
    left = _factor(opened.size, enough_pixels)
    if left == 1:
        return np.asarray(_rgb(opened, tones), dtype=np.uint8)
    # By bands: a second whole copy of a 67-megapixel picture in another mode would take 270 MB.
    bands = []
    step = left * max(1, _BAND_ROWS // left)
    for top in range(0, opened.height, step):
        band = opened.crop((0, top, opened.width, min(top + step, opened.height)))
        small = _rgb(band.reduce(left), tones) if band.mode in _AVERAGED else _rgb(band, tones).reduce(left)
        bands.append(np.asarray(small, dtype=np.uint8))
    return np.concatenate(bands)


def _factor(size: tuple[int, int], enough_pixels: int) -> int:
    return max(1, int(np.sqrt(size[0] * size[1] / enough_pixels)))


def _tones(picture: Image.Image) -> tuple[float, float]:
    """Black and white of deep grey. White is 1, 255, 4095 or 65535, as the camera likes: the maximum rules."""
    if not _is_deep(picture):
        return 0.0, 255.0
    low, high = picture.getextrema()
    if not (isinstance(low, int | float) and isinstance(high, int | float) and np.isfinite([low, high]).all()):
        return 0.0, 255.0
    return min(float(low), 0.0), float(high)


def _is_deep(picture: Image.Image) -> bool:
    return picture.mode in ("I", "F") or picture.mode.startswith("I;16")


def _rgb(picture: Image.Image, tones: tuple[float, float]) -> Image.Image:
    """8-bit RGB of any Pillow mode; transparent parts become white. tones: black and white of deep grey."""
    if picture.mode == "RGB":
        return picture
    if _is_deep(picture):
        low, high = tones
        values = np.nan_to_num(np.asarray(picture, dtype=np.float32), nan=low, posinf=high, neginf=low)
        scaled = (values - low) * (255.0 / max(high - low, 1e-6))
        return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8)).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        cut = picture.convert("RGBA")
        paper = Image.new("RGB", cut.size, "white")
        paper.paste(cut, mask=cut.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _upright(image: RgbImage, orientation: int) -> RgbImage:
    """Apply EXIF orientation 1..8 to (H, W, 3)."""
    if orientation >= 5:
        image = image.transpose(1, 0, 2)
    flip_x = orientation in (2, 3, 6, 7)
    flip_y = orientation in (3, 4, 7, 8)
    return image[:: -1 if flip_y else 1, :: -1 if flip_x else 1]


def _unit_turn(orientation: int) -> FloatArray:
    """(3, 3): the same turn on the unit square, from the sent grid to the upright one."""
    matrix = np.eye(3)
    if orientation >= 5:
        matrix = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])
    if orientation in (2, 3, 6, 7):
        matrix = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]]) @ matrix
    if orientation in (3, 4, 7, 8):
        matrix = np.array([[1.0, 0, 0], [0, -1, 1], [0, 0, 1]]) @ matrix
    return np.asarray(matrix, dtype=np.float64)
