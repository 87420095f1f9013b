"""Tesseract's table of words (TSV) -> lines of text that know which word each character came from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from khid_eval.card import khmer

LineKey = tuple[int, int, int]
"""Block, paragraph and line."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of Tesseract's: text, confidence in [0, 1], and the line it stands in."""

    text: str
    confidence: float
    line: LineKey


@dataclass(frozen=True, slots=True)
class TextRow:
    """One line. text: canonical words joined by single spaces; ends[i]: where word i ends in it."""

    text: str
    words: tuple[Word, ...]
    ends: tuple[int, ...]

    def confidence(self, start: int, end: int) -> float:
        """Mean of the words that characters start..end touch, in [0, 1]; 0 where they touch none."""
        begins = (0, *(one + 1 for one in self.ends[:-1]))
        touched = [
            word.confidence
            for word, begin, stop in zip(self.words, begins, self.ends, strict=True)
            if begin < end and stop > start
        ]
        return sum(touched) / len(touched) if touched else 0.0


def words_of(tsv: str) -> list[Word]:
    """The words of `tesseract … tsv`, in its order."""
    found = []
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = khmer.canonical(row["text"] or "")
        if row["level"] == "5" and text:
            place = (int(row["block_num"]), int(row["par_num"]), int(row["line_num"]))
            found.append(Word(text, min(max(float(row["conf"]) / 100.0, 0.0), 1.0), place))
    return found


def rows_of(words: Iterable[Word]) -> list[TextRow]:
    """Words line by line, in Tesseract's order."""
    lines: dict[LineKey, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return [_row(line) for line in lines.values()]


def _row(words: Sequence[Word]) -> TextRow:
    text, ends = "", []
    for word in words:
        text = f"{text} {word.text}" if text else word.text
        ends.append(len(text))
    return TextRow(text, tuple(words), tuple(ends))


__all__ = ["TextRow", "Word", "rows_of", "words_of"]
