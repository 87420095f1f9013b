"""Text lines -> text, with the posterior of every cluster: ONNX Runtime on the CPU and CTC decoding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from khid_eval.engine import alphabet, ctc, ctc_search
from khid_eval.engine.ctc import LogProbs
from khid_eval.records import GreyImage

HEIGHT_PX = 48
"""Height to which every line is scaled."""
MAX_WIDTH_PX = 800
"""Wider lines are scaled down further and centred in the height; MRZ lines lose nothing by it."""
STEP_PX = 4
"""Width of what the network sees as one step in the scaled line."""
COLUMNS_PER_STEP = 2
"""It answers twice a step: stacked Khmer letters put up to five tokens over a few pixels."""
STRIDE_PX = STEP_PX // COLUMNS_PER_STEP
"""Width of one column of the answer in the scaled line."""
PAD_PX = 28
"""Paper added at the right end: as far as a column sees, so that no answer depends on the lines beside it."""
_BATCH_PX = 6000  # columns of pixels in one batch, padding included: bounds memory, and larger is not faster


@dataclass(frozen=True, slots=True)
class CharReading:
    """A cluster of the text (a Khmer base with all that hangs on it, or one other character).

    confidence: product of its tokens' posteriors, in [0, 1]. start, end: where it stands, as fractions of the crop's
    width from the left.
    """

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class LineColumns:
    """What the network says of one line, before it is put into letters.

    log_probs: (T, C) of all columns, for scoring (`ctc`) and readings (`ctc_search`).
    columns: how many columns the crop's own width covers, not necessarily whole.
    """

    log_probs: LogProbs
    columns: float

    def read(self, characters: str | None = None) -> LineReading:
        """The line's text. characters: the only ones that can occur (see the sets of `alphabet`); any by default."""
        known = self.log_probs if characters is None else ctc.restricted(self.log_probs, characters)
        return read_line(known, self.columns)


@dataclass(frozen=True, slots=True)
class LineReading(LineColumns):
    """One line as read. text: canonical, in logical order; it is the texts of `chars` joined.

    confidence: product of the characters' confidences, in [0, 1]; of an empty text: the posterior of blank paper.
    """

    text: str
    confidence: float
    chars: tuple[CharReading, ...]


def read_line(log_probs: LogProbs, columns: float) -> LineReading:
    """Greedy decode. log_probs: (T, C); columns: width of the crop in columns, > 0."""
    spans = ctc_search.legal_path(log_probs)
    chars = []
    for piece in alphabet.pieces([span.token for span in spans]):
        members = [spans[at] for at in piece.tokens]
        start = min(span.first for span in members) / columns
        end = (max(span.last for span in members) + 1) / columns
        confidence = math.exp(min(0.0, sum(span.log_prob for span in members)))
        chars.append(CharReading(piece.text, confidence, min(start, 1.0), min(end, 1.0)))
    text = "".join(char.text for char in chars)
    blank = math.exp(min(0.0, float(log_probs[:, alphabet.BLANK].sum())))
    confidence = math.prod(char.confidence for char in chars) if chars else blank
    return LineReading(log_probs, columns, text, confidence, tuple(chars))


def normalised(line: GreyImage) -> NDArray[np.float32]:
    """A crop as the network wants it: (48, W) float32, mean 0, deviation 1, scaled to the height, at most 800 wide.

    line: (H, W) uint8, H, W >= 1. Raises ValueError for another shape or type.
    """
    if line.ndim != 2 or line.dtype != np.uint8 or 0 in line.shape:
        raise ValueError(f"a line is a grey uint8 picture, got {line.shape} {line.dtype}")
    height, width = line.shape
    scale = min(HEIGHT_PX / height, MAX_WIDTH_PX / width)
    size = (max(STEP_PX, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    scaled = cv2.resize(line, size, interpolation=how).astype(np.float32)
    scaled = (scaled - scaled.mean()) / (scaled.std() + 4.0)
    above = (HEIGHT_PX - size[1]) // 2
    return np.pad(scaled, ((above, HEIGHT_PX - size[1] - above), (0, 0)))


def steps_of(width_px: int) -> int:
    """How many steps the network makes over a scaled line of that width, the paper at its end included."""
    return -(-(width_px + PAD_PX) // STEP_PX)


class Recogniser:
    """Reads lines of text. One per process or thread; calls share nothing else."""

    def __init__(self, *, threads: int = 1, model: Path | None = None) -> None:
        """threads: of ONNX Runtime, >= 1; model: another file than the one in the package."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        data = (model or resources.files("khid_eval") / "models" / "recogniser.onnx").read_bytes()
        self._session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def __call__(self, lines: Sequence[GreyImage]) -> list[LineReading]:
        """lines: N >= 0 crops, each (H, W) uint8 of any size. Returns N readings in the same order.

        The answer for a line depends on the others by int8 rounding alone: lines that run together share its steps.
        """
        return [seen.read() for seen in self.columns(lines)]

    def columns(self, lines: Sequence[GreyImage]) -> list[LineColumns]:
        """The same before letters are made of it, which takes a fifth of the time."""
        inputs = [normalised(line) for line in lines]
        found: list[LineColumns | None] = [None] * len(inputs)
        for batch in _batches([one.shape[1] for one in inputs]):
            for at, log_probs in zip(batch, self._run([inputs[at] for at in batch]), strict=True):
                found[at] = LineColumns(log_probs, inputs[at].shape[1] / STRIDE_PX)
        return [one for one in found if one is not None]

    def _run(self, lines: Sequence[NDArray[np.float32]]) -> list[LogProbs]:
        """lines: (48, W_i) each. Returns (T_i, C) each; padding goes to the right."""
        steps = np.array([steps_of(line.shape[1]) for line in lines], dtype=np.int32)
        width = int(steps.max()) * STEP_PX + PAD_PX
        stack = np.zeros((len(lines), 1, HEIGHT_PX, width), dtype=np.float32)
        for row, line in enumerate(lines):
            stack[row, 0, :, : line.shape[1]] = line
        (answer,) = self._session.run(None, {"lines": stack, "steps": steps})
        return [answer[:count, row].reshape(-1, answer.shape[-1]) for row, count in enumerate(steps)]


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Indices grouped so that lines of similar width run together."""
    groups: list[list[int]] = []
    for at in sorted(range(len(widths)), key=lambda one: widths[one]):
        fits = groups and widths[at] * (len(groups[-1]) + 1) <= _BATCH_PX and widths[at] <= 1.3 * widths[groups[-1][0]]
        if fits:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


__all__ = [
    "COLUMNS_PER_STEP",
    "HEIGHT_PX",
    "MAX_WIDTH_PX",
    "PAD_PX",
    "STEP_PX",
    "STRIDE_PX",
    "CharReading",
    "LineColumns",
    "LineReading",
    "Recogniser",
    "normalised",
    "read_line",
    "steps_of",
]
