"""Two runs on the same photos, pair by pair: is one better, by how much, and is that decided at all?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from khid_eval.errors import BadData
from khid_eval.metrics import compare
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.records import FIELD_NAMES, Quad
from khid_eval.runs.failures import quad_of, step_of
from khid_eval.runs.figures import SEED
from khid_eval.runs.query import Tables
from khid_eval.runs.state import RunInfo, State
from khid_eval.runs.store import Store
from khid_eval.runs.sweep import AS_IT_IS, Step

CARDS: Final = "cards"
"""Name of the comparison of whole cards, beside those of fields."""
_STEP_COLUMNS: Final = ("condition", "severity", "rotation_deg")


@dataclass(frozen=True, slots=True)
class Comparison:
    """B against A. photos: in both runs; only_a, only_b: in one of them, and left out.

    fields: decided together (Holm over the fields). cards: photos with every field right, one question of its own.
    cer: B less A of the error rate of code points, by field.
    """

    a: RunInfo
    b: RunInfo
    level: Level
    photos: int
    only_a: int
    only_b: int
    fields: tuple[compare.FieldVerdict, ...]
    cards: compare.FieldVerdict
    cer: Mapping[str, compare.Delta]

    @property
    def verdict(self) -> str:
        """The whole in one sentence."""
        better = {side: [v.pair.name for v in self.fields if v.verdict == f"{side} is better"] for side in "AB"}
        parts = [f"{side} is better in {', '.join(names)}" for side, names in better.items() if names]
        words = f"Whole cards: {self.cards.words}. Fields: {'; '.join(parts) or 'no difference is decisive'}."
        if not self.unfinished:
            return words
        return f"{words} Not finished: {', '.join(self.unfinished)}; what holds for a beginning may not for the rest."

    @property
    def unfinished(self) -> tuple[str, ...]:
        """ "A", "B" or both: runs that have not read all their photos."""
        sides = (("A", self.a), ("B", self.b))
        return tuple(side for side, info in sides if info.state is not State.FINISHED)


@dataclass(frozen=True, slots=True)
class Flip:
    """A field of a photo that one run read right and the other did not. better: "A" or "B". Texts are card content.

    quad: where the field was found on the photo as read, by the better run where that says so.
    """

    file_name: str
    field: str
    better: str
    truth: str | None
    text_a: str | None
    text_b: str | None
    step: Step | None = None
    quad: Quad | None = None


class Pair:
    """Two runs side by side. Use in a `with` block."""

    def __init__(self, a: Store, b: Store, *, intersect: bool = False) -> None:
        """intersect: compare on the photos that both have. Raises BadData for two different sets without it, and for
        two that share no photo."""
        self.a, self.b = a.load(), b.load()
        self._tables = Tables(a, self.a)
        try:
            self._tables.add(b, self.b, "b_")
            self._match(intersect)
        except BaseException:
            self._tables.__exit__(None, None, None)
            raise

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *error: Any) -> None:
        self._tables.__exit__(None, None, None)

    def _match(self, intersect: bool) -> None:
        self._tables.run(
            f"""CREATE TEMP TABLE pair AS SELECT a.seq AS sa, b.seq AS sb, a.file_name, hash(a.group_id) AS g
                FROM images a JOIN b_images b ON {self._same_photo()}"""
        )
        counts = self._tables.one(
            "SELECT (SELECT count(*) FROM pair) AS n, (SELECT count(*) FROM images) AS a, "
            "(SELECT count(*) FROM b_images) AS b"
        )
        self.photos, self.only_a, self.only_b = counts["n"], counts["a"] - counts["n"], counts["b"] - counts["n"]
        if not self.photos:
            raise BadData("The two runs have no photo in common.", advice="Run both on the same dataset.")
        if (self.only_a or self.only_b) and not intersect:
            raise BadData(
                f"The runs are over different photos: {self.only_a} only in {self.a.id}, {self.only_b} only in "
                f"{self.b.id}, {self.photos} in both.",
                advice="Add --intersect to compare on those that both have.",
            )

    def _same_photo(self) -> str:
        """The same file under the same step of a sweep. A photo as it is, is the same in a run with a sweep and in one
        without, whatever the dataset itself says about its condition."""
        equal = [f"a.{column} IS NOT DISTINCT FROM b.{column}" for column in ("file_name", "sha256")]
        for column in _STEP_COLUMNS:
            sides = (
                f"CASE WHEN {side}.condition <> '{AS_IT_IS}' THEN {side}.{column} END" if info.sweep else "NULL"
                for side, info in (("a", self.a), ("b", self.b))
            )
            equal.append(" IS NOT DISTINCT FROM ".join(sides))
        return " AND ".join(equal)

    def compare(self, level: Level = DEFAULT_LEVEL) -> Comparison:
        """All verdicts. A photo that got no answer in one run counts there as wrong in every field."""
        rng = np.random.default_rng(SEED)
        pairs, cer = [], {}
        for field in FIELD_NAMES:
            rows = self._field(field, level)
            if rows["g"].size:
                right_a, right_b = rows["a"].astype(np.bool_), rows["b"].astype(np.bool_)
                pairs.append(compare.paired(field, right_a, right_b, rows["g"], rng))
                cer[field] = compare.delta_of_rates(rows["ea"], rows["la"], rows["eb"], rows["lb"], rows["g"], rng)
        whole = self._cards(level)
        cards = compare.paired(CARDS, whole["a"].astype(np.bool_), whole["b"].astype(np.bool_), whole["g"], rng)
        return Comparison(
            self.a,
            self.b,
            level,
            self.photos,
            self.only_a,
            self.only_b,
            tuple(compare.verdicts(pairs)),
            compare.verdicts([cards])[0],
            cer,
        )

    def _field(self, field: str, level: Level) -> dict[str, Any]:
        return self._tables.columns(
            f"""SELECT g, {_right("a", level)} AS a, {_right("b", level)} AS b,
                  {_edits("a")} AS ea, coalesce(a.char_length, b.char_length) AS la,
                  {_edits("b")} AS eb, coalesce(b.char_length, a.char_length) AS lb
                FROM {_BOTH} WHERE {_judged(level)} ORDER BY sa""",
            [field, field],
        )

    def _cards(self, level: Level) -> dict[str, Any]:
        return self._tables.columns(
            f"""SELECT g, coalesce(a.right_{level}, FALSE) AS a, coalesce(b.right_{level}, FALSE) AS b
                FROM pair JOIN images a ON a.seq = sa JOIN b_images b ON b.seq = sb
                WHERE a.right_{level} IS NOT NULL OR b.right_{level} IS NOT NULL ORDER BY sa"""
        )

    def flips(
        self, level: Level = DEFAULT_LEVEL, *, field: str = "", better: str = "", limit: int = 50, offset: int = 0
    ) -> list[Flip]:
        """One page of them, in plan order. field, better: "" for all."""
        fields = [field] if field else list(FIELD_NAMES)
        wanted = {"": "ra <> rb", "A": "ra AND NOT rb", "B": "rb AND NOT ra"}[better]
        found = []
        for name in fields:
            rows = self._tables.rows(
                f"""SELECT * FROM (SELECT sa, file_name, {_right("a", level)} AS ra, {_right("b", level)} AS rb,
                      coalesce(a.truth, b.truth) AS truth, a.text AS text_a, b.text AS text_b,
                      a.quad AS quad_a, b.quad AS quad_b
                    FROM {_BOTH} WHERE {_judged(level)}) WHERE {wanted} ORDER BY sa LIMIT {int(limit + offset)}""",
                [name, name],
            )
            found += [(row["sa"], name, row) for row in rows]
        found.sort(key=lambda one: one[:2])
        return [self._flip(name, row) for _, name, row in found[offset : offset + limit]]

    def _flip(self, field: str, row: dict[str, Any]) -> Flip:
        facts = self._tables.one(
            "SELECT condition, severity, rotation_deg, card_quad FROM images WHERE seq = ?", [row["sa"]]
        )
        step = step_of(facts) if self.a.sweep else None
        better = "A" if row["ra"] else "B"
        quad = quad_of(row[f"quad_{better.lower()}"] or row["quad_a"] or row["quad_b"])
        return Flip(row["file_name"], field, better, row["truth"], row["text_a"], row["text_b"], step, quad)


_BOTH: Final = """pair LEFT JOIN fields a ON a.seq = sa AND a.field = ?
                  LEFT JOIN b_fields b ON b.seq = sb AND b.field = ?"""


def _right(side: str, level: Level) -> str:
    return f"coalesce({side}.{level} IN ('exact', 'absent'), FALSE)"


def _edits(side: str) -> str:
    """Without an answer every letter of the truth is missing."""
    other = "b" if side == "a" else "a"
    own = f"{side}.char_edits * ({side}.char_length > 0)::INT"
    return f"CASE WHEN {side}.seq IS NULL THEN {other}.char_length ELSE {own} END"


def _judged(level: Level) -> str:
    return (
        f"(a.{level} IS NOT NULL OR b.{level} IS NOT NULL)"
        f" AND NOT (coalesce(a.{level}, '') = 'absent' AND coalesce(b.{level}, '') = 'absent')"
    )


__all__ = ["CARDS", "Comparison", "Flip", "Pair"]
