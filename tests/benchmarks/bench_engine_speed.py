"""Stages, load, memory and scaling of the embedded engine: `python tests/benchmarks/bench_engine_speed.py`.

Measured in fresh processes of one thread each. The load of the machine is printed: figures of a busy one say little.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from khid_eval.conditions import CONDITIONS
from khid_eval.datasets import Dataset
from khid_eval.errors import KhidError
from khid_eval.synth.generate import Recipe, write_dataset

MEGAPIXELS = (0.5, 1, 2, 4, 8, 12, 24)
PHOTOS = 30
REPEATS = 7
STAGES = ("decode", "locate", "rectify", "rows", "recognise", "parse", "answer")


def photos_of(folder: Path) -> list[bytes]:
    dataset = Dataset(folder)
    return [dataset.read(one) for one in list(dataset)[:PHOTOS]]


def worker(folder: Path) -> None:
    """One fresh process: loads, reads every photo twice, prints load in s, seconds a photo, peak memory in MB."""
    started = time.perf_counter()
    from khid_eval.engine import EngineReader

    reader = EngineReader(threads=1)
    load_s = time.perf_counter() - started
    photos = photos_of(folder)
    _read_quietly(reader.read, photos[0])
    started = time.perf_counter()
    for photo in photos:
        _read_quietly(reader.read, photo)
    each_s = (time.perf_counter() - started) / len(photos)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{load_s} {each_s} {peak_mb}")


def _read_quietly(read: object, photo: bytes) -> None:
    assert callable(read)
    try:
        read(photo)
    except KhidError:
        return


def in_processes(folder: Path, count: int) -> list[list[float]]:
    """What that many workers at a time measured."""
    command = [sys.executable, __file__, "--dataset", str(folder), "--worker"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    outputs = [process.communicate()[0] for process in running]
    return [[float(one) for one in output.split()] for output in outputs]


def print_stages(folder: Path) -> None:
    from khid_eval.engine import EngineReader

    reader, seconds = EngineReader(threads=1), []
    for photo in photos_of(folder):
        try:
            seconds.append(reader.read_timed(photo)[1])
        except KhidError:
            continue
    if not seconds:
        print("no photo was read: no stages")
        return
    print(f"\nstages, ms on photos of {len(seconds)} cards: median (lower quartile)")
    for stage in STAGES:
        times = [1000 * one.get(stage, 0.0) for one in seconds]
        print(f"  {stage:10}{np.median(times):8.1f} ({np.quantile(times, 0.25):.1f})")
    whole = [1000 * sum(one.values()) for one in seconds]
    print(f"  {'together':10}{np.median(whole):8.1f} ({np.quantile(whole, 0.25):.1f})   goal 150, limit 300")


def print_sizes(folder: Path) -> None:
    """The same photo at other sizes: the lower quartile of some reads each."""
    from khid_eval.engine import EngineReader

    reader = EngineReader(threads=1)
    with Image.open(BytesIO(photos_of(folder)[0])) as opened:
        first = opened.convert("RGB")
    print("\nphoto size, megapixels: ms a read")
    for megapixels in MEGAPIXELS:
        scale = (megapixels * 1e6 / (first.width * first.height)) ** 0.5
        sized = first.resize((round(first.width * scale), round(first.height * scale)), Image.Resampling.BICUBIC)
        file = BytesIO()
        sized.save(file, "JPEG", quality=90)
        times = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            _read_quietly(reader.read, file.getvalue())
            times.append(1000 * (time.perf_counter() - started))
        print(f"  {megapixels:5}{np.quantile(times, 0.25):8.0f}")


def measure(folder: Path) -> None:
    """Raises FileNotFoundError where a model is missing."""
    from khid_eval.engine import EngineReader

    EngineReader()
    print(f"\nload of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    load_s, each_s, peak_mb = in_processes(folder, 1)[0]
    print(f"load {load_s:.2f} s (goal 1.5), a photo {1000 * each_s:.0f} ms, peak memory {peak_mb:.0f} MB (goal 400)")
    pair = in_processes(folder, 2)
    together = sum(1 / one[1] for one in pair)
    print(f"two processes read {together * each_s:.2f} times as many photos as one (goal 1.8)")
    print_stages(folder)
    print_sizes(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, help="photos; without it, some are made")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        worker(asked.dataset)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = asked.dataset or Path(made) / "photos"
        if not asked.dataset:
            write_dataset(folder, Recipe(1, conditions=tuple(CONDITIONS)), PHOTOS, workers=2)
        try:
            measure(folder)
        except FileNotFoundError as exc:
            print(f"The engine cannot be measured: {exc}")


if __name__ == "__main__":
    main()
