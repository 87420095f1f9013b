"""A second look at a row: only where the first left a doubt, and then all crops of the row count alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from khid_eval.engine import fuse, plain, read_card
from khid_eval.engine.evidence import Line
from khid_eval.engine.parse import find_fields
from khid_eval.engine.recognise import LineColumns
from khid_eval.engine.text_lines import TextLine
from tests.engine.made_up import line
from tests.engine.test_engine_fuse import CARD

TRUTH, SLIPPED = "សំលាក ភ្នែកឆ្វេង", "សំលាក ត្នែកឆ្វេង"


def read_again(first: Line, *others: Line) -> tuple[Line, list[int]]:
    """The first line, which reads as the others when it is looked at again, and a count of those looks."""
    looks: list[int] = []

    def again() -> Sequence[LineColumns]:
        looks.append(1)
        return [other.reading for other in others]

    return replace(first, again=again), looks


def test_other_crops_outvote_a_doubtful_first_reading() -> None:
    row, looks = read_again(line("mark", SLIPPED, TRUTH, doubt=0.3), *[line("mark", TRUTH)] * 2)
    assert row.look(0, len(row.text)).text == TRUTH
    assert len(row.look(0, len(row.text)).windows) == 3
    assert looks == [1]  # kept: the row is read again once, however often somebody asks


def test_a_sure_row_is_not_read_again() -> None:
    clear = line("mark", SLIPPED)
    sure = replace(clear.reading, chars=tuple(replace(char, confidence=1.0) for char in clear.reading.chars))
    row, looks = read_again(replace(clear, reading=sure), line("mark", TRUTH))
    assert row.look(0, len(row.text)).text == SLIPPED
    assert not looks


def test_what_every_crop_shows_stays() -> None:
    row, _ = read_again(line("mark", SLIPPED, TRUTH, doubt=0.1), line("mark", SLIPPED), line("mark", SLIPPED))
    assert row.look(0, len(row.text)).text == SLIPPED


def test_supports_are_means_over_the_crops() -> None:
    first, other = line("mark", SLIPPED, TRUTH, doubt=0.2), line("mark", TRUTH)
    row, _ = read_again(first, other)
    both = row.look(0, len(row.text)).support([TRUTH])[0]
    alone = [one.look(0, len(one.text)).support([TRUTH])[0] for one in (first, other)]
    assert both == sum(alone) / 2


def test_two_names_that_are_nearly_alike_are_looked_at_again() -> None:
    """Neither spelling nor the Latin name, which is missing, tells these two apart: the other crops do."""
    meant, seen = CARD["name_kh"].replace("ដារ៉ា", "ភារ៉ុ"), CARD["name_kh"].replace("ដារ៉ា", "ភារ៉ូ")
    first = line("name_kh", seen, meant, doubt=0.1)
    rest = [line(kind, text) for kind, text in CARD.items() if kind not in ("name_kh", "name_en", "mrz3")]
    for name, row in (("សុខ ភារ៉ូ", first), ("សុខ ភារ៉ុ", read_again(first, *[line("name_kh", meant)] * 2)[0])):
        lines = [row, *rest]
        card = read_card.card_of(lines, find_fields([TextLine(one.text, one.kind) for one in lines]))
        assert plain.name_kh(card, fuse.name_en(card)).text == name


def test_a_dot_in_a_number_needs_less_than_a_comma() -> None:
    """The recogniser takes a blurred dot for a comma far more often than the other way round."""
    dotted, with_comma = (f"ភិនភាគ: ប្រជ្រុយចំ ២{sign}១ស.ម លើចិញ្ចើម" for sign in ".,")
    for doubt, sign in ((0.3, "."), (0.1, ",")):
        row = line("mark", with_comma, dotted, doubt=doubt)
        card = read_card.card_of([row], find_fields([TextLine(row.text, row.kind)]))
        assert f"២{sign}១" in plain.mark(card).text
