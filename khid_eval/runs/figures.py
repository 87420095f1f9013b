"""All figures of a run, or of a slice of it: counted by DuckDB, judged by `metrics`; never a table in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from khid_eval.metrics import calibration, intervals, selective, tally, text
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level, OutcomeCounts
from khid_eval.records import FIELD_NAMES
from khid_eval.runs.clustered import moments_of, moments_sql
from khid_eval.runs.query import ALL, Slice, Tables, number
from khid_eval.runs.schema import KHMER_FIELDS
from khid_eval.runs.slices import ConditionFigures, by_condition
from khid_eval.runs.state import RunInfo

SEED: Final = 20240
"""Of resampling: the same run gives the same figures."""
DECIMALS: Final = 5
"""Confidences are counted at so many decimals: one more than the API writes."""
CONFUSED_ROWS: Final = 5_000
"""So many wrong Khmer readings, the first of the run, are aligned for the table of confusions."""
LATENCY_STEPS: Final = 30
OVERALL: Final = "all"


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """One field, or OVERALL. exact: share of judged fields (absent-absent apart), by level. outcomes: at the report's
    level. cer: NFC code points; cluster_cer: Khmer orthographic clusters (OVERALL: Khmer fields only)."""

    field: str
    exact: Mapping[Level, intervals.Rate]
    outcomes: OutcomeCounts
    miss: intervals.Rate
    hallucination: intervals.Rate
    cer: intervals.Estimate
    cluster_cer: intervals.Estimate
    mean_confidence: float
    calibration: calibration.CalibrationSummary
    selective: selective.SelectiveSummary


@dataclass(frozen=True, slots=True)
class Latency:
    """Of the last attempt of each photo that got an answer, in seconds. NaN without one. calls: attempts of all.

    step_s, counts: photos in steps of that many seconds from 0 on; the last step has all that took longer.
    """

    n: int
    mean: float
    p50: float
    p95: float
    p99: float
    calls: int
    step_s: float = 0.0
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What a reader's answers say about themselves (MRZ check digits, MRZ against print), and how far that is true.

    passed: of the photos where it could be told. right_if_passed, right_if_failed: against the truth, if there is one.
    """

    field: str
    passed: intervals.Rate
    right_if_passed: intervals.Rate
    right_if_failed: intervals.Rate


@dataclass(frozen=True, slots=True)
class Figures:
    """A run at one level. groups: physical cards. cards_right: photos with every labelled field right."""

    info: RunInfo
    level: Level
    where: Slice
    photos: int
    groups: int
    failed: int
    errors: Mapping[str, int]
    cards_right: intervals.Rate
    overall: FieldFigures
    fields: tuple[FieldFigures, ...]
    latency: Latency
    self_checks: tuple[SelfCheck, ...]
    conditions: tuple[ConditionFigures, ...]
    confusions: tuple[text.Confusion, ...]
    tallies: Mapping[str, tally.Tally]

    @property
    def labelled(self) -> bool:
        return self.overall.outcomes.judged + self.overall.outcomes.absent > 0


def figures(tables: Tables, *, level: Level = DEFAULT_LEVEL, where: Slice = ALL) -> Figures:
    """Everything at once. Seconds for a million photos."""
    _prepare(tables, where)
    tallies = {name: _tally(tables, name, level, where) for name in FIELD_NAMES}
    tallies[OVERALL] = _pooled(tallies)
    fields = tuple(_field(tables, name, level, tallies[name]) for name in FIELD_NAMES)
    facts = _photo_facts(tables, level)
    return Figures(
        info=tables.info,
        level=level,
        where=where,
        photos=int(facts["photos"]),
        groups=int(facts["groups"]),
        failed=int(facts["failed"]),
        errors=_errors(tables),
        cards_right=moments_of(facts, "cards").rate(),
        overall=_overall(facts, fields, tallies[OVERALL]),
        fields=fields,
        latency=_latency(tables, int(facts["calls"])),
        self_checks=_self_checks(tables, level),
        conditions=tuple(
            one for column in tables.condition_columns() for one in by_condition(tables, column, level, where=where)
        ),
        confusions=_confusions(tables, level),
        tallies=tallies,
    )


def _prepare(tables: Tables, where: Slice) -> None:
    """The photos of the slice, with a number for their card, as a small table for joins."""
    parameters: list[Any] = []
    condition = where.sql(parameters)
    tables.run(
        "CREATE OR REPLACE TEMP TABLE photo AS SELECT seq, hash(group_id) AS g FROM images i WHERE " + condition,
        parameters,
    )


def _tally(tables: Tables, field: str, level: Level, where: Slice) -> tally.Tally:
    found = tables.columns(
        f"""SELECT round(coalesce(confidence, 0.0), {DECIMALS}) AS c,
                   count(*) FILTER ({level} = 'exact') AS r, count(*) FILTER ({level} <> 'exact') AS w
            FROM fields {"" if where == ALL else "SEMI JOIN photo USING (seq)"}
            WHERE field = ? AND {level} <> 'absent' GROUP BY c""",
        [field],
    )
    return tally.from_counts(found["c"], found["r"].astype(np.int64), found["w"].astype(np.int64))


def _pooled(tallies: Mapping[str, tally.Tally]) -> tally.Tally:
    parts = list(tallies.values())
    return tally.from_counts(
        *(np.concatenate([getattr(p, k) for p in parts]) for k in ("confidence", "right", "wrong"))
    )


def _field(tables: Tables, field: str, level: Level, counted: tally.Tally) -> FieldFigures:
    outcomes = ("exact", "wrong", "miss", "hallucination", "absent")
    row = tables.one(
        f"""WITH cell AS (
              SELECT g, count(*) FILTER ({level} <> 'absent') AS n,
                coalesce(sum(confidence) FILTER ({level} <> 'absent'), 0) AS c,
                {", ".join(f"count(*) FILTER ({one} = 'exact') AS {one}" for one in Level)},
                {", ".join(f"count(*) FILTER ({level} = '{one}') AS o_{one}" for one in outcomes)},
                coalesce(sum(char_edits) FILTER (char_length > 0), 0) AS ce, sum(char_length) AS cl,
                coalesce(sum(cluster_edits) FILTER (cluster_length > 0), 0) AS ke, sum(cluster_length) AS kl
              FROM fields JOIN photo USING (seq) WHERE field = ? AND {level} IS NOT NULL GROUP BY g)
            SELECT {", ".join(moments_sql(f"m_{one}", one, "n") for one in Level)},
              {", ".join(f"coalesce(sum(o_{one}), 0)::BIGINT AS o_{one}" for one in outcomes)},
              {moments_sql("char", "ce", "cl")}, {moments_sql("cluster", "ke", "kl")}, sum(c) / sum(n) AS confidence,
              {moments_sql("miss", "o_miss", "(o_exact + o_wrong + o_miss)")},
              {moments_sql("invented", "o_hallucination", "(o_hallucination + o_absent)")}
            FROM cell""",
        [field],
    )
    return FieldFigures(
        field=field,
        exact={one: moments_of(row, f"m_{one}").rate() for one in Level},
        outcomes=OutcomeCounts(*(int(row[f"o_{one}"]) for one in outcomes)),
        miss=moments_of(row, "miss").rate(),
        hallucination=moments_of(row, "invented").rate(),
        cer=moments_of(row, "char").estimate(),
        cluster_cer=moments_of(row, "cluster").estimate(),
        mean_confidence=number(row["confidence"]),
        calibration=calibration.summary(counted, np.random.default_rng(SEED)),
        selective=selective.summary(counted),
    )


def _photo_facts(tables: Tables, level: Level) -> dict[str, Any]:
    """Sums over cards of what the images table knows."""
    return tables.one(
        f"""WITH cell AS (
              SELECT g, count(*) AS photos, count(error_kind) AS failed, sum(attempts) AS calls, sum(judged) AS n,
                sum(missed) AS missed, sum(invented) AS invented, sum(absent) AS absent,
                {", ".join(f"sum(exact_{one}) AS {one}" for one in Level)}, sum(confidence_sum) AS c,
                count(*) FILTER (right_{level}) AS cards, count(right_{level}) AS cards_n,
                coalesce(sum(char_edits), 0) AS ce, coalesce(sum(char_length), 0) AS cl,
                coalesce(sum(khmer_edits), 0) AS ke, coalesce(sum(khmer_length), 0) AS kl
              FROM images JOIN photo USING (seq) GROUP BY g)
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


def _errors(tables: Tables) -> dict[str, int]:
    rows = tables.rows(
        """SELECT coalesce(nullif(error_code, ''), error_kind) AS code, count(*) AS n
           FROM images SEMI JOIN photo USING (seq) WHERE error_kind IS NOT NULL GROUP BY code ORDER BY n DESC, code"""
    )
    return {row["code"]: row["n"] for row in rows}


def _latency(tables: Tables, calls: int) -> Latency:
    row = tables.one(
        """SELECT count(*) AS n, avg(latency_s) AS mean, quantile_cont(latency_s, [0.5, 0.95, 0.99]) AS q
           FROM images SEMI JOIN photo USING (seq) WHERE error_kind IS NULL"""
    )
    p50, p95, p99 = (number(value) for value in row["q"] or (None, None, None))
    step_s = p99 * 1.05 / LATENCY_STEPS if row["n"] else 0.0
    counts = [0] * LATENCY_STEPS
    if step_s > 0.0:
        for one in tables.rows(
            f"""SELECT least(floor(latency_s / ?), {LATENCY_STEPS - 1})::INT AS step, count(*) AS n
                FROM images SEMI JOIN photo USING (seq) WHERE error_kind IS NULL GROUP BY step""",
            [step_s],
        ):
            counts[one["step"]] = one["n"]
    return Latency(row["n"], number(row["mean"]), p50, p95, p99, calls, step_s, tuple(counts))


def _self_checks(tables: Tables, level: Level) -> tuple[SelfCheck, ...]:
    rows = tables.rows(
        f"""SELECT field, count(*) FILTER (self_check) AS passed, count(*) AS n,
              count(*) FILTER (self_check AND {level} = 'exact') AS right_passed,
              count(*) FILTER (self_check AND {level} IS NOT NULL) AS known_passed,
              count(*) FILTER (NOT self_check AND {level} = 'exact') AS right_failed,
              count(*) FILTER (NOT self_check AND {level} IS NOT NULL) AS known_failed
            FROM fields SEMI JOIN photo USING (seq) WHERE self_check IS NOT NULL GROUP BY field ORDER BY field"""
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


def _confusions(tables: Tables, level: Level) -> tuple[text.Confusion, ...]:
    rows = tables.rows(
        f"""WITH first AS (
              SELECT seq, truth, text FROM fields SEMI JOIN photo USING (seq)
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
