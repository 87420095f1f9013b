"""Ten thousand broken and senseless photos for the engine: `python tests/benchmarks/poison_engine.py --count 10000`.

Prints what became of each kind, the slowest read (processor time) and the peak of memory; ends with 1 where one
crashed, took longer than 5 s or more than 600 MB, or where a field was given with confidence and was wrong.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # the kinds are shared with the tests of the engine

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.records import CardReader
from tests.engine.poison import BROKEN, NO_CARD, Rng, poison, sure_and_wrong, truth

LIMIT_S, LIMIT_MB = 5.0, 600.0
TRUTH = truth()
KINDS = BROKEN + NO_CARD
RARE = ("huge_blank",)
"""67 million pixels each: one in twenty of the others."""


@dataclass
class Account:
    """What became of one kind."""

    ends: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)


def try_one(reader: CardReader, make: Callable[[Rng], bytes], number: int, account: Account) -> None:
    photo, started = poison(make, number), time.process_time()
    try:
        wrong = sure_and_wrong(make, reader.read(photo), TRUTH)
        account.ends["answered"] += 1
        if wrong:
            account.faults.append(f"{make.__name__} {number}: sure and wrong: {', '.join(wrong)}")
    except KhidError as error:
        account.ends[error.code or type(error).__name__] += 1
    except Exception as exc:  # whatever it is, it is what we look for
        account.ends["CRASH"] += 1
        account.faults.append(f"{make.__name__} {number}: {type(exc).__name__}: {exc}")
    seconds = time.process_time() - started
    account.slowest_s = max(account.slowest_s, seconds)
    if seconds > LIMIT_S:
        account.faults.append(f"{make.__name__} {number}: {seconds:.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=1000, help="number of the first file; another, other files")
    asked = parser.parse_args()
    reader = readers.build(readers.Target())
    accounts = {make: Account() for make in KINDS}
    for number in range(asked.count):
        make = KINDS[number % len(KINDS)]
        if make.__name__ in RARE and (number // len(KINDS)) % 20:
            make = BROKEN[number % len(BROKEN)]
        try_one(reader, make, asked.start + number, accounts[make])
    for make, account in accounts.items():
        ends = ", ".join(f"{end} {count}" for end, count in account.ends.most_common())
        print(f"{make.__name__:16} slowest {account.slowest_s:5.2f} s   {ends}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    faults = [fault for account in accounts.values() for fault in account.faults]
    print(f"{asked.count} files, peak memory {peak_mb:.0f} MB (limit {LIMIT_MB:.0f}), {len(faults)} faults")
    print("\n".join(faults[:50]))
    return 1 if faults or peak_mb > LIMIT_MB else 0


if __name__ == "__main__":
    sys.exit(main())
