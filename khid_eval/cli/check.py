"""khid-eval check: may this run pass? Exit 1 when it falls short."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from khid_eval.cli.compare import IntersectOption
from khid_eval.cli.run_options import LevelOption, RunArgument, write_file
from khid_eval.errors import BadRequest

if TYPE_CHECKING:
    from khid_eval.runs import Store
    from khid_eval.runs.gate import Verdict


def check(
    run: RunArgument,
    baseline: Annotated[
        str, typer.Option(metavar="RUN", help="Pass when it is not worse than that run, in any field.")
    ] = "",
    margin: Annotated[float, typer.Option(min=0.0, max=0.99, help="Worse by less than this is not worse.")] = 0.01,
    allow_undecided: Annotated[
        bool, typer.Option("--allow-undecided", help="Pass what so few photos cannot decide.")
    ] = False,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="NAME=SHARE", help="Least share exact of a field, of all fields or of cards."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="--min asks it of the interval's lower end.")] = False,
    intersect: IntersectOption = False,
    level: LevelOption = "canonical",
    junit: Annotated[Path | None, typer.Option(help="Also write the verdicts as JUnit XML.")] = None,
) -> None:
    """Gate a release: against a baseline run, against minimums, or both. Exit 1 when anything falls short.

    Example: khid-eval check runs/new --baseline runs/old --margin 0.01 --min all=0.95 --min cards=0.6
    """
    from khid_eval import runs
    from khid_eval.runs import gate

    minimums = _minimums(minimum or [])
    if not baseline and not minimums:
        raise BadRequest("Nothing to check against.", advice="Give --baseline RUN, or --min NAME=SHARE.")
    store = runs.Store(run)
    for folder in (run, baseline) if baseline else (run,):
        runs.Store(folder).load().check_finished("check it")
    verdicts = _by_minimums(store, minimums, level, strict) if minimums else []
    if baseline:
        verdicts += _by_baseline(runs.Store(baseline), store, margin, level, intersect, allow_undecided)
    for one in verdicts:
        typer.echo(f"{'pass' if one.passed else 'FAIL'}  {one.name}: {one.words}")
    if junit:
        write_file(junit, gate.to_junit(verdicts, f"khid-eval check {run}").encode())
    if not all(one.passed for one in verdicts):
        raise typer.Exit(1)


def _minimums(given: list[str]) -> dict[str, float]:
    found = {}
    for text in given:
        name, _, share = text.partition("=")
        try:
            found[name] = float(share)
        except ValueError as exc:
            raise BadRequest(f"--min {text}: give it as name=share, such as all=0.95.") from exc
        if not 0.0 <= found[name] <= 1.0:
            raise BadRequest(f"--min {text}: a share is between 0 and 1.")
    return found


def _by_minimums(store: Store, minimums: dict[str, float], level: str, strict: bool) -> list[Verdict]:
    from khid_eval.metrics.fields import Level
    from khid_eval.runs import gate
    from khid_eval.runs.figures import figures
    from khid_eval.runs.query import Tables

    with Tables(store) as tables:
        found = figures(tables, level=Level(level))
    try:
        return gate.against_minimums(found, minimums, strict=strict)
    except ValueError as exc:
        raise BadRequest(f"--min: {exc}.") from exc


def _by_baseline(
    baseline: Store, store: Store, margin: float, level: str, intersect: bool, allow_undecided: bool
) -> list[Verdict]:
    from khid_eval.metrics.fields import Level
    from khid_eval.runs import gate
    from khid_eval.runs.compare import Pair

    with Pair(baseline, store, intersect=intersect) as pair:
        return gate.against_baseline(pair.compare(Level(level)), margin, undecided_passes=allow_undecided)


__all__ = ["check"]
