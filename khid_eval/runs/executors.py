"""Where the work is done: threads, processes or Dask, all behind the `concurrent.futures` interface."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Final, Protocol

from khid_eval.errors import BadData

KINDS: Final = ("threads", "processes", "dask")


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


class DaskPool:
    """Workers of a Dask cluster: the one at that scheduler address, or a local one that is made and closed here."""

    def __init__(self, workers: int, scheduler: str = "") -> None:
        distributed = _distributed()
        self._cluster: Any = None
        if not scheduler:
            self._cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                # The scheduler listens for HTTP even without a dashboard: on a free port, so that two runs can go on.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
            )
        self._client: Any = distributed.Client(scheduler or self._cluster)
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


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as exc:
        raise BadData("Dask is not installed.", advice="pip install 'khid-eval[dask]'") from exc
    return distributed


def make_pool(kind: str, workers: int, scheduler: str = "") -> Pool:
    """kind: one of KINDS; workers >= 1. Raises ValueError for another kind, BadData when Dask is missing."""
    if kind == "threads":
        return LocalPool(lambda: ThreadPoolExecutor(workers, thread_name_prefix="read"), workers)
    if kind == "processes":
        context = multiprocessing.get_context("spawn")  # not forked: the parent has threads
        return LocalPool(lambda: ProcessPoolExecutor(workers, context, initializer=_die_with_parent), workers)
    if kind == "dask":
        return DaskPool(workers, scheduler)
    raise ValueError(f"executor must be one of {', '.join(KINDS)}, got {kind!r}")


def _die_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: its queue stays open on its own side."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def is_crash(error: BaseException) -> bool:
    """Whether that exception of a future says that its worker died under it."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


__all__ = ["KINDS", "DaskPool", "LocalPool", "Pool", "is_crash", "make_pool"]
