"""Text rows and the portrait on a rectified card, by a small net on the grey card.

The net answers on cells of 4 px: is this the core of a row, how far to the row's top and bottom, which row of the card
it is, is this the portrait. Neighbouring core cells make a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from khid_eval.engine.geometry import box_quad
from khid_eval.engine.onnx_model import Float32Array, OnnxModel, packaged
from khid_eval.engine.rectify import RectifiedCard
from khid_eval.records import FloatArray, GreyImage, Quad


class RowKind(StrEnum):
    """What stands in a row, in the order of the card from top to bottom."""

    NUMBER = "number"
    NAME_KH = "name_kh"
    NAME_EN = "name_en"
    BIRTH = "birth"
    BIRTH_PLACE = "birth_place"
    ADDRESS1 = "address1"
    ADDRESS2 = "address2"
    VALIDITY = "validity"
    MARK = "mark"
    MRZ1 = "mrz1"
    MRZ2 = "mrz2"
    MRZ3 = "mrz3"
    UNKNOWN = "unknown"


KINDS: Final = tuple(kind for kind in RowKind if kind is not RowKind.UNKNOWN)
MRZ_KINDS: Final = (RowKind.MRZ1, RowKind.MRZ2, RowKind.MRZ3)

NET_WIDTH_PX, NET_HEIGHT_PX, STRIDE = 512, 320, 4
CELLS_X, CELLS_Y = NET_WIDTH_PX // STRIDE, NET_HEIGHT_PX // STRIDE
CHANNELS: Final = 4 + len(KINDS)
"""Of the net's map: core of a row, portrait, distance up, distance down (in cells), then one a kind."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of text. box: (left, top, right, bottom) of its line of type on the rectified image, in pixels.

    kind_score: P(kind is right); score: P(it is a row at all); both in [0, 1].
    """

    box: Box
    kind: RowKind
    kind_score: float
    score: float


@dataclass(frozen=True, slots=True)
class CardLayout:
    """rows: from top to bottom. portrait: box on the rectified image, or None where none was found.

    portrait_score and presence (the picture is the front of a Cambodian card): in [0, 1].
    """

    rows: tuple[Row, ...]
    portrait: Quad | None
    portrait_score: float
    presence: float

    def row(self, kind: RowKind) -> Row | None:
        """The likeliest row of that kind, or None."""
        found = [row for row in self.rows if row.kind is kind]
        return max(found, key=lambda row: row.kind_score * row.score, default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A row before it has a kind. chances: (len(KINDS),) by the net, each in [0, 1]; box, score: as of a Row."""

    box: Box
    chances: FloatArray
    score: float


class RowFinder:
    """Finds rows and portrait. Safe to share between threads."""

    def __init__(self, model: Path | str | None = None, *, threads: int = 1) -> None:
        """model: by default the packaged one. Raises FileNotFoundError if it is missing."""
        self._net = OnnxModel(model or packaged("rows.onnx"), threads=threads)

    def __call__(self, card: RectifiedCard) -> CardLayout:
        """card: rectified at any width and margin, grey or colour."""
        maps, presence = self._net(net_input(card)[None])[:2]
        return decode_layout(maps[0], float(np.ravel(presence)[0]), card.box)


def net_input(card: RectifiedCard) -> Float32Array:
    """(1, 320, 512) float32: the card without its margin, zero mean, unit spread."""
    left, top, right, bottom = (round(value) for value in card.box)
    inner = card.grey()[top:bottom, left:right]
    way = cv2.INTER_AREA if inner.shape[1] > NET_WIDTH_PX else cv2.INTER_LINEAR
    return normalised(np.asarray(cv2.resize(inner, (NET_WIDTH_PX, NET_HEIGHT_PX), interpolation=way), dtype=np.uint8))


def normalised(grey: GreyImage) -> Float32Array:
    """(320, 512) uint8 -> (1, 320, 512) float32 of zero mean and unit spread."""
    values = grey.astype(np.float32)
    return np.asarray((values - values.mean()) / (values.std() + 4.0), dtype=np.float32)[None]


def decode_layout(maps: Float32Array, presence_logit: float, box: Box) -> CardLayout:
    """maps: (CHANNELS, CELLS_Y, CELLS_X) logits and distances. box: where the card lies on the rectified image."""
    core = _sigmoid(maps[0])
    count, labels, stats, _ = cv2.connectedComponentsWithStats((core > 0.5).astype(np.uint8), connectivity=4)
    found = [
        _candidate(maps, core, labels == which, box)
        for which in range(1, count)
        if stats[which, cv2.CC_STAT_AREA] >= _MIN_CELLS
    ]
    rows = in_order(_joined([row for row in found if row is not None]), box)
    portrait, portrait_score = _portrait(_sigmoid(maps[1]), box)
    return CardLayout(tuple(rows), portrait, portrait_score, float(_sigmoid(np.float64(presence_logit))))


_MIN_CELLS = 6
_NO_KIND = 8.0
"""Nats that a row costs which has no kind. More than a doubtful kind: what looks like a row on a card mostly is one."""
_LEAST = 1e-3  # of a kind's chance: the net goes by where rows stand on the cards that it knows
_INSET, _NO_MRZ = 0.2, 4.0
"""An MRZ line begins at the card's left edge, under the portrait: one that begins farther in costs so many nats."""


def in_order(found: Sequence[Candidate], box: Box) -> tuple[Row, ...]:
    """From top to bottom, each with the kind that makes the whole card likeliest: every kind once, in card order.

    By dynamic programming: worth[i][k] is the best of the first i rows with kinds of the first k.
    """
    rows = sorted(found, key=lambda one: one.box[1] + one.box[3])
    gains = np.array([_gains(one, box) for one in rows]).reshape(len(rows), len(KINDS))
    worth = np.zeros((len(rows) + 1, len(KINDS) + 1))
    for i, gain in enumerate(gains, start=1):
        worth[i, 0] = worth[i - 1, 0] - _NO_KIND
        for k in range(1, len(KINDS) + 1):
            worth[i, k] = max(worth[i, k - 1], worth[i - 1, k] - _NO_KIND, worth[i - 1, k - 1] + gain[k - 1])
    named: list[Row] = []
    i, k = len(rows), len(KINDS)
    while i:
        if k and worth[i, k] == worth[i, k - 1]:
            k -= 1
            continue
        i -= 1
        one, best = rows[i], float(rows[i].chances.max())
        if worth[i + 1, k] == worth[i, k] - _NO_KIND:
            named.append(Row(one.box, RowKind.UNKNOWN, best, one.score))
            continue
        k -= 1
        named.append(Row(one.box, KINDS[k], float(one.chances[k]), one.score))
    return tuple(named[::-1])


def _gains(one: Candidate, box: Box) -> FloatArray:
    """(len(KINDS),) log of each kind's chance."""
    gains = np.log(np.maximum(one.chances, _LEAST))
    if one.box[0] - box[0] > _INSET * (box[2] - box[0]):
        gains[[KINDS.index(kind) for kind in MRZ_KINDS]] -= _NO_MRZ
    return np.asarray(gains)


def _candidate(
    maps: Float32Array, core: FloatArray, cells: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], box: Box
) -> Candidate | None:
    ys, xs = np.nonzero(cells)
    weight = core[ys, xs]
    top = _weighted_median(ys + 0.5 - maps[2, ys, xs], weight)
    bottom = _weighted_median(ys + 0.5 + maps[3, ys, xs], weight)
    if bottom - top < 1.0:
        return None
    logits = maps[4:, ys, xs].astype(np.float64)
    chances = np.exp(logits - logits.max(axis=0))
    chances = (chances / chances.sum(axis=0) * weight).sum(axis=1) / weight.sum()
    placed = _on_image((float(xs.min()), top, float(xs.max() + 1), bottom), box)
    return Candidate(placed, chances, float(np.quantile(weight, 0.75)))


def _joined(rows: list[Candidate]) -> list[Candidate]:
    """Pieces of one row, told by the same kind at the same height, become one row again."""
    whole: list[Candidate] = []
    for row in sorted(rows, key=lambda one: one.box[0] - one.box[2]):
        twin = next((k for k, other in enumerate(whole) if _same_line(row, other)), None)
        if twin is None:
            whole.append(row)
        else:
            (a, top, b, bottom), (c, _, d, _) = whole[twin].box, row.box
            longer = whole[twin]
            whole[twin] = replace(longer, box=(min(a, c), top, max(b, d), bottom))
    return whole


def _same_line(one: Candidate, other: Candidate) -> bool:
    middle = (one.box[1] + one.box[3]) / 2
    alike = one.chances.argmax() == other.chances.argmax() and min(one.chances.max(), other.chances.max()) >= 0.5
    return bool(alike) and other.box[1] < middle < other.box[3]


def _portrait(chance: FloatArray, box: Box) -> tuple[Quad | None, float]:
    """The largest patch of portrait cells as an upright box, its edges placed where the chance crosses one half."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((chance > 0.5).astype(np.uint8), connectivity=4)
    if count < 2:
        return None, 0.0
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    if stats[best, cv2.CC_STAT_AREA] < 40:
        return None, 0.0
    inside = chance * (labels == best)
    score = float(inside.sum() / stats[best, cv2.CC_STAT_AREA])
    columns, rows = np.nonzero(inside.any(axis=0))[0], np.nonzero(inside.any(axis=1))[0]
    across = np.median(chance[rows[len(rows) // 4] : rows[-len(rows) // 4] + 1], axis=0)
    down = np.median(chance[:, columns[len(columns) // 4] : columns[-len(columns) // 4] + 1], axis=1)
    left, right = _extent(across, int(columns.mean()))
    top, bottom = _extent(down, int(rows.mean()))
    if right - left < 2 or bottom - top < 2:
        return None, 0.0
    return box_quad(*_on_image((left, top, right, bottom), box)), score


def _extent(profile: FloatArray, middle: int) -> tuple[float, float]:
    """Where a profile that is high at `middle` falls through one half on both sides, in cells (edges)."""
    start = middle
    while start > 0 and profile[start - 1] > 0.5:
        start -= 1
    end = middle
    while end + 1 < len(profile) and profile[end + 1] > 0.5:
        end += 1
    before = float(profile[start - 1]) if start > 0 else 0.0
    after = float(profile[end + 1]) if end + 1 < len(profile) else 0.0
    return start - min(before, 0.5), end + 1 + min(after, 0.5)


def _on_image(cells: Box, box: Box) -> Box:
    """A box in cells -> the same box on the rectified image."""
    left, top, right, bottom = box
    across, down = (right - left) / CELLS_X, (bottom - top) / CELLS_Y
    return (left + cells[0] * across, top + cells[1] * down, left + cells[2] * across, top + cells[3] * down)


def _weighted_median(values: FloatArray, weight: FloatArray) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2.0)])


def _sigmoid(logits: Float32Array | np.float64) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(np.asarray(logits, dtype=np.float64), -30.0, 30.0))))
