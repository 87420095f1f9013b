"""Rows a second and memory of reading, checking and counting: `python tests/benchmarks/bench_datasets.py [rows]`."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from khid_eval.card import dates, mrz
from khid_eval.datasets import Dataset, PhotoCondition, Sample, check, fingerprint, summary, write_metadata
from khid_eval.records import FIELD_NAMES


def rows(count: int) -> Iterator[Sample]:
    """Four photos of each fictional card, with a truth that agrees with its MRZ."""
    birth, issue = date(1990, 1, 1), date(2020, 1, 1)
    lines = mrz.build("123456789", birth, "M", dates.expiry_of(issue), "SOK", "DARA")
    texts = ("123456789", "សុខ តារា", "SOK DARA", dates.printed(birth), "ប្រុស", "១៦០ ស.ម", "ភ្នំពេញ", "ភ្នំពេញ")
    ends = (dates.printed(issue), dates.printed(dates.expiry_of(issue)), "គ្មាន", *lines)
    one = Sample("", "", dict(zip(FIELD_NAMES, texts + ends, strict=True)), condition=PhotoCondition(capture="real"))
    for index in range(count):
        yield replace(
            one, file_name=f"{index // 1000:04d}/{index:08d}.jpg", group_id=f"card-{index // 4}", sha256="0" * 64
        )


def measure(what: str, count: int, call: Callable[[], object]) -> None:
    started = time.perf_counter()
    call()
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:24}{seconds:8.1f} s {count / seconds:10.0f} rows/s   peak so far {peak_mb:6.0f} MB")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        measure("write_metadata", count, lambda: write_metadata(Path(folder), rows(count)))
        dataset = Dataset(folder)
        measure("read", count, lambda: sum(1 for _ in dataset))
        measure("summary", count, lambda: summary(dataset))
        measure("fingerprint", count, lambda: fingerprint(dataset))
        # No photos are there: every row has its fault, which is the dearest case.
        measure("check without photos", count, lambda: sum(1 for _ in check(dataset, photos=False)))


if __name__ == "__main__":
    main()
