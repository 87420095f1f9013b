"""The embedded engine on photos of a second renderer:
`python tests/benchmarks/second_renderer_bench.py --cards 300 --seed 2`.

`second_renderer/` was written for this alone and shares no drawing code with `khid_eval.synth`: nine layouts, holders,
marks, grounds and covers of its own, a camera with lens, sensor and phone. A photo is plain (one in four) or under one
of eighteen conditions, at severity 1 to 3; each shows another card. The fonts are the package's, nearly all of them of
the training, with two of Debian's fonts-sil-mondulkiri-extra where it is installed: layout, print and camera are what
is new here. Nothing in it is fitted to the engine.

Truths have COENG TA wherever a font draws COENG DA and COENG TA alike, so that only the column with look-alikes folded
is fair to a reading with COENG DA.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).parents[2]))

from khid_eval import readers
from khid_eval.datasets import Dataset, DatasetWriter, Sample
from khid_eval.engine.locate import Locator
from khid_eval.errors import BadData
from tests.benchmarks.other_renderer import print_summary, print_table, seen
from tests.benchmarks.second_renderer import draw, missing_faces

PROCESSES = 2


def photos(cards: int, seed: int) -> Iterator[tuple[Sample, bytes]]:
    """Rows and files, drawn by two processes of one thread each; in the order of their numbers."""
    with ProcessPoolExecutor(PROCESSES, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(partial(draw, seed), range(cards))


def read_cards(cards: int, seed: int, folder: Path) -> None:
    """Makes the photos in that folder, as a dataset, and prints how they are read. Raises BadData if it holds one."""
    with DatasetWriter(folder) as writer:
        for sample, photo in photos(cards, seed):
            writer.add(sample, photo)
    reader, locate = readers.build(readers.Target()), Locator()
    dataset = Dataset(folder)
    all_seen = [seen(reader, locate, sample, dataset.read(sample)) for sample in dataset]
    print(f"{len(all_seen)} cards of the second renderer (seed {seed})", end="")
    print(f", without the fonts {', '.join(missing_faces())}" if missing_faces() else "")
    print_table(all_seen)
    print_summary(all_seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=300, help="each is photographed once")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the photos there, as a dataset")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        try:
            read_cards(asked.cards, asked.seed, asked.keep or Path(made))
        except BadData as exc:
            parser.error(str(exc))


if __name__ == "__main__":
    main()
