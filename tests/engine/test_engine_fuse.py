"""Weighing printed text, MRZ and gazetteer, on made-up recogniser output whose doubts are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from khid_eval.card import gazetteer, mrz
from khid_eval.engine import confidence, fuse, places, plain, read_card
from khid_eval.engine.evidence import Line, support
from khid_eval.engine.fields import read_fields
from khid_eval.engine.guess import MAX_MARGIN
from khid_eval.engine.parse import find_fields
from khid_eval.engine.recognise import read_line
from khid_eval.engine.text_lines import Span, TextLine
from tests.engine.made_up import line

TODAY = date(2026, 1, 1)
BIRTH, EXPIRY = date(1999, 7, 10), date(2025, 12, 14)
MRZ = mrz.build("012345678", BIRTH, "F", EXPIRY, "SOK", "DARA")
CARD = {
    "number": "012345678 (01)",
    "name_kh": "គោត្តនាមនិងនាម: សុខ ដារ៉ា",
    "name_en": "SOK DARA",
    "birth": "ថ្ងៃខែឆ្នាំកំណើត: ១០.០៧.១៩៩៩ ភេទ: ស្រី កំពស់: ១៥៨ ស.ម",
    "birth_place": "ទីកន្លែងកំណើត: ឃុំព្រែកតាមាក់ ស្រុកខ្សាច់កណ្ដាល កណ្ដាល",
    "address1": "អាសយដ្ឋាន: ផ្ទះ៤១ ផ្លូវ៤៤៤",
    "address2": "សង្កាត់ទួលទំពូងទី២ ខណ្ឌចំការមន ភ្នំពេញ",
    "validity": "សុពលភាព: ១៥.១២.២០១៥ ដល់ថ្ងៃ ១៤.១២.២០២៥",
    "mark": "ភិនភាគ: ប្រជ្រុយចំ. ០,៥ស.ម លើចិញ្ចើមខាងឆ្វេង",
    "mrz1": MRZ[0],
    "mrz2": MRZ[1],
    "mrz3": MRZ[2],
}


def card(slips: Mapping[str, tuple[str, float]] | None = None, without: tuple[str, ...] = ()) -> read_card.Card:
    """The card above; slips: row -> (what is read instead, probability of the truth at the slipped tokens)."""
    slips = slips or {}
    lines = []
    for kind, truth in CARD.items():
        read, doubt = slips.get(kind, (truth, 0.1))
        if kind not in without:
            lines.append(line(kind, read, truth, doubt))
    return read_card.card_of(lines, find_fields([TextLine(one.text, one.kind) for one in lines]))


def test_a_clean_card_agrees_with_itself() -> None:
    read = card()
    assert fuse.number(read).text == "012345678"
    assert fuse.suffix(read) == "(01)"
    assert fuse.birth_date(read, TODAY).text == "១០.០៧.១៩៩៩"
    expiry = fuse.expiry_date(read, TODAY)
    assert expiry.text == "១៤.១២.២០២៥"
    assert fuse.issue_date(read, expiry, TODAY).text == "១៥.១២.២០១៥"
    assert fuse.sex(read).text == "ស្រី"
    assert fuse.name_en(read).text == "SOK DARA"
    assert plain.height(read).text == "១៥៨ ស.ម"
    assert {fuse.number(read).agreement, fuse.birth_date(read, TODAY).agreement, fuse.sex(read).agreement} == {1}


def test_a_doubtful_printed_digit_is_settled_by_the_check_digit() -> None:
    read = card({"number": ("012345673 (01)", 0.2)})
    guess = fuse.number(read)
    assert (guess.text, guess.agreement) == ("012345678", -1)


def test_a_doubtful_mrz_digit_is_settled_by_the_print() -> None:
    read = card({"mrz1": (MRZ[0].replace("345", "845"), 0.2)})
    assert fuse.number(read).text == "012345678"
    fused = plain.fused_lines(read, "012345678", "990710", "F", "251214", "SOK DARA")
    assert fused == MRZ
    assert plain.mrz_line(read, 1, fused[0]).text == MRZ[0]


def test_dates_are_weighed_with_the_mrz() -> None:
    read = card({"birth": (CARD["birth"].replace("០៧", "០១"), 0.2)})
    assert fuse.birth_date(read, TODAY).text == "១០.០៧.១៩៩៩"
    read = card({"validity": (CARD["validity"].replace("១៤.១២.២០២៥", "១៤.១២.២០២៩"), 0.2)})
    assert fuse.expiry_date(read, TODAY).text == "១៤.១២.២០២៥"


@pytest.mark.parametrize("number", [",9018891)", "១២៣៤៥៦៧៨៩", "12345678", ""])
def test_a_number_that_is_none_spells_no_line_of_the_mrz(number: str) -> None:
    assert plain.fused_lines(card(), number, "990710", "F", "251214", "SOK DARA")[0] == ""


def test_a_clear_print_against_a_clear_mrz_is_said_to_disagree() -> None:
    read = card({"name_en": ("SOK DARO", 0.0001)})
    assert fuse.name_en(read).agreement == -1


def test_without_the_print_the_mrz_speaks_alone_and_the_other_way_round() -> None:
    read = card(without=("number", "birth", "name_en"))
    assert fuse.number(read).text == "012345678"
    assert fuse.birth_date(read, TODAY).text == "១០.០៧.១៩៩៩"
    assert fuse.name_en(read).text == "SOK DARA"
    read = card(without=("mrz1", "mrz2", "mrz3"))
    assert fuse.number(read).text == "012345678"
    assert fuse.sex(read).text == "ស្រី"
    assert plain.mrz_line(read, 1, "").text == ""


def test_without_both_nothing_is_invented() -> None:
    read = card(without=tuple(CARD))
    assert fuse.number(read).text == ""
    assert fuse.sex(read).text == ""
    assert fuse.birth_date(read, TODAY).text == ""
    assert fuse.name_en(read).text == ""
    assert plain.height(read).text == ""
    assert places.birth_place(read.lines, ()).text == ""
    assert places.address(read.lines, ()).text == ""


@pytest.mark.parametrize(("doubt", "mended"), [(0.3, True), (0.0001, False)])
def test_the_gazetteer_mends_what_the_picture_allows_and_nothing_else(doubt: float, mended: bool) -> None:
    wrong = CARD["birth_place"].replace("ព្រែកតា", "ព្រែកតិ")
    read = card({"birth_place": (wrong, doubt)})
    guess = places.birth_place(read.lines, read.spans["birth_place"])
    truth = CARD["birth_place"].split(": ")[1]
    assert guess.text == (truth if mended else wrong.split(": ")[1])
    assert guess.valid is mended


def test_the_gazetteer_settles_look_alikes() -> None:
    read = card({"birth_place": (CARD["birth_place"].replace("ណ្ដ", "ណ្ត"), 0.5)})
    assert places.birth_place(read.lines, read.spans["birth_place"]).text == CARD["birth_place"].split(": ")[1]


@pytest.mark.parametrize(("before", "kept"), [("៦ ", False), ("ត ", False), ("ភូមិជី ", True)])
def test_a_letter_before_the_commune_is_none_of_the_place(before: str, kept: bool) -> None:
    caption, truth = CARD["birth_place"].split(": ")
    guess = places.birth_place([line("birth_place", f"{caption}: {before}{truth}")], [Span(0, len(caption) + 2, 99)])
    assert guess.text == (before + truth if kept else truth)


@pytest.mark.parametrize(
    ("behind", "kept"),
    [
        (" ០", False),
        (" កា", False),
        (" ស្រុក", True),
        ("ស", False),
        ("៩", False),
        ("់", True),
        (" EC៦៥ Eស", False),
        (" MEសCE.ស", False),
    ],
)
def test_what_stands_behind_the_province_is_none_of_the_place(behind: str, kept: bool) -> None:
    truth = CARD["birth_place"].split(": ")[1]
    caption = CARD["birth_place"].split(": ")[0]
    guess = places.birth_place([line("birth_place", f"{caption}: {truth}{behind}")], [Span(0, len(caption) + 2, 99)])
    assert guess.text == (f"{truth}{behind}" if kept else truth)


def test_a_short_word_behind_the_address_is_none_of_it() -> None:
    seen = card()
    stray = [line(one.kind, f"{one.text} ០") if one.kind == "address2" else one for one in seen.lines]
    spans = [seen.spans["address"][0], Span(seen.spans["address"][1].line, 0, 99)]
    assert places.address(stray, spans).text == places.address(seen.lines, seen.spans["address"]).text


def test_address_on_two_lines() -> None:
    read = card()
    assert places.address(read.lines, read.spans["address"]).text == ("ផ្ទះ៤១ ផ្លូវ៤៤៤ សង្កាត់ទួលទំពូងទី២ ខណ្ឌចំការមន ភ្នំពេញ")


def test_support_of_a_text_that_cannot_be_spelt_is_finite() -> None:
    scores = support(line("", "SOK").window(0, 3), ["SOK", "S", "日本", "SOKSOKSOKSOK"])
    assert np.isfinite(scores).all()
    assert int(scores.argmax()) == 0


def test_between_two_readings_of_the_khmer_name_the_latin_name_decides() -> None:
    slipped = CARD["name_kh"].replace("ដារ៉ា", "ងារ៉ា")
    seen = card({"name_kh": (slipped, 0.2)})
    assert plain.name_kh(seen, fuse.name_en(seen)).text == "សុខ ដារ៉ា"


@pytest.mark.parametrize("doubt", [1e-5, 0.2])
def test_what_is_left_of_the_caption_is_none_of_the_name(monkeypatch: pytest.MonkeyPatch, doubt: float) -> None:
    monkeypatch.setitem(CARD, "name_kh", "គោត្តនាមនិងនាម: ម: សុខ ដារ៉ា")
    seen = card({"name_kh": (CARD["name_kh"].replace("ដារ៉ា", "គារ៉ា"), doubt)})
    assert plain.name_kh(seen, fuse.name_en(seen)).text == ("សុខ ដារ៉ា" if doubt > 0.1 else "សុខ គារ៉ា")


def test_a_clear_khmer_name_stays_whatever_the_latin_one_says() -> None:
    seen = card({"name_kh": (CARD["name_kh"].replace("ដារ៉ា", "ងារ៉ា"), 1e-4)})
    found = plain.name_kh(seen, fuse.name_en(seen))
    assert found.text == "សុខ ងារ៉ា"


def test_no_card_expires_before_there_were_cards() -> None:
    slipped = CARD["validity"].replace("២០២៥", "១០២៥")
    found = fuse.expiry_date(card({"validity": (slipped, 0.01)}), TODAY)
    assert found.text == "១៤.១២.២០២៥"


def test_the_issue_lies_before_today_and_goes_with_the_expiry() -> None:
    expiry = fuse.expiry_date(card(), TODAY)
    ahead = card({"validity": (CARD["validity"].replace("១៥.១២.២០១៥", "១៥.១២.២០២៥"), 0.1)})
    before = date(2025, 12, 1)
    assert fuse.issue_date(ahead, expiry, before).text == "១៥.១២.២០១៥"  # a card is not issued tomorrow
    alone = card(without=("mrz2",))
    assert fuse.issue_date(alone, fuse.expiry_date(card(without=tuple(CARD)), TODAY), TODAY).agreement == 0


@pytest.mark.parametrize(("read", "truth"), [("០៥៨", "១៥៨"), ("៥៥៨", "១៥៨"), ("១៥៨", "១៥៨")])
def test_a_height_is_a_grown_persons(read: str, truth: str) -> None:
    slipped = CARD["birth"].replace("១៥៨", read)
    guess = plain.height(card({"birth": (slipped, 0.05)}))
    assert guess.text == f"{truth} ស.ម"
    assert guess.valid


def test_a_height_that_the_picture_is_sure_of_stays() -> None:
    guess = plain.height(card({"birth": (CARD["birth"].replace("១៥៨", "០៥៨"), 0.0001)}))
    assert guess.text == "០៥៨ ស.ម"
    assert not guess.valid


def test_the_latin_name_settles_which_khmer_letter_is_meant() -> None:
    slipped = CARD["name_kh"].replace("ដារ៉ា", "គារ៉ា")
    assert plain.name_kh(card({"name_kh": (slipped, 0.2)}), fuse.name_en(card())).text == "សុខ ដារ៉ា"
    assert plain.name_kh(card({"name_kh": (slipped, 1e-5)}), fuse.name_en(card())).text == "សុខ គារ៉ា"


@pytest.mark.parametrize(
    ("truth", "read"),
    [
        ("ផ្ទះ៤១បេ ផ្លូវ៤៤៤", "ផ្ទះ៤១ថេ ផ្លូវ៤៤៤"),
        ("ផ្ទះ៤១ ផ្លូវវេងស្រេង", "ផ្ទះ៤១ ផ្លូវវេងស្រេឯ"),
        ("ផ្ទះ៤១ ផ្លូវ៤៤៤", "ផ្ទះ៤១ ផ្គូវ៤៤៤"),
        ("ផ្ទះលេខ៤១ ផ្លូវ៤៤៤", "ផ្ទះលេឃ៤១ ផ្លូវ៤៤៤"),
        ("ផ្ទះ៤១ ក្រុមទី២២", "ផ្ទះ៤១ ក្រុមនី២២"),
    ],
)
def test_usual_words_of_an_address_are_mended(truth: str, read: str) -> None:
    head = "អាសយដ្ឋាន: "
    lines = [
        line("address1", head + read, head + truth, 0.05),
        line("address2", CARD["address2"]),
    ]
    found = find_fields([TextLine(one.text, one.kind) for one in lines])
    assert places.address(lines, found["address"]).text == f"{truth} {CARD['address2']}"


def test_what_clearly_stands_before_a_number_stays() -> None:
    """No list holds all that may stand there: a word of its own is not taken for a slip."""
    read = "អាសយដ្ឋាន: ផ្ទះ៤១ ក្រុមសាមគ្គី២២"
    lines = [line("address1", read, doubt=1e-4), line("address2", CARD["address2"])]
    found = find_fields([TextLine(one.text, one.kind) for one in lines])
    assert places.address(lines, found["address"]).text == f"ផ្ទះ៤១ ក្រុមសាមគ្គី២២ {CARD['address2']}"


def test_right_is_spelt_in_one_way() -> None:
    dictionary = "ភិនភាគ: ប្រជ្រុយ លើចិញ្ចើមខាងស្ដាំ"
    read = line("mark", dictionary)
    spans = find_fields([TextLine(read.text, read.kind)])
    assert plain.mark(read_card.card_of([read], spans)).text == "ប្រជ្រុយ លើចិញ្ចើមខាងស្តាំ"


@pytest.mark.parametrize("hidden", ["SOK<<DA", "SOK<<RA", "K<<DARA", "SOK<<<RA"])
def test_a_hidden_part_of_the_name_in_the_mrz_is_that_of_the_printed_name(hidden: str) -> None:
    seen = card({"mrz3": (hidden.ljust(30, "<"), 1e-4)})
    spelled = plain.fused_lines(seen, "", "", "", "", "SOK DARA")
    guess = plain.mrz_line(seen, 3, spelled[2])
    assert guess.text == MRZ[2]
    assert guess.agreement == -1  # inferred, so never sure


@pytest.mark.parametrize("other", ["SOK<<BOPHA", "SOK", "NGUON<<DARA"])
def test_another_name_in_the_mrz_comes_out_as_it_stands(other: str) -> None:
    seen = card({"mrz3": (other.ljust(30, "<"), 1e-6)})
    spelled = plain.fused_lines(seen, "", "", "", "", "SOK DARA")
    assert plain.mrz_line(seen, 3, spelled[2]).text == other.ljust(30, "<")


def test_a_slip_in_the_mrz_gives_way_to_the_same_name_in_print() -> None:
    seen = card(without=("mrz3",))
    doubtful = _doubted("SHOK<<DHARHA".ljust(30, "<"), sure=0.9)
    seen = read_card.card_of([*seen.lines, doubtful], {**seen.spans, "machine_code3": (Span(len(seen.lines), 0, 30),)})
    guess = plain.mrz_line(seen, 3, plain.fused_lines(seen, "", "", "", "", "SOK DARA")[2])
    assert guess.text == MRZ[2]
    assert guess.agreement == -1


@pytest.mark.parametrize(("sure", "text"), [(0.97, "NGUON<<BOPHA"), (0.5, "SOK<<DARA")])
def test_another_name_in_the_mrz_gives_way_where_it_is_illegible(sure: float, text: str) -> None:
    """It may be there by fraud, so that a little doubt is not enough."""
    seen = card(without=("mrz3",))
    other = _doubted("NGUON<<BOPHA".ljust(30, "<"), sure)
    seen = read_card.card_of([*seen.lines, other], {**seen.spans, "machine_code3": (Span(len(seen.lines), 0, 30),)})
    guess = plain.mrz_line(seen, 3, plain.fused_lines(seen, "", "", "", "", "SOK DARA")[2])
    assert guess.text == text.ljust(30, "<")


def _doubted(text: str, sure: float) -> Line:
    """A line of the MRZ of whose letters (not fillers) each is read with that posterior, and else as a Q."""
    return line("mrz3", text, "".join("<" if one == "<" else "Q" for one in text), 1 - sure)


def test_one_filler_between_the_names_is_a_slip() -> None:
    seen = card({"mrz3": ("SOK<DARA".ljust(30, "<"), 0.01)})
    assert plain.fused_lines(seen, "", "", "", "", "SOK DARA")[2] == MRZ[2]


def test_a_short_village_is_settled_by_those_of_its_commune() -> None:
    """Of three letters one slip leaves a third: too little for a share of letters that are alike."""
    place = next(one for one in gazetteer.places() if "គោក" in one.villages)
    lines = [line("address1", "អាសយដ្ឋាន: ភូមិតោក", "អាសយដ្ឋាន: ភូមិគោក", 0.05), line("address2", place.line)]
    found = find_fields([TextLine(one.text, one.kind) for one in lines])
    assert places.address(lines, found["address"]).text == f"ភូមិគោក {place.line}"


@pytest.mark.parametrize("before", ["Z", ""])
def test_the_number_is_looked_for_where_the_line_of_the_mrz_has_it(before: str) -> None:
    # Read as M818341105 with check digit 3, the columns of M183411053 would be a number as good as the true one.
    one, two, three = mrz.build("183411053", BIRTH, "F", EXPIRY, "SOK", "DARA")
    kinds = {"mrz1": before + one if before else one[1:], "mrz2": "1" + two, "mrz3": "I" + three}
    lines = [line(kind, read) for kind, read in (CARD | {"number": "(02)"} | kinds).items()]
    seen = read_card.card_of(lines, find_fields([TextLine(one.text, one.kind) for one in lines]))
    assert fuse.number(seen).text == "183411053"
    assert fuse.birth_date(seen, TODAY).agreement == 1


def test_nine_digits_that_neither_place_shows_are_not_called_seen() -> None:
    # Glare took digits out of both places. Nine of what is left have their check digit by chance.
    lines = [
        line(kind, {"number": "3919", "mrz1": "IDKHM24439192<<<<<<<<<<<<<<<"}.get(kind, text))
        for kind, text in CARD.items()
    ]
    seen = read_card.card_of(lines, find_fields([TextLine(one.text, one.kind) for one in lines]))
    guess = fuse.number(seen)
    assert len(guess.text) == 9
    assert not guess.whole
    assert fuse.number(card()).whole


def test_a_name_of_which_a_part_is_hidden_is_that_of_the_mrz() -> None:
    hidden = [line(kind, "DARA" if kind == "name_en" else text) for kind, text in CARD.items()]
    read = fuse.name_en(read_card.card_of(hidden, find_fields([TextLine(one.text, one.kind) for one in hidden])))
    assert (read.text, read.agreement) == ("SOK DARA", -1)


@pytest.mark.parametrize("other", ["CHEA VANNA", "DARA SOK"])
def test_another_printed_name_is_no_part_of_that_in_the_mrz(other: str) -> None:
    # The lines of both are equally sure: were the name hidden, the MRZ's alone would count and have the widest margin.
    lines = [line(kind, other if kind == "name_en" else text) for kind, text in CARD.items()]
    guess = fuse.name_en(read_card.card_of(lines, find_fields([TextLine(one.text, one.kind) for one in lines])))
    assert guess.agreement == -1
    assert guess.margin < MAX_MARGIN


@pytest.mark.parametrize(
    ("line1", "whole"),
    [("ផ្ទះ៤១ ផ្លូវ៤៤៤", True), ("ផ្ទះ ផ្លូវ៤៤៤", False), ("ភូមិ", False), ("ផ្លូវ ង ភូមិ២", False), ("ភូមិ ត្រពាំង", True)],
)
def test_a_part_of_an_address_with_nothing_in_it_is_not_whole(line1: str, whole: bool) -> None:
    one, two = line("address1", f"អាសយដ្ឋាន: {line1}"), line("address2", CARD["address2"])
    spans = find_fields([TextLine(row.text, row.kind) for row in (one, two)])
    assert places.address([one, two], spans["address"]).whole is whole


def test_a_letter_before_the_first_word_of_an_address_is_none_of_it() -> None:
    one, two = line("address1", "អាសយដ្ឋាន: ន ផ្លូវ៤ ភូមិ២"), line("address2", CARD["address2"])
    spans = find_fields([TextLine(row.text, row.kind) for row in (one, two)])
    assert places.address([one, two], spans["address"]).text.startswith("ផ្លូវ៤ ")


def test_a_number_with_digits_of_both_scripts_is_khmer() -> None:
    one, two = line("address1", "អាសយដ្ឋាន: ផ្ទះលេខ១0០"), line("address2", CARD["address2"])
    spans = find_fields([TextLine(row.text, row.kind) for row in (one, two)])
    assert places.address([one, two], spans["address"]).text.startswith("ផ្ទះលេខ១០០ ")


def test_a_village_that_is_called_by_number_keeps_its_name() -> None:
    one = line("address1", "អាសយដ្ឋាន: ផ្លូវ៤៣៤ ភូមិនី២", "អាសយដ្ឋាន: ផ្លូវ៤៣៤ ភូមិទី២", 0.3)
    two = line("address2", "សង្កាត់រកាកណ្ដាល ក្រុងក្រចេះ ក្រចេះ")
    spans = find_fields([TextLine(row.text, row.kind) for row in (one, two)])
    assert places.address([one, two], spans["address"]).text.startswith("ផ្លូវ៤៣៤ ភូមិទី២ ")


@pytest.mark.parametrize(("read", "meant"), [("ផះ១៨១", "ផ្ទះ១៨១"), ("កុម៤", "ក្រុម៤"), ("ភូម២", "ភូមិ២"), ("ស្ពាន២", "ស្ពាន២")])
def test_a_word_before_a_number_has_the_letters_that_glare_took(read: str, meant: str) -> None:
    one, two = line("address1", f"អាសយដ្ឋាន: {read}"), line("address2", CARD["address2"])
    spans = find_fields([TextLine(row.text, row.kind) for row in (one, two)])
    assert places.address([one, two], spans["address"]).text.startswith(meant)


def with_hole(row: Line, share: float) -> Line:
    """The row with blank paper in its middle; share: of the width of the row as it was."""
    table = row.reading.log_probs
    blank = np.repeat(table[1:2], round(share * len(table)), axis=0)
    middle = len(table) // 4 * 2  # between two letters: each has a column and one of paper
    wider = np.concatenate([table[:middle], blank, table[middle:]])
    left, top, right, bottom = row.box
    box = (left, top, left + (right - left) * len(wider) / len(table), bottom)
    return Line(read_line(wider, float(len(wider))), row.kind, box)


@pytest.mark.parametrize(("share", "torn"), [(0.05, False), (0.2, True)])
def test_a_value_with_a_hole_in_it_is_not_sure(share: float, torn: bool) -> None:
    rows = [line(kind, text) for kind, text in CARD.items()]
    rows = [with_hole(row, share) if row.kind == "mark" else row for row in rows]  # a row is a tenth as high as wide
    found = {one.name: one for one in read_fields(rows, confidence.load(), 0.0, TODAY).fields}
    assert found["description"].guess.whole is not torn
    assert (found["description"].confidence <= 0.5) is torn
    assert found["address"].guess.whole


def test_an_issue_date_is_no_surer_than_the_expiry_that_it_goes_with() -> None:
    rows = [line(kind, text) for kind, text in CARD.items() if kind != "mrz2"]
    found = {one.name: one for one in read_fields(rows, confidence.load(), 0.0, TODAY).fields}
    assert found["issue_date"].guess.agreement == 1
    assert found["issue_date"].confidence <= found["expiry_date"].confidence <= confidence.ONCE


def test_an_mrz_line_whose_printed_name_cannot_be_read_is_no_surer_than_what_is_said_once() -> None:
    bias = np.eye(len(confidence.FEATURES))[confidence.FEATURES.index("bias")]
    surest = confidence.Calibration({f"machine_code{n}": 30.0 * bias for n in (1, 2, 3)} | {"name_en": -30.0 * bias})
    rows = [line(kind, text) for kind, text in CARD.items()]
    found = {one.name: one for one in read_fields(rows, surest, 0.0, TODAY).fields}
    assert found["name_en"].confidence < confidence.EMPTY
    assert found["machine_code3"].confidence == confidence.ONCE < found["machine_code1"].confidence


@pytest.mark.parametrize(("cut", "whole"), [(0, True), (1, True), (2, False), (3, False)])
def test_a_card_with_two_mrz_lines_cut_is_not_whole(cut: int, whole: bool) -> None:
    kept = {kind: text[:26] if kind in ("mrz1", "mrz2", "mrz3")[:cut] else text for kind, text in CARD.items()}
    read = read_fields([line(kind, text) for kind, text in kept.items()], confidence.load(), 0.0, TODAY)
    assert read.around.whole is whole
    assert (max(one.confidence for one in read.fields) <= confidence.ONCE) is not whole


@pytest.mark.parametrize(("latin", "chosen"), [("CHHLAT DARA", "ឆ្លាត ដារ៉ា"), ("CHHNAT DARA", "ឆ្នាត ដារ៉ា")])
def test_a_reading_that_the_search_dropped_is_weighed_where_the_latin_name_speaks_for_it(
    latin: str, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CARD, "name_kh", "គោត្តនាមនិងនាម: ឆ្លាត ដារ៉ា")
    monkeypatch.setitem(CARD, "name_en", latin)
    monkeypatch.setattr(plain, "_NAME_BEAM", 1)
    read = card({"name_kh": ("គោត្តនាមនិងនាម: ឆ្នាត ដារ៉ា", 0.01)}, without=("mrz3",))
    assert plain.name_kh(read, fuse.name_en(read)).text == chosen


def test_a_doubtful_height_is_looked_at_again() -> None:
    clear, slipped = CARD["birth"], CARD["birth"].replace("១៥៨", "១៥៩")
    doubtful = replace(line("birth", slipped, clear, 0.45), again=lambda: [line("birth", clear).reading] * 2)
    rows = [doubtful if kind == "birth" else line(kind, text) for kind, text in CARD.items()]
    found = {one.name: one for one in read_fields(rows, confidence.load(), 0.0, TODAY).fields}
    assert found["height"].guess.text == "១៥៨ ស.ម"
    sure = replace(line("birth", slipped, clear, 0.01), again=lambda: pytest.fail("looked at again"))
    rows = [sure if kind == "birth" else line(kind, text) for kind, text in CARD.items()]
    found = {one.name: one for one in read_fields(rows, confidence.load(), 0.0, TODAY).fields}
    assert found["height"].guess.text == "១៥៩ ស.ម"


@pytest.mark.parametrize(("slips", "sound"), [(0, True), (1, True), (2, False), (3, False)])
def test_a_card_whose_print_and_mrz_contradict_each_other_twice_is_not_sure(slips: int, sound: bool) -> None:
    other = [
        ("number", CARD["number"].replace("345", "845")),
        ("birth", CARD["birth"].replace("១០.០៧.១៩៩៩", "១០.០៧.១៩៨៩")),
        ("validity", CARD["validity"].replace("២០២៥", "២០២៨")),
    ]
    printed = CARD | dict(other[:slips])
    read = read_fields([line(kind, text) for kind, text in printed.items()], confidence.load(), 0.0, TODAY)
    assert read.around.whole is sound
    assert (max(one.confidence for one in read.fields) <= confidence.ONCE) is not sound
