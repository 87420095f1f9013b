"""How reading changes with the condition of the photo: curves over severity and rotation, and field by condition.

Made conditions (a sweep, or synthetic photos) and captured ones (photos as a camera took them) are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.metrics.intervals import Rate
from khid_eval.metrics.robustness import Errors
from khid_eval.runs.clustered import moments_of, moments_sql
from khid_eval.runs.query import ALL, Slice, Tables, column_sql, number
from khid_eval.runs.sweep import AS_IT_IS, ROTATION

UNDISTURBED: Final = (AS_IT_IS, "clean")
"""Names of the photos without any made condition: of a sweep, and of a synthetic dataset."""
MOST_ANGLES, FEW_ANGLES, FEWEST_PHOTOS = 72, 24, 3
"""So many different angles are shown as they are at most; more are gathered in steps, and so are more than a few of
which each has hardly a photo: those were measured, not chosen.
"""
WIDE_STEP_DEG, SMALL_STEP_DEG, SMALL_DEG = 15.0, 2.0, 30.0
"""Steps around the circle and near upright, and how far "near" goes, in degrees."""
_ANGLE: Final = "(((i.rotation_deg % 360) + 540) % 360) - 180"  # -180 <= angle < 180


@dataclass(frozen=True, slots=True)
class Made(Slice):
    """Photos with a made condition, and the same photos without it."""

    def sql(self, parameters: list[Any]) -> str:
        return f"(i.capture = 'synthetic' OR i.condition = '{AS_IT_IS}')"


@dataclass(frozen=True, slots=True)
class Captured(Slice):
    """Photos as they were taken: all that are not said to be synthetic."""

    def sql(self, parameters: list[Any]) -> str:
        return "i.capture IS DISTINCT FROM 'synthetic'"


@dataclass(frozen=True, slots=True)
class Within(Slice):
    """A slice of a slice: those photos of `base` for which all pairs of `where` hold."""

    base: Slice = ALL

    def sql(self, parameters: list[Any]) -> str:
        outer = self.base.sql(parameters)
        return f"{outer} AND {Slice(self.where).sql(parameters)}"


@dataclass(frozen=True, slots=True)
class Cell:
    """Photos that share some values. right: share of judged fields read exactly; mean_confidence: of the same fields.

    key: the values, in the order that was asked for; None where the dataset does not say.
    """

    key: tuple[str | float | None, ...]
    photos: int
    right: Rate
    mean_confidence: float

    @property
    def signed_error(self) -> float:
        """mean confidence less the share right: above 0 the reader is too sure."""
        return self.mean_confidence - self.right.value


def severity_cells(tables: Tables, level: Level = DEFAULT_LEVEL, *, field: str = "") -> tuple[Cell, ...]:
    """One cell a made condition and severity; severity 0 is the photo without it. field: "" for all together."""
    keys = {"condition": "i.condition", "severity": "i.severity"}
    cells = _cells(tables, keys, level, field=field, where=Made())
    return tuple(cell for cell in cells if cell.key[0] in UNDISTURBED or (cell.key[0] and cell.key[1]))


def rotation_cells(
    tables: Tables, level: Level = DEFAULT_LEVEL, *, where: Slice, field: str = "", near: bool = False
) -> tuple[Cell, ...]:
    """One cell an angle, in degrees clockwise, -180..180. near: only SMALL_DEG either way, in smaller steps.

    where: Made() or Captured(). Photos under any other made condition than rotation are left out.
    """
    # In a sweep only its own turns count, not how the dataset's photos lie.
    names = (
        f"'{ROTATION}'"
        if tables.info.sweep is not None and isinstance(where, Made)
        else f"'{ROTATION}', {_undisturbed()}"
    )
    upright = f"i.rotation_deg IS NOT NULL AND coalesce(i.condition, '{AS_IT_IS}') IN ({names})"
    if near:
        upright += f" AND abs({_ANGLE}) <= {SMALL_DEG}"
    counted: list[Any] = []
    among = f"{where.sql(counted)} AND {upright}"
    found = tables.one(f"SELECT count(DISTINCT {_ANGLE}) AS angles, count(*) AS n FROM images i WHERE {among}", counted)
    most = MOST_ANGLES if found["n"] >= FEWEST_PHOTOS * found["angles"] else FEW_ANGLES
    step = SMALL_STEP_DEG if near else WIDE_STEP_DEG
    angle = _ANGLE if found["angles"] <= most else f"round(({_ANGLE}) / {step}) * {step}"
    cells = _cells(tables, {"angle": angle}, level, field=field, where=where, also=upright)
    return tuple(cell for cell in cells if cell.key[0] is not None)


def field_cells(
    tables: Tables, column: str, level: Level = DEFAULT_LEVEL, *, where: Slice
) -> dict[tuple[str, str | float | None], Cell]:
    """(field, value of the column) -> cell. Raises ValueError for what can be no column's name."""
    cells = _cells(tables, {"field": "f.field", "v": column_sql(column)}, level, by_field=True, where=where)
    return {(str(cell.key[0]), cell.key[1]): cell for cell in cells}


def captured_cells(tables: Tables, column: str, level: Level = DEFAULT_LEVEL, *, field: str = "") -> tuple[Cell, ...]:
    """One cell a value of the column, over captured photos. Raises ValueError for what can be no column's name."""
    return _cells(tables, {"v": column_sql(column)}, level, field=field, where=Captured())


def count_photos(tables: Tables, where: Slice) -> int:
    """How many photos of the run belong to the slice."""
    parameters: list[Any] = []
    condition = where.sql(parameters)
    return int(tables.one(f"SELECT count(*) AS n FROM images i WHERE {condition}", parameters)["n"])


def corruption_errors(cells: Iterable[Cell]) -> tuple[Errors, tuple[int, int]]:
    """What `metrics.robustness` takes: wrong and judged by condition and severity, and of the undisturbed photos."""
    errors: dict[str, dict[int, tuple[int, int]]] = {}
    clean = (0, 0)
    for cell in cells:
        name, severity = cell.key
        counts = (cell.right.total - cell.right.part, cell.right.total)
        if name in UNDISTURBED:
            clean = (clean[0] + counts[0], clean[1] + counts[1])
        elif isinstance(severity, float):
            errors.setdefault(str(name), {})[int(severity)] = counts
    return errors, clean


def _undisturbed() -> str:
    return ", ".join(f"'{name}'" for name in UNDISTURBED)


def _of_fields(named: str, level: Level, condition: str) -> str:
    """One row a judged field: its group, whether it counts, is right, and its confidence."""
    return f"""SELECT {named}, hash(i.group_id) AS g, (f.{level} <> 'absent')::INT AS n,
                 (f.{level} = 'exact')::INT AS k,
                 CASE WHEN f.{level} <> 'absent' THEN coalesce(f.confidence, 0) ELSE 0 END AS c
               FROM images i JOIN fields f USING (seq)
               WHERE f.{level} IS NOT NULL AND {condition}"""


def _of_photos(named: str, level: Level, condition: str) -> str:
    """One row a photo, with the sums of its fields."""
    return f"""SELECT {named}, hash(i.group_id) AS g, i.judged AS n, i.exact_{level} AS k,
                 i.confidence_sum AS c FROM images i WHERE {condition}"""


def _cells(
    tables: Tables,
    keys: Mapping[str, str],
    level: Level,
    *,
    where: Slice,
    field: str = "",
    by_field: bool = False,
    also: str = "TRUE",
) -> tuple[Cell, ...]:
    """keys: name -> SQL. field: only that one; by_field: the keys need the table of fields."""
    parameters: list[Any] = []
    condition = f"{where.sql(parameters)} AND {also}"
    named = ", ".join(f"{sql} AS {name}" for name, sql in keys.items())
    names = ", ".join(keys)
    source = (_of_fields if field or by_field else _of_photos)(named, level, condition)
    if field:
        source += " AND f.field = ?"
        parameters.append(field)
    rows = tables.rows(
        f"""WITH one AS ({source}), cell AS (
              SELECT {names}, g, count(*) AS photos, coalesce(sum(n), 0) AS n, coalesce(sum(k), 0) AS k,
                coalesce(sum(c), 0) AS c FROM one GROUP BY {names}, g)
            SELECT {names}, sum(photos)::BIGINT AS photos, {moments_sql("exact", "k", "n")},
              sum(c) / nullif(sum(n), 0) AS confidence
            FROM cell GROUP BY {names} ORDER BY {", ".join(f"{name} NULLS LAST" for name in keys)} LIMIT 4000""",
        parameters,
    )
    return tuple(
        Cell(
            tuple(row[name] for name in keys),
            int(row["photos"]),
            moments_of(row, "exact").rate(),
            number(row["confidence"]),
        )
        for row in rows
    )


__all__ = [
    "SMALL_DEG",
    "UNDISTURBED",
    "Captured",
    "Cell",
    "Made",
    "Within",
    "captured_cells",
    "corruption_errors",
    "count_photos",
    "field_cells",
    "rotation_cells",
    "severity_cells",
]
