"""Sends photos to the workers at the right pace, tries again what is worth it, and hands back what is done.

One thread decides everything (pace, retries, crashes); workers only read. So the same code drives all executors.
"""

from __future__ import annotations

import heapq
import queue
import random
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from khid_eval.errors import AuthError, BadData, BadRequest, Busy, ContractError, KhidError
from khid_eval.records import ReadOptions
from khid_eval.runs.executors import Pool, is_crash
from khid_eval.runs.pace import Breaker, Concurrency, RateLimit, Retry
from khid_eval.runs.plan import Item
from khid_eval.runs.worker import Answer, ReaderSpec, read_one

NONSENSE: Final = 20
"""So many refusals of the request itself, with no other answer before, stop a run."""


class WorkerDied(KhidError):
    """The photo killed its worker, twice: out of memory, or a fault in native code."""


@dataclass(frozen=True, slots=True)
class Done:
    """One photo, finished with: read, or failed for good."""

    item: Item
    answer: Answer
    attempts: int


@dataclass(order=True, slots=True)
class _Try:
    """One photo on its way. Ordered by when it may go, then by its place in the plan."""

    due: float
    seq: int
    item: Item = field(compare=False)
    attempts: int = field(compare=False, default=0)
    suspect: bool = field(compare=False, default=False)


class Dispatcher:
    """items: the photos still to read, in order; taken one by one, so that memory does not grow with the plan."""

    def __init__(
        self,
        items: Iterator[Item],
        spec: ReaderSpec,
        options: ReadOptions,
        pool: Pool,
        *,
        concurrency: Concurrency,
        rate: RateLimit,
        breaker: Breaker,
        retry: Retry,
        rng: random.Random,
        clock: Callable[[], float],
    ) -> None:
        self._items = items
        self._read = partial(read_one, spec)
        self._options = options
        self._pool = pool
        self.concurrency = concurrency
        self._rate = rate
        self.breaker = breaker
        self._retry = retry
        self._rng = rng
        self._clock = clock
        self._waiting: list[_Try] = []
        self._suspects: list[_Try] = []
        self._out: dict[Future[Answer], _Try] = {}
        self._back: queue.SimpleQueue[Future[Answer]] = queue.SimpleQueue()
        self._next: Item | None = next(items, None)
        self._nonsense: int | None = 0  # None: some photo got another answer, so the request is sound
        self.calls = 0

    @property
    def in_flight(self) -> int:
        return len(self._out)

    @property
    def exhausted(self) -> bool:
        return not (self._out or self._waiting or self._suspects or self._next)

    def step(self, timeout_s: float, *, send: bool = True) -> list[Done]:
        """Sends what may go (unless told not to), waits at most timeout_s for replies, returns what is done.

        Raises AuthError, BadData (photo changed, target does not answer or refuses everything), and any bug of a
        reader as it came.
        """
        wait_s = self._send() if send else timeout_s
        done: list[Done] = []
        try:
            future = self._back.get(timeout=max(0.0, min(timeout_s, wait_s)))
            while True:
                done.extend(self._settle(future))
                future = self._back.get_nowait()
        except queue.Empty:
            return done

    def _send(self) -> float:
        """Submits as much as every limit allows. Returns seconds until one more might go."""
        while True:
            now = self._clock()
            if self.breaker.gave_up:
                raise BadData("The target does not answer.", advice="Check it, then go on with --resume.")
            places = 1 if self._suspects or self.breaker.is_open else self.concurrency.limit + self._spare()
            if len(self._out) >= places:
                return float("inf")
            wait_s = max(self._rate.wait_s(now), self.breaker.wait_s(now), self._due_s(now))
            if wait_s > 0.0:
                return wait_s
            self._submit(self._take())

    def _spare(self) -> int:
        """At full speed some photos wait in the pool, so that no worker waits for this thread to score a reading."""
        return self._pool.spare if self.concurrency.limit == self.concurrency.most else 0

    def _due_s(self, now: float) -> float:
        if self._suspects or self._next is not None:
            return 0.0
        return max(0.0, self._waiting[0].due - now) if self._waiting else float("inf")

    def _take(self) -> _Try:
        if self._suspects:
            return self._suspects.pop()
        if self._waiting and (self._next is None or self._waiting[0].due <= self._clock()):
            return heapq.heappop(self._waiting)
        assert self._next is not None  # _due_s let us through
        item, self._next = self._next, next(self._items, None)
        return _Try(0.0, item.seq, item)

    def _submit(self, one: _Try) -> None:
        one.attempts += 1
        self.calls += 1
        self._rate.take()
        self.breaker.sent()
        try:
            future = self._pool.executor.submit(self._read, one.item, self._options)
        except BrokenExecutor as error:
            future = Future()
            future.set_exception(error)
        self._out[future] = one
        future.add_done_callback(self._back.put)

    def _settle(self, future: Future[Answer]) -> list[Done]:
        one = self._out.pop(future, None)
        if one is None:
            return []  # of a pool that died: already handled with the others
        error = future.exception()
        if error is not None:
            if not is_crash(error):
                raise error
            return self._crashed(one, error)
        return self._answered(one, future.result())

    def _answered(self, one: _Try, answer: Answer) -> list[Done]:
        error = answer.error
        if isinstance(error, (AuthError, BadData)):
            raise error
        worth = error is not None and self._retry.worth(error)
        self.concurrency.reply(answer.latency_s)
        if isinstance(error, Busy):
            self.concurrency.refused()
        if worth:
            self.breaker.failed(self._clock())
        else:
            self.breaker.answered()
        delay_s = self._retry.delay_s(error, one.attempts, self._rng) if error else None
        if worth and delay_s is None and self.breaker.is_open:
            delay_s = self._retry.most_s  # the target is down: that is not this photo's fault
        if delay_s is None:
            self._give_up_on_nonsense(error)
            return [Done(one.item, answer, one.attempts)]
        one.due = self._clock() + delay_s
        heapq.heappush(self._waiting, one)
        return []

    def _give_up_on_nonsense(self, error: KhidError | None) -> None:
        """A wrong project or option is refused for every photo alike: better stop than fill a table with it."""
        if not isinstance(error, (BadRequest, ContractError)):
            self._nonsense = None
        elif self._nonsense is not None:
            self._nonsense += 1
            if self._nonsense >= NONSENSE:
                raise BadData(
                    f"The first {NONSENSE} photos were all refused: {error.message}",
                    error.code,
                    error.advice or "Check the target and the options.",
                )

    def _crashed(self, one: _Try, error: BaseException) -> list[Done]:
        """A pool that breaks loses everything that was out. Each goes again alone, so that the one that kills shows."""
        broken = isinstance(error, BrokenExecutor)
        lost = [one, *self._out.values()] if broken else [one]
        if broken:
            self._out.clear()
            self._pool.restart()
        if not broken or one.suspect:  # Dask has tried it on several workers by then
            died = WorkerDied("The worker died over this photo, more than once.")
            return [Done(one.item, Answer(None, died, 0.0), one.attempts)]
        for each in lost:
            each.suspect = True
            self._suspects.append(each)
        return []


__all__ = ["Dispatcher", "Done", "WorkerDied"]
