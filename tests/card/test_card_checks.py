"""The card's agreement with itself, on a fictional card and on the same card with one thing wrong."""

from __future__ import annotations

from datetime import date

import pytest

from khid_eval.card import checks, dates, gazetteer, mrz

BORN, ISSUED = date(1999, 7, 10), date(2015, 12, 15)
ENDS = dates.expiry_of(ISSUED)
LINES = mrz.build("040123456", BORN, "F", ENDS, "SOK", "CHAN THIDA")
CARD = {
    "id_number": "040123456",
    "name_kh": "សុខ ចាន់ធីតា",
    "name_en": "SOK CHAN THIDA",
    "birth_date": dates.printed(BORN),
    "sex": "ស្រី",
    "height": "១៥៨ ស.ម",
    "birth_place": gazetteer.places()[0].line,
    "address": "ផ្ទះ៤១បេ ផ្លូវ៤៤៤ " + gazetteer.places()[900].line,
    "issue_date": dates.printed(ISSUED),
    "expiry_date": dates.printed(ENDS),
    "description": "គ្មាន",
    "machine_code1": LINES[0],
    "machine_code2": LINES[1],
    "machine_code3": LINES[2],
}


def failed(**changes: str) -> set[tuple[str, str]]:
    return {(one.field, one.rule) for one in checks.check(CARD | changes) if not one.passed}


def test_a_sound_card_passes_every_rule() -> None:
    found = checks.check(CARD)
    assert all(one.passed for one in found)
    assert {one.rule for one in found} == {
        "form", "check_digit", "agrees_with_mrz", "calendar", "validity", "age", "place"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id_number": "04012345"}, {("id_number", "form")}),
        ({"id_number": "040123457"}, {("id_number", "agrees_with_mrz")}),
        ({"id_number": "០៤០១២៣៤៥៦ (01)"}, set()),
        ({"height": "១៥ ស.ម"}, {("height", "form")}),
        ({"height": "tall"}, {("height", "form")}),
        ({"sex": "ប្រុស"}, {("sex", "agrees_with_mrz")}),
        ({"name_en": "SOK CHANTHIDA"}, set()),
        ({"name_en": "SOK CHAN"}, {("name_en", "agrees_with_mrz")}),
        ({"birth_date": "៣១.០២.១៩៩៩"}, {("birth_date", "calendar")}),
        ({"birth_date": "១១.០៧.១៩៩៩"}, {("birth_date", "agrees_with_mrz")}),
        (
            {"expiry_date": dates.printed(date(2025, 12, 15))},
            {("expiry_date", "agrees_with_mrz"), ("expiry_date", "validity")},
        ),
        ({"birth_place": "ឃុំមិនមាន ស្រុកមិនមាន ព្រៃវែង"}, {("birth_place", "place")}),
        ({"machine_code3": "SOK<<CHAN"}, {("machine_code3", "form")}),
    ],
)
def test_one_fault_is_named_and_nothing_else(changes: dict[str, str], expected: set[tuple[str, str]]) -> None:
    assert failed(**changes) == expected


def test_an_mrz_with_a_wrong_check_digit_is_no_witness() -> None:
    broken = LINES[0].replace("040123456", "040123455")
    assert ("id_number", "agrees_with_mrz") not in failed(machine_code1=broken)
    assert ("machine_code1", "check_digit") in failed(machine_code1=broken)


def test_too_young_for_a_card() -> None:
    assert ("birth_date", "age") in failed(birth_date=dates.printed(date(2001, 7, 10)))


def test_a_long_name_may_be_cut_in_the_mrz() -> None:
    lines = mrz.build("040123456", BORN, "F", ENDS, "KHATTIYAWONG", "SOPHEAKTRAMOLIKA")
    assert not failed(
        name_en="KHATTIYAWONG SOPHEAKTRAMOLIKA", machine_code1=lines[0], machine_code2=lines[1], machine_code3=lines[2]
    )


@pytest.mark.parametrize("texts", [{}, dict.fromkeys(CARD, ""), {"name_kh": "សុខ"}])
def test_nothing_read_nothing_said(texts: dict[str, str]) -> None:
    assert checks.check(texts) == ()


def test_every_place_of_the_country_is_known() -> None:
    assert all(checks.known_place(place.line) for place in gazetteer.places())


@pytest.mark.parametrize(("today", "expected"), [(ENDS, False), (date(2025, 12, 15), True)])
def test_expired_from_the_day_after(today: date, expected: bool) -> None:
    assert checks.expired(CARD, today) is expected


def test_expiry_that_was_not_read_is_unknown() -> None:
    assert checks.expired({}, ENDS) is None
