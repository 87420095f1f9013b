"""Photographs a drawn card: lays it down, lights it, takes the picture and saves it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tests.benchmarks.second_renderer.backgrounds import SCANNER, choose_background, draw_background
from tests.benchmarks.second_renderer.card import Card
from tests.benchmarks.second_renderer.conditions import Condition
from tests.benchmarks.second_renderer.cover import Covered, cover
from tests.benchmarks.second_renderer.light import light_up
from tests.benchmarks.second_renderer.paint import Floats, Pixels, Points, mix, resized, scale_by, shares, softened
from tests.benchmarks.second_renderer.papers import screen
from tests.benchmarks.second_renderer.pose import BORDER, CORNERS, MIDDLE, Pose, inverse_map
from tests.benchmarks.second_renderer.sensor import jpeg, resaved, sensed, through_lens
from tests.benchmarks.second_renderer.sheet import HEIGHT

SMALLEST_RESAVED = 680
"""Pixels of the card's long edge below which no messenger makes the photo smaller."""


@dataclass(frozen=True, slots=True)
class Shot:
    """image: (H, W, 3) RGB; quads: (4, 2) in photo pixels on pixel edges; notes: how the photo was made."""

    image: Pixels
    card_quad: Points
    portrait_quad: Points
    notes: Mapping[str, str]

    @property
    def rotation_deg(self) -> float:
        """How far the card's top edge is turned clockwise."""
        across, down = self.card_quad[1] - self.card_quad[0]
        return math.degrees(math.atan2(down, across))

    def resized(self, share: float) -> Shot:
        size = (round(self.image.shape[1] * share), round(self.image.shape[0] * share))
        image = np.asarray(cv2.resize(self.image, size, interpolation=cv2.INTER_AREA), np.uint8)
        return replace(self, image=image, card_quad=self.card_quad * share, portrait_quad=self.portrait_quad * share)

    def moved(self, image: Pixels, by: tuple[int, int]) -> Shot:
        """The same photo inside another image."""
        shift = np.array(by, float)
        return replace(self, image=image, card_quad=self.card_quad + shift, portrait_quad=self.portrait_quad + shift)


def shoot(rng: random.Random, pose: Pose, card: Card, condition: Condition) -> tuple[Shot, bytes]:
    """The photo and its JPEG file."""
    grain = np.random.default_rng(rng.getrandbits(64))
    edge = pose.card_px()
    image, alpha = _reduced(card, edge)
    covered = cover(rng, grain, image, alpha, condition)
    background = choose_background(rng, condition.name)
    photo = draw_background(rng, grain, background, pose.size[1], pose.size[0])
    _drop_shadow(rng, photo, pose, 0.4 if background == SCANNER else 1)
    _lay(rng, photo, pose, covered, condition)
    photo = light_up(rng, photo, pose, condition)
    taken = through_lens(rng, np.clip(photo, 0, 255).astype(np.uint8), edge, condition)
    taken = sensed(rng, grain, taken, condition)
    quad, portrait = pose.project(CORNERS) + 0.5, pose.project(card.portrait_quad) + 0.5
    return _saved(rng, Shot(taken, quad, portrait, {"background": background}), edge, condition)


def _reduced(card: Card, edge: float) -> tuple[Floats, Floats]:
    """Image and mask of the card at no more than 1.3 times the size that it has in the photo."""
    height, width = card.alpha.shape
    if width <= edge * 1.3:
        return card.image.copy(), card.alpha.copy()
    share = edge * 1.2 / width
    size = (round(width * share), round(height * share))
    return resized(card.image, *size, cv2.INTER_AREA), resized(card.alpha, *size, cv2.INTER_AREA)


def _drop_shadow(rng: random.Random, photo: Floats, pose: Pose, strength: float) -> None:
    """The card's own shadow, close around it."""
    width, height = pose.size
    quarter = pose.card_px() / 4
    outline = np.zeros((max(8, height // 4), max(8, width // 4)), np.uint8)
    cv2.fillPoly(outline, [np.round(pose.project(BORDER) * 4).astype(np.int32)], 255, cv2.LINE_AA, 4)
    small = shares(outline)
    spread = max(1.2, quarter * rng.uniform(0.004, 0.02))
    across, down = quarter * rng.uniform(-0.012, 0.012), quarter * rng.uniform(-0.012, 0.012)
    shift = np.array([[1, 0, across], [0, 1, down]], np.float32)
    moved = np.asarray(cv2.warpAffine(small, shift, (small.shape[1], small.shape[0])), np.float32)
    dark = np.float32(rng.uniform(0.2, 0.6) * strength)
    scale_by(photo, 1 - dark * resized(softened(moved, spread), width, height))


def _lay(rng: random.Random, photo: Floats, pose: Pose, covered: Covered, condition: Condition) -> None:
    """Puts the card, with what covers it, into the photo."""
    width, height = pose.size
    around = np.array([1 + 2 * covered.margin, 1 + 2 * covered.margin * 1000 / HEIGHT])
    outer = pose.project((BORDER - MIDDLE) * around + MIDDLE)
    left, top = (max(0, int(one) - 3) for one in outer.min(0))
    right, bottom = min(width, int(outer[:, 0].max()) + 3), min(height, int(outer[:, 1].max()) + 3)
    x, y = inverse_map(pose, (left, top, right - left, bottom - top))
    margin = covered.margin_px
    unit = (covered.alpha.shape[1] - 2 * margin) / 1000
    x, y = x * np.float32(unit) + np.float32(margin - 0.5), y * np.float32(unit) + np.float32(margin - 0.5)
    layer = cv2.merge((covered.image.astype(np.uint8), (covered.alpha * 255).astype(np.uint8)))
    clear = (0.0, 0.0, 0.0, 0.0)
    warped = cv2.remap(layer, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=clear)
    shown = shares(np.asarray(warped[..., 3], np.uint8))
    part = np.ascontiguousarray(photo[top:bottom, left:right])
    mix(part, warped[..., :3].astype(np.float32), shown)
    if pose.bend and condition.name != "scan":  # the lamp lies differently on a bent card
        bow = np.float32(pose.bend * rng.uniform(-1, 1))
        across = np.clip((x - margin) / np.float32(unit * 1000) - np.float32(0.5), -1, 1)
        scale_by(part, 1 + bow * across * shown)
    photo[top:bottom, left:right] = part


def _saved(rng: random.Random, shot: Shot, edge: float, condition: Condition) -> tuple[Shot, bytes]:
    """The file as the phone, a messenger or a screenshot leaves it."""
    quality = rng.randint(78, 95)
    if condition.name == "compression":
        shot = replace(shot, image=resaved(shot.image, rng.randint(60, 90)))
        share = rng.choice([1280, 1600]) / max(shot.image.shape[:2])
        if share < 1 and edge * share > SMALLEST_RESAVED:
            shot = replace(shot.resized(share), notes={**shot.notes, "resaved": "messenger"})
        quality = condition.at(68, 54, 40) + rng.randint(0, 8)
    elif condition.name == "low_resolution":
        quality = rng.randint(60, 85)
    elif condition and rng.random() < 0.35:
        quality = rng.randint(55, 80)
    if condition.name == "screenshot":
        shot = shot.moved(*screen(rng, shot.image))
    return replace(shot, notes={**shot.notes, "jpeg_quality": str(quality)}), jpeg(shot.image, quality)
