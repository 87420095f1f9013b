"""A bounded number of places in front of one reader: past the bound a request is refused at once, not kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from khid_eval.contract import refusal
from khid_eval.records import CardReader, CardReading, ReadOptions

RETRY_AFTER_S = 2.0
Answer = TypeVar("Answer")


class ClientGone(Exception):
    """The client closed its connection before the answer was ready."""


class Desk:
    """Places for requests and the threads that serve them. Lives in one event loop."""

    def __init__(self, reader: CardReader, *, workers: int, queue: int) -> None:
        """workers: readings at a time, >= 1. queue: further requests that may wait, >= 0."""
        self._reader = reader
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="reader")
        self.capacity = workers + queue
        self.in_flight = 0

    async def read(self, photo: bytes, options: ReadOptions, gone: asyncio.Future[None]) -> CardReading:
        """A reading. gone: done when the client has left.

        Raises KhidError of the reader, Busy (429, APIG.0308) when all places are taken, ClientGone.
        """
        return await self._serve(lambda: self._reader.read(photo, options), gone)

    async def _serve(self, work: Callable[[], Answer], gone: asyncio.Future[None]) -> Answer:
        if self.in_flight >= self.capacity:
            raise busy(self.capacity)
        self.in_flight += 1
        loop = asyncio.get_running_loop()
        job: Future[Answer] = self._threads.submit(work)
        # A place is free when the thread is done with it, not when the client has stopped waiting.
        job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        waited = asyncio.wrap_future(job)
        both: set[asyncio.Future[Any]] = {waited, gone}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if waited.done():
            return waited.result()
        waited.cancel()
        raise ClientGone

    def _leave(self) -> None:
        self.in_flight -= 1

    def close(self) -> None:
        """Finish what was accepted, then stop the threads."""
        self._threads.shutdown(wait=True)


def busy(limit: int) -> Exception:
    """The API's own words for a full house."""
    message = f"The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:now"
    return refusal("APIG.0308", message, retry_after_s=RETRY_AFTER_S)


__all__ = ["RETRY_AFTER_S", "ClientGone", "Desk", "busy"]
