"""Figures by condition: how the values of a condition column differ in accuracy and in confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.metrics.intervals import Rate
from khid_eval.runs.clustered import moments_of, moments_sql
from khid_eval.runs.query import ALL, Slice, Tables, column_sql, number


@dataclass(frozen=True, slots=True)
class ConditionFigures:
    """One value of a condition column. value: None where the dataset does not say."""

    column: str
    value: str | float | None
    photos: int
    exact: Rate
    cards_right: Rate
    mean_confidence: float


def by_condition(
    tables: Tables, column: str, level: Level = DEFAULT_LEVEL, *, field: str = "", where: Slice = ALL
) -> tuple[ConditionFigures, ...]:
    """Accuracy and mean confidence for each value of a condition column, at most 400. field: "" for all together.

    Raises ValueError for what can be no column's name.
    """
    parameters: list[Any] = []
    condition = where.sql(parameters)
    if field:
        # The photos' few columns are worked out before the join, so that no text travels through it.
        source = f"""SELECT v, g, whole, f.{level} <> 'absent' AS judged, f.{level} = 'exact' AS exact,
                       CASE WHEN f.{level} <> 'absent' THEN coalesce(f.confidence, 0) ELSE 0 END AS c
                     FROM (SELECT seq, {column_sql(column)} AS v, hash(group_id) AS g, right_{level} AS whole
                           FROM images i WHERE {condition}) JOIN fields f USING (seq)
                     WHERE f.field = ? AND f.{level} IS NOT NULL"""
        parameters.append(field)
    else:
        source = f"""SELECT {column_sql(column)} AS v, hash(group_id) AS g, right_{level} AS whole, judged,
                       exact_{level} AS exact, confidence_sum AS c FROM images i WHERE {condition}"""
    rows = tables.rows(
        f"""WITH one AS ({source}), cell AS (
              SELECT v, g, count(*) AS photos, sum(judged::DOUBLE) AS n, sum(exact::DOUBLE) AS k, sum(c) AS c,
                coalesce(sum(whole::DOUBLE), 0) AS cards, count(whole) AS cards_n FROM one GROUP BY v, g)
            SELECT v, sum(photos)::BIGINT AS photos, {moments_sql("exact", "k", "n")},
              {moments_sql("cards", "cards", "cards_n")}, sum(c) / nullif(sum(n), 0) AS confidence
            FROM cell GROUP BY v ORDER BY v NULLS LAST LIMIT 400""",
        parameters,
    )
    return tuple(
        ConditionFigures(
            column,
            row["v"],
            row["photos"],
            moments_of(row, "exact").rate(),
            moments_of(row, "cards").rate(),
            number(row["confidence"]),
        )
        for row in rows
    )


__all__ = ["ConditionFigures", "by_condition"]
