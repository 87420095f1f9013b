"""Lines of text to fields: clean, slipped, uncaptioned, in other orders; never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.engine.parse import find_fields
from khid_eval.engine.text_lines import HINT_OF_FIELD, TextLine

CARD = [
    "012345678 (01)",
    "គោត្តនាមនិងនាម: សុខ ដារ៉ា",
    "SOK DARA",
    "ថ្ងៃខែឆ្នាំកំណើត: ១០.០៧.១៩៩៩ ភេទ: ស្រី កំពស់: ១៥៨ ស.ម",
    "ទីកន្លែងកំណើត: ឃុំព្រែកតាមាក់ ស្រុកខ្សាច់កណ្ដាល កណ្ដាល",
    "អាសយដ្ឋាន: ផ្ទះ៤១ ផ្លូវ៤៤៤ ភូមិ២",
    "សង្កាត់ទួលទំពូងទី២ ខណ្ឌចំការមន ភ្នំពេញ",
    "សុពលភាព: ១៥.១២.២០១៥ ដល់ថ្ងៃ ១៤.១២.២០២៥",
    "ភិនភាគ: ប្រជ្រុយចំ. ០,៥ស.ម លើចិញ្ចើមខាងឆ្វេង",
    "IDKHM0123456784<<<<<<<<<<<<<<<",
    "9907102F2512141KHM<<<<<<<<<<<2",
    "SOK<<DARA<<<<<<<<<<<<<<<<<<<<<",
]
EXPECTED = {
    "id_number": "012345678 (01)",
    "name_kh": "សុខ ដារ៉ា",
    "name_en": "SOK DARA",
    "birth_date": "១០.០៧.១៩៩៩",
    "sex": "ស្រី",
    "height": "១៥៨ ស.ម",
    "birth_place": "ឃុំព្រែកតាមាក់ ស្រុកខ្សាច់កណ្ដាល កណ្ដាល",
    "address": "ផ្ទះ៤១ ផ្លូវ៤៤៤ ភូមិ២ សង្កាត់ទួលទំពូងទី២ ខណ្ឌចំការមន ភ្នំពេញ",
    "issue_date": "១៥.១២.២០១៥",
    "expiry_date": "១៤.១២.២០២៥",
    "description": "ប្រជ្រុយចំ. ០,៥ស.ម លើចិញ្ចើមខាងឆ្វេង",
    "machine_code1": CARD[9],
    "machine_code2": CARD[10],
    "machine_code3": CARD[11],
}


def values(texts: list[str], hints: list[str] | None = None) -> dict[str, str]:
    lines = [TextLine(text, hint) for text, hint in zip(texts, hints or [""] * len(texts), strict=True)]
    found = find_fields(lines)
    return {field: " ".join(texts[s.line][s.start : s.end] for s in spans) for field, spans in found.items()}


def test_a_clean_card() -> None:
    assert values(CARD) == EXPECTED


@pytest.mark.parametrize("extra", ["SPECIMEN", "SPEC1MEN", "KINGDOM OF CAMBODIA"])
@pytest.mark.parametrize("place", [0, 1, 3, 9])
@pytest.mark.parametrize("mrz", [True, False])
def test_another_line_of_capitals_is_not_the_name(extra: str, place: int, mrz: bool) -> None:
    lines = CARD if mrz else CARD[:9]
    hints = ["name_en" if line == EXPECTED["name_en"] else "" for line in lines]
    read = values([*lines[:place], extra, *lines[place:]], [*hints[:place], "", *hints[place:]])
    assert read == {field: text for field, text in EXPECTED.items() if mrz or not field.startswith("machine")}


def test_the_name_may_stand_below_the_mrz() -> None:
    assert values([*CARD[:2], *CARD[3:], CARD[2]]) == EXPECTED


@pytest.mark.parametrize("line", ["SPECIMEN {}", "{} SPECIMEN", "{} SPECIMFN"])
@pytest.mark.parametrize("row", [0, 2])
def test_the_mark_of_a_specimen_is_no_part_of_number_or_name(line: str, row: int) -> None:
    assert values([*CARD[:row], line.format(CARD[row]), *CARD[row + 1 :]]) == EXPECTED


@pytest.mark.parametrize("colon", ["៖", "ៈ", " :", "", " ", "："])
def test_any_colon(colon: str) -> None:
    read = values([line.replace(":", colon) for line in CARD])
    assert {field: text.lstrip("： ") for field, text in read.items()} == EXPECTED


@pytest.mark.parametrize(
    ("line", "slipped", "field"),
    [
        (1, "គោត្តគាមនិងគាម: សុខ ដារ៉ា", "name_kh"),
        (3, "ថ្ងៃខែឆ្នាំកំណើរគៈ ១០.០៧.១៩៩៩ គេទ: ស្រី កំពស់: ១៥៨ ស.ម", "birth_date"),
        (3, "ថ្ងៃខែឆ្នាំកំណើត: ១០.០៧.១៩៩៩ នេះ: ស្រី កំពស់: ១៥៨ ស.ម", "height"),
        (5, "អាសឃដ្ឋាន: ផ្ទះ៤១ ផ្លូវ៤៤៤ ភូមិ២", "address"),
        (7, "សុពលទាព: ១៥.១២.២០១៥ ដល់ថ្ងៃ ១៤.១២.២០២៥", "expiry_date"),
        (7, "សុពលភាព: ១៥.១២.២០១៥ ដលថៃ ១៤.១២.២០២៥", "expiry_date"),
        (8, "តិនតាគ: ប្រជ្រុយចំ. ០,៥ស.ម លើចិញ្ចើមខាងឆ្វេង", "description"),
    ],
)
def test_captions_as_other_readers_slipped_on_them(line: int, slipped: str, field: str) -> None:
    hints = ["number", "name_kh", "name_en", "birth", "birth_place", "address1", "address2", "validity", "mark"]
    texts = [*CARD[:line], slipped, *CARD[line + 1 :]]
    assert values(texts, [*hints, "mrz1", "mrz2", "mrz3"])[field] == EXPECTED[field]


def test_a_missing_row_moves_no_other_field() -> None:
    for gone in range(len(CARD)):
        read = values(CARD[:gone] + CARD[gone + 1 :])
        wrong = {field for field, text in read.items() if text != EXPECTED[field]}
        assert wrong <= {"address"}, gone  # half of a two-line value is all that can be left


def test_rows_taken_for_those_below_them_keep_their_captions_and_their_second_line() -> None:
    """A layout that the row finder does not know: every hint from the address on is one row too far down."""
    hints = ["number", "name_kh", "name_en", "birth", "birth_place", "address2", "validity", "mark", "mrz1"]
    assert values(CARD, [*hints, "mrz2", "unknown", "mrz3"]) == EXPECTED


def test_nothing_yields_nothing() -> None:
    assert find_fields([]) == {}
    assert find_fields([TextLine(""), TextLine("  ")]) == {}


@given(
    st.lists(
        st.tuples(st.text(max_size=50) | st.sampled_from(CARD), st.sampled_from(["", *HINT_OF_FIELD])), max_size=14
    )
)
def test_any_lines_give_spans_inside_them(lines: list[tuple[str, str]]) -> None:
    for spans in find_fields([TextLine(text, hint) for text, hint in lines]).values():
        for span in spans:
            assert 0 <= span.start <= span.end <= len(lines[span.line][0])


def test_latin_print_beside_and_below_a_khmer_value_is_not_part_of_it() -> None:
    lines = [*CARD[:8], CARD[8] + " OO6X", "YVT00<P", *CARD[9:]]
    spans = find_fields([TextLine(text) for text in lines])["description"]
    assert [lines[span.line][span.start : span.end] for span in spans] == [EXPECTED["description"]]


def test_a_scrap_under_a_mark_or_inside_an_address_is_none_of_it() -> None:
    rows = ("អាសយដ្ឋាន: ភូមិ២", "ង", "សង្កាត់កាចាញ ក្រុងបានលុង រតនគិរី", "ភិនភាគ: ស្នាម លើស្មា", "ឃុ")
    found = find_fields([TextLine(row) for row in rows])
    assert [span.line for span in found["address"]] == [0, 2]
    assert [span.line for span in found["description"]] == [3]
    goes_on = find_fields([TextLine(row) for row in ("ភិនភាគ: ស្នាម លើស្មា", "ឆ្វេង")])
    assert [span.line for span in goes_on["description"]] == [0, 1]
