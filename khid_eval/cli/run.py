"""khid-eval run: a labelled set through a reader, onto disk, at any size; stopped and gone on with at any moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from khid_eval.cli.target import AskTokenOption, EnterpriseOption, ProjectOption, TargetOption, credentials_for
from khid_eval.errors import BadRequest

if TYPE_CHECKING:
    from khid_eval.readers import Target
    from khid_eval.runs import Estimate, Pace, RunInfo
    from khid_eval.runs.progress import Progress

LINE_S = 10.0
"""Without a terminal, a line of progress is written this often."""
TYPICAL_S = {"embedded": 0.3, "tesseract": 3.0, "api": 1.0}
"""Seconds a call, for the estimate before anything is sent."""


class Executor(StrEnum):
    """Where photos are read."""

    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


def run(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Folder or URL with metadata.jsonl and photos.")],
    out: Annotated[str, typer.Option("--out", "-o", metavar="RUN", help="The run's folder: path or fsspec URL.")],
    target: TargetOption = "embedded",
    project_id: ProjectOption = "",
    enterprise_project_id: EnterpriseOption = "",
    ask_token: AskTokenOption = False,
    executor: Annotated[
        Executor | None,
        typer.Option(help="threads (for an endpoint), processes (for the embedded engine) or dask."),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-w", min=0, help="Calls at a time; 0: 8, or one a core.")] = 0,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786; else a local cluster.")
    ] = "",
    per_minute: Annotated[float, typer.Option(min=0.0, help="At most so many calls a minute; 0: no limit.")] = 0.0,
    sweep: Annotated[
        str,
        typer.Option(
            metavar="CONDITIONS", help="Read each photo under rotation, rotation=5, rotation=near, dark,glare or all."
        ),
    ] = "",
    idcard_type: Annotated[bool, typer.Option("--idcard-type", help="Ask for the card type too.")] = False,
    text_location: Annotated[
        bool | None,
        typer.Option(help="Ask where each field is, for crops in the gallery. Default: only from the engine."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many photos.")] = None,
    price: Annotated[float, typer.Option(min=0.0, help="Price of one call, for the estimate.")] = 0.0,
    timeout: Annotated[float, typer.Option(min=1.0, help="Seconds until a call counts as not answered.")] = 30.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in that folder.")] = False,
    estimate: Annotated[bool, typer.Option("--estimate", help="Only say what it would take; send nothing.")] = False,
) -> None:
    """Read every photo of a labelled set and keep what came out.

    Example: khid-eval run sample_images --out runs/first

    Interrupt it, or lose the machine: the same command with --resume goes on, and reads nothing twice that was on disk.
    """
    from khid_eval import readers, runs
    from khid_eval.records import ReadOptions

    chosen = readers.Target.parse(target, project_id=project_id, enterprise_project_id=enterprise_project_id)
    located = chosen.kind != readers.API if text_location is None else text_location
    options = ReadOptions(return_idcard_type=idcard_type, return_text_location=located)
    spec = runs.TargetSpec(chosen, timeout_s=timeout)
    job = runs.Job(dataset, spec, options, sweep=sweep, limit=limit, price_per_call=price)
    pace = _pace(chosen, executor, workers, scheduler, per_minute)
    try:
        expected = runs.estimate(job, pace, seconds_per_call=TYPICAL_S[chosen.kind])
    except ValueError as exc:
        raise BadRequest(f"--sweep: {exc}.") from exc
    _say(_in_words(expected))
    if estimate:
        return
    token = credentials_for(chosen, ask_token=ask_token).token if chosen.kind == readers.API else ""
    if token:
        os.environ["KHID_TOKEN"] = token  # worker processes read it there
    with _watcher(expected.calls) as watch:
        info = runs.start(job, out, pace=pace, resume=resume, watch=watch)
    _close(info, out)


def _pace(target: Target, executor: Executor | None, workers: int, scheduler: str, per_minute: float) -> Pace:
    from khid_eval import readers, runs

    kind = executor or (Executor.PROCESSES if target.kind == readers.EMBEDDED else Executor.THREADS)
    waits = target.kind == readers.API and kind is Executor.THREADS  # for a network, not for a processor
    at_a_time = workers or (8 if waits else os.cpu_count() or 1)
    # Only an endpoint gets slower because of us; a busy processor is no reason to use less of it.
    adapts = target.kind == readers.API
    return runs.Pace(kind.value, at_a_time, scheduler=scheduler, per_minute=per_minute, adapts=adapts)


def _in_words(expected: Estimate) -> str:
    from khid_eval.runs.progress import duration

    parts = [f"{expected.photos:,} photos, {expected.calls:,} calls"]
    if expected.seconds is not None:
        parts.append(f"roughly {duration(expected.seconds)}")
    if expected.price:
        parts.append(f"price {expected.price:,.2f}")
    return ", ".join(parts)


@contextmanager
def _watcher(total: int) -> Iterator[Callable[[Progress], None]]:
    if not sys.stderr.isatty():
        yield _plain_lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("photos"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda now: bar.update(task, completed=now.done, description=_line(now))


def _plain_lines() -> Callable[[Progress], None]:
    last = float("-inf")

    def watch(now: Progress) -> None:
        nonlocal last
        if now.seconds - last >= LINE_S or now.state != "running":
            last = now.seconds
            _say(f"{now.done} of {now.total} photos, {_line(now)}")

    return watch


def _line(now: Progress) -> str:
    from khid_eval.runs.progress import duration

    parts = [now.state, f"{now.rate_per_s:.1f} a second"]
    if now.seconds_left is not None:
        parts.append(f"{duration(now.seconds_left)} left")
    parts += [f"{count} x {code}" for code, count in sorted(now.errors.items())]
    if now.waiting_for_target:
        parts.append("the target does not answer; waiting")
    return ", ".join(parts)


def _close(info: RunInfo, out: str) -> None:
    counts = info.counts
    _say(f"Run {info.id} is {info.state}: {counts.read} read, {counts.failed} failed, {counts.calls} calls.")
    if info.state.value == "cancelled":
        _say("Go on with it by the same command and --resume.")
        raise typer.Exit(130)
    typer.echo(out)


def _say(text: str) -> None:
    typer.echo(text, err=True)


__all__ = ["run"]
