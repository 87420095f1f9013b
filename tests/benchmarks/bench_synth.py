"""Speed of the synthetic cards, per second and core: `python tests/benchmarks/bench_synth.py`.

Set MALLOC_MMAP_THRESHOLD_=2000000000 MALLOC_TRIM_THRESHOLD_=4000000000 for what `khid-eval synth` reaches.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from khid_eval.synth import (
    TextStyle,
    families,
    ink_line,
    random_conditions,
    random_person,
    random_style,
    random_text,
    render_card,
    take_photo,
)
from khid_eval.synth.persons import Person
from khid_eval.synth.styles import CardStyle
from khid_eval.synth.texts import TEXT_KINDS
from khid_eval.training.line_ink import LineInks
from khid_eval.training.line_photo import photograph

WIDTH_PX = 1500


def per_second(work: Callable[[int], object], count: int) -> float:
    """Calls a second of processor time, after two calls to fill the caches."""
    work(0)
    work(1)
    started = time.process_time()
    for index in range(count):
        work(index)
    return count / (time.process_time() - started)


def _drawn(index: int) -> tuple[Person, CardStyle, np.random.Generator]:
    rng = np.random.default_rng(index)
    return random_person(rng), random_style(rng, width_px=WIDTH_PX), rng


def card(index: int) -> object:
    return render_card(*_drawn(index))


def line(index: int) -> object:
    rng = np.random.default_rng(index)
    khmer, latin = families("value", "train"), families("latin", "train")
    style = TextStyle(khmer[index % len(khmer)], latin[index % len(latin)], float(rng.integers(24, 56)))
    return ink_line(random_text(rng, TEXT_KINDS[index % len(TEXT_KINDS)]), style)


def main() -> None:
    cv2.setNumThreads(1)
    cards = [render_card(*_drawn(index)) for index in range(8)]

    def photo(index: int) -> object:
        rng = np.random.default_rng(index)
        return take_photo(cards[index % len(cards)], rng, steps=random_conditions(rng, most=1) or [("dark", 1)])

    inks = LineInks("train", 1)

    def training_line(index: int) -> object:
        return photograph(inks.draw(), np.random.default_rng(index), "mild")

    def person(index: int) -> object:
        return random_person(np.random.default_rng(index))

    print("per second of one core")
    for what, work, count in (
        ("persons", person, 500),
        (f"cards at {WIDTH_PX} px", card, 40),
        ("photos of a card, random condition", photo, 60),
        ("lines of ink", line, 600),
        ("lines for the recogniser, as photos", training_line, 600),
    ):
        print(f"{what:38}{per_second(work, count):8.1f}")


if __name__ == "__main__":
    main()
