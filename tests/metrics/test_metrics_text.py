"""Error rates that pool, alignments and confusions."""

from __future__ import annotations

import math

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from khid_eval.card import khmer
from khid_eval.metrics.text import EditCounts, align, clusters, code_points, confusions, edit_counts

KHMER = st.text(alphabet=[chr(c) for c in range(0x1780, 0x17B4)] + list("\u17d2\u17b6\u17bb\u17c6 "), max_size=10)


@given(st.text(min_size=1, max_size=12), st.text(max_size=12))
def test_counts_agree_with_jiwer(truth: str, reading: str) -> None:
    expected, answer = "".join(code_points(truth)), "".join(code_points(reading))
    if not expected:
        return
    ours, theirs = edit_counts(list(expected), list(answer)), jiwer.process_characters([expected], [answer])
    assert ours.edits == theirs.substitutions + theirs.deletions + theirs.insertions
    assert ours.length == len(expected)
    assert ours.rate == pytest.approx(theirs.cer)
    assert ours.hits + ours.substitutions + ours.insertions == len(answer)


def test_rates_pool_and_rates_of_nothing_are_nan() -> None:
    total = edit_counts(list("abcd"), list("abXd")) + edit_counts(list("ab"), list("abc")) + edit_counts([], list("zz"))
    assert (total.edits, total.length, total.spurious) == (2, 6, 2)
    assert total.rate == pytest.approx(1 / 3)
    assert math.isnan(EditCounts().rate)
    assert edit_counts(list("a"), list("bcd")).rate == 3.0  # above 1 where more was invented than there was


@given(KHMER, KHMER)
def test_alignment_tells_both_texts_at_least_cost(truth: str, reading: str) -> None:
    steps = align(truth, reading)
    assert "".join(step.truth for step in steps) == khmer.canonical(truth)
    assert "".join(step.reading for step in steps) == khmer.canonical(reading)
    wrong = sum(step.kind != "equal" for step in steps)
    assert wrong == Levenshtein.distance(clusters(truth), clusters(reading))
    assert all((step.kind == "equal") == (step.truth == step.reading) for step in steps)


def test_confusions_by_hand() -> None:
    rows = [
        ("ខភ", "ខក", "one.jpg"),
        ("ភភ", "កភ", "two.jpg"),
        ("ភ", "ភស", "three.jpg"),
        ("ខ", "", "four.jpg"),  # a miss is no confusion
        ("សខ", "ខ", "five.jpg"),
    ]
    found = confusions(rows)
    assert [(one.truth, one.reading, one.count, one.of) for one in found] == [
        ("ភ", "ក", 2, 4),
        ("", "ស", 1, 0),
        ("ស", "", 1, 1),
    ]
    assert found[0].examples == ("one.jpg", "two.jpg")
    assert found[0].share == 0.5
    assert math.isnan(found[1].share)
    assert len(confusions(rows, most=1)) == 1
    assert confusions([]) == []


def test_examples_are_few_and_each_photo_once() -> None:
    found = confusions([("កក", "ខខ", f"{i // 2}.jpg") for i in range(40)])
    assert found[0].count == 80
    assert len(found[0].examples) == len(set(found[0].examples)) == 5
