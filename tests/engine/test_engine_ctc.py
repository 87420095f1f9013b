"""Decoding and scoring of a line's columns, against definitions spelled out by brute force."""

import itertools
import math

import numpy as np
import pytest

from khid_eval.engine import alphabet, ctc, ctc_search
from khid_eval.engine.ctc import LogProbs

CLASSES = len(alphabet.TOKENS)


def columns(*rows: dict[str, float]) -> LogProbs:
    """Columns with these probabilities ("" is the blank); the rest is shared by all other classes."""
    table = np.zeros((len(rows), CLASSES))
    for at, row in enumerate(rows):
        table[at] = (1.0 - sum(row.values())) / (CLASSES - len(row))
        for token, share in row.items():
            table[at, alphabet.TOKENS.index(token)] = share
    return np.log(table).astype(np.float32)


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one for one, _ in itertools.groupby(path) if one != alphabet.BLANK)


@pytest.mark.parametrize("text", ["", "A", "AB", "AA", "ABA"])
def test_score_is_the_sum_over_all_paths(text: str) -> None:
    rng = np.random.default_rng(3)
    some = [0, *alphabet.encode("AB")]
    small = rng.dirichlet(np.ones(3), 5)
    table = np.full((5, CLASSES), 1e-30)
    table[:, some] = small
    wanted = tuple(alphabet.encode(text))
    total = 0.0
    for path in itertools.product(range(3), repeat=5):
        if collapsed(tuple(some[one] for one in path)) == wanted:
            total += math.prod(small[at, one] for at, one in enumerate(path))
    assert ctc.score(np.log(table).astype(np.float32), text) == pytest.approx(math.log(total), abs=1e-5)


def test_many_texts_score_as_each_alone() -> None:
    table = columns({"A": 0.6, "": 0.3}, {"": 0.7, "B": 0.2}, {"B": 0.5, "": 0.3}, {"ក": 0.5, "ខ": 0.3})
    texts = ["AB", "", "AB" + "ក", "ABខ", "B"]
    assert ctc.score_many(table, texts) == pytest.approx([ctc.score(table, text) for text in texts])
    assert ctc.score_many(table, []).shape == (0,)


def test_a_text_that_does_not_fit_is_impossible() -> None:
    assert ctc.score(columns({"A": 0.9}), "AB") == -math.inf
    assert ctc.score(columns({"A": 0.9}, {"A": 0.9}), "AA") == -math.inf  # a repeat needs a blank between


def test_best_path_merges_repeats_and_keeps_columns() -> None:
    table = columns({"": 0.9}, {"A": 0.8}, {"A": 0.6}, {"": 0.9}, {"A": 0.7}, {"B": 0.5})
    spans = ctc_search.best_path(table)
    assert [(alphabet.TOKENS[span.token], span.first, span.last) for span in spans] == [
        ("A", 1, 2),
        ("A", 4, 4),
        ("B", 5, 5),
    ]
    assert math.exp(spans[0].log_prob) == pytest.approx(0.8)
    assert ctc_search.best_path(table[:0]) == []


def test_restricted_to_a_set_of_characters() -> None:
    table = columns({"O": 0.6, "0": 0.3}, {"": 0.9})
    only = ctc.restricted(table, "0123456789")
    assert [alphabet.TOKENS[span.token] for span in ctc_search.best_path(only)] == ["0"]
    assert np.exp(only.astype(np.float64)).sum(axis=1) == pytest.approx([1.0, 1.0])


def test_beam_search_finds_what_the_best_path_misses() -> None:
    # Blank is the best path (0.36), but all paths that read A weigh more.
    table = columns({"": 0.6, "A": 0.39}, {"": 0.6, "A": 0.39})
    found = ctc_search.beam_search(table)
    assert ctc_search.best_path(table) == []
    assert found[0].text == "A"
    assert found[0].log_prob == pytest.approx(ctc.score(table, "A"), abs=1e-3)  # pruned paths are missing
    assert len({one.text for one in found}) == len(found)


def test_beam_search_agrees_with_the_score() -> None:
    rng = np.random.default_rng(7)
    table = np.log(rng.dirichlet(np.full(CLASSES, 0.02), 9) + 1e-12).astype(np.float32)
    for one in ctc_search.beam_search(table, width=200, classes_per_column=30)[:5]:
        assert one.log_prob == pytest.approx(
            ctc.score(table, one.text), abs=0.01
        )  # paths that were given up are missing
    with pytest.raises(ValueError, match="at least 1"):
        ctc_search.beam_search(table, width=0)
