"""Photos that look alike although their bytes differ: the same shot, saved again. Their cards must not be split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from khid_eval.datasets.store import Dataset
from khid_eval.errors import BadData

_CHUNKS = 8
_LEAST_CONTRAST = 8


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two photos whose difference hashes are at most so many of 64 bits apart."""

    first: str
    second: str
    bits: int
    same_group: bool


def difference_hash(photo: bytes) -> int | None:
    """64 bits: whether the light grows from cell to cell of a 9 x 8 picture. None for no photo or an even one.

    Survives another size, quality or brightness; not a turn or a crop.
    """
    if not photo:
        return None
    grey = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_4)
    if grey is None:
        return None
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    if int(small.max()) - int(small.min()) < _LEAST_CONTRAST:
        return None  # an even picture looks like every other one
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_duplicates(dataset: Dataset, *, most_bits: int = 3) -> Iterator[NearDuplicate]:
    """Pairs of photos that look alike, in file order. Opens every photo. most_bits: 0..7.

    Two hashes at most 7 bits apart agree in at least one of eight bytes: only those are compared.
    """
    if not 0 <= most_bits < _CHUNKS:
        raise ValueError(f"most_bits must be 0 to {_CHUNKS - 1}, got {most_bits}")
    table: dict[tuple[int, int], list[tuple[int, str, str]]] = defaultdict(list)
    for sample in dataset:
        try:
            key = difference_hash(dataset.read(sample))
        except BadData:
            continue  # a missing photo is the validator's business
        if key is None:
            continue
        places = [(at, key >> (8 * at) & 0xFF) for at in range(_CHUNKS)]
        for other, name, group in sorted({one for place in places for one in table[place]}, key=lambda one: one[1]):
            if (bits := (other ^ key).bit_count()) <= most_bits:
                yield NearDuplicate(name, sample.file_name, bits, group == sample.group_id)
        for place in places:
            table[place].append((key, sample.file_name, sample.group_id))
