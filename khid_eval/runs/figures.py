"""All figures of a run, or of a slice of it: counted by DuckDB, judged by `metrics`; never a table in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from khid_eval.metrics import calibration, intervals, selective, tally, text
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level, OutcomeCounts
from khid_eval.records import FIELD_NAMES
from khid_eval.runs.clustered import clump_of, moments_of, moments_sql
from khid_eval.runs.figure_records import FieldFigures, Figures, Latency, SelfCheck
from khid_eval.runs.query import ALL, Slice, Tables, number
from khid_eval.runs.schema import KHMER_FIELDS
from khid_eval.runs.slices import ConditionFigures, by_condition

SEED: Final = 20240
"""Of resampling: the same run gives the same figures."""
_STEPS: Final = 100_000
"""Confidences are counted in so many steps: ten times as fine as the API writes them."""
CONFUSED_ROWS: Final = 5_000
"""So many wrong Khmer readings, the first of the run, are aligned for the table of confusions."""
LATENCY_STEPS: Final = 30
_SHARES: Final = (*(f"m_{one}" for one in Level), "miss", "hallucination")
"""Names of a field's shares among its sums."""
OVERALL: Final = "all"


def figures(tables: Tables, *, level: Level = DEFAULT_LEVEL, where: Slice = ALL) -> Figures:
    """Everything at once. Seconds for a million photos."""
    chosen = _choose(tables, where)
    tallies = _tallies(tables, chosen, level)
    sums = {name: tables.one(_field_sql(chosen, level), [name]) for name in FIELD_NAMES}
    clumps = {one: clump_of(moments_of(row, one) for row in sums.values()) for one in _SHARES}
    fields = tuple(_field(name, row, level, tallies[name], clumps) for name, row in sums.items())
    facts = _photo_facts(tables, chosen, level)
    return Figures(
        info=tables.info,
        level=level,
        where=where,
        photos=int(facts["photos"]),
        groups=int(facts["groups"]),
        failed=int(facts["failed"]),
        errors=_errors(tables, chosen),
        cards_right=moments_of(facts, "cards").rate(),
        overall=_overall(facts, fields, tallies[OVERALL]),
        fields=fields,
        latency=_latency(tables, chosen, int(facts["calls"])),
        self_checks=_self_checks(tables, chosen, level),
        conditions=_conditions(tables, level, where),
        confusions=_confusions(tables, chosen, level),
        tallies=tallies,
    )


def _conditions(tables: Tables, level: Level, where: Slice) -> tuple[ConditionFigures, ...]:
    """Columns of few values first: of angles as measured there may be one a photo, which would bury the others."""
    columns = [by_condition(tables, column, level, where=where) for column in tables.condition_columns()]
    return tuple(one for column in sorted(columns, key=len) for one in column)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The slice as SQL sources. by_card: rows of fields with a number `g` for their card; images have it too."""

    images: str
    fields: str
    by_card: str


def _choose(tables: Tables, where: Slice) -> _Chosen:
    """Joins only what has to be joined: a million photos are looked up for every field, and a join costs as much as
    all the rest of a query."""
    parameters: list[Any] = []
    condition = where.sql(parameters)
    tables.run(
        "CREATE OR REPLACE TEMP TABLE photo AS SELECT seq, hash(group_id) AS g FROM images i WHERE " + condition,
        parameters,
    )
    part = "" if where == ALL else "SEMI JOIN photo USING (seq)"
    images = f"(SELECT images.*, hash(group_id) AS g FROM images {part})"
    one_photo_a_card = tables.one("SELECT count(DISTINCT g) = count(*) AS so FROM photo")["so"]
    by_card = f"(SELECT *, seq AS g FROM fields {part})" if one_photo_a_card else "fields JOIN photo USING (seq)"
    return _Chosen(images, f"fields {part}", by_card)


def _tallies(tables: Tables, chosen: _Chosen, level: Level) -> dict[str, tally.Tally]:
    """Confidences of each field, and of all, in one scan."""
    found = tables.columns(
        f"""SELECT field::VARCHAR AS field, round(coalesce(confidence, 0.0) * {_STEPS})::INT AS step,
                   count(*) FILTER ({level} = 'exact') AS r, count(*) FILTER ({level} <> 'exact') AS w
            FROM {chosen.fields} WHERE {level} <> 'absent' GROUP BY field, step"""
    )
    confidence, right, wrong = found["step"] / _STEPS, found["r"].astype(np.int64), found["w"].astype(np.int64)
    tallies = {}
    for name in FIELD_NAMES:
        own = found["field"] == name
        tallies[name] = tally.from_counts(confidence[own], right[own], wrong[own])
    return tallies | {OVERALL: _pooled(tallies)}


def _pooled(tallies: Mapping[str, tally.Tally]) -> tally.Tally:
    parts = list(tallies.values())
    return tally.from_counts(
        *(np.concatenate([getattr(p, k) for p in parts]) for k in ("confidence", "right", "wrong"))
    )


def _field(
    field: str, row: dict[str, Any], level: Level, counted: tally.Tally, clumps: Mapping[str, float]
) -> FieldFigures:
    shares = {one: moments_of(row, one).rate(clumps[one]) for one in _SHARES}
    judged, miss, hallucination = (round(row[name]) for name in ("judged", "missed", "invented"))
    exact = round(row[f"m_{level}_k"])
    outcomes = OutcomeCounts(
        exact, judged - exact - miss - hallucination, miss, hallucination, absent=round(row["rows"]) - judged
    )
    return FieldFigures(
        field=field,
        exact={one: shares[f"m_{one}"] for one in Level},
        outcomes=outcomes,
        miss=shares["miss"],
        hallucination=shares["hallucination"],
        cer=moments_of(row, "char").estimate(),
        cluster_cer=moments_of(row, "cluster").estimate(),
        mean_confidence=calibration.mean_confidence(counted),
        calibration=calibration.summary(counted, np.random.default_rng(SEED)),
        selective=selective.summary(counted),
    )


def _field_sql(chosen: _Chosen, level: Level) -> str:
    """Sums over cards for one field. Every outcome is a number of its own and each sum one of doubles (exact up to
    2**53): counts with a FILTER, and sums of integers, which DuckDB keeps in 128 bits, take half as long again."""
    parts = {
        "rows": "1.0",
        "n": f"{level} <> 'absent'",
        **{one.value: f"{one} = 'exact'" for one in Level},
        "missed": f"{level} = 'miss'",
        "invented": f"{level} = 'hallucination'",
        "ce": "CASE WHEN char_length > 0 THEN char_edits ELSE 0 END",
        "cl": "char_length",
        "ke": "CASE WHEN cluster_length > 0 THEN cluster_edits ELSE 0 END",
        "kl": "cluster_length",
    }
    return f"""WITH one AS (
          SELECT g, {", ".join(f"({sql})::DOUBLE AS {name}" for name, sql in parts.items())}
          FROM {chosen.by_card} WHERE field = ? AND {level} IS NOT NULL),
        cell AS (SELECT g, {", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in parts)} FROM one GROUP BY g)
        SELECT {", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in ("rows", "missed", "invented"))},
          coalesce(sum(n), 0) AS judged, {", ".join(moments_sql(f"m_{one}", one, "n") for one in Level)},
          {moments_sql("char", "ce", "cl")}, {moments_sql("cluster", "ke", "kl")},
          {moments_sql("miss", "missed", "(n - invented)")},
          {moments_sql("hallucination", "invented", "(rows - n + invented)")}
        FROM cell"""


def _photo_facts(tables: Tables, chosen: _Chosen, level: Level) -> dict[str, Any]:
    """Sums over cards of what the images table knows."""
    return tables.one(
        f"""WITH cell AS (
              SELECT g, count(*) AS photos, count(error_kind) AS failed, sum(attempts) AS calls, sum(judged) AS n,
                sum(missed) AS missed, sum(invented) AS invented, sum(absent) AS absent,
                {", ".join(f"sum(exact_{one}) AS {one}" for one in Level)}, sum(confidence_sum) AS c,
                count(*) FILTER (right_{level}) AS cards, count(right_{level}) AS cards_n,
                coalesce(sum(char_edits), 0) AS ce, coalesce(sum(char_length), 0) AS cl,
                coalesce(sum(khmer_edits), 0) AS ke, coalesce(sum(khmer_length), 0) AS kl
              FROM {chosen.images} GROUP BY g)
            SELECT count(*) AS groups, coalesce(sum(photos), 0) AS photos, coalesce(sum(failed), 0) AS failed,
              coalesce(sum(calls), 0) AS calls, sum(c) / nullif(sum(n), 0) AS confidence,
              {", ".join(moments_sql(f"m_{one}", one, "n") for one in Level)},
              {moments_sql("cards", "cards", "cards_n")},
              {moments_sql("char", "ce", "cl")}, {moments_sql("cluster", "ke", "kl")},
              {moments_sql("miss", "missed", "(n - invented)")},
              {moments_sql("invented", "invented", "(invented + absent)")}
            FROM cell"""
    )


def _overall(facts: dict[str, Any], fields: tuple[FieldFigures, ...], counted: tally.Tally) -> FieldFigures:
    outcomes = sum((one.outcomes for one in fields), OutcomeCounts())
    return FieldFigures(
        field=OVERALL,
        exact={one: moments_of(facts, f"m_{one}").rate() for one in Level},
        outcomes=outcomes,
        miss=moments_of(facts, "miss").rate(),
        hallucination=moments_of(facts, "invented").rate(),
        cer=moments_of(facts, "char").estimate(),
        cluster_cer=moments_of(facts, "cluster").estimate(),
        mean_confidence=number(facts["confidence"]),
        calibration=calibration.summary(counted, np.random.default_rng(SEED)),
        selective=selective.summary(counted),
    )


def _errors(tables: Tables, chosen: _Chosen) -> dict[str, int]:
    rows = tables.rows(
        f"""SELECT coalesce(nullif(error_code, ''), error_kind) AS code, count(*) AS n
           FROM {chosen.images} WHERE error_kind IS NOT NULL GROUP BY code ORDER BY n DESC, code"""
    )
    return {row["code"]: row["n"] for row in rows}


def _latency(tables: Tables, chosen: _Chosen, calls: int) -> Latency:
    row = tables.one(
        f"""SELECT count(*) AS n, avg(latency_s) AS mean, quantile_cont(latency_s, [0.5, 0.95, 0.99]) AS q
           FROM {chosen.images} WHERE error_kind IS NULL"""
    )
    p50, p95, p99 = (number(value) for value in row["q"] or (None, None, None))
    step_s = p99 * 1.05 / LATENCY_STEPS if row["n"] else 0.0
    counts = [0] * LATENCY_STEPS
    if step_s > 0.0:
        for one in tables.rows(
            f"""SELECT least(floor(latency_s / ?), {LATENCY_STEPS - 1})::INT AS step, count(*) AS n
                FROM {chosen.images} WHERE error_kind IS NULL GROUP BY step""",
            [step_s],
        ):
            counts[one["step"]] = one["n"]
    return Latency(row["n"], number(row["mean"]), p50, p95, p99, calls, step_s, tuple(counts))


def _self_checks(tables: Tables, chosen: _Chosen, level: Level) -> tuple[SelfCheck, ...]:
    rows = tables.rows(
        f"""SELECT field, count(*) FILTER (self_check) AS passed, count(*) AS n,
              count(*) FILTER (self_check AND {level} = 'exact') AS right_passed,
              count(*) FILTER (self_check AND {level} IS NOT NULL) AS known_passed,
              count(*) FILTER (NOT self_check AND {level} = 'exact') AS right_failed,
              count(*) FILTER (NOT self_check AND {level} IS NOT NULL) AS known_failed
            FROM {chosen.fields} WHERE self_check IS NOT NULL GROUP BY field ORDER BY field"""
    )
    return tuple(
        SelfCheck(
            row["field"],
            intervals.rate(row["passed"], row["n"]),
            intervals.rate(row["right_passed"], row["known_passed"]),
            intervals.rate(row["right_failed"], row["known_failed"]),
        )
        for row in rows
    )


def _confusions(tables: Tables, chosen: _Chosen, level: Level) -> tuple[text.Confusion, ...]:
    rows = tables.rows(
        f"""WITH first AS (
              SELECT seq, truth, text FROM {chosen.fields}
              WHERE {level} = 'wrong' AND field IN {KHMER_FIELDS} ORDER BY seq LIMIT {CONFUSED_ROWS})
            SELECT truth, text, file_name FROM first JOIN images USING (seq) ORDER BY seq"""
    )
    return tuple(text.confusions((row["truth"], row["text"], row["file_name"]) for row in rows))


__all__ = [
    "OVERALL",
    "FieldFigures",
    "Figures",
    "Latency",
    "SelfCheck",
    "figures",
]
