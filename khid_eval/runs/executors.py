"""Where the work is done: threads, processes or Dask, all behind the `concurrent.futures` interface."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from khid_eval.errors import BadData

KINDS: Final = ("threads", "processes", "dask")
P = ParamSpec("P")
T = TypeVar("T")


class Pool(Protocol):
    """Workers that can be had anew after a crash. places: calls at a time. spare: photos that may wait beside them."""

    @property
    def places(self) -> int: ...

    @property
    def spare(self) -> int: ...

    @property
    def executor(self) -> Executor: ...

    def restart(self) -> None: ...

    def close(self) -> None: ...


class LocalPool:
    """Threads or processes of this machine."""

    def __init__(self, make: Callable[[], Executor], places: int) -> None:
        self._make = make
        self.places = self.spare = places
        self.executor = make()

    def restart(self) -> None:
        self.close()
        self.executor = self._make()

    def close(self) -> None:
        self.executor.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes that are started inside never hear of a Ctrl-C: a terminal sends it to them too, and only the runner
    may say what becomes of their photos. Blocked rather than ignored, so that it holds from their first instruction,
    while another thread of this process still takes it."""
    resource_tracker.ensure_running()  # the first process of all: starting it ends in unblocking the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class ProcessWorkers(ProcessPoolExecutor):
    """Worker processes that end with this pool or with this process, in the middle of a photo if need be: nobody waits
    for the answer any more."""

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")  # not forked: the parent has threads
        theirs, self._ours = context.Pipe(duplex=False)
        super().__init__(workers, context, initializer=_begin, initargs=(theirs,))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with _deaf_to_ctrl_c():  # this is where processes are started
            return super().submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._ours.close()


class DaskPool:
    """Workers of a Dask cluster: the one at that scheduler address, or a local one that is made and closed here."""

    def __init__(self, workers: int, scheduler: str = "") -> None:
        distributed = _distributed()
        self._cluster: Any = None if scheduler else _local_cluster(distributed, workers)
        try:
            self._client: Any = distributed.Client(scheduler or self._cluster)
        except (OSError, ValueError) as exc:
            raise BadData(f"No Dask scheduler answers at {scheduler}.", advice="Check --scheduler.") from exc
        threads = sum(self._client.nthreads().values()) or workers
        self.places = self.spare = threads
        # pure=False: an equal call must be made again, not answered from memory.
        self.executor: Executor = self._client.get_executor(pure=False)

    def restart(self) -> None:
        """Nothing to do: the scheduler replaces its own workers."""

    def close(self) -> None:
        self.executor.shutdown(wait=False)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _local_cluster(distributed: Any, workers: int) -> Any:
    with _deaf_to_ctrl_c():
        return distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            # The scheduler listens for HTTP even without a dashboard: on a free port, so that two runs can go on.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
        )


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as exc:
        raise BadData("Dask is not installed.", advice="In the checkout: pip install -e '.[dask]'") from exc
    return distributed


def make_pool(kind: str, workers: int, scheduler: str = "") -> Pool:
    """kind: one of KINDS; workers >= 1. Raises ValueError for another kind, BadData when Dask is missing."""
    if kind == "threads":
        return LocalPool(lambda: ThreadPoolExecutor(workers, thread_name_prefix="read"), workers)
    if kind == "processes":
        return LocalPool(lambda: ProcessWorkers(workers), workers)
    if kind == "dask":
        return DaskPool(workers, scheduler)
    raise ValueError(f"executor must be one of {', '.join(KINDS)}, got {kind!r}")


def _begin(pool: Connection) -> None:
    """A worker whose parent was killed would wait for work for ever: its queue stays open on its own side."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # only ever called in a worker

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel, pool])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def is_crash(error: BaseException) -> bool:
    """Whether that exception of a future says that its worker died under it."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


__all__ = ["KINDS", "DaskPool", "LocalPool", "Pool", "is_crash", "make_pool"]
