"""Mending the MRZ's form: filler counts and look-alikes, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.card import mrz
from khid_eval.engine.mrz_lines import mend

TRUE = mrz.build("012345678", date(1999, 7, 10), "F", date(2025, 12, 14), "SOK", "DARA")
LETTERS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=9)
DAYS = st.dates(date(1930, 1, 1), date(2060, 1, 1))


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), DAYS, st.sampled_from("MF"), DAYS, LETTERS, LETTERS)
def test_right_lines_stay_as_they_are(number: str, birth: date, sex: str, expiry: date, a: str, b: str) -> None:
    lines = mrz.build(number, birth, sex, expiry, a, b)
    read = mend(*lines)
    assert read.lines == lines
    assert read.formed == (True, True, True)


@given(st.integers(4, 20), st.integers(8, 14), st.integers(12, 24))
def test_fillers_are_counted_by_the_form(one: int, two: int, three: int) -> None:
    read = mend(
        TRUE[0].rstrip("<") + "<" * one, TRUE[1][:18] + "<" * two + TRUE[1][29], TRUE[2].rstrip("<") + "<" * three
    )
    assert read.lines == TRUE


@pytest.mark.parametrize(
    ("line", "slipped"),
    [
        (0, TRUE[0].replace("0", "O", 1)),
        (0, TRUE[0].replace("ID", "LD")),
        (0, TRUE[0][:5] + " " + TRUE[0][5:]),
        (1, TRUE[1].replace("0", "O")),
        (1, TRUE[1][:18] + "K" + TRUE[1][19:]),
        (2, "S0K<<DARA<<<<<<<<"),
    ],
)
def test_look_alikes_by_place(line: int, slipped: str) -> None:
    lines = list(TRUE)
    lines[line] = slipped
    assert mend(lines[0], lines[1], lines[2]).lines == TRUE


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_taken(one: str, two: str, three: str) -> None:
    read = mend(one, two, three)
    assert all(len(line) == 30 for line, formed in zip(read.lines, read.formed, strict=True) if formed)


def test_what_does_not_fit_the_form_stays_as_it_was_read() -> None:
    assert mend("", "99", "??").lines == ("", "99", "??")
    assert mend("", "99", "??").formed == (False, False, False)


@pytest.mark.parametrize("stray", [("Z", "1", "I"), ("1Z", "II", "ZI")])
def test_what_stands_before_all_three_lines_is_none_of_them(stray: tuple[str, str, str]) -> None:
    read = mend(stray[0] + TRUE[0], stray[1] + TRUE[1], stray[2] + TRUE[2])
    assert read.lines == TRUE
    assert read.shifts == (len(stray[0]),) * 3


def test_a_name_keeps_its_first_letter_where_only_another_line_has_a_stray_one() -> None:
    read = mend(TRUE[0], "1" + TRUE[1], TRUE[2])
    assert read.lines == TRUE
    assert read.shifts == (0, 1, 0)
