"""What a run costs beside its reader, and how fast its figures come. Ratios and limits, all in one run.

python -m tests.benchmarks.bench_runs            everything (some minutes)
python -m tests.benchmarks.bench_runs overhead   one part: overhead, flight, memory, figures
"""

from __future__ import annotations

import http.server
import json
import multiprocessing
import resource
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from khid_eval import contract, readers, runs
from khid_eval.datasets import DatasetWriter, Sample
from khid_eval.metrics.fields import Level
from khid_eval.records import FIELD_NAMES, CardReader, CardReading, FieldReading, ReadOptions
from khid_eval.runs.figures import figures
from khid_eval.runs.query import Tables
from khid_eval.runs.schema import FIELDS, IMAGES
from khid_eval.runs.slices import by_condition
from khid_eval.runs.state import RunInfo

READING = CardReading(tuple(FieldReading(name, f"text of {name}", 0.9) for name in FIELD_NAMES))
TRUTH: dict[str, str | None] = {name: f"text of {name}" for name in FIELD_NAMES}


@dataclass(frozen=True)
class PausingSpec:
    """A reader that takes that long, without using the processor."""

    seconds: float

    def build(self) -> CardReader:
        return PausingReader(self.seconds)

    def describe(self) -> dict[str, Any]:
        return {"kind": "pausing"}


class PausingReader:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        if self._seconds:
            time.sleep(self._seconds)
        return READING


def dataset_of(root: Path, count: int) -> str:
    """Many rows over one small photo."""
    photo = _png()
    with DatasetWriter(root) as writer:
        for number in range(count):
            writer.add(Sample(f"{number:06d}.png", f"card {number // 4}", TRUTH), photo)
    return str(root)


def _png() -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (32, 20), "white").save(out, "PNG")
    return out.getvalue()


def overhead(folder: Path, count: int = 1000, seconds: float = 0.005) -> None:
    """One worker with a 5 ms reader, against a bare loop over the same calls."""
    dataset = dataset_of(folder / "set", count)
    reader = PausingReader(seconds)
    files = sorted(Path(dataset).glob("*.png"))
    bare = timed(lambda: [reader.read(file.read_bytes()) for file in files])
    job, out = runs.Job(dataset, PausingSpec(seconds)), str(folder / "run")
    whole = timed(lambda: runs.start(job, out, pace=runs.Pace(workers=1)))
    extra = Took((whole.clock - bare.clock) / count, (whole.processor - bare.processor) / count)
    figure = f"{extra.clock * 1000:.2f} ms by the clock, {extra.processor * 1000:.2f} ms of the processor"
    report("overhead a photo", figure, "under 2 ms", extra.quiet < 0.002)


def flight(folder: Path, at_a_time: int = 64, rounds: int = 6, seconds: float = 2.0) -> None:
    """Many slow HTTP replies in flight, against the time they would take with no cost at all."""
    count = at_a_time * rounds
    dataset = dataset_of(folder / "set", count)
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    server = context.Process(target=_serve, args=(ready, seconds), daemon=True)
    server.start()
    spec = runs.TargetSpec(readers.Target.parse(f"http://127.0.0.1:{ready.get(timeout=60)}"))
    marks: list[tuple[float, int]] = []
    runs.start(
        runs.Job(dataset, spec),
        str(folder / "run"),
        pace=runs.Pace(workers=at_a_time),
        watch=lambda now: marks.append((time.perf_counter(), now.done)),
    )
    server.terminate()
    began = next(at for at, done in marks)
    ended = next(at for at, done in marks if done == count)
    share = rounds * seconds / (ended - began)
    report(f"{at_a_time} slow replies in flight", f"{share:.1%} of ideal", "over 95 %", share > 0.95)


def _serve(ready: Any, seconds: float) -> None:
    answer = contract.body_of_answer(READING, ReadOptions())

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(seconds)
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True
        address_family = socket.AF_INET

    server = Server(("127.0.0.1", 0), Handler)
    ready.put(server.server_port)
    server.serve_forever()


def memory(folder: Path, small: int = 1000, large: int = 100_000) -> None:
    """Peak memory of a run of many photos against one of few, each in a fresh process."""
    peaks = []
    for count in (small, large):
        dataset = dataset_of(folder / f"set-{count}", count)
        context = multiprocessing.get_context("spawn")
        answer = context.Queue()
        child = context.Process(target=_peak, args=(dataset, str(folder / f"run-{count}"), answer))
        child.start()
        peaks.append(answer.get())
        child.join()
    report(f"peak memory, {large:,} photos against {small:,}", f"{peaks[1]:.0f} MB against {peaks[0]:.0f} MB",
           "under 1.5 times", peaks[1] < 1.5 * peaks[0])  # fmt: skip


def _peak(dataset: str, out: str, answer: Any) -> None:
    runs.start(runs.Job(dataset, PausingSpec(0.0)), out, pace=runs.Pace(workers=4))
    answer.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def many_rows(folder: Path, photos: int = 1_000_000, a_file: int = 8192) -> runs.Store:
    """A finished run of a million photos, made up: 14 million field rows."""
    store, rng, names = runs.Store(str(folder / "big")), np.random.default_rng(7), []
    for number, start in enumerate(range(0, photos, a_file)):
        seq = np.arange(start, min(photos, start + a_file))
        tables = [_field_rows(seq, name, rng) for name in FIELD_NAMES]
        name = f"merged-{number:05d}.parquet"
        store.write_table("images", name, _image_rows(seq, tables, rng), row_group=a_file)
        store.write_table("fields", name, pa.concat_tables(tables).unify_dictionaries(), row_group=a_file)
        names.append(name)
    info = RunInfo(
        id="big", state=runs.State.FINISHED, created="", dataset={}, target={}, options={}, work="", executor={},
        versions={}, parts=tuple(names),
    )  # fmt: skip
    store.save(info)
    return store


def _field_rows(seq: np.ndarray[Any, Any], name: str, rng: np.random.Generator) -> pa.Table:
    n = seq.size
    confidence = np.round(rng.beta(9, 1, n), 4)
    right = rng.random(n) < confidence
    outcome = np.where(right, "exact", np.where(rng.random(n) < 0.2, "miss", "wrong"))
    edits = np.where(right, 0, rng.integers(1, 5, n))
    text = [f"{name} {one}" for one in seq]
    length = rng.integers(5, 40, n)
    columns: dict[str, Any] = {
        "seq": seq, "field": [name] * n, "truth": text, "text": text, "confidence": confidence, "raw": outcome,
        "canonical": outcome, "semantic": outcome, "char_edits": edits, "char_length": length, "cluster_edits": edits,
        "cluster_length": length, "self_check": [None] * n, "quad": [None] * n,
    }  # fmt: skip
    return pa.table({key: pa.array(value).cast(FIELDS.field(key).type) for key, value in columns.items()}, FIELDS)


def _image_rows(seq: np.ndarray[Any, Any], fields: list[pa.Table], rng: np.random.Generator) -> pa.Table:
    n = seq.size
    exact = sum((np.asarray(one["raw"].to_pylist()) == "exact").astype(int) for one in fields)
    columns: dict[str, Any] = {name: [None] * n for name in IMAGES.names}
    columns |= {
        "seq": seq,
        "key": [f"{one:032x}" for one in seq],
        "file_name": [f"{one}.jpg" for one in seq],
        "group_id": [f"card {one // 4}" for one in seq],
        "lighting": rng.choice(["dark", "normal", "bright"], n),
        "rotation_deg": rng.integers(0, 24, n) * 15.0,
        "latency_s": rng.gamma(4.0, 0.05, n),
        "attempts": np.ones(n, int),
        "judged": np.full(n, len(fields)),
        "missed": np.zeros(n, int),
        "invented": np.zeros(n, int),
        "absent": np.zeros(n, int),
        "confidence_sum": sum(np.asarray(one["confidence"]) for one in fields),
        **{key: rng.integers(0, 30, n) for key in ("char_edits", "khmer_edits")},
        **{key: rng.integers(90, 200, n) for key in ("char_length", "khmer_length")},
        **{f"exact_{level}": exact for level in Level},
        **{f"right_{level}": np.asarray(exact) == len(fields) for level in Level},
    }
    return pa.table({key: pa.array(value).cast(IMAGES.field(key).type) for key, value in columns.items()}, IMAGES)


def figures_of_many(folder: Path) -> None:
    """The full report and one chart's query over 14 million rows, against pandas in the obvious way."""
    store = many_rows(folder)
    with Tables(store) as tables:
        full = timed(lambda: figures(tables))
        chart = timed(lambda: by_condition(tables, "rotation_deg", field="name_kh"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report("full report over 14 million rows", str(full), "under 10 s", full.quiet < 10.0)
    report("one chart's query", str(chart), "under 1 s", chart.quiet < 1.0)
    report("peak memory", f"{peak:.0f} MB", "under 2,000 MB", peak < 2000)
    plain = timed(lambda: with_pandas(folder / "big"))
    ratio = plain.processor / full.processor
    report("the same shares by pandas", f"{plain}, {ratio:.1f} times as much work for a part of it", "", True)


def with_pandas(folder: Path) -> pd.DataFrame:
    """Share exact by field, and by field and lighting: everything loaded."""
    columns = ["seq", "field", "confidence", "canonical", "char_edits", "char_length"]
    fields = pd.concat(pq.read_table(file, columns=columns).to_pandas() for file in (folder / "fields").iterdir())
    images = pd.concat(
        pq.read_table(file, columns=["seq", "lighting"]).to_pandas() for file in (folder / "images").iterdir()
    )
    merged = fields.merge(images, on="seq").assign(right=lambda one: one["canonical"] == "exact")
    by_field = merged.groupby("field", observed=True)[["right", "confidence", "char_edits", "char_length"]].mean()
    by_light: pd.DataFrame = merged.groupby(["field", "lighting"], observed=True)[["right", "confidence"]].mean()
    joined: pd.DataFrame = by_field.join(by_light.reset_index().set_index("field"), suffixes=("", "_by_light"))
    return joined


@dataclass(frozen=True)
class Took:
    """Seconds. clock: on the wall, whatever else the machine did. processor: of this process, over all its cores."""

    clock: float
    processor: float

    @property
    def quiet(self) -> float:
        """What a machine with nothing else to do takes at the most: the processor's time, or less on several cores."""
        return min(self.clock, self.processor)

    def __str__(self) -> str:
        return f"{self.clock:.2f} s by the clock, {self.processor:.2f} s of the processor"


def timed(work: Callable[[], object]) -> Took:
    started, used = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - started, time.process_time() - used)


def report(what: str, figure: str, limit: str, good: bool) -> None:
    print(f"{'ok  ' if good else 'MISS'}  {what}: {figure}{f' (limit: {limit})' if limit else ''}", flush=True)


PARTS: dict[str, Callable[[Path], None]] = {
    "overhead": overhead,
    "flight": flight,
    "memory": memory,
    "figures": figures_of_many,
}


def main(wanted: list[str]) -> None:
    print(json.dumps({"python": sys.version.split()[0], "threads": threading.active_count()}))
    for name, part in PARTS.items():
        if not wanted or name in wanted:
            with tempfile.TemporaryDirectory(prefix="khid-bench-") as folder:
                part(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
