"""Cost of every condition in milliseconds a megapixel: `python tests/benchmarks/bench_conditions.py`."""

from __future__ import annotations

import statistics
import time

import cv2
import numpy as np

from khid_eval import conditions
from khid_eval.conditions import CARD, CONDITIONS, Picture, rectangle

WIDTH_PX, HEIGHT_PX, REPEATS = 2000, 1500, 5


def photo() -> Picture:
    rough = np.random.default_rng(0).integers(0, 256, (HEIGHT_PX // 8, WIDTH_PX // 8, 3), dtype=np.uint8)
    image = np.asarray(cv2.resize(rough, (WIDTH_PX, HEIGHT_PX)), dtype=np.uint8)
    return Picture(image, {CARD: rectangle(250, 275, 1750, 1220)})


def cost_ms(name: str, severity: int, picture: Picture) -> float:
    """Median time of one call, in milliseconds per megapixel of the photo."""
    times = []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        started = time.perf_counter()
        conditions.apply(picture, name, severity, rng)
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times) / (WIDTH_PX * HEIGHT_PX / 1e6)


def main() -> None:
    cv2.setNumThreads(1)
    picture = photo()
    print(f"{WIDTH_PX} x {HEIGHT_PX} px, one thread, ms per megapixel")
    print(f"{'condition':16}" + "".join(f"{s:>8}" for s in conditions.SEVERITIES))
    for name in CONDITIONS:
        row = "".join(f"{cost_ms(name, severity, picture):8.1f}" for severity in conditions.SEVERITIES)
        print(f"{name:16}{row}")


if __name__ == "__main__":
    main()
