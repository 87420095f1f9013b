"""Counts how Khmer names are spelt: python -m khid_eval.training.spelling --out khid_eval/models/spelling.npz

From the training names, from more names that no card is drawn with (`data/more_names.txt`) and from the gazetteer; a
word that is a name kept for validation, or holds a long one, is left out of them.
Takes seconds, and the same data give the same bytes.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from khid_eval.card.gazetteer import places
from khid_eval.card.khmer import canonical
from khid_eval.engine import alphabet, spelling
from khid_eval.engine.spelling import END, ORDER, START, history_of
from khid_eval.synth.names import name_parts
from khid_eval.training.line_words import held_out_names, without_held_out

_WHOLE = ("surname", "given_f", "given_m")
_JOINED_WEIGHT = 0.15  # of a name joined from two elements: there are thousands of them
_WORD = regex.compile(r"[\u1780-\u17d2\u17dd]+")
Words = Mapping[str, float]


def more_names() -> tuple[str, ...]:
    """Names beside those that cards are drawn with."""
    text = resources.files("khid_eval.training").joinpath("data/more_names.txt").read_text(encoding="utf-8")
    rows = [row.strip() for row in text.splitlines() if not row.startswith("#")]
    return without_held_out([canonical(row) for row in rows if row])


def name_words() -> Words:
    """Names and how often each counts."""
    found: Counter[str] = Counter(khmer for kind in _WHOLE for khmer, _ in name_parts(kind, "train"))
    joined: dict[str, float] = dict.fromkeys(more_names(), 1.0) | dict(found)
    for first, _ in name_parts("first", "train"):
        for second, _ in name_parts("second", "train"):
            word = canonical(first + second)
            joined[word] = joined.get(word, 0.0) + _JOINED_WEIGHT
    return joined


def place_words() -> Words:
    """Words of the gazetteer, villages included, and in how many names each stands."""
    names = [name for p in places() for name in (p.commune, p.district, p.province, *p.villages)]
    return Counter(word for name in names for word in _WORD.findall(name))


def sources() -> dict[str, Words]:
    """The words of each table, without the names that only validation cards carry."""
    kept = held_out_names()
    tables = {"names": name_words(), "places": place_words()}
    return {name: {word: n for word, n in words.items() if word not in kept} for name, words in tables.items()}


def arrays_of(words: Words) -> dict[str, NDArray[Any]]:
    """seen (N,) int64 and chance (N,) float32: sequences and their smoothed probabilities; histories (M,) int64 and
    unseen (M,) float32: the share of what never followed. Sorted.
    """
    counts = _counts(words)
    seen: dict[int, float] = {}
    unseen: dict[int, float] = {}
    for history in sorted(counts, key=len):
        after = counts[history]
        total, kinds = sum(after.values()), len(after)
        unseen[history_of(*history)] = kinds / (total + kinds)
        shorter = spelling.Table(seen, unseen)
        for token, count in sorted(after.items()):
            lower = shorter.chance(history_of(*history[1:]), token) if history else 1.0 / len(alphabet.TOKENS)
            seen[history_of(*history, token)] = (count + kinds * lower) / (total + kinds)
    keys, histories = sorted(seen), sorted(unseen)
    return {
        "seen": np.array(keys, np.int64),
        "chance": np.array([seen[key] for key in keys], np.float32),
        "histories": np.array(histories, np.int64),
        "unseen": np.array([unseen[key] for key in histories], np.float32),
    }


def _counts(words: Words) -> dict[tuple[int, ...], dict[int, float]]:
    """How often each class followed each history of up to ORDER - 1 classes."""
    counts: dict[tuple[int, ...], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for word, weight in words.items():
        try:
            sequence = [START, *alphabet.encode(word), END]
        except ValueError:  # a few places of the list are misspelt: no font draws them
            continue
        for at in range(1, len(sequence)):
            for length in range(min(ORDER, at + 1)):
                counts[tuple(sequence[at - length : at])][sequence[at]] += weight
    return counts


def nats_per_letter(model: spelling.Spelling, words: frozenset[str]) -> float:
    """Mean of -log P(letter | those before), ends of words included."""
    total, letters = 0.0, 0
    for word in words:
        sequence = [START, *alphabet.encode(word), END]
        for at in range(1, len(sequence)):
            total -= model.log_chance(history_of(*sequence[max(0, at - ORDER + 1) : at]), sequence[at])
        letters += len(sequence) - 1
    return total / letters


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args(arguments).out
    arrays = {f"{name}_{part}": array for name, words in sources().items() for part, array in arrays_of(words).items()}
    np.savez_compressed(out, allow_pickle=False, **arrays)
    kept = held_out_names()
    nats = nats_per_letter(spelling.read(out), kept)
    sys.stdout.write(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB; {len(kept)} names of validation: {nats:.2f} nats a letter, "
        f"{math.log(len(alphabet.TOKENS)):.2f} without it\n"
    )


if __name__ == "__main__":
    main()
