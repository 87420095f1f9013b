"""The codec between Khmer text and the order in which it stands on paper."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.card.gazetteer import places
from khid_eval.card.khmer import canonical
from khid_eval.engine import alphabet

CONSONANTS = [chr(code) for code in range(0x1780, 0x17A3)]
BASES = st.sampled_from(CONSONANTS + [chr(code) for code in range(0x17A5, 0x17B4)])
VOWELS = ["", *(chr(code) for code in range(0x17B6, 0x17C6))]
SIGNS = ["", "\u17c6", "\u17c7", "\u17cb", "\u17cd", "\u17d0"]


@st.composite
def clusters(draw: st.DrawFn) -> str:
    """A cluster that a font can draw: base, robat, coengs, shifter, vowel, sign, each at most once or twice."""
    coengs = draw(st.lists(st.sampled_from(CONSONANTS), max_size=2, unique=True))
    return (
        draw(BASES)
        + draw(st.sampled_from(["", "", "\u17cc"]))
        + "".join("\u17d2" + one for one in coengs)
        + draw(st.sampled_from(["", "\u17c9", "\u17ca"]))
        + draw(st.sampled_from(VOWELS))
        + draw(st.sampled_from(SIGNS))
    )


WORDS = st.lists(st.one_of(clusters(), st.sampled_from(list("AZ09<.,:;/-()#'\"%+& ០៩៖។ៗ"))), max_size=12)


@given(WORDS)
def test_what_is_drawn_comes_back(parts: list[str]) -> None:
    text = canonical("".join(parts))
    assert alphabet.decode(alphabet.encode(text)) == text


def test_the_whole_gazetteer_comes_back() -> None:
    names = [name for place in places() for name in (place.line, *place.villages)]
    assert len(names) > 14_000
    assert [name for name in names if alphabet.decode(alphabet.encode(name)) != name] == []


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("SOK 01", ["S", "O", "K", " ", "0", "1"]),
        ("ស្រី", ["្រ", "ស", "ី"]),  # the hook of COENG RO stands first
        ("ប្រែ", ["ែ", "្រ", "ប"]),
        ("ស្ត្រី", ["្រ", "ស", "្ត", "ី"]),
        ("កោះ", ["េ", "ក", "ា", "ះ"]),
        ("ជើង", ["េ", "ជ", "ី", "ង"]),
        ("តឿ", ["េ", "ត", "ឿ"]),
        ("កណ្ដាល", ["ក", "ណ", "្ដ", "ា", "ល"]),
    ],
)
def test_tokens_stand_as_on_paper(text: str, tokens: list[str]) -> None:
    assert [alphabet.TOKENS[one] for one in alphabet.encode(text)] == tokens


@pytest.mark.parametrize("text", ["é", "សុខ漢", "១\u17c1ក"])
def test_what_cannot_be_read_back_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"alphabet|drawn"):
        alphabet.encode(text)


def test_any_sequence_of_classes_gives_canonical_text() -> None:
    rng = random.Random(5)
    for _ in range(2000):
        classes = [rng.randrange(1, len(alphabet.TOKENS)) for _ in range(rng.randrange(15))]
        text = alphabet.decode(classes)
        assert canonical(text) == text


def test_pieces_name_the_tokens_they_came_from() -> None:
    classes = alphabet.encode("ប្រែ 01")
    pieces = alphabet.pieces(classes)
    assert [piece.text for piece in pieces] == ["ប្រែ", " ", "0", "1"]
    assert [piece.tokens for piece in pieces] == [(0, 1, 2), (3,), (4,), (5,)]


def test_classes_of_a_charset() -> None:
    classes = alphabet.classes_of(alphabet.MRZ_CHARACTERS)
    assert len(classes) == 38
    assert classes[0] == alphabet.BLANK
    with pytest.raises(ValueError, match="alphabet"):
        alphabet.classes_of("é")
