"""A server in a process of its own, for tests and benchmarks: python server_process.py [HOLD] prints its address.

Its reader answers at once. With HOLD, the path of a file, it says "reading" and waits until that file exists.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from khid_eval.records import FIELD_NAMES, CardReading, FieldReading, ReadOptions
from khid_eval.server import ServerSettings, listen, serve, url_of


class QuickReader:
    def __init__(self, hold: Path | None) -> None:
        self._hold = hold

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        if self._hold:
            sys.stdout.write("reading\n")  # one piece: print writes its line end apart, and two threads would mix
            sys.stdout.flush()
            while not self._hold.exists():
                time.sleep(0.01)
        return CardReading(tuple(FieldReading(name, f"តម្លៃ {name}", 0.5) for name in FIELD_NAMES))


def main() -> None:
    reader = QuickReader(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    with listen("127.0.0.1", 0, open_access=True) as listener:
        address = url_of(listener)
        serve(reader, ServerSettings(workers=2, queue=64), listener, ready=lambda: print(address, flush=True))


if __name__ == "__main__":
    main()
