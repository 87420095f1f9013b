"""A run in a process of its own, for the tests that kill it: prints how far it is, a line each time."""

from __future__ import annotations

import os
import signal
import sys

from khid_eval import runs
from khid_eval.runs.progress import Progress
from tests.runs import cards


def main(
    dataset: str, out: str, executor: str, log: str, delay_s: str = "0.15", ctrl_c: str = "0", after: str = "0"
) -> None:
    """ctrl_c: so many of them, to the whole group of processes as a terminal does it, once so many photos are done and
    others are out."""
    left = int(ctrl_c)

    def watch(now: Progress) -> None:
        nonlocal left
        print(now.done, flush=True)
        while left and now.in_flight and now.done >= int(after):
            left -= 1
            os.killpg(0, signal.SIGINT)

    spec = cards.FakeSpec(delay_s=float(delay_s), log=log)
    pace = runs.Pace(executor, workers=2, part_photos=10)
    print(runs.start(runs.Job(dataset, spec), out, pace=pace, watch=watch).state)


if __name__ == "__main__":
    main(*sys.argv[1:])
