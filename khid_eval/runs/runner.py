"""The run itself: takes what is still to read, has it read, puts it on disk, and says how far it is."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from khid_eval.errors import KhidError
from khid_eval.runs.dispatch import Dispatcher, Done
from khid_eval.runs.lock import Lock
from khid_eval.runs.merge import merge
from khid_eval.runs.progress import Progress
from khid_eval.runs.rows import field_rows, image_row
from khid_eval.runs.state import Counts, RunInfo, State
from khid_eval.runs.store import Store

TICK_S: Final = 0.5
REMOTE_TICK_S: Final = 5.0
"""How often progress is written and wishes are read: on a local disk, and where each of it is a request."""
DRAIN_S: Final = 10.0

Watcher = Callable[[Progress], None]


@dataclass(slots=True)
class _Buffer:
    """Rows that are not on disk yet."""

    since: float
    images: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)

    def add(self, done: Done) -> None:
        fields = field_rows(done.item, done.answer)
        self.fields += fields
        self.images.append(image_row(done.item, done.answer, fields, attempts=done.attempts))


class Runner:
    """Drives one run from where it stands to an end. The caller holds the lock."""

    def __init__(
        self,
        store: Store,
        info: RunInfo,
        dispatcher: Dispatcher,
        lock: Lock,
        *,
        part_photos: int,
        part_s: float,
        watch: Watcher | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._info = info
        self._work = dispatcher
        self._lock = lock
        self._part_photos = part_photos
        self._part_s = part_s
        self._watch = watch
        self._clock = clock
        self._started = clock()
        self._tick_s = TICK_S if store.folder.is_local else REMOTE_TICK_S
        self._ticked = float("-inf")
        self._buffer = _Buffer(self._started)
        self._progress = Progress.of(info)
        self._stops = 0  # how often a signal asked for it
        self._calls_before = info.counts.calls

    def run(self) -> RunInfo:
        """To the end, to a cancel, or to an error that it leaves as state "failed" and raises."""
        try:
            with self._graceful_stop():
                self._become(State.RUNNING)
                whole = self._loop()
                if not whole:
                    self._drain()
                self._flush()
                if not whole:
                    self._become(State.CANCELLED, "Cancelled by request.")
            if whole:
                self._finish()
        except KhidError as error:
            self._end(State.FAILED, str(error))
            raise
        except Exception as error:
            # The name only: a bug's own words may hold what stood on the card.
            self._end(State.FAILED, f"A fault in the reader or the runner: {type(error).__name__}.")
            raise
        except BaseException:  # a Ctrl-C while parts are merged, or in a process that keeps its own handler
            self._end(State.CANCELLED, "Interrupted.")
            raise
        return self._info

    def _loop(self) -> bool:
        """True when all is read, False when it was asked to end."""
        while not self._work.exhausted:
            now = self._clock()
            if now - self._ticked >= self._tick_s and not self._tick(now):
                return False
            paused = self._info.state is State.PAUSED
            for done in self._work.step(TICK_S, send=not paused):
                self._buffer.add(done)
                self._progress.count(done)
            waited = self._clock() - self._buffer.since
            if len(self._buffer.images) >= self._part_photos or waited > self._part_s or paused:
                self._flush()
        return True

    def _drain(self) -> None:
        """Calls that are out are paid for: take their answers, but wait no longer than a caller would, and not at all
        for one who asks twice."""
        deadline = self._clock() + DRAIN_S
        while self._work.in_flight and self._clock() < deadline and self._stops < 2:
            for done in self._work.step(TICK_S, send=False):
                self._buffer.add(done)
                self._progress.count(done)

    def _tick(self, now: float) -> bool:
        """Progress out, wishes in. False: end it."""
        self._ticked = now
        self._lock.beat(now)
        wish = "cancel" if self._stops else self._store.wish()
        if wish == "cancel":
            return False
        if (wish == "pause") != (self._info.state is State.PAUSED):
            self._become(State.PAUSED if wish == "pause" else State.RUNNING)
        self._publish(now)
        return True

    def _publish(self, now: float) -> None:
        self._progress.state = self._info.state.value
        self._progress.calls = self._calls_before + self._work.calls
        self._progress.concurrency = self._work.concurrency.limit
        self._progress.in_flight = min(self._work.in_flight, self._progress.concurrency)  # others wait in the pool
        self._progress.waiting_for_target = self._work.breaker.is_open
        self._progress.clock(now - self._started)
        self._store.write_progress(self._progress.to_json())
        if self._watch:
            self._watch(self._progress)

    def _flush(self) -> None:
        buffer, self._buffer = self._buffer, _Buffer(self._clock())
        if buffer.images:
            self._store.add_part(buffer.images, buffer.fields)

    def _finish(self) -> None:
        parts = merge(self._store, self._store.parts(self._info))
        self._become(State.FINISHED, parts=parts)
        self._store.tidy()

    def _become(self, state: State, reason: str = "", **changes: Any) -> None:
        """Into run.json first, then into progress: a page never sees an end that a crash could undo."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        seconds = self._info.seconds + (self._clock() - self._started if state is not State.RUNNING else 0.0)
        ended = state not in (State.RUNNING, State.PAUSED)
        counts = self._counts() if ended else self._info.counts
        changes |= {"updated": now, "started": self._info.started or now, "counts": counts}
        self._info = self._info.to(state, reason=reason, **(changes | ({"seconds": seconds} if ended else {})))
        self._store.save(self._info)
        self._publish(self._clock())

    def _counts(self) -> Counts:
        rows = self._store.count_rows()
        return replace(rows, planned=self._info.counts.planned, calls=self._calls_before + self._work.calls)

    def _end(self, state: State, reason: str) -> None:
        """Keeps what was read. When even that cannot be written (a full disk), the first error is the one to tell."""
        for step in (self._flush, lambda: self._become(state, reason)):
            with suppress(KhidError):
                step()

    @contextmanager
    def _graceful_stop(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C end the run as a cancel does, with everything read on disk; a second one waits for no call
        that is out."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, frame: object) -> None:
            self._stops += 1

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


__all__ = ["TICK_S", "Runner", "Watcher"]
