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
from khid_eval.records import RgbImage

Kernel = NDArray[np.float32]
_BAND_PX = 1 << 20


def _filter(picture: Picture, kernel: Kernel) -> Picture:
    image = cv2.filter2D(picture.image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return replace(picture, image=np.asarray(image, dtype=np.uint8))


def disk_kernel(radius_px: float) -> Kernel:
    """A disk of any real radius with soft pixel coverage at its rim; sums to 1."""
    reach = math.ceil(radius_px + 0.5)
    offset = np.arange(-reach, reach + 1, dtype=np.float32)
    distance = np.hypot(offset[:, None], offset[None, :])
    weight = np.clip(radius_px + 0.5 - distance, 0.0, 1.0).astype(np.float32)
    return np.asarray(weight / weight.sum(), dtype=np.float32)


def line_kernel(length_px: float, angle_rad: float) -> Kernel:
    """A straight smear of any real length and direction; sums to 1."""
    reach = math.ceil(length_px / 2) + 1
    count = max(8, math.ceil(length_px * 8))
    at = (np.arange(count) + 0.5) / count * length_px - length_px / 2
    x, y = at * math.cos(angle_rad) + reach, at * math.sin(angle_rad) + reach
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=np.float32)
    # Each sample is shared out over the four cells around it, so the kernel changes smoothly with its length.
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = (1 - np.abs(x - left - dx)) * (1 - np.abs(y - top - dy))
        inside = weight > 0
        np.add.at(kernel, (top[inside] + dy, left[inside] + dx), weight[inside])
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


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


def pixelate(picture: Picture, factor: float, rng: np.random.Generator) -> Picture:
    """Shrunk to `factor` by area and blown up again by nearest pixel; ImageNet-C's own constants."""
    del rng
    width, height = picture.width_px, picture.height_px
    small = (max(1, round(width * factor)), max(1, round(height * factor)))
    shrunk = cv2.resize(picture.image, small, interpolation=cv2.INTER_AREA)
    image: RgbImage = np.asarray(cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
    return replace(picture, image=image)
