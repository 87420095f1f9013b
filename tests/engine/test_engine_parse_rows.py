"""The same values in rows that break elsewhere than on the cards known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_engine_parse import CARD, EXPECTED, values

NUMBER, NAME, LATIN, BIRTH, PLACE, FRONT, BACK, VALIDITY, MARK = CARD[:9]
MRZ = CARD[9:]


@pytest.mark.parametrize(
    "head",
    [
        [f"លេខ: {NUMBER}", NAME, LATIN],
        [f"អត្តសញ្ញាណប័ណ្ណ លេខ {NUMBER}", NAME, LATIN],
        [f"{NAME} {NUMBER}", LATIN],
        [f"{NAME} {LATIN}", NUMBER],
        [NUMBER, NAME, f"ឈ្មោះឡាតាំង: {LATIN}"],
        [NUMBER, NAME, f"NAME: {LATIN}"],
        [NUMBER, NAME.replace(":", " / Name:"), LATIN],
        [NUMBER, NAME.split(" ")[0], NAME.split(": ")[1], LATIN],
        ["KINGDOM OF CAMBODIA", NUMBER, f"{NAME} {LATIN}"],
    ],
)
@pytest.mark.parametrize("mrz", [True, False])
def test_number_and_names(head: list[str], mrz: bool) -> None:
    read = values([*head, *CARD[3:9], *(MRZ if mrz else [])])
    assert read == {name: text for name, text in EXPECTED.items() if mrz or not name.startswith("machine")}


@pytest.mark.parametrize(
    "rows",
    [
        ["ថ្ងៃខែឆ្នាំកំណើត: ១០.០៧.១៩៩៩", "ភេទ: ស្រី កំពស់: ១៥៨ ស.ម"],
        ["ថ្ងៃខែឆ្នាំកំណើត: ១០.០៧.១៩៩៩", "ភេទ: ស្រី", "កំពស់: ១៥៨ ស.ម"],
        ["ភេទ: ស្រី", "ថ្ងៃខែឆ្នាំកំណើត: ១០.០៧.១៩៩៩", "កំពស់: ១៥៨ ស.ម"],
        ["ថ្ងៃខែឆ្នាំកំណើត: ភេទ: កំពស់:", "១០.០៧.១៩៩៩ ស្រី ១៥៨ ស.ម"],
        ["ថ្ងៃខែឆ្នាំកំណើត: ភេទ: កំពស់:", "១០.០៧.១៩៩៩ ស្រី", "ញ)", "១៥៨ ស.ម"],
        ["ថ្ងៃខែឆ្នាំកំណើត: ភេទ: កំពស់:", "១៥៨ ស.ម", "១០.០៧.១៩៩៩ ស្រី"],
        ["ថ្ងៃខែឆ្នាំកំណើត: ១០.០៧.១៩៩៩", "គេទ: ស្រី កំពស់: ១៥៨ ស.ម"],
        ["ថ្ងៃខែឆ្នាំកំណើត / Date of birth: ១០.០៧.១៩៩៩ ភេទ / Sex: ស្រី កំពស់ / Height: ១៥៨ ស.ម"],
    ],
)
def test_birth_sex_and_height(rows: list[str]) -> None:
    assert values([*CARD[:3], *rows, *CARD[4:]]) == EXPECTED


@pytest.mark.parametrize(
    "rows",
    [
        [PLACE, f"{FRONT} {BACK}"],
        [PLACE, FRONT.rsplit(" ", 1)[0], f"ភូមិ២ {BACK.rsplit(' ', 1)[0]}", "ភ្នំពេញ"],
        [PLACE, FRONT, BACK.rsplit(" ", 1)[0], "ភ្នំពេញ"],
        [PLACE.rsplit(" ", 1)[0], "កណ្ដាល", FRONT, BACK],
        [PLACE.split(" ", 1)[0], PLACE.split(" ", 1)[1], FRONT.split(" ", 1)[0], FRONT.split(" ", 1)[1], BACK],
        [PLACE, FRONT.split(" ", 1)[0], FRONT.split(" ", 1)[1], BACK],
    ],
)
def test_birth_place_and_address(rows: list[str]) -> None:
    assert values([*CARD[:4], *rows, *CARD[7:]]) == EXPECTED


@pytest.mark.parametrize(
    "rows",
    [
        ["សុពលភាព: ១៥.១២.២០១៥", "ដល់ថ្ងៃ ១៤.១២.២០២៥", MARK],
        ["សុពលភាព:", "១៥.១២.២០១៥ ដល់ថ្ងៃ ១៤.១២.២០២៥", MARK],
        ["សុពលភាព: ១៥.១២.២០១៥ - ១៤.១២.២០២៥", MARK],
        [MARK, VALIDITY],
        [MARK.split(" ", 1)[0], MARK.split(" ", 1)[1], VALIDITY],
    ],
)
def test_validity_and_mark(rows: list[str]) -> None:
    assert values([*CARD[:7], *rows, *MRZ]) == EXPECTED


def test_dates_are_no_mark() -> None:
    texts = [*CARD[:7], "សពតព ១៥.១២.២០១៥ ដលថៃ ១៤.១២.២០២៥", *MRZ]
    hints = ["number", "name_kh", "name_en", "birth", "birth_place", "address1", "address2", "mark"]
    read = values(texts, [*hints, "mrz1", "mrz2", "mrz3"])
    assert read == {name: text for name, text in EXPECTED.items() if name != "description"}


def test_a_height_with_a_digit_too_many_is_found() -> None:
    texts = [*CARD[:3], "ថ្ងៃខែឆ្នាំកំណើត: ភេទ: កំពស់:", "១៥៥៨ ស.ម", "១០.០៧.១៩៩៩ ស្រី", *CARD[4:]]
    hints = ["number", "name_kh", "name_en", "birth", "birth_place"]
    assert values(texts, [*hints, *[""] * (len(texts) - len(hints))]) == EXPECTED | {"height": "៥៥៨ ស.ម"}


def test_a_birth_date_whose_caption_is_half_hidden_is_no_expiry() -> None:
    texts = [*CARD[:3], "ថ្ងៃ ១០.០៧.១៩៩៩ ភេទ ៖ ស្រី កំពស់ ៖ ១៥៨ ស.ម", *CARD[4:]]
    hints = ["number", "name_kh", "name_en", "birth"]
    assert values(texts, [*hints, *[""] * (len(texts) - len(hints))]) == EXPECTED


@given(st.permutations(range(1, 9)))
def test_any_order_of_rows(order: list[int]) -> None:
    """Each row keeps what it says; only the second row of the address must follow the first."""
    rows = [CARD[k] if k != 5 else f"{FRONT} {BACK}" for k in order if k != 6]
    assert values([NUMBER, *rows, *MRZ]) == EXPECTED


@pytest.mark.parametrize("tongue", ["/ PLACE", " / P២០B ០ ៦៧ ", ": A៨៨(6B", "/ សិនទេ", " (Address)"])
@pytest.mark.parametrize("row", [4, 5, 8])
def test_the_caption_in_another_tongue_is_none_of_the_value(row: int, tongue: str) -> None:
    assert values([*CARD[:row], CARD[row].replace(":", f"{tongue}:", 1), *CARD[row + 1 :]]) == EXPECTED


def test_a_commune_of_few_letters_goes_on_with_the_address() -> None:
    rows = ["អាសយដ្ឋាន: ភូមិ២", "ឃុំចំប៉ា", "ស្រុកព្រៃកប្បាស តាកែវ"]
    assert values([*CARD[:5], *rows])["address"] == "ភូមិ២ ឃុំចំប៉ា ស្រុកព្រៃកប្បាស តាកែវ"


@pytest.mark.parametrize("row", [PLACE, FRONT, MARK])
def test_a_row_that_holds_no_date_is_not_the_date_whose_caption_stands_above(row: str) -> None:
    read = values([*CARD[:3], "ថ្ងៃខែឆ្នាំកំណើត:", row.split(": ")[1]])
    assert read["birth_date"] == ""


@pytest.mark.parametrize(
    ("row", "other", "field"),
    [
        (1, "នាមត្រកូលនិងនាម: សុខ ដារ៉ា", "name_kh"),
        (1, "នាមត្រកុលនិងនាម សុខ ដារ៉ា", "name_kh"),
        (4, "ទីកំណើត៖ ឃុំព្រែកតាមាក់ ស្រុកខ្សាច់កណ្ដាល កណ្ដាល", "birth_place"),
        (5, "ទីលំនៅ: ផ្ទះ៤១ ផ្លូវ៤៤៤ ភូមិ២", "address"),
        (8, "ភិនភាគពិសេស: ប្រជ្រុយចំ. ០,៥ស.ម លើចិញ្ចើមខាងឆ្វេង", "description"),
        (8, "ភិនភាគពិសេស ប្រជ្រុយចំ. ០,៥ស.ម លើចិញ្ចើមខាងឆ្វេង", "description"),
    ],
)
def test_captions_in_other_words(row: int, other: str, field: str) -> None:
    rows = [*CARD[:row], other, *CARD[row + 1 :]]
    assert values(rows)[field] == EXPECTED[field]


def test_an_address_goes_on_with_a_province_of_few_letters() -> None:
    rows = [*CARD[:5], "អាសយដ្ឋាន: ភូមិទួលពង្រ", "ឃុំក្រាំងធ្នង់ ស្រុកបាទី", "តាកែវ", *CARD[7:]]
    assert values(rows)["address"] == "ភូមិទួលពង្រ ឃុំក្រាំងធ្នង់ ស្រុកបាទី តាកែវ"
