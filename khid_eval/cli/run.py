"""khid-eval run: a labelled set through a reader, onto disk, at any size; stopped and gone on with at any moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from khid_eval.cli.job_options import (
    CardTypeOption,
    EstimateOption,
    Executor,
    ExecutorOption,
    LabelledArgument,
    LimitOption,
    OutOption,
    PerMinuteOption,
    PriceOption,
    ResumeOption,
    SchedulerOption,
    SweepOption,
    TextLocationOption,
    TimeoutOption,
    WorkersOption,
)
from khid_eval.cli.target import AskTokenOption, EnterpriseOption, ProjectOption, TargetOption, credentials_for
from khid_eval.errors import BadRequest

if TYPE_CHECKING:
    from khid_eval.readers import Target
    from khid_eval.records import ReadOptions
    from khid_eval.runs import Estimate, Job, Pace, RunInfo
    from khid_eval.runs.progress import Progress

LINE_S = 10.0
"""Without a terminal, a line of progress is written this often."""
TYPICAL_S = {"embedded": 0.3, "tesseract": 3.0, "api": 1.0}
"""Seconds a call, for the estimate before anything is sent."""


def run(
    dataset: LabelledArgument,
    out: OutOption,
    target: TargetOption = "embedded",
    project_id: ProjectOption = "",
    enterprise_project_id: EnterpriseOption = "",
    ask_token: AskTokenOption = False,
    executor: ExecutorOption = None,
    workers: WorkersOption = 0,
    scheduler: SchedulerOption = "",
    per_minute: PerMinuteOption = 0.0,
    sweep: SweepOption = "",
    idcard_type: CardTypeOption = False,
    text_location: TextLocationOption = None,
    limit: LimitOption = None,
    price: PriceOption = 0.0,
    timeout: TimeoutOption = 30.0,
    resume: ResumeOption = False,
    estimate: EstimateOption = False,
) -> None:
    """Read every photo of a labelled set and keep what came out.

    Example: khid-eval run sample_images --out runs/first

    Interrupt it, or lose the machine: the same command with --resume goes on, and reads nothing twice that was on disk.
    """
    from khid_eval import readers, runs

    chosen = readers.Target.parse(target, project_id=project_id, enterprise_project_id=enterprise_project_id)
    options = _options(chosen, idcard_type, text_location)
    spec = runs.TargetSpec(chosen, timeout_s=timeout)
    job = runs.Job(dataset, spec, options, sweep=sweep, limit=limit, price_per_call=price)
    pace = _pace(chosen, executor, workers, scheduler, per_minute)
    expected = _estimate(job, pace, TYPICAL_S[chosen.kind])
    _say(_in_words(expected))
    if estimate:
        return
    if chosen.kind == readers.API:
        _hand_on(credentials_for(chosen, ask_token=ask_token).token)
    _start(job, out, pace, expected.calls, resume=resume)


def _options(target: Target, idcard_type: bool, text_location: bool | None) -> ReadOptions:
    from khid_eval import readers
    from khid_eval.records import ReadOptions

    located = target.kind != readers.API if text_location is None else text_location
    return ReadOptions(return_idcard_type=idcard_type, return_text_location=located)


def _estimate(job: Job, pace: Pace, seconds_per_call: float) -> Estimate:
    from khid_eval import runs

    try:
        return runs.estimate(job, pace, seconds_per_call=seconds_per_call)
    except ValueError as exc:
        raise BadRequest(f"--sweep: {exc}.") from exc


def _hand_on(token: str) -> None:
    if token:
        os.environ["KHID_TOKEN"] = token  # worker processes read it there


def _start(job: Job, out: str, pace: Pace, calls: int, *, resume: bool) -> None:
    from khid_eval import runs

    with _watcher(calls) as watch:
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

    columns = (TextColumn("photos"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
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
