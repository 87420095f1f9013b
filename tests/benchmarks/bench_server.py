"""What the server costs beside its reader: `python tests/benchmarks/bench_server.py [--reader engine|stand-in]`.

The same number of callers once hands photos to the reader in this process (through a pool of as many threads as the
server has) and once posts them over HTTP to a server in a process of its own. The readers are the embedded engine and
a stand-in that computes without holding Python's lock, as ONNX Runtime does, but for some ten milliseconds only: what
the server costs weighs the more. Server, clients and reader share this machine's cores.
Then clients that retry are sent against a server with faults, and lost readings are counted.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from khid_eval import readers
from khid_eval.client import ApiReader, Retrier, RetryPolicy
from khid_eval.contract import path_for
from khid_eval.errors import KhidError
from khid_eval.records import FIELD_NAMES, CardReader, CardReading, FieldReading, ReadOptions
from khid_eval.server import ServerSettings, listen, parse_faults, serve, url_of

PHOTO = Path(__file__).resolve().parents[2] / "sample_images" / "01-clean.jpg"
CLIENTS = (1, 8, 64)
WORKERS = os.cpu_count() or 1
WORK_BYTES = bytes(20_000_000)
READING = CardReading(tuple(FieldReading(name, f"តម្លៃ {name}", 0.5) for name in FIELD_NAMES))
FAULTS = "APIG.0308=0.1,ModelArts.4403=0.05,drop=0.05,delay=0.05s@0.05"
FAULTY_READS, FAULTY_CLIENTS = 400, 8


class StandIn:
    """Computes for some ten milliseconds outside Python's lock."""

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        hashlib.sha256(WORK_BYTES).digest()
        return READING


@dataclass(slots=True)
class Measured:
    """What several rounds of calls took. times_s: of each call; seconds: of all rounds, whose callers ran at once."""

    times_s: list[float] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0

    def percentile_ms(self, percent: int) -> float:
        return 1000 * statistics.quantiles(self.times_s, n=100)[percent - 1]

    @property
    def per_second(self) -> float:
        return self.calls / self.seconds


def reader_of(embedded: bool) -> CardReader:
    return readers.build(readers.Target()) if embedded else StandIn()


def serve_reader(embedded: bool, faults: str, pipe: Connection) -> None:
    settings = ServerSettings(workers=WORKERS, queue=max(CLIENTS), faults=parse_faults(faults, seed=1))
    with listen("127.0.0.1", 0, open_access=True) as listener:
        address = url_of(listener)
        serve(reader_of(embedded), settings, listener, ready=lambda: pipe.send(address))


@contextmanager
def server(embedded: bool, faults: str = "") -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve_reader, args=(embedded, faults, there))
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def measure(into: Measured, callers: int, calls: int, make_call: Callable[[], Callable[[], object]]) -> None:
    """One round. make_call gives each caller a call of its own, such as a connection."""

    def caller(count: int) -> list[float]:
        call, times = make_call(), []
        for _ in range(count):
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
        return times

    share = max(1, calls // callers)
    with ThreadPoolExecutor(callers) as pool:
        started = time.perf_counter()
        into.times_s += [one for some in pool.map(caller, [share] * callers) for one in some]
        into.seconds += time.perf_counter() - started
    into.calls += callers * share


def over_http(url: str, body: bytes) -> Callable[[], object]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=300)

    def call() -> None:
        connection.request("POST", path_for("p"), body)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"HTTP {answer.status}")

    return call


def compare(embedded: bool, *, calls: int, rounds: int) -> None:
    """calls: of all callers in each round."""
    photo = PHOTO.read_bytes()
    body = json.dumps({"image": base64.b64encode(photo).decode()}).encode()
    reader = reader_of(embedded)
    name = "embedded engine" if embedded else "stand-in reader"
    print(f"{name}, photo of {len(photo) / 1e3:.0f} kB, {WORKERS} workers")
    print(
        "clients | in process p50 / p99 ms | over HTTP p50 / p99 ms | added p50 / p99 ms | throughput to the reader's"
    )
    with server(embedded) as url, ThreadPoolExecutor(WORKERS) as pool:
        for callers in CLIENTS:
            own, net = Measured(), Measured()
            for _ in range(rounds):  # in turns: what else the machine does falls on both
                measure(own, callers, calls, lambda: lambda: pool.submit(reader.read, photo).result())
                measure(net, callers, calls, lambda: over_http(url, body))
            print(row(callers, own, net), flush=True)


def row(callers: int, own: Measured, net: Measured) -> str:
    parts = [f"{callers:7}"]
    parts += [f"{one.percentile_ms(50):10.1f} / {one.percentile_ms(99):8.1f}" for one in (own, net)]
    more = [net.percentile_ms(percent) - own.percentile_ms(percent) for percent in (50, 99)]
    parts += [f"{more[0]:+8.1f} / {more[1]:+8.1f}"]
    parts += [f"{net.per_second / own.per_second:.2f} ({net.per_second:.1f} of {own.per_second:.1f} a second)"]
    return " | ".join(parts)


def lost_under_faults() -> int:
    photo = PHOTO.read_bytes()
    tried_again: list[KhidError] = []
    retrier = Retrier(
        RetryPolicy(attempts=12, first_wait_s=0.01),
        sleep=lambda seconds: time.sleep(min(seconds, 0.05)),  # Retry-After asks for two seconds each
        on_retry=lambda error, wait_s: tried_again.append(error),
    )

    def lost(_: int) -> bool:
        try:
            return client.read(photo) != READING
        except KhidError:
            return True

    with (
        server(False, FAULTS) as url,
        ApiReader(url, "p", retrier=retrier) as client,
        ThreadPoolExecutor(FAULTY_CLIENTS) as pool,
    ):
        count = sum(pool.map(lost, range(FAULTY_READS)))
    print(f"faults {FAULTS}: {FAULTY_READS} readings, {len(tried_again)} calls tried again, {count} readings lost")
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", choices=("engine", "stand-in"), help="measure with this one only")
    chosen = parser.parse_args().reader
    if chosen != "stand-in":  # a read takes long enough to be measured in few calls
        compare(True, calls=16, rounds=2)
    if chosen != "engine":
        compare(False, calls=64, rounds=4)
    return int(lost_under_faults() > 0)


if __name__ == "__main__":
    raise SystemExit(main())
