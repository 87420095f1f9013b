"""Which syllables can exist: every name and place can, doubled marks and double vowels cannot."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.card.captions import CAPTIONS
from khid_eval.card.gazetteer import places
from khid_eval.card.marks import MARK_WORDS
from khid_eval.card.streets import HOUSE_LETTERS, STREETS
from khid_eval.engine import alphabet, ctc_search
from khid_eval.engine.orthography import is_legal
from khid_eval.synth.persons import random_person
from tests.engine.test_engine_ctc import columns

TOKENS = st.sampled_from([token for token in alphabet.TOKENS if token and token != "\u17d2"])  # a bare COENG is rare
PLACES = ("birth_place", "address")


def legal(text: str) -> bool:
    return is_legal(alphabet.encode(text))


def classes(*tokens: str) -> list[int]:
    return [alphabet.TOKENS.index(token) for token in tokens]


def test_everything_on_a_card_can_exist() -> None:
    words = [*CAPTIONS.values(), *MARK_WORDS, *STREETS, *HOUSE_LETTERS, "ឱ្យ", "កម្ពុជា", "ស្រ៊ុន", "ឪពុក", "ពណ៌", "ក៏"]
    assert [word for word in words if not legal(word)] == []
    rng = np.random.default_rng(5)
    for split in ("train", "validation"):
        for _ in range(60):
            fields = random_person(rng, split).fields()
            assert [text for name, text in fields.items() if name not in PLACES and not legal(text)] == []


def test_nearly_every_place_can_exist() -> None:
    """The gazetteer has a few typing errors of its own: a sign that was typed twice."""
    names = {name for place in places() for name in (place.line, *place.villages)}
    odd = [name for name in names if not legal(name)]
    assert len(odd) <= 20
    assert len(names) > 10_000


@pytest.mark.parametrize(
    "tokens",
    [
        ("ក", "៉", "៉"),  # a mark twice
        ("ក", "ិ", "ី"),  # two vowels
        ("ក", "ា", "៉"),  # a shifter behind the vowel
        ("ែ", "ក", "ា"),  # a left vowel with another one
        ("ក", "ៅ"),  # half of a vowel
        ("ែ", "ែ", "ក"),
        ("ា", "ក"),  # a vowel on nothing
        (" ", "ំ"),
        ("A", "ិ"),
        ("េ", " ", "ក"),  # a left vowel before nothing
        ("ក", "្ក", "្ខ", "្គ"),  # three subscripts
        ("្រ", "េ", "ក"),  # on paper the vowel stands first
    ],
)
def test_no_syllable_is_like_that(tokens: tuple[str, ...]) -> None:
    assert not is_legal(classes(*tokens))


@given(st.lists(TOKENS, max_size=12))
def test_what_can_exist_is_read_back_as_it_was_written(tokens: list[str]) -> None:
    """The base at the end closes whatever waits for one: a line that breaks off after COENG RO spells nothing."""
    line = classes(*tokens, "ក")
    if is_legal(line):
        text = alphabet.decode(line)
        again = alphabet.encode(text)
        assert alphabet.decode(again) == text
        assert is_legal(again)


def test_the_best_path_gives_way_to_one_that_can_exist() -> None:
    table = columns({"ក": 0.9}, {"": 0.9}, {"៉": 0.8}, {"": 0.6, "៉": 0.3}, {"៉": 0.5, "ា": 0.4}, {"": 0.9})
    assert [alphabet.TOKENS[span.token] for span in ctc_search.best_path(table)] == ["ក", "៉", "៉"]
    found = ctc_search.legal_path(table)
    assert [(alphabet.TOKENS[span.token], span.first, span.last) for span in found] == [
        ("ក", 0, 0),
        ("៉", 2, 2),
        ("ា", 4, 4),
    ]


def test_noise_gives_a_long_line_that_can_exist() -> None:
    rng = np.random.default_rng(2)
    table = np.log(rng.dirichlet(np.full(len(alphabet.TOKENS), 5.0), 200)).astype(np.float32)
    found = ctc_search.legal_path(table)
    assert len(found) > 64
    assert is_legal([span.token for span in found])
    assert all(one.last < other.first for one, other in pairwise(found))


def test_where_the_best_path_can_exist_it_stays() -> None:
    table = columns({"ក": 0.9}, {"": 0.6, "ា": 0.3}, {"ា": 0.5}, {"B": 0.7})
    assert ctc_search.legal_path(table) == ctc_search.best_path(table)


def test_no_reading_of_the_search_holds_what_cannot_exist() -> None:
    rng = np.random.default_rng(11)
    for _ in range(20):
        table = np.log(rng.dirichlet(np.full(len(alphabet.TOKENS), 0.02), 8) + 1e-12).astype(np.float32)
        assert all(legal(one.text) for one in ctc_search.beam_search(table) if one.text)


def test_an_alignment_names_the_columns_of_each_class() -> None:
    table = columns({"A": 0.9}, {"A": 0.8}, {"": 0.9}, {"A": 0.7}, {"B": 0.6})
    spans = ctc_search.aligned(table, classes("A", "A", "B"))
    assert [(span.first, span.last) for span in spans] == [(0, 1), (3, 3), (4, 4)]
    assert np.exp(spans[0].log_prob) == pytest.approx(0.9)
    assert ctc_search.aligned(table, []) == []
    assert ctc_search.aligned(table[:2], classes("A", "A")) == []  # a repeat needs a blank between
