"""What cards and photos are painted with: masks in [0, 1], colours of 0..255, smooth noise."""

from __future__ import annotations

import random
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""(H, W) masks or (H, W, 3) RGB images."""
Points = NDArray[np.float64]
"""(n, 2) x and y."""
Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""RGB"""


def choose_colour(rng: random.Random, colours: Sequence[Colour]) -> Floats:
    """One of them, as (3,)."""
    return np.array(rng.choice(colours), np.float32)


def mix(image: Floats, colour: Sequence[float] | Floats, alpha: Floats) -> None:
    """image = image * (1 - alpha) + colour * alpha, in place and by planes, which is much faster than broadcasting.

    colour: three numbers, or an image of the same size.
    """
    image *= cv2.merge((1 - alpha,) * 3)
    if isinstance(colour, np.ndarray) and colour.ndim == 3:
        image += colour * cv2.merge((alpha,) * 3)
    else:
        image += cv2.merge(tuple(alpha * np.float32(one) for one in colour))


def scale_by(image: Floats, factor: Floats) -> None:
    """Multiplies every channel by the (H, W) factor, in place."""
    image *= cv2.merge((factor,) * 3)


def blend(card: Floats, mask: Floats, colour: Colour, alpha: float) -> None:
    """`mix` over no more of the card than the mask covers."""
    x, y, width, height = cv2.boundingRect((mask > 0.004).astype(np.uint8))
    if width and height:
        rows, columns = slice(y, y + height), slice(x, x + width)
        part = np.ascontiguousarray(card[rows, columns])
        mix(part, colour, mask[rows, columns] * np.float32(alpha))
        card[rows, columns] = part


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> Floats:
    """Smooth (H, W) noise in about [0, 1] whose spots are `cell` pixels large."""
    small = rng.random((max(2, int(shape[0] / cell)), max(2, int(shape[1] / cell)))).astype(np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def cloud(rng: np.random.Generator, height: int, width: int, cells: int) -> Floats:
    """Smooth (H, W) noise in about [0, 1] with that many spots along the longer side."""
    longest = max(width, height)
    small = rng.random((max(2, int(cells * height / longest)), max(2, int(cells * width / longest))), np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def shares(mask: Pixels) -> Floats:
    """0..255 to [0, 1]."""
    return np.asarray(mask, np.float32) / np.float32(255)


def resized(image: Floats, width: int, height: int, how: int = cv2.INTER_LINEAR) -> Floats:
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.float32)


def softened(image: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def grid(left: float, right: float, height: int, width: int) -> tuple[Floats, Floats]:
    """y and x of every pixel of an (H, W) image whose both axes go from left to right."""
    y, x = np.mgrid[left : right : height * 1j, left : right : width * 1j].astype(np.float32)
    return y, x


def pixel_grid(height: int, width: int) -> tuple[Floats, Floats]:
    """y and x of every pixel, in pixels."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return y, x
