"""A bounded number of places in front of some threads: past the bound a caller is refused at once, not kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from khid_eval.contract import refusal
from khid_eval.errors import KhidError

RETRY_AFTER_S = 2.0
Answer = TypeVar("Answer")


class ClientGone(Exception):
    """The client closed its connection before the answer was ready."""


@dataclass(slots=True)
class _Visit:
    """Whether a thread has begun with it: from then on it cannot be taken back."""

    begun: bool = False


class Desk:
    """Places for work and the threads that do it. Lives in one event loop."""

    def __init__(self, name: str, *, workers: int, queue: int) -> None:
        """name: of the threads. workers: pieces of work at a time, >= 1. queue: further ones that may wait, >= 0."""
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._turns = asyncio.Semaphore(workers)
        self._workers = workers
        self.places = workers + queue
        self.taken = 0

    @property
    def full(self) -> bool:
        """Whether no place is left."""
        return self.taken >= self.places

    @property
    def waiting(self) -> int:
        """Pieces of work that no thread has begun with."""
        return max(0, self.taken - self._workers)

    async def serve(self, work: Callable[[], Answer], gone: asyncio.Future[None]) -> Answer:
        """What `work` returns, done in a thread. gone: done when the client has left.

        A client that leaves, or a caller that is cancelled, frees its place at once while it still waits; work that a
        thread has begun with keeps its place until the thread is done. What waits for a turn is held by nobody else, so
        that its photo is freed with it. Raises what `work` raises, Busy (429, APIG.0308) when all places are taken,
        and ClientGone.
        """
        if self.full:
            raise busy(self.places)
        self.taken += 1
        visit = _Visit()
        job = asyncio.create_task(self._in_turn(work, visit))
        job.add_done_callback(self._leave)
        both: set[asyncio.Future[Any]] = {job, gone}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not visit.begun:
                job.cancel()
        if job.done():
            return job.result()
        raise ClientGone

    async def _in_turn(self, work: Callable[[], Answer], visit: _Visit) -> Answer:
        async with self._turns:
            visit.begun = True
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _leave(self, job: asyncio.Task[Any]) -> None:
        self.taken -= 1
        if not job.cancelled():
            job.exception()  # seen, also where the client has left: asyncio would log its words

    def close(self) -> None:
        """Finish what was begun, then stop the threads."""
        self._threads.shutdown(wait=True)


def busy(limit: int) -> KhidError:
    """The API's own words for a full house."""
    message = f"The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:now"
    return refusal("APIG.0308", message, retry_after_s=RETRY_AFTER_S)


__all__ = ["RETRY_AFTER_S", "ClientGone", "Desk", "busy"]
