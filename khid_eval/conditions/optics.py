"""Conditions of lens, sensor and file. Pixels change, nothing moves.

Lengths are given in thousandths of the card's longer side, so that a condition costs the same legibility on a small
photo and a large one. (ImageNet-C gives pixels of 224-pixel pictures, which would say nothing here.)
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from khid_eval.conditions.picture import Picture
from khid_eval.records import FloatArray, RgbImage

Kernel = NDArray[np.float32]
_BAND_PX = 1 << 20


def _filter(picture: Picture, kernel: Kernel) -> Picture:
    image = cv2.filter2D(picture.image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return replace(picture, image=np.asarray(image, dtype=np.uint8))


def _kernel(x: FloatArray, y: FloatArray) -> Kernel:
    """A kernel of equal points at these offsets from the middle; sums to 1.

    Each point is shared out over the four cells around it, so a kernel changes smoothly with its size.
    """
    reach = math.ceil(max(np.abs(x).max(), np.abs(y).max())) + 1
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=np.float32)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = (1 - np.abs(x - left - dx)) * (1 - np.abs(y - top - dy))
        np.add.at(kernel, (top + dy + reach, left + dx + reach), weight)
    return np.asarray(kernel / x.size, dtype=np.float32)


def disk_kernel(radius_px: float) -> Kernel:
    """A disk of any real radius; sums to 1."""
    count = math.ceil(8 + 4 * radius_px)
    at = ((np.arange(count) + 0.5) / count * 2 - 1) * radius_px
    x, y = (one.ravel() for one in np.meshgrid(at, at))
    inside = x**2 + y**2 <= radius_px**2
    return _kernel(x[inside], y[inside])


def line_kernel(length_px: float, angle_rad: float) -> Kernel:
    """A straight smear of any real length and direction; sums to 1."""
    count = max(8, math.ceil(length_px * 8))
    at = ((np.arange(count) + 0.5) / count - 0.5) * length_px
    return _kernel(at * math.cos(angle_rad), at * math.sin(angle_rad))


def defocus(picture: Picture, radius_permille: float, rng: np.random.Generator) -> Picture:
    """Blurred by a disk, as a lens out of focus does."""
    del rng
    return _filter(picture, disk_kernel(radius_permille * picture.card_px / 1000.0))


def motion_blur(picture: Picture, length_permille: float, rng: np.random.Generator) -> Picture:
    """Smeared along a straight line in a random direction."""
    return _filter(picture, line_kernel(length_permille * picture.card_px / 1000.0, rng.uniform(0.0, math.pi)))


def sensor_noise(picture: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Noise of a sensor: one part grows with the light (shot), one does not (read).

    sigma: standard deviation at full white, as a share of white.
    """
    share = np.arange(256, dtype=np.float32) / 255.0
    deviation = (255.0 * sigma * np.sqrt(0.3 + 0.7 * share)).astype(np.float32)
    out = np.empty_like(picture.image)
    rows = max(1, _BAND_PX // max(1, picture.width_px))
    # By bands: the random numbers of a whole 67-megapixel photo would take 800 MB.
    for top in range(0, picture.height_px, rows):
        band = picture.image[top : top + rows]
        noise = rng.standard_normal(band.shape, dtype=np.float32)
        noise *= deviation[band]
        noise += band
        out[top : top + rows] = np.clip(np.rint(noise, out=noise), 0, 255, out=noise)
    return replace(picture, image=out)


def jpeg(picture: Picture, quality: float, rng: np.random.Generator) -> Picture:
    """Saved as JPEG and read again. quality: 1..95, rounded; ImageNet-C's own constants."""
    del rng
    flags = [cv2.IMWRITE_JPEG_QUALITY, round(quality)]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture.image, cv2.COLOR_RGB2BGR), flags)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if decoded is None:
        raise RuntimeError("OpenCV cannot read the JPEG that it wrote")
    image = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return replace(picture, image=np.asarray(image, dtype=np.uint8))


def low_resolution(picture: Picture, factor: float, rng: np.random.Generator) -> Picture:
    """Shrunk to `factor` by area and blown up again; ImageNet-C's `pixelate` with its constants.

    Blown up smoothly, as cameras and messengers do. The nearest pixel of the original makes blocks of uneven size, so
    that its severity 2 (exactly a half) can be milder than its severity 1.
    """
    del rng
    width, height = picture.width_px, picture.height_px
    small = (max(1, round(width * factor)), max(1, round(height * factor)))
    shrunk = cv2.resize(picture.image, small, interpolation=cv2.INTER_AREA)
    image: RgbImage = np.asarray(cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return replace(picture, image=image)
