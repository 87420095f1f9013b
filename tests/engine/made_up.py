"""Recogniser output made up for tests: rows whose doubts are known."""

from __future__ import annotations

import numpy as np

from khid_eval.engine import alphabet
from khid_eval.engine.evidence import Line
from khid_eval.engine.recognise import read_line


def line(kind: str, read: str, truth: str = "", doubt: float = 0.1) -> Line:
    """A row that the recogniser reads as `read`; where `truth` has another token, that one has probability `doubt`."""
    seen, meant = alphabet.encode(read), alphabet.encode(truth or read)
    if len(seen) != len(meant):
        raise ValueError("read and truth must have as many tokens")
    rows = []
    for one, other in zip(seen, meant, strict=True):
        column = np.full(len(alphabet.TOKENS), 1e-4)
        column[one], column[other] = (0.98, 0.98) if one == other else (1 - doubt, doubt)
        blank = np.full(len(alphabet.TOKENS), 1e-4)
        blank[alphabet.BLANK] = 0.99
        rows += [column, blank]
    table = np.array(rows)
    log_probs = np.log(table / table.sum(axis=1, keepdims=True)).astype(np.float32)
    return Line(read_line(log_probs, float(len(rows))), kind, (0.0, 0.0, 100.0, 10.0))
