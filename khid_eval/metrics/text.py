"""How far a text is from the truth: error rates that pool, and which letters are taken for which.

CER over NFC code points and, for Khmer, over orthographic clusters (the rule is `khmer.CLUSTER_RULE`).
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from khid_eval.card import khmer

MAX_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class EditCounts:
    """Edits against `length` units of truth. spurious: units read where there was no truth at all, outside the rate."""

    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    spurious: int = 0

    @property
    def length(self) -> int:
        """Units of truth."""
        return self.hits + self.substitutions + self.deletions

    @property
    def edits(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """edits / length: >= 0, above 1 where more was invented than there was; NaN where there was no truth."""
        return self.edits / self.length if self.length else float("nan")

    def __add__(self, other: EditCounts) -> EditCounts:
        return EditCounts(
            self.hits + other.hits,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.spurious + other.spurious,
        )


def code_points(text: str) -> list[str]:
    """NFC code points of the trimmed text."""
    return list(unicodedata.normalize("NFC", text.strip()))


def clusters(text: str) -> list[str]:
    """Orthographic clusters of the canonical text."""
    return khmer.clusters(khmer.canonical(text))


def edit_counts(truth: list[str], reading: list[str]) -> EditCounts:
    """Counts of one least-cost alignment of two lists of units."""
    if not truth:
        return EditCounts(spurious=len(reading))
    kinds = Counter(step.tag for step in Levenshtein.editops(truth, reading))
    substitutions, deletions = kinds["replace"], kinds["delete"]
    return EditCounts(len(truth) - substitutions - deletions, substitutions, deletions, kinds["insert"])


StepKind = Literal["equal", "replace", "delete", "insert"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alignment, by clusters: delete has no reading, insert no truth."""

    kind: StepKind
    truth: str
    reading: str


def align(truth: str, reading: str) -> list[Step]:
    """Cluster by cluster, truth beside reading, along one least-cost alignment: for showing a difference."""
    expected, answer = clusters(truth), clusters(reading)
    steps: list[Step] = []
    for block in Levenshtein.opcodes(expected, answer):
        left = expected[block.src_start : block.src_end]
        right = answer[block.dest_start : block.dest_end]
        for i in range(max(len(left), len(right))):
            kind: StepKind = "equal" if block.tag == "equal" else _kind(i, left, right)
            steps.append(Step(kind, left[i] if i < len(left) else "", right[i] if i < len(right) else ""))
    return steps


def _kind(i: int, left: list[str], right: list[str]) -> StepKind:
    if i >= len(right):
        return "delete"
    return "replace" if i < len(left) else "insert"


@dataclass(frozen=True, slots=True)
class Confusion:
    """A cluster taken for another, `count` times. truth "" is an insertion, reading "" a deletion.

    examples: names of photos (never texts) where it happened, at most MAX_EXAMPLES, in order of appearance.
    """

    truth: str
    reading: str
    count: int
    of: int
    examples: tuple[str, ...]

    @property
    def share(self) -> float:
        """count / how often the truth cluster stood on a card; NaN for insertions."""
        return self.count / self.of if self.of else float("nan")


def confusions(rows: Iterable[tuple[str, str, str]], most: int = 30) -> list[Confusion]:
    """The most frequent cluster errors. rows: (truth, reading, name of the photo); where one is blank, it is skipped.

    Ties are ordered by the clusters themselves, so that the order of rows matters for the examples only.
    """
    counts: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()
    examples: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for truth, reading, name in rows:
        if not truth.strip() or not reading.strip():
            continue
        for step in align(truth, reading):
            seen[step.truth] += bool(step.truth)
            if step.kind == "equal":
                continue
            pair = (step.truth, step.reading)
            counts[pair] += 1
            if len(examples[pair]) < MAX_EXAMPLES and name not in examples[pair]:
                examples[pair].append(name)
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))[:most]
    return [Confusion(*pair, counts[pair], seen[pair[0]], tuple(examples[pair])) for pair in ranked]


__all__ = [
    "MAX_EXAMPLES",
    "Confusion",
    "EditCounts",
    "Step",
    "align",
    "clusters",
    "code_points",
    "confusions",
    "edit_counts",
]
