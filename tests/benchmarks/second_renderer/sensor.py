"""From the image before the lens to the file: blur, mosaic, noise, the phone's own processing, JPEG."""

from __future__ import annotations

import math
import random

import cv2
import numpy as np

from tests.benchmarks.second_renderer.conditions import Condition
from tests.benchmarks.second_renderer.paint import Floats, Pixels


def through_lens(rng: random.Random, image: Pixels, card_px: float, condition: Condition) -> Pixels:
    """Out of focus, shaken, or about sharp. card_px: length of the card's long edge."""
    if condition.name == "defocus":
        return _filtered(image, _disk(card_px * condition.at(0.0011, 0.0018, 0.0026) * rng.uniform(0.85, 1.1)))
    if condition.name == "motion":
        length = card_px * condition.at(0.003, 0.0046, 0.0065) * rng.uniform(0.85, 1.1)
        return _filtered(image, _streak(length, rng.uniform(0, 3.14)))
    sigma = max(0.3, min(1.1, card_px * rng.uniform(0.0002, 0.0005 if condition else 0.0004)))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def sensed(rng: random.Random, grain: np.random.Generator, image: Pixels, condition: Condition) -> Pixels:
    """As sensor and phone give it: noise, some of it removed, dark pictures lifted, edges sharpened."""
    name = condition.name
    if name != "scan":
        noisy = condition.at(8, 12, 16) if name == "low_light" else rng.uniform(0.5, 5 if condition else 3)
        image = _mosaic(grain, image, noisy * 0.45, noisy)
        if noisy > 6 and rng.random() < 0.6:
            image = np.asarray(cv2.bilateralFilter(image, 5, noisy * 2.2, 2), np.uint8)
        if name == "low_light" and rng.random() < 0.6:
            image = np.asarray(cv2.convertScaleAbs(image, alpha=rng.uniform(1.2, 1.7)), np.uint8)
    over = name == "oversharpened"
    amount = condition.at(0.9, 1.6, 2.6) if over else rng.uniform(0, 0.6)
    if amount <= 0.1:
        return image
    radius = rng.uniform(0.8, 1.8) * (1.3 if over else 1)
    soft = cv2.GaussianBlur(image, (0, 0), radius)
    return np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)


def _filtered(image: Pixels, kernel: Floats) -> Pixels:
    blurred = cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)


def _disk(radius: float) -> Floats:
    n = math.ceil(radius) + 1
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    return np.asarray(np.clip(radius + 0.5 - np.hypot(x, y), 0, 1), np.float32)


def _streak(length: float, angle: float) -> Floats:
    n = math.ceil(length / 2) + 1
    kernel = np.zeros((2 * n + 1, 2 * n + 1), np.float32)
    for t in np.linspace(-length / 2, length / 2, 4 * n + 1):
        x, y = n + t * math.cos(angle), n + t * math.sin(angle)
        x0, y0 = int(x), int(y)
        right, down = x - x0, y - y0
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            if y0 + dy <= 2 * n and x0 + dx <= 2 * n:
                kernel[y0 + dy, x0 + dx] += (right if dx else 1 - right) * (down if dy else 1 - down)
    return kernel


def _mosaic(grain: np.random.Generator, image: Pixels, read: float, shot: float) -> Pixels:
    """Through a Bayer mosaic with that much read and shot noise, and back. An odd last row or column is lost."""
    height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    raw = np.empty((height, width), np.uint8)
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        raw[row::2, column::2] = image[row:height:2, column:width:2, channel]
    tile = grain.standard_normal((512, 512), np.float32)
    noise = np.tile(tile, (height // 512 + 1, width // 512 + 1))[:height, :width]
    table = np.sqrt(read**2 + shot**2 * np.arange(256) / 255).astype(np.float32)
    noisy = np.clip(raw + noise * cv2.LUT(raw, table), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(noisy, cv2.COLOR_BayerRGGB2RGB_EA), np.uint8)


def jpeg(image: Pixels, quality: int) -> bytes:
    """A file of the RGB image; colour is kept whole from quality 90 on."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    if quality >= 90:
        flags += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), flags)[1].tobytes()


def resaved(image: Pixels, quality: int) -> Pixels:
    """The image after one JPEG file."""
    decoded = cv2.imdecode(np.frombuffer(jpeg(image, quality), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None  # it was encoded a moment ago
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
