"""An address is looked up wherever its rows break, and a birth place too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.card.gazetteer import places as all_places
from khid_eval.engine import places
from khid_eval.engine.text_lines import Span
from tests.engine.made_up import line

PLACE = "ឃុំព្រែកតាមាក់ ស្រុកខ្សាច់កណ្ដាល កណ្ដាល"
SLIPPED = PLACE.replace("ព្រែកតា", "ព្រែកតិ")
HEAD = "ផ្ទះ៤១ ផ្លូវ៤៤៤ ភូមិ"


def read(rows: list[str], truths: list[str]) -> str:
    """The address that stands in those rows, of which the recogniser holds the truth for likely too."""
    lines = [line("", row, truth, 0.3) for row, truth in zip(rows, truths, strict=True)]
    return places.address(lines, [Span(number, 0, len(row)) for number, row in enumerate(rows)]).text


def broken(text: str, words: set[int]) -> list[str]:
    """The text in rows that end before those words."""
    rows = [""]
    for number, word in enumerate(text.split(" ")):
        rows = [*rows, word] if number in words else [*rows[:-1], f"{rows[-1]} {word}".strip()]
    return [row for row in rows if row]


@pytest.mark.parametrize("words", [set(), {3}, {2}, {4}, {1, 3}, {2, 4}, {3, 5}, {1, 2, 3}])
def test_a_slip_is_mended_wherever_the_rows_break(words: set[int]) -> None:
    village = next(one for place in all_places() if place.line == PLACE for one in place.villages)
    truth = f"{HEAD}{village.removeprefix('ភូមិ')} {PLACE}"
    slipped = truth.replace(PLACE, SLIPPED)
    assert read(broken(slipped, words), broken(truth, words)) == truth


@pytest.mark.parametrize("words", [set(), {1}, {2}])
def test_a_commune_without_its_kind_is_found_too(words: set[int]) -> None:
    bare = "ផ្ទះ៤១ ផ្លូវ៤៤៤ " + PLACE.replace("ឃុំ", "").replace("ស្រុក", "")
    slipped = bare.replace("ព្រែកតា", "ព្រែកតិ")
    assert read(broken(slipped, words), broken(bare, words)) == bare


@pytest.mark.parametrize("words", [set(), {1}, {2}, {1, 2}])
def test_a_birth_place_may_break_too(words: set[int]) -> None:
    rows, truths = broken(SLIPPED, words), broken(PLACE, words)
    lines = [line("", row, truth, 0.3) for row, truth in zip(rows, truths, strict=True)]
    spans = [Span(number, 0, len(row)) for number, row in enumerate(rows)]
    assert places.birth_place(lines, spans).text == PLACE


words = st.lists(st.sampled_from(["ក", "គុំ", "ស២", "២", "ខា", "កសុខ"]), min_size=1, max_size=4).map(" ".join)


@given(st.lists(words, min_size=1, max_size=3))
def test_what_is_in_no_list_comes_out_as_it_was_read(rows: list[str]) -> None:
    assert read(rows, rows) == " ".join(rows)


@pytest.mark.parametrize(("behind", "kept"), [("E CME សN", ""), (" MEសN", ""), (" SPEC", ""), (" ឃុំអា", " ឃុំអា")])
def test_an_overprint_behind_a_slipped_province_is_none_of_it(behind: str, kept: str) -> None:
    row = "ឃុំខមួយ ស្រុកគពីរ គ្នំពែញ"
    assert read([row + behind], [row + behind]) == row + kept


@pytest.mark.parametrize("house", ["ផ្ទះ៤១A", "ផ្ទះ៤១B"])
def test_a_letter_behind_a_house_number_is_no_overprint(house: str) -> None:
    assert read([f"ផ្លូវ២ {house}"], [f"ផ្លូវ២ {house}"]) == f"ផ្លូវ២ {house}"


@pytest.mark.parametrize(
    ("row", "truth"),
    [("ស្រុកជីត្រែង សៀមរាម", "ស្រុកជីក្រែង សៀមរាប"), ("ក្រុងសៀមរាម ខេត្តសៀមរាប", "ក្រុងសៀមរាប ខេត្តសៀមរាប")],
)
def test_a_birth_place_may_be_a_district_alone(row: str, truth: str) -> None:
    guess = places.birth_place([line("", row, truth, 0.3)], [Span(0, 0, len(row))])
    assert (guess.text, guess.valid) == (truth, False)


@pytest.mark.parametrize(("row", "truth"), [("ផ្លូវល់", "ផ្លូវលំ"), ("ផ្លូវជាតី", "ផ្លូវជាតិ"), ("ផ្លូវទល់", "ផ្លូវទល់")])
def test_a_street_of_few_letters(row: str, truth: str) -> None:
    known = row != truth
    rows = [f"ផ្ទះ៤១ {row} ភូមិក", PLACE]
    found = read(rows, [f"ផ្ទះ៤១ {truth} ភូមិក", PLACE] if known else rows)
    assert found.startswith(f"ផ្ទះ៤១ {truth} ")


@pytest.mark.parametrize("behind", ["១៥៨២២៣ មេ", "សនដដ", "X"])
def test_other_ink_behind_the_village_is_none_of_it(behind: str) -> None:
    village = next(one for place in all_places() if place.line == PLACE for one in place.villages)
    head = f"{HEAD}{village.removeprefix('ភូមិ')}"
    assert read([f"{head} {behind}", PLACE], [f"{head} {behind}", PLACE]) == f"{head} {PLACE}"


@pytest.mark.parametrize(("letters", "slip", "doubted"), [("ផ្ទះ៤១", "ផ្ទះ៤៧", True), ("ព្រែកតា", "ព្រែកតិ", False)])
def test_what_no_list_confirms_is_what_the_confidence_hangs_on(letters: str, slip: str, doubted: bool) -> None:
    village = next(one for place in all_places() if place.line == PLACE for one in place.villages)
    truths = [f"{HEAD}{village.removeprefix('ភូមិ')}", PLACE]
    rows = [row.replace(letters, slip) for row in truths]
    lines = [line("", row, truth, 0.3) for row, truth in zip(rows, truths, strict=True)]
    guess = places.address(lines, [Span(number, 0, len(row)) for number, row in enumerate(rows)])
    assert guess.valid
    assert (guess.weakest < -0.3) is doubted
