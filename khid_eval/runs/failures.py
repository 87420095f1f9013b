"""What went wrong, reading by reading: pages of rows with truth and text, and the photo as it was read.

These rows hold what stood on the cards. They are asked for page by page and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.records import Quad
from khid_eval.runs.query import ALL, Slice, Tables
from khid_eval.runs.schema import KHMER_FIELDS
from khid_eval.runs.sweep import AS_IT_IS, ROTATION, Step, degrade
from khid_eval.runs.worker import load_bytes

ORDERS: Final = {
    "confident": "confidence DESC, seq, field",  # confidently wrong first: the costly ones
    "unsure": "confidence, seq, field",
    "plan": "seq, field",
    "letters": "char_edits DESC, seq, field",
}
OUTCOMES: Final = ("wrong", "miss", "hallucination")


@dataclass(frozen=True, slots=True)
class Failure:
    """One field that was not read right. confidence: 0 where the reader gave none. quad: on the photo as read.

    step: what had been done to the dataset's photo before it was read; None for nothing.
    """

    seq: int
    file_name: str
    field: str
    truth: str | None
    text: str | None
    confidence: float
    outcome: str
    error_code: str | None
    quad: Quad | None
    step: Step | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which failures. field, outcome, error_code: "" for any. min_confidence, max_confidence: both ends included.

    letters: a cluster of the truth and one that was read, as in a confusion: Khmer readings that have both, "" for any.
    """

    level: Level = DEFAULT_LEVEL
    field: str = ""
    outcome: str = ""
    error_code: str = ""
    where: Slice = ALL
    min_confidence: float = 0.0
    max_confidence: float = 1.0
    letters: tuple[str, str] = ("", "")

    def sql(self, parameters: list[Any]) -> str:
        """FROM and WHERE of the query."""
        outcomes = [self.outcome] if self.outcome in OUTCOMES else list(OUTCOMES)
        listed = ", ".join(f"'{one}'" for one in outcomes)
        parts = [f"f.{self.level} IN ({listed})", self.where.sql(parameters)]
        for value, condition in (
            (self.field, "f.field = ?"),
            (self.error_code, "coalesce(nullif(i.error_code, ''), i.error_kind) = ?"),
        ):
            if value:
                parts.append(condition)
                parameters.append(value)
        if any(self.letters):
            parts.append(f"f.field IN {KHMER_FIELDS}")
        for column, cluster in zip(("truth", "text"), self.letters, strict=True):
            if cluster:
                parts.append(f"contains(f.{column}, ?)")
                parameters.append(cluster)
        parts.append("coalesce(f.confidence, 0) BETWEEN ? AND ?")
        parameters += [self.min_confidence, self.max_confidence]
        return "FROM images i JOIN fields f USING (seq) WHERE " + " AND ".join(parts)


def count_failures(tables: Tables, wanted: Wanted) -> int:
    parameters: list[Any] = []
    source = wanted.sql(parameters)
    return int(tables.one(f"SELECT count(*) AS n {source}", parameters)["n"])


def failures(
    tables: Tables, wanted: Wanted, *, order: str = "confident", limit: int = 12, offset: int = 0
) -> list[Failure]:
    """One page. order: a key of ORDERS. Raises KeyError for another."""
    parameters: list[Any] = []
    source = wanted.sql(parameters)
    rows = tables.rows(
        f"""SELECT seq, file_name, field, truth, text, coalesce(confidence, 0) AS confidence,
              f.{wanted.level} AS outcome, error_code, quad, condition, severity, rotation_deg, card_quad,
              f.char_edits AS char_edits {source}
            ORDER BY {ORDERS[order]} LIMIT {int(limit)} OFFSET {int(offset)}""",
        parameters,
    )
    swept = tables.info.sweep is not None
    return [
        Failure(
            row["seq"],
            row["file_name"],
            row["field"],
            row["truth"],
            row["text"],
            row["confidence"],
            row["outcome"],
            row["error_code"],
            quad_of(row["quad"]),
            step_of(row) if swept else None,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Timed:
    """A photo that got an answer, and how long that took. failed: fields that were not read right."""

    file_name: str
    latency_s: float
    attempts: int
    failed: int


def photos_by_latency(
    tables: Tables, low_s: float, high_s: float, *, level: Level = DEFAULT_LEVEL, where: Slice = ALL, limit: int = 12
) -> list[Timed]:
    """The slowest of the photos whose answer took at least low_s and less than high_s seconds."""
    parameters: list[Any] = []
    condition = where.sql(parameters)
    rows = tables.rows(
        f"""SELECT file_name, latency_s, attempts, coalesce(judged - exact_{level}, 0) AS failed FROM images i
            WHERE {condition} AND error_kind IS NULL AND latency_s >= ? AND latency_s < ?
            ORDER BY latency_s DESC, seq LIMIT {int(limit)}""",
        [*parameters, low_s, high_s],
    )
    return [Timed(**row) for row in rows]


def quad_of(numbers: Sequence[float] | None) -> Quad | None:
    if numbers is None or len(numbers) != 8:
        return None
    x, y = numbers[0::2], numbers[1::2]
    return (x[0], y[0]), (x[1], y[1]), (x[2], y[2]), (x[3], y[3])


def step_of(row: dict[str, Any]) -> Step | None:
    """The step of a swept photo, from its row of the images table; None for the photo as it is."""
    name = row["condition"]
    if name == AS_IT_IS:
        return None
    angle = row["rotation_deg"] if name == ROTATION and row["severity"] is None else None
    return Step(name, int(row["severity"] or 0), angle, quad_of(row["card_quad"]))


def photo_of(root: str, file_name: str, step: Step | None) -> bytes:
    """The photo as the reader saw it. root: the dataset's folder or URL. Raises PhotoGone where it is no more."""
    photo = load_bytes(f"{root.rstrip('/')}/{file_name}")
    return degrade(photo, step) if step else photo


__all__ = [
    "ORDERS",
    "OUTCOMES",
    "Failure",
    "Timed",
    "Wanted",
    "count_failures",
    "failures",
    "photo_of",
    "photos_by_latency",
    "quad_of",
    "step_of",
]
