"""A photo of a card: backdrop, pose, light and camera; every quad goes through the same homography."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval import conditions
from khid_eval.conditions import CARD, Picture, move_quad
from khid_eval.records import FloatArray, GreyImage, Quad, RgbImage
from khid_eval.synth.backdrops import backdrop
from khid_eval.synth.cards import FlatCard, Part, Row
from khid_eval.synth.fonts import Split
from khid_eval.synth.hands import fingers
from khid_eval.synth.paint import Float32Image, fractal, ramp

_ROW = "row/"
_CLOSE_TO_CARD = 0.12  # share of photos whose backdrop takes the card's own tones: edges hard to find
Condition = tuple[str, int]
"""(name, severity 1..5), see khid_eval.conditions."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How the camera sees the card. long_px: longer side of the photo; aspect: width over height of the photo.

    fill: length of the card's longer side as a share of the photo's shorter side (before it is made to fit).
    turn_deg: clockwise; tilt_deg: of the camera about an axis at axis_rad; shift: of the card's middle, in shares.
    """

    long_px: int = 1200
    aspect: float = 1.4
    fill: float = 0.9
    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    axis_rad: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    whole: bool = True  # shrink until the whole card is on the photo

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the photo."""
        if self.aspect >= 1:
            return self.long_px, max(16, round(self.long_px / self.aspect))
        return max(16, round(self.long_px * self.aspect)), self.long_px


def random_pose(rng: np.random.Generator) -> Pose:
    """Half of the cards nearly upright, a fifth upside down or sideways, the others at any angle."""
    kind = rng.random()
    turn = rng.normal(0, 5)
    if kind > 0.7:
        turn = rng.uniform(0, 360)
    elif kind > 0.5:
        turn += 90.0 * rng.integers(1, 4)
    return Pose(
        long_px=int(rng.integers(800, 1700)),
        aspect=float(rng.choice((4 / 3, 3 / 2, 16 / 9, 1.0, 3 / 4, 9 / 16, 1.586))),
        fill=float(rng.uniform(0.55, 1.45)),
        turn_deg=float(turn),
        tilt_deg=float(min(45.0, abs(rng.normal(0, 14)))),
        axis_rad=float(rng.uniform(0, 2 * math.pi)),
        shift=(float(rng.uniform(-0.5, 0.5)), float(rng.uniform(-0.5, 0.5))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo with its truth. quads: as on FlatCard, in the photo's pixels; may reach outside. rows: likewise."""

    image: RgbImage
    quads: Mapping[str, Quad]
    rows: tuple[Row, ...] = ()
    conditions: tuple[Condition, ...] = ()


def _translation(x: float, y: float) -> FloatArray:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def pose_matrix(pose: Pose, card_width_px: int, card_height_px: int) -> FloatArray:
    """(3, 3) homography from the flat card to the photo, both in edge coordinates."""
    width, height = pose.size_px
    size = pose.fill * min(width, height)
    distance = 1.6 * size
    axis = np.array([math.cos(pose.axis_rad), math.sin(pose.axis_rad), 0.0]) * math.radians(pose.tilt_deg)
    turn, spin = np.asarray(cv2.Rodrigues(axis)[0]), math.radians(pose.turn_deg)
    flat = np.array([[math.cos(spin), -math.sin(spin), 0], [math.sin(spin), math.cos(spin), 0], [0, 0, 1.0]])
    centred = np.diag([size / card_width_px, size / card_width_px, 1.0]) @ _translation(
        -card_width_px / 2, -card_height_px / 2
    )
    plane = np.column_stack([turn[:, 0], turn[:, 1], [0.0, 0.0, distance]])
    seen = np.diag([distance, distance, 1.0]) @ plane @ flat @ centred
    corners = np.array([[0, 0, 1], [card_width_px, 0, 1], [card_width_px, card_height_px, 1], [0, card_height_px, 1]])
    points = corners @ seen.T
    points = points[:, :2] / points[:, 2:]
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([width, height]) * 0.97
    scale = min(1.0, float((room / (high - low)).min())) if pose.whole else 1.0
    free = np.maximum(np.array([width, height]) * 0.985 - scale * (high - low), 0.0)
    middle = np.array([width, height]) / 2 + free * np.asarray(pose.shift) - scale * (low + high) / 2
    return np.asarray(_translation(*middle) @ np.diag([scale, scale, 1.0]) @ seen, dtype=np.float64)


def _side_px(matrix: FloatArray, width: int, height: int) -> float:
    quad = np.asarray(move_quad(((0, 0), (width, 0), (width, height), (0, height)), matrix))
    return float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])))


def place(image: RgbImage, face: RgbImage, alpha: GreyImage, matrix: FloatArray, rng: np.random.Generator) -> RgbImage:
    """Warps a flat card onto the picture with a soft shadow. Shrinks it by area first, or fine print would alias."""
    height, width = face.shape[:2]
    share = min(1.0, 1.15 * _side_px(matrix, width, height) / width)
    small_width, small_height = max(8, round(width * share)), max(8, round(height * share))
    if share < 0.95:
        face = np.asarray(cv2.resize(face, (small_width, small_height), interpolation=cv2.INTER_AREA), np.uint8)
        alpha = np.asarray(cv2.resize(alpha, (small_width, small_height), interpolation=cv2.INTER_AREA), np.uint8)
        matrix = matrix @ np.diag([width / small_width, height / small_height, 1.0])
    centred = _translation(-0.5, -0.5) @ matrix @ _translation(0.5, 0.5)
    size = image.shape[1], image.shape[0]
    seen = cv2.warpPerspective(face, centred, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # One clear pixel around the mask, so that the card's straight edges are smoothed too.
    padded = cv2.warpPerspective(np.pad(alpha, 1), centred @ _translation(-1, -1), size, flags=cv2.INTER_LINEAR)
    ground = image
    depth, soft = rng.uniform(0, 0.6), rng.uniform(0.002, 0.015) * max(size)
    if depth > 0.08:
        offset = rng.normal(0, 0.006, 2) * max(size)
        small = cv2.resize(padded, (max(1, size[0] // 4), max(1, size[1] // 4)), interpolation=cv2.INTER_AREA)
        moved = cv2.warpAffine(small, _translation(*(offset / 4))[:2], (small.shape[1], small.shape[0]))
        shade = cv2.convertScaleAbs(cv2.GaussianBlur(moved, (0, 0), max(0.5, soft / 4)), alpha=depth)
        light = 255 - cv2.resize(shade, size)
        ground = np.asarray(cv2.multiply(image, cv2.merge([light, light, light]), scale=1 / 255.0), np.uint8)
    cover = padded.astype(np.float32) / 255.0
    return np.asarray(cv2.blendLinear(seen, ground, cover, 1 - cover), dtype=np.uint8)


def _light(rng: np.random.Generator, height: int, width: int) -> Float32Image:
    """Illumination as a factor: a mild slope, and now and then a cloud."""
    field = 1 + (ramp(rng, height // 8 + 1, width // 8 + 1) - 0.5) * rng.uniform(0, 0.5)
    if rng.random() < 0.3:
        cloud = fractal(rng, height // 8 + 1, width // 8 + 1, cells=(2, 2), octaves=2)
        field *= 1 + (cloud - 0.5) * rng.uniform(0, 0.7)
    return np.asarray(cv2.resize(field.astype(np.float32), (width, height)), np.float32)


def camera(rng: np.random.Generator, image: RgbImage) -> RgbImage:
    """What any camera does a little: uneven exposure, white balance, softness, grain, compression."""
    height, width = image.shape[:2]
    gain = rng.uniform(0.75, 1.12) * rng.uniform(0.93, 1.07, 3)
    light = _light(rng, height, width)
    seen = cv2.multiply(image, cv2.merge([light * np.float32(one) for one in gain]), dtype=cv2.CV_8U)
    if rng.random() < 0.6:
        seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.3, 1.0))
    if rng.random() < 0.7:
        grain = rng.standard_normal((height // 2 + 1, width // 2 + 1), dtype=np.float32) * rng.uniform(0.5, 6)
        noise = cv2.resize(grain.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
        seen = cv2.add(seen, cv2.merge([noise, noise, noise]), dtype=cv2.CV_8U)
    if rng.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 96))]
        coded = cv2.imencode(".jpg", cv2.cvtColor(seen, cv2.COLOR_RGB2BGR), quality)[1]
        seen = cv2.cvtColor(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)
    return np.asarray(seen, np.uint8)


def _hold(rng: np.random.Generator, image: RgbImage, quad: Quad) -> None:
    """A finger holds a corner of the card: it comes from outside and hardly reaches in, so it hides no text."""
    points = np.asarray(quad)
    middle, corner = points.mean(axis=0), points[rng.integers(4)]
    length = float(np.linalg.norm(points[1] - points[0]))
    fingers(rng, image, corner - (corner - middle) * 0.03, corner - middle, length * 0.8)


def _scene(rng: np.random.Generator, card: FlatCard, pose: Pose, split: Split, kind: str | None) -> RgbImage:
    width, height = pose.size_px
    image = backdrop(rng, height, width, split, kind)
    if kind is None and rng.random() < _CLOSE_TO_CARD:
        tone = np.median(card.image.reshape(-1, 3)[::97], axis=0).astype(np.float32)
        own = np.median(image.reshape(-1, 3)[::97], axis=0).astype(np.float32)
        image = np.clip(image * 0.6 + (tone - own * 0.6) + rng.normal(0, 6, 3), 0, 255).astype(np.uint8)
    return image


def _with_rows(quads: Mapping[str, Quad], rows: Sequence[Row]) -> dict[str, Quad]:
    every = dict(quads)
    for i, row in enumerate(rows):
        every[f"{_ROW}{i}"] = row.quad
        every |= {f"{_ROW}{i}/{j}": part.quad for j, part in enumerate(row.parts)}
    return every


def _rows_from(quads: Mapping[str, Quad], rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(
        Row(
            row.text,
            quads[f"{_ROW}{i}"],
            tuple(Part(part.text, part.field, quads[f"{_ROW}{i}/{j}"]) for j, part in enumerate(row.parts)),
        )
        for i, row in enumerate(rows)
    )


def take_photo(
    card: FlatCard,
    rng: np.random.Generator,
    *,
    steps: Sequence[Condition] = (),
    pose: Pose | None = None,
    split: Split | None = None,
    kind: str | None = None,
    plain_camera: bool = False,
) -> Photo:
    """The card on a backdrop, as a camera sees it, then under the named conditions one after the other.

    pose: random where None. split: whose backdrops; the card's where None. kind: of backdrop, any where None.
    plain_camera: no noise, blur or uneven light beside the conditions.
    """
    pose = pose or random_pose(rng)
    matrix = pose_matrix(pose, card.image.shape[1], card.image.shape[0])
    image = _scene(rng, card, pose, split or card.style.split, kind)
    image = place(image, card.image, card.alpha, matrix, rng)
    quads = conditions.move_quads(_with_rows(card.quads, card.rows), matrix)
    if not plain_camera:
        if rng.random() < 0.1:
            _hold(rng, image, quads[CARD])
        image = camera(rng, image)
    picture = conditions.apply_all(Picture(image, quads), steps, rng)
    known = {name: quad for name, quad in picture.quads.items() if not name.startswith(_ROW)}
    return Photo(picture.image, known, _rows_from(picture.quads, card.rows), tuple(steps))


def random_conditions(
    rng: np.random.Generator, names: Sequence[str] | None = None, most: int = 2
) -> tuple[Condition, ...]:
    """None to `most` conditions of mostly low severity. names: to choose from, all where None."""
    choice = tuple(names or conditions.CONDITIONS)
    count = int(rng.integers(0, most + 1))
    severities = rng.choice(5, size=count, p=(0.34, 0.28, 0.2, 0.12, 0.06)) + 1
    picked = rng.choice(len(choice), size=min(count, len(choice)), replace=False)
    return tuple((choice[int(i)], int(severity)) for i, severity in zip(picked, severities, strict=False))


__all__ = [
    "Condition",
    "Photo",
    "Pose",
    "camera",
    "place",
    "pose_matrix",
    "random_conditions",
    "random_pose",
    "take_photo",
]
