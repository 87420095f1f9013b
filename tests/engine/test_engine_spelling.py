"""How Khmer names are spelt: true probabilities, true counts, and no word against a clear picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.engine import alphabet, ctc_search, spelling
from khid_eval.engine.ctc import LogProbs
from khid_eval.engine.onnx_model import packaged
from khid_eval.engine.spelling import END, START, history_of
from khid_eval.training import spelling as counting
from khid_eval.training.line_words import held_out_names

LETTERS = [token for token in range(1, len(alphabet.TOKENS)) if spelling.is_letter(token)]
WORDS = {"សុខ": 3.0, "សុភា": 1.0, "ដារ៉ា": 1.0}


def table(words: counting.Words) -> spelling.Table:
    arrays = {name: array.tolist() for name, array in counting.arrays_of(words).items()}
    return spelling.Table(
        dict(zip(arrays["seen"], arrays["chance"], strict=True)),
        dict(zip(arrays["histories"], arrays["unseen"], strict=True)),
    )


@given(st.lists(st.sampled_from(LETTERS), max_size=4))
def test_the_chances_of_all_next_letters_sum_to_one(letters: list[int]) -> None:
    """The blank has the class that the end of a word does not have: there are as many of both."""
    history = history_of(*[START, *letters][-4:])
    every = [END, *range(1, len(alphabet.TOKENS))]
    assert sum(table(WORDS).chance(history, one) for one in every) == pytest.approx(1.0, abs=1e-5)


def test_witten_and_bell_by_hand() -> None:
    """After a start, SO stood four times of five and DO once, so two kinds share 2 / (5 + 2) with what came before."""
    so, do = alphabet.encode("ស")[0], alphabet.encode("ដ")[0]
    small = table({"ស": 4.0, "ដ": 1.0})
    anywhere = {so: 4 / 10, do: 1 / 10}  # of ten letters, ends included; three kinds
    for one, count in ((so, 4), (do, 1)):
        shorter = (anywhere[one] * 10 + 3 / len(alphabet.TOKENS)) / 13
        assert small.chance(START, one) == pytest.approx((count + 2 * shorter) / 7, rel=1e-5)
    rare = alphabet.encode("ឡ")[0]
    assert small.chance(START, rare) == pytest.approx(2 / 7 * 3 / 13 / len(alphabet.TOKENS), rel=1e-5)


def test_the_packaged_file_is_what_its_command_makes(tmp_path: Path) -> None:
    made = tmp_path / "spelling.npz"
    counting.main(["--out", str(made)])
    with np.load(made) as fresh, np.load(packaged(spelling.FILE)) as shipped:
        assert set(fresh) == set(shipped)
        for name in fresh:
            np.testing.assert_allclose(fresh[name], shipped[name], rtol=1e-6)


def test_names_kept_for_validation_are_spelt_likelier_than_by_chance_and_were_not_counted() -> None:
    kept = held_out_names()
    assert not any(kept & set(words) for words in counting.sources().values())
    assert counting.nats_per_letter(spelling.names(), kept) < 3.0 < np.log(len(alphabet.TOKENS))


def test_what_is_no_khmer_letter_ends_the_word() -> None:
    names = spelling.names()
    blank, letter = alphabet.encode("A B")[1], alphabet.encode("ស")[0]
    assert names.step(START, blank) == (0.0, START)
    _, begun = names.step(START, letter)
    assert names.step(begun, blank) == (names.end(begun), START)


def line_of(*columns: dict[str, float]) -> LogProbs:
    """Columns with those probabilities, each followed by one that is surely blank."""
    rows = []
    for column in columns:
        row = np.full(len(alphabet.TOKENS), 1e-6)
        for token, share in column.items():
            row[alphabet.encode(token)[0]] = share
        rows += [row, np.eye(len(alphabet.TOKENS))[alphabet.BLANK] + 1e-6]
    return np.log(rows).astype(np.float32)


def test_the_spelling_decides_between_letters_that_the_picture_shows_alike() -> None:
    """SOKHA is a name; with KO, which looks much the same, it is none."""
    even = line_of({"ស": 0.98}, {"ុ": 0.98}, {"ភ": 0.45, "ក": 0.55}, {"ា": 0.98}, {"ព": 0.98})
    assert ctc_search.beam_search(even)[0].text == "សុកាព"
    assert ctc_search.beam_search(even, prior=spelling.names())[0].text == "សុភាព"


def test_a_name_that_nobody_bears_is_read_where_it_is_clear() -> None:
    clear = line_of({"ឡ": 0.99}, {"ឃ": 0.99}, {"ៗ": 0.98}, {"ឆ": 0.99}, {"ឍ": 0.99})
    best = ctc_search.beam_search(clear, prior=spelling.names())[0]
    assert best.text == "ឡឃៗឆឍ"


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make it anew"):
        spelling.read(tmp_path / "none.npz")
