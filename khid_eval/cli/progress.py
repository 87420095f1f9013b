"""How far a command is, on stderr: a bar on a terminal, plain lines (for logs) everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MOST_LINES = 10
"""So many plain lines a command writes at most, however many its steps are."""


@contextmanager
def progress(total: int, what: str, *, beside_rows: bool = False) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each of `total` steps. what: what is counted, in the plural, such as "photos".

    beside_rows: the command prints a row a step on stdout; on one terminal with those a bar would end up inside them,
    and they tell enough.
    """
    if beside_rows and sys.stderr.isatty() and sys.stdout.isatty():
        yield lambda: None
    elif sys.stderr.isatty():
        with _bar(total, what) as advance:
            yield advance
    else:
        yield _plain_lines(total, what)


@contextmanager
def _bar(total: int, what: str) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _plain_lines(total: int, what: str) -> Callable[[], None]:
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done == total or done * _MOST_LINES // total > (done - 1) * _MOST_LINES // total:
            print(f"{done} of {total} {what}", file=sys.stderr, flush=True)

    return advance


__all__ = ["progress"]
