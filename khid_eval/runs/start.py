"""Begins a run, or goes on with one that stopped: checks first, one writer, then the runner."""

from __future__ import annotations

import platform
import random
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from khid_eval.datasets import Dataset
from khid_eval.errors import BadData
from khid_eval.records import ReadOptions
from khid_eval.runs.dispatch import Dispatcher
from khid_eval.runs.executors import make_pool
from khid_eval.runs.folder import check_address
from khid_eval.runs.lock import Lock
from khid_eval.runs.pace import Breaker, Concurrency, RateLimit, Retry
from khid_eval.runs.plan import Source, items, still_to_read, work_fingerprint
from khid_eval.runs.runner import Runner, Watcher
from khid_eval.runs.state import Counts, RunInfo, State
from khid_eval.runs.store import Store
from khid_eval.runs.sweep import Step, steps_of
from khid_eval.runs.worker import ReaderSpec

_SHOWN_VERSIONS: Final = ("khid-eval", "onnxruntime", "numpy", "pyarrow")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run sends. executor: threads, processes or dask. workers: calls at a time. scheduler: address of a Dask
    cluster, "" for one on this machine. per_minute: calls, 0 for no limit. adapts: fewer at a time on 429.
    part_photos, part_s: rows go to disk after so many photos or seconds, whichever is first: what a kill can cost."""

    executor: str = "threads"
    workers: int = 8
    scheduler: str = ""
    per_minute: float = 0.0
    adapts: bool = True
    retry: Retry = field(default_factory=Retry)
    breaker_pause_s: float = 5.0
    part_photos: int = 256
    part_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to run: every photo of `dataset` (folder or URL) through the reader of `spec`.

    sweep: conditions that each photo is read under, as for `steps_of`; "" for each photo as it is.
    limit: only the first so many photos. price_per_call: in the person's own currency.
    """

    dataset: str
    spec: ReaderSpec
    options: ReadOptions = field(default_factory=ReadOptions)
    sweep: str = ""
    limit: int | None = None
    price_per_call: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Before anything is sent. seconds: None where nobody knows how long a call takes."""

    photos: int
    calls: int
    seconds: float | None
    price: float


def estimate(job: Job, pace: Pace, *, seconds_per_call: float | None = None) -> Estimate:
    """Calls, time and price of a job. Raises BadData for an unusable dataset, ValueError for an unknown sweep."""
    photos = _source(job).count
    calls = photos * max(1, len(_steps(job)))
    seconds = None if seconds_per_call is None else calls * seconds_per_call / pace.workers
    if pace.per_minute:
        seconds = max(seconds or 0.0, calls * 60.0 / pace.per_minute)
    return Estimate(photos, calls, seconds, calls * job.price_per_call)


def start(job: Job, out: str, *, pace: Pace = Pace(), resume: bool = False, watch: Watcher | None = None) -> RunInfo:
    """Runs to the end and returns how it ended (finished or cancelled). out: the run's folder, path or fsspec URL.

    resume: go on with the run in `out`; the same job must be given. Where there is none yet, one is begun.
    Raises BadData (folder taken, in use or of another job; dataset changed; disk full; target silent), AuthError, and
    ValueError for an unknown sweep or executor.
    """
    store = Store(out)
    steps = _steps(job)
    with Lock(store.folder) as lock:
        source = _source(job)
        info = _open(store, job, source, steps, pace, resume)
        pool = make_pool(pace.executor, pace.workers, pace.scheduler)
        try:
            todo = items(source, steps, info.work)
            if info.counts.done:
                todo = filter(still_to_read(store.keys()), todo)
            dispatcher = Dispatcher(
                todo,
                job.spec,
                job.options,
                pool,
                concurrency=Concurrency(pool.places, adapts=pace.adapts and pace.executor == "threads"),
                rate=RateLimit(pace.per_minute),
                breaker=Breaker(after=max(20, 2 * pool.places), pause_s=pace.breaker_pause_s),
                retry=pace.retry,
                rng=random.Random(info.id),
                clock=time.monotonic,
            )
            runner = Runner(
                store, info, dispatcher, lock, part_photos=pace.part_photos, part_s=pace.part_s, watch=watch
            )
            return runner.run()
        finally:
            pool.close()


def _source(job: Job) -> Source:
    check_address(job.dataset)
    return Source(Dataset(job.dataset), job.limit)


def _steps(job: Job) -> tuple[Step, ...]:
    return steps_of(job.sweep) if job.sweep else ()


def _open(store: Store, job: Job, source: Source, steps: tuple[Step, ...], pace: Pace, resume: bool) -> RunInfo:
    """The run's info, ready to go on from what is on disk; saved when it is new."""
    info = _new_info(store, job, source, steps, pace)
    if not store.exists():
        if _strangers(store):
            raise BadData(f"{store.folder.url} is not empty and holds no run.", advice="Choose another folder.")
        store.save(info)
        return info
    before = store.load()
    if not resume:
        raise BadData(
            f"{store.folder.url} already holds run {before.id} ({before.state}).",
            advice="Go on with it by --resume, or choose another folder.",
        )
    _check_same(before, info)
    store.tidy()
    store.ask("")
    counts = replace(store.count_rows(), planned=info.counts.planned, calls=before.counts.calls)
    return replace(before, counts=counts, executor=info.executor, price_per_call=info.price_per_call)


def _strangers(store: Store) -> list[str]:
    return [name for name in store.folder.list() if name != "lock.json"]


def _check_same(before: RunInfo, now: RunInfo) -> None:
    if before.state is State.FINISHED:
        raise BadData(f"Run {before.id} is finished; a finished run is never changed.", advice="Start a new one.")
    if before.work != now.work:
        advice = "Resume with the same target, options and sweep, or start a new run."
        changed = _first_difference(before, now)
        raise BadData(f"Run {before.id} was begun with another {changed}.", advice=advice)
    for key in ("fingerprint", "order", "limit"):
        if before.dataset.get(key) != now.dataset.get(key):
            advice = "Put the dataset back as it was, or start a new run."
            raise BadData(f"The dataset changed since run {before.id} was begun ({key}).", advice=advice)


def _first_difference(before: RunInfo, now: RunInfo) -> str:
    pairs = (("target", before.target, now.target), ("options", before.options, now.options))
    return next((name for name, old, new in pairs if old != new), "sweep")


def _new_info(store: Store, job: Job, source: Source, steps: tuple[Step, ...], pace: Pace) -> RunInfo:
    target = job.spec.describe()
    work = work_fingerprint(target, job.options, steps)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    sweep = {"asked": job.sweep, "steps": len(steps)} if steps else None
    return RunInfo(
        id=store.folder.name,
        state=State.PLANNED,
        created=now,
        updated=now,
        dataset=source.describe(),
        target=target,
        options=asdict(job.options),
        work=work,
        executor={"kind": pace.executor, "workers": pace.workers, "per_minute": pace.per_minute},
        versions=_versions(),
        sweep=sweep,
        price_per_call=job.price_per_call,
        counts=Counts(planned=source.count * max(1, len(steps))),
    )


def _versions() -> Mapping[str, Any]:
    return {"python": platform.python_version()} | {name: version(name) for name in _SHOWN_VERSIONS}


__all__ = ["Estimate", "Job", "Pace", "estimate", "start"]
