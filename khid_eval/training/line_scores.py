"""Validation lines (words never trained on, faces trained on or not) and the error rates on them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein

from khid_eval.card.khmer import fold_look_alikes
from khid_eval.engine import ctc_search
from khid_eval.engine.alphabet import decode
from khid_eval.records import GreyImage
from khid_eval.synth.fonts import SPLITS
from khid_eval.training.card_lines import READABLE, CardLine, CardLines
from khid_eval.training.crnn import Crnn
from khid_eval.training.line_ink import LineInks
from khid_eval.training.line_photo import Severity, photograph
from khid_eval.training.line_pool import batch_of

GROUPS = {
    "khmer": ("words", "name", "place", "address", "mark"),
    "rows": ("birth", "validity", "caption"),
    "latin": ("latin", "number"),
    "mrz": ("mrz",),
}
"""Kinds of line reported together."""
_SEVERITIES: tuple[Severity, ...] = ("clean", "mild", "hard")


@dataclass(frozen=True, slots=True)
class ValidationLine:
    """faces: "seen" or "unseen" families, or "card" for rows of whole cards; group: a key of GROUPS."""

    crop: GreyImage
    text: str
    group: str
    faces: str
    severity: str


@dataclass(frozen=True, slots=True)
class LineScore:
    """errors: edit operations on code points; length: of the truth; both after folding what looks the same."""

    line: ValidationLine
    read: str
    errors: int
    length: int


def validation_cards(count: int, seed: int = 30_000) -> list[ValidationLine]:
    """Rows of that many photographed cards of the validation split: a third without a condition, a third with one."""
    cards, choice = CardLines("validation", seed), random.Random(seed)
    found = []
    for number in range(count):
        severity = _SEVERITIES[number % 3]
        names = choice.sample(READABLE, {"clean": 0, "mild": 1, "hard": 2}[severity])
        steps = [(name, choice.randint(1, 2) if severity == "mild" else choice.randint(2, 3)) for name in names]
        for line in cards.photographed(steps, invented=False):
            found.append(ValidationLine(line.crop, line.text, line.kind, "card", f"card {severity}"))
    return found


def own_validation(lines: Iterable[CardLine]) -> list[ValidationLine]:
    """Lines of real photos, reported as "own"."""
    return [ValidationLine(line.crop, line.text, line.kind, "own", "own") for line in lines]


def validation_lines(per_kind: int, seed: int = 20_000) -> list[ValidationLine]:
    """per_kind lines for each kind, family split and severity; always the same for the same seed."""
    found = []
    for number, split in enumerate(SPLITS):
        inks = LineInks("validation", seed + number, font_split=split)
        rng = np.random.default_rng(seed + number)
        for group, kinds in GROUPS.items():
            for severity in _SEVERITIES:
                for kind in kinds * per_kind:
                    ink = inks.draw_kind(kind)
                    crop = photograph(ink, rng, severity)
                    found.append(ValidationLine(crop, ink.text, group, ("seen", "unseen")[number], severity))
    return found


def folded(text: str) -> str:
    """Text with one form for what cannot be told apart on paper: COENG DA and TA, the three colons."""
    return fold_look_alikes(text).replace("ៈ", ":").replace("៖", ":")


@torch.no_grad()
def read_lines(network: Crnn, crops: Sequence[GreyImage]) -> list[str]:
    """Greedy readings, one line at a time in order of width; the network must be in evaluation mode."""
    texts = [""] * len(crops)
    order = sorted(range(len(crops)), key=lambda at: crops[at].shape[1] / crops[at].shape[0])
    for first in range(0, len(order), 12):
        group = order[first : first + 12]
        batch = batch_of([crops[at] for at in group], [[] for _ in group])
        answer = network(batch.lines).numpy()
        for row, at in enumerate(group):
            columns = answer[: int(batch.columns[row]), row]
            texts[at] = decode([span.token for span in ctc_search.best_path(columns)])
    return texts


def score_of(line: ValidationLine, read: str) -> LineScore:
    """The errors of one reading."""
    return LineScore(line, read, Levenshtein.distance(folded(read), folded(line.text)), max(1, len(line.text)))


def scored(network: Crnn, lines: Sequence[ValidationLine]) -> list[LineScore]:
    """Reads all lines and counts the errors."""
    reads = read_lines(network, [line.crop for line in lines])
    return [score_of(line, read) for line, read in zip(lines, reads, strict=True)]


@dataclass(frozen=True, slots=True)
class Rate:
    """cer: errors over characters; exact: share of lines without an error; lines: how many."""

    cer: float
    exact: float
    lines: int

    def __str__(self) -> str:
        return f"{100 * self.cer:.2f}/{100 * self.exact:.0f}"


def rate(scores: Iterable[LineScore]) -> Rate:
    """Pooled error rates; NaN where there is no line."""
    kept = list(scores)
    if not kept:
        return Rate(float("nan"), float("nan"), 0)
    errors, length = sum(one.errors for one in kept), sum(one.length for one in kept)
    return Rate(errors / length, sum(one.errors == 0 for one in kept) / len(kept), len(kept))


def table(scores: Sequence[LineScore]) -> dict[str, Rate]:
    """Error rates of all lines, by group, by faces and by severity."""
    found = {"all": rate(scores)}
    for name in ("group", "faces", "severity"):
        for value in dict.fromkeys(cast(str, getattr(one.line, name)) for one in scores):
            found[value] = rate(one for one in scores if getattr(one.line, name) == value)
    return found


__all__ = [
    "GROUPS",
    "LineScore",
    "Rate",
    "ValidationLine",
    "folded",
    "own_validation",
    "rate",
    "read_lines",
    "score_of",
    "scored",
    "table",
    "validation_cards",
    "validation_lines",
]
