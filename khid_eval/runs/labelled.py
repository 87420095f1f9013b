"""A run's photos as labelled cards: confidences and correctness in arrays, for cut-offs and their certificates."""

from __future__ import annotations

from typing import Final

import numpy as np

from khid_eval.errors import BadData
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.metrics.split import Cards, keys_of
from khid_eval.records import FIELD_NAMES
from khid_eval.runs.query import ALL, Columns, Slice, Tables, column_sql

MOST_CONDITIONS: Final = 60
NOT_STATED: Final = "not stated"
_MOSTLY: Final = 0.9


def labelled_cards(
    tables: Tables, *, level: Level = DEFAULT_LEVEL, condition_column: str = "", where: Slice = ALL
) -> Cards:
    """Every photo that got its say and has labels, as one row.

    Fields: those that nine in ten of the labelled photos have labels for; photos that lack one of them are left out. A
    field that was not read has confidence 0. condition_column: slices to certify apart, "" for none.
    Raises BadData where nothing is labelled or the column has more than MOST_CONDITIONS values.
    """
    fields = _labelled_fields(tables, level)
    found = _pivoted(tables, fields, level, condition_column, where)
    if not found["group_id"].size:
        raise BadData("The run has no labelled photo.", advice="Cut-offs need a run over a labelled dataset.")
    names, codes = _conditions(found, condition_column)
    return Cards(
        fields=fields,
        group=keys_of(found["group_id"]),
        photo=keys_of(found["key"]),
        confidence=np.stack([np.asarray(found[f"c_{name}"], np.float64) for name in fields], axis=1),
        right=np.stack([np.asarray(found[f"r_{name}"], np.bool_) for name in fields], axis=1),
        condition=codes,
        condition_names=names,
    )


def _labelled_fields(tables: Tables, level: Level) -> tuple[str, ...]:
    rows = tables.rows(f"SELECT field, count({level}) AS n FROM fields GROUP BY field")
    counts = {str(row["field"]): int(row["n"]) for row in rows}
    most = max(counts.values(), default=0)
    fields = tuple(name for name in FIELD_NAMES if counts.get(name, 0) >= max(1, _MOSTLY * most))
    if not fields:
        raise BadData("The run has no labelled photo.", advice="Cut-offs need a run over a labelled dataset.")
    return fields


def _pivoted(tables: Tables, fields: tuple[str, ...], level: Level, column: str, where: Slice) -> Columns:
    read = "CASE WHEN trim(coalesce(text, '')) = '' THEN 0.0 ELSE coalesce(confidence, 0.0) END"
    columns = ", ".join(
        f"max({read}) FILTER (field = '{name}') AS \"c_{name}\", "
        f"bool_and({level} IN ('exact', 'absent')) FILTER (field = '{name}') AS \"r_{name}\""
        for name in fields
    )
    listed = ", ".join(f"'{name}'" for name in fields)
    value = f"CAST({column_sql(column)} AS VARCHAR)" if column else "NULL"
    parameters: list[object] = []
    condition = where.sql(parameters)
    return tables.columns(
        f"""WITH card AS (SELECT seq, {columns} FROM fields
              WHERE field IN ({listed}) AND {level} IS NOT NULL GROUP BY seq HAVING count(*) = {len(fields)})
            SELECT i.group_id, i.key, {value} AS condition, card.* EXCLUDE (seq)
            FROM card JOIN images i USING (seq) WHERE {condition} ORDER BY i.seq""",
        parameters,
    )


def _conditions(found: Columns, column: str) -> tuple[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    if not column:
        return (), np.full(found["group_id"].size, -1, np.int64)
    values = np.array([NOT_STATED if value is None else str(value) for value in found["condition"]])
    names, codes = np.unique(values, return_inverse=True)
    if names.size > MOST_CONDITIONS:
        raise BadData(
            f"The condition {column} has {names.size} values.",
            advice=f"Certificates are issued for at most {MOST_CONDITIONS} of them; choose another column.",
        )
    return tuple(f"{column}={name}" for name in names), codes.astype(np.int64)


__all__ = ["MOST_CONDITIONS", "NOT_STATED", "labelled_cards"]
