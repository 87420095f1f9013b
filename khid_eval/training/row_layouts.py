"""Cards whose rows stand elsewhere: drawn cards keep to the layouts that we thought of, real ones do not.

The flat picture is stretched here and pressed together there, up and down and across, and a printed row is lacking now
and then. What a row is must then be told by its looks and its neighbours, not by its height on the card.
"""

from __future__ import annotations

import cv2
import numpy as np

from khid_eval.engine.rows import MRZ_KINDS, RowKind
from khid_eval.records import FloatArray, RgbImage
from khid_eval.training.card_pool import Fractions, PoolCard

_LEFT_ALONE = 0.3
_LACKING = 0.12
_PIECES_X, _PIECES_Y = 6, 12
_MOST_X, _MOST_Y = 0.25, 0.35
_MARGIN = 0.04
"""Share of the card at each edge that is paper on most, and how much wider or narrower that becomes (log)."""
_MARGIN_SPREAD = 0.7
_KEPT = (*MRZ_KINDS, RowKind.NUMBER)
_Stretch = tuple[FloatArray, FloatArray]


def rearranged(card: RgbImage, truth: PoolCard, rng: np.random.Generator) -> tuple[RgbImage, PoolCard]:
    """card: (H, W, 3) uint8, flat. Returns it with its rows moved, and where they are now; three in ten stay as is."""
    if rng.random() < _LEFT_ALONE:
        return card, truth
    if rng.random() < _LACKING:
        card, truth = _without_a_row(card, truth, rng)
    across, down = _stretch(_PIECES_X, _MOST_X, rng), _stretch(_PIECES_Y, _MOST_Y, rng)

    def placed(box: Fractions) -> Fractions:
        left, right = np.interp([box[0], box[2]], *across).tolist()
        top, bottom = np.interp([box[1], box[3]], *down).tolist()
        return left, top, right, bottom

    rows = {kind: placed(box) for kind, box in truth.rows.items()}
    return _drawn(card, across, down), PoolCard(rows, placed(truth.portrait))


def stretched(card: RgbImage, rng: np.random.Generator) -> RgbImage:
    """The picture alone, for what needs no rows: where print ends must not tell where the card does."""
    if rng.random() < _LEFT_ALONE:
        return card
    return _drawn(card, _stretch(_PIECES_X, _MOST_X, rng), _stretch(_PIECES_Y, _MOST_Y, rng))


def _drawn(card: RgbImage, across: _Stretch, down: _Stretch) -> RgbImage:
    height, width = card.shape[:2]
    xs = np.interp((np.arange(width) + 0.5) / width, across[1], across[0]) * width - 0.5
    ys = np.interp((np.arange(height) + 0.5) / height, down[1], down[0]) * height - 0.5
    columns, lines = (grid.astype(np.float32) for grid in np.meshgrid(xs, ys))
    return np.asarray(cv2.remap(card, columns, lines, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _stretch(pieces: int, most: float, rng: np.random.Generator) -> _Stretch:
    """A rising map of [0, 1] onto itself as its knots and their images; the margins change most."""
    knots = np.concatenate([[0.0], np.linspace(_MARGIN, 1.0 - _MARGIN, pieces + 1), [1.0]])
    steps = np.diff(knots) * np.exp(rng.normal(0.0, rng.uniform(0.0, most), pieces + 2))
    steps[[0, -1]] *= np.exp(rng.normal(0.0, _MARGIN_SPREAD, 2))
    places = np.concatenate([[0.0], np.cumsum(steps)])
    return knots, np.asarray(places / places[-1])


def _without_a_row(card: RgbImage, truth: PoolCard, rng: np.random.Generator) -> tuple[RgbImage, PoolCard]:
    """One printed row is painted over with what stands above and below it."""
    there = [kind for kind in truth.rows if kind not in _KEPT]
    if not there:
        return card, truth
    gone = there[int(rng.integers(len(there)))]
    height, width = card.shape[:2]
    left, top, right, bottom = truth.rows[gone]
    x0, x1 = max(0, int(left * width) - 3), min(width, int(right * width) + 4)
    y0, y1 = max(1, int(top * height) - 1), min(height - 1, int(bottom * height) + 2)
    blend = np.linspace(0.0, 1.0, y1 - y0)[:, None, None]
    painted = card.copy()
    painted[y0:y1, x0:x1] = (1 - blend) * card[y0 - 1, x0:x1] + blend * card[y1, x0:x1]
    return painted, PoolCard({kind: box for kind, box in truth.rows.items() if kind != gone}, truth.portrait)


__all__ = ["rearranged", "stretched"]
