"""How well Latin names spell Khmer ones: the same name costs little, another one more, letter by letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.engine import alphabet, romanise
from khid_eval.engine.name_rivals import sounding_closer
from khid_eval.engine.orthography import is_legal
from khid_eval.synth.names import name_parts

SAME = [("សុខ", "SOK"), ("ងួន", "NGUON"), ("ភារី", "PHEARY"), ("ច័ន្ទ", "CHAN"), ("ស្រី ពៅ", "SREY POV")]


@pytest.mark.parametrize(("khmer", "latin"), SAME)
def test_the_same_name_costs_little(khmer: str, latin: str) -> None:
    assert romanise.cost(khmer, latin) <= 2.0


@pytest.mark.parametrize(
    ("meant", "slipped", "latin"),
    [("ភារី", "ការី", "PHEARY"), ("ងួន", "ដួន", "NGUON"), ("ស្រីចិន", "ស្រីបិន", "SREYCHEN"), ("ខឹម", "ទឹម", "KHEM")],
)
def test_letters_that_look_alike_are_told_apart_by_their_sound(meant: str, slipped: str, latin: str) -> None:
    assert romanise.cost(meant, latin) + 1.0 <= romanise.cost(slipped, latin)


def test_a_letter_that_seldom_stands_for_a_sound_gives_way_to_the_usual_one() -> None:
    assert romanise.cost("ឌឹម", "DIM") + 0.5 <= romanise.cost("ទឹម", "DIM") < romanise.cost("ភឹម", "DIM") - 0.5


@pytest.mark.parametrize(
    ("meant", "slipped", "latin"),
    [("អ៊ុំ", "អុំ", "OUM"), ("អ៊ិន", "អិន", "IN"), ("ប៊ុន", "បុន", "BUN")],
)
def test_a_shifter_is_heard_in_the_vowel(meant: str, slipped: str, latin: str) -> None:
    assert romanise.cost(meant, latin) + 0.5 <= romanise.cost(slipped, latin)


@pytest.mark.parametrize(
    ("meant", "slipped", "latin"),
    [("បុប្ផា", "បុបា", "BOPHA"), ("វិច្ឆិកា", "វិចិកា", "VICHHEKA"), ("វិច្ឆិកា", "វិច្ចិកា", "VICHHEKA")],
)
def test_one_of_two_letters_that_sound_alike_may_go_unwritten(meant: str, slipped: str, latin: str) -> None:
    assert romanise.cost(meant, latin) + 1.0 <= romanise.cost(slipped, latin)


def test_most_names_are_nearer_to_their_own_spelling_than_to_that_of_others() -> None:
    names = [pair for kind in ("surname", "given_f", "given_m") for pair in name_parts(kind, "validation")]
    others = names[1:] + names[:1]
    nearer = [
        romanise.cost(khmer, latin) < romanise.cost(khmer, other)
        for (khmer, latin), (_, other) in zip(names, others, strict=True)
        if latin != other
    ]
    assert len(nearer) > 30
    assert sum(nearer) >= 0.97 * len(nearer)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_has_a_finite_cost(khmer: str, latin: str) -> None:
    assert 0.0 <= romanise.cost(khmer, latin) < 1000.0


@given(st.sampled_from(SAME), st.sampled_from(SAME), st.sampled_from(["ក", "ឃ្លា", "ស្រី", "ន៍", "ភើ"]), st.integers(0, 9))
def test_a_change_in_a_cluster_costs_what_the_changed_name_costs(
    name: tuple[str, str], other: tuple[str, str], cluster: str, at: int
) -> None:
    laid = romanise.Laid(name[0], other[1])
    number = at % len(laid.clusters)
    start, end = laid.clusters[number]
    changed = name[0][:start] + cluster + name[0][end:]
    assert laid.cost_with(number, cluster) == pytest.approx(romanise.cost(changed, other[1]))
    assert laid.cost_with(number, name[0][start:end]) == pytest.approx(romanise.cost(name[0], other[1]))
    assert laid.cost_with(number, "A") == float("inf")


def test_readings_that_sound_closer_are_one_letter_away_and_can_exist() -> None:
    found = sounding_closer("ឆ្នាត ឈ្មើយ", "CHHLAT CHHMOEUY")
    assert found[0] == "ឆ្លាត ឈ្មើយ"
    assert all(is_legal(alphabet.encode(one)) for one in found)
    assert all(romanise.cost(one, "CHHLAT CHHMOEUY") < 1.9 for one in found)
    assert sounding_closer("សុខ ដារ៉ា", "SOK DARA") == []
    assert sounding_closer("", "SOK") == []
