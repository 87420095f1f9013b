"""A run in a process of its own, for the tests that kill it: prints how far it is, a line each time."""

from __future__ import annotations

import sys

from khid_eval import runs
from tests.runs import cards


def main(dataset: str, out: str, executor: str, log: str) -> None:
    spec = cards.FakeSpec(delay_s=0.15, log=log)
    pace = runs.Pace(executor, workers=2, part_photos=10)
    runs.start(runs.Job(dataset, spec), out, pace=pace, watch=lambda now: print(now.done, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
