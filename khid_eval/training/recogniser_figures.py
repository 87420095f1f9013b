"""Figures of the recogniser as it is shipped: python -m khid_eval.training.recogniser_figures

Prints Markdown: error rates by kind, faces and condition, the most frequent errors, and how far the confidence of a
line is from the truth. The lines are those that a training validates with, but for the seed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from time import process_time

import numpy as np
from rapidfuzz.distance import Levenshtein

from khid_eval.engine.recognise import Recogniser
from khid_eval.training.line_scores import (
    LineScore,
    ValidationLine,
    folded,
    rate,
    score_of,
    table,
    validation_cards,
    validation_lines,
)

_BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0)


def rates(scores: Sequence[LineScore]) -> list[str]:
    """Rows of a Markdown table: all lines, then by group, faces and condition, then group by faces."""
    rows = [
        f"| {name} | {one.lines} | {100 * one.cer:.2f} | {100 * one.exact:.1f} |" for name, one in table(scores).items()
    ]
    for group in dict.fromkeys(one.line.group for one in scores):
        for faces in dict.fromkeys(one.line.faces for one in scores):
            cell = rate(one for one in scores if (one.line.group, one.line.faces) == (group, faces))
            if cell.lines:
                rows.append(f"| {group}, {faces} | {cell.lines} | {100 * cell.cer:.2f} | {100 * cell.exact:.1f} |")
    return ["| lines | count | CER % | exact % |", "|---|---|---|---|", *rows]


def frequent_errors(scores: Sequence[LineScore], most: int = 25) -> list[str]:
    """The commonest edits as "truth -> read"; "∅" stands for nothing."""
    counted: Counter[str] = Counter()
    for one in scores:
        truth, read = folded(one.line.text), folded(one.read)
        for edit in Levenshtein.opcodes(truth, read):
            if edit.tag != "equal":
                was, became = truth[edit.src_start : edit.src_end], read[edit.dest_start : edit.dest_end]
                counted[f"{was or '∅'} -> {became or '∅'}"] += 1
    return [f"- {count} x `{edit}`" for edit, count in counted.most_common(most)]


def confidence_bins(confidence: Sequence[float], exact: Sequence[bool]) -> list[str]:
    """Rows of a Markdown table: mean confidence of a line against the share of lines that are right."""
    values, right = np.array(confidence), np.array(exact)
    rows = ["| confidence | lines | mean | right |", "|---|---|---|---|"]
    for low, high in pairwise(_BINS):
        inside = (values >= low) & ((values < high) | (high == 1.0))
        if inside.any():
            mean, share = values[inside].mean(), right[inside].mean()
            rows.append(f"| {low:.2f}-{high:.2f} | {inside.sum()} | {mean:.3f} | {share:.3f} |")
    return rows


def report(lines: Sequence[ValidationLine], model: Path | None) -> str:
    """Reads all lines with the shipped engine, 12 at a time as a card has them. Returns Markdown."""
    recogniser = Recogniser(model=model)
    started, readings = process_time(), []
    for first in range(0, len(lines), 12):
        readings += recogniser([line.crop for line in lines[first : first + 12]])
    spent_ms = 1000 * (process_time() - started) / len(lines)
    scores = [score_of(line, reading.text) for line, reading in zip(lines, readings, strict=True)]
    bins = confidence_bins([one.confidence for one in readings], [one.errors == 0 for one in scores])
    parts = [rates(scores), bins, frequent_errors(scores), [f"{spent_ms:.1f} ms of one core a line."]]
    return "\n\n".join("\n".join(part) for part in parts)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="another file than the one in the package")
    parser.add_argument("--per-kind", type=int, default=10, help="lines of each kind, faces and severity")
    parser.add_argument("--cards", type=int, default=45)
    parser.add_argument("--seed", type=int, default=50_000)
    given = parser.parse_args(arguments)
    lines = validation_lines(given.per_kind, given.seed) + validation_cards(given.cards, given.seed)
    print(report(lines, given.model))


if __name__ == "__main__":
    main()
