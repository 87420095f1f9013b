"""Batches of line crops without end: a pool of set lines, each photographed anew whenever it is drawn."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from khid_eval.engine import alphabet
from khid_eval.engine.recognise import (
    COLUMNS_PER_STEP,
    HEIGHT_PX,
    MAX_WIDTH_PX,
    STEP_PX,
    STRIDE_PX,
    normalised,
    steps_of,
)
from khid_eval.records import GreyImage
from khid_eval.training.card_lines import READABLE, CardLine, CardLines
from khid_eval.training.line_ink import LineInk, LineInks
from khid_eval.training.line_photo import Severity, photograph, photograph_print

_BATCH_PX = 11_000  # width of all lines of a batch together
_ROUND_PX = 32  # batches have few different widths: the library prepares its kernels anew for each
_FRESH = 0.18  # share of lines that are newly set; the others come from the pool
_CAPACITY = 40_000
_CARD_SHARE = 0.6  # share of lines cut from cards once the curriculum is through
_OWN_SHARE = 0.33
_FRESH_CARDS = 3  # cards newly made for each chunk: a card costs as much as a hundred lines
_ROW_CAPACITY = 8_000
_CONDITIONS = (*READABLE, "motion_blur", "motion_blur")  # what is read worst is seen more often
_SEVERITIES: tuple[Severity, ...] = ("clean", "mild", "hard")


@dataclass(frozen=True, slots=True)
class Batch:
    """lines: (N, 1, 48, W) float32; columns: (N,) columns to align to; targets: all classes; lengths: (N,) of them."""

    lines: Tensor
    columns: Tensor
    targets: Tensor
    lengths: Tensor


@dataclass(frozen=True, slots=True)
class Stage:
    """Where in the curriculum a batch stands. short: share of single words; easy: 1 at the start, 0 later."""

    short: float
    easy: float


_LAST_STAGE = Stage(short=0.18, easy=0.0)


def stage_at(minutes: float, planned: float) -> Stage:
    """The curriculum: words first, lines soon, little help after a fifth of the training (24 minutes at most)."""
    first, second = min(6.0, 0.06 * planned), min(24.0, 0.2 * planned)
    done = min(1.0, max(0.0, (minutes - first) / max(1e-9, second - first)))
    return Stage(short=1.0 - 0.82 * done, easy=1.0 - done)


def batch_of(crops: Sequence[GreyImage], classes: Sequence[Sequence[int]]) -> Batch:
    """One batch; shorter lines are padded at the right as the engine pads them."""
    inputs = [normalised(crop) for crop in crops]
    steps = [steps_of(one.shape[1]) for one in inputs]
    width = -(-max(steps) * STEP_PX // _ROUND_PX) * _ROUND_PX
    lines = np.zeros((len(inputs), 1, HEIGHT_PX, width), np.float32)
    for row, one in enumerate(inputs):
        lines[row, 0, :, : one.shape[1]] = one
    return Batch(
        torch.from_numpy(lines).contiguous(memory_format=torch.channels_last),
        torch.tensor(steps) * COLUMNS_PER_STEP,
        torch.tensor([one for text in classes for one in text], dtype=torch.long),
        torch.tensor([len(text) for text in classes]),
    )


class LinePool:
    """Draws batches. Same seed and same stages, same batches."""

    def __init__(self, seed: int, *, chunk: int = 512, own: Sequence[CardLine] = ()) -> None:
        """chunk: lines drawn at once and sorted by width, so that a batch holds like widths. own: lines of real photos,
        which then are a third of all.
        """
        self._chunk = chunk
        self._own = [(line, alphabet.encode(line.text)) for line in own]
        self._inks = LineInks("train", seed)
        self._cards = CardLines("train", seed)
        self._rng = np.random.default_rng(seed)
        self._choice = random.Random(seed)
        self._pool: list[tuple[LineInk, list[int]]] = []
        self._short: list[tuple[LineInk, list[int]]] = []
        self._rows: list[tuple[CardLine, list[int]]] = []

    def batches(self, stage: Stage) -> Iterator[Batch]:
        """The batches of one chunk of lines, in random order."""
        for _ in range(_FRESH_CARDS if stage.easy < 1.0 else 0):
            self._add_card()
        rows = sum(self._choice.random() < _CARD_SHARE * (1.0 - stage.easy) for _ in range(self._chunk))
        drawn = [self._photo_of_own() for _ in range(round(_OWN_SHARE * self._chunk) if self._own else 0)]
        drawn += [self._photo_of_row(stage) for _ in range(min(rows, self._chunk - len(drawn)) if self._rows else 0)]
        drawn += [self._photo_of_line(stage) for _ in range(self._chunk - len(drawn))]
        photos = [(crop, classes) for crop, classes in drawn if _fits(crop, classes)]
        photos.sort(key=lambda one: _width(one[0]))
        groups = list(_groups(photos))
        self._choice.shuffle(groups)
        for group in groups:
            yield batch_of([crop for crop, _ in group], [classes for _, classes in group])

    def _photo_of_line(self, stage: Stage) -> tuple[GreyImage, list[int]]:
        ink, classes = self._line(stage)
        return photograph(ink, self._rng, self._severity(stage)), classes

    def _photo_of_own(self) -> tuple[GreyImage, list[int]]:
        """A line of a real photo: half of the time as it is, else seen a little otherwise."""
        own, classes = self._choice.choice(self._own)
        return (photograph_print(own.crop, self._rng, "clean") if self._choice.random() < 0.5 else own.crop), classes

    def _photo_of_row(self, stage: Stage) -> tuple[GreyImage, list[int]]:
        row, classes = self._choice.choice(self._rows)
        return (row.crop if row.finished else photograph_print(row.crop, self._rng, self._severity(stage))), classes

    def _add_card(self) -> None:
        """Rows of one more card, nearly half of the time from a whole photo; the oldest make room."""
        if self._choice.random() < 0.45:
            names = self._choice.choices(_CONDITIONS, k=self._choice.choice((0, 1, 1, 2)))
            steps = [(name, self._choice.choice((1, 1, 2, 2, 3, 4))) for name in names]
            lines = self._cards.photographed(steps)
        else:
            lines = self._cards.flat()
        # The three MRZ lines are wide and soon learnt: one of them is enough.
        lines = [line for line in lines if line.kind != "mrz" or self._choice.random() < 0.2]
        self._rows += [(line, alphabet.encode(line.text)) for line in lines]
        del self._rows[: max(0, len(self._rows) - _ROW_CAPACITY)]

    def _severity(self, stage: Stage) -> Severity:
        weights = (0.27 + 0.45 * stage.easy, 0.43 - 0.13 * stage.easy, 0.30 - 0.29 * stage.easy)
        return self._choice.choices(_SEVERITIES, weights=weights)[0]

    def _line(self, stage: Stage) -> tuple[LineInk, list[int]]:
        short = self._choice.random() < stage.short
        pool = self._short if short else self._pool
        if len(pool) > 500 and self._choice.random() > _FRESH:
            return self._choice.choice(pool)
        ink = self._inks.draw(short=short)
        line = (ink, alphabet.encode(ink.text))
        if len(pool) < _CAPACITY:
            pool.append(line)
        else:
            pool[self._choice.randrange(len(pool))] = line
        return line


class BatchStream(IterableDataset[Batch]):
    """Batches without end, following the curriculum by a clock that the trainer sets; may run in workers of its own."""

    def __init__(self, seed: int, *, chunk: int, planned_minutes: float, own: Sequence[CardLine] = ()) -> None:
        self._seed, self._chunk, self._planned, self._own = seed, chunk, planned_minutes, own
        self.minutes = torch.multiprocessing.get_context().Value("d", 0.0)
        """Minutes of training behind; shared with the workers."""

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        torch.set_num_threads(1)
        pool = LinePool(self._seed + (worker.id if worker else 0) * 7_919, chunk=self._chunk, own=self._own)
        while True:  # who has lines of real photos trains a network on that can read, and needs no easy start
            yield from pool.batches(_LAST_STAGE if self._own else stage_at(self.minutes.value, self._planned))


def _width(crop: GreyImage) -> float:
    return float(crop.shape[1] / crop.shape[0])


def _fits(crop: GreyImage, classes: Sequence[int]) -> bool:
    """Whether CTC can align the text: a column for each class and one between repeats."""
    repeats = sum(one == other for one, other in pairwise(classes))
    return len(classes) + repeats + 2 <= min(_width(crop) * HEIGHT_PX, MAX_WIDTH_PX) / STRIDE_PX


def _groups(photos: Sequence[tuple[GreyImage, list[int]]]) -> Iterator[list[tuple[GreyImage, list[int]]]]:
    """Cuts a sorted list so that each group has about the same area."""
    group: list[tuple[GreyImage, list[int]]] = []
    for photo in photos:
        if group and min(MAX_WIDTH_PX, _width(photo[0]) * HEIGHT_PX) * (len(group) + 1) > _BATCH_PX:
            yield group
            group = []
        group.append(photo)
    if group:
        yield group


__all__ = ["Batch", "BatchStream", "LinePool", "Stage", "batch_of", "stage_at"]
