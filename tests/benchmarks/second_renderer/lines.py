"""The printed lines of a card. All lengths are card units."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from khid_eval.card.captions import CAPTIONS
from tests.benchmarks.second_renderer.layouts import Layout
from tests.benchmarks.second_renderer.people import Person
from tests.benchmarks.second_renderer.sheet import DIGIT, LATIN, Box, Sheet

RIGHT = 966.0
"""No value ends right of it."""


class DoesNotFit(Exception):
    """The holder's texts have no room in this layout."""


@dataclass(frozen=True, slots=True)
class Inks:
    """One sheet for each colour and density of print."""

    captions: Sheet
    values: Sheet
    names: Sheet
    code: Sheet


def inks(scale: float) -> Inks:
    return Inks(Sheet(scale), Sheet(scale), Sheet(scale), Sheet(scale))


@dataclass(slots=True)
class Setter:
    """Sets the lines of one card and refuses what touches. faces: by value, name, caption, mrz, latin and number.

    gap: from caption to value; taken: boxes of what is set.
    """

    layout: Layout
    person: Person
    inks: Inks
    faces: Mapping[str, str]
    colon: str
    height_caption: str
    gap: float = 0.0
    taken: list[Box] = field(default_factory=list)

    @property
    def one_line(self) -> bool:
        """Whether the address has room in one line, and the layout wants it there."""
        size = self.layout.value_size * 0.86
        width = self.inks.values.width(self.person.fields["address"], self.faces["value"], size)
        return self.layout.one_line_address and width < RIGHT - self.layout.left - 130

    def baselines(self) -> list[float]:
        first, last = self.layout.lines
        rows = 7 if self.one_line else 8
        return [first + row * (last - first) / (rows - 1) for row in range(rows)]

    def take(self, box: Box) -> None:
        """Raises DoesNotFit where the box stands in another or beyond the edge."""
        (first, last), rows = self.layout.lines, 7 if self.one_line else 8
        step = (last - first) / (rows - 1)
        for other in self.taken:
            beside = box[0] < other[2] - 1 and other[0] < box[2] - 1
            if beside and min(box[3], other[3]) - max(box[1], other[1]) > 0.16 * step:
                raise DoesNotFit("lines touch")
        if box[2] > 984 or box[3] > last + 34:
            raise DoesNotFit("over the edge")
        self.taken.append(box)

    def caption_width(self, text: str) -> float:
        return self.inks.captions.width(text + self.colon, self.faces["caption"], self.layout.caption_size)

    def caption(self, x: float, y: float, text: str) -> float:
        """Returns where it ends."""
        size = self.layout.caption_size
        self.take(self.inks.captions.text(x, y, text + self.colon, self.faces["caption"], size))
        return x + self.caption_width(text)

    def value(self, x: float, y: float, text: str, limit: float = RIGHT, size: float | None = None) -> float:
        """Sets a value, smaller where it must be, and returns where it ends."""
        size = self.layout.value_size if size is None else size
        return self._fitted(self.inks.values, "value", x, y, text, limit, size)

    def name(self, x: float, y: float, text: str, limit: float) -> float:
        return self._fitted(self.inks.names, "name", x, y, text, limit, self.layout.name_size)

    def _fitted(self, sheet: Sheet, role: str, x: float, y: float, text: str, limit: float, size: float) -> float:
        face, room = self.faces[role], limit - x
        need = sheet.width(text, face, size)
        if need > room:
            size *= max(room / need, 0)
            if size < 0.8 * self.layout.value_size or size < 10.2:
                raise DoesNotFit(text)
        self.take(sheet.text(x, y, text, face, size))
        return x + sheet.width(text, face, size)

    def behind(self, caption_end: float) -> float:
        """Where the value of a caption starts that begins its line."""
        column = self.layout.column
        return max(caption_end + self.gap * 0.6, column) if column else caption_end + self.gap

    def pair(self, y: float, name: str, text: str) -> None:
        """A caption and its value on a line of their own."""
        self.value(self.behind(self.caption(self.layout.left, y, CAPTIONS[name])), y, text)


def place_text(rng: random.Random, layout: Layout, person: Person, inks: Inks, faces: Mapping[str, str]) -> None:
    """All lines but the MRZ. Raises DoesNotFit."""
    colon = rng.choices([":", "ៈ", " :"], [6, 3, 1])[0]
    setter = Setter(layout, person, inks, faces, colon, CAPTIONS["height"] if rng.random() < 0.75 else "កម្ពស់")
    setter.gap = rng.uniform(7, 16)
    rows, fields = setter.baselines(), person.fields
    _names(rng, setter, rows)
    _birth_line(rng, setter, rows[2])
    setter.pair(rows[3], "birth_place", fields["birth_place"])
    if setter.one_line:
        setter.pair(rows[4], "address", fields["address"])
    else:
        setter.pair(rows[4], "address", person.address_lines[0])
        left = layout.column if layout.column and rng.random() < 0.5 else layout.left
        setter.value(left, rows[5], person.address_lines[1])
    until = f"{fields['issue_date']} {CAPTIONS['expiry_date']} {fields['expiry_date']}"
    setter.pair(rows[-2], "issue_date", until)
    setter.pair(rows[-1], "description", fields["description"])
    number = fields["id_number"] + (f" {person.id_suffix}" if person.id_suffix else "")
    right, baseline = layout.number
    setter.take(inks.names.text(right, baseline, number, faces["number"], layout.number_size, DIGIT, anchor="rs"))


def _names(rng: random.Random, setter: Setter, rows: list[float]) -> None:
    """The Khmer name behind its caption, the Latin one below it without any."""
    layout, fields, names = setter.layout, setter.person.fields, setter.inks.names
    start = setter.behind(setter.caption(layout.left, rows[0], CAPTIONS["name_kh"]))
    setter.name(start, rows[0], fields["name_kh"], layout.number[0] if layout.number[1] < rows[0] - 44 else RIGHT)
    left, face = layout.left + layout.latin_indent, setter.faces["latin"]
    size = layout.value_size * 1.42 * rng.uniform(0.95, 1.12)
    if left + names.width(fields["name_en"], face, size, LATIN) > RIGHT:
        raise DoesNotFit("Latin name")
    setter.take(names.text(left, rows[1], fields["name_en"], face, size, LATIN))


def _birth_line(rng: random.Random, setter: Setter, y: float) -> None:
    """Birth date, sex and height share a line."""
    layout, fields = setter.layout, setter.person.fields
    captions = [CAPTIONS["birth_date"], CAPTIONS["sex"], setter.height_caption]
    texts = [fields["birth_date"], fields["sex"], fields["height"]]

    def free(size: float) -> float:
        words = sum(setter.inks.values.width(text, setter.faces["value"], size) for text in texts)
        return RIGHT - layout.left - sum(map(setter.caption_width, captions)) - words - 3 * setter.gap

    size, least = layout.value_size, 20
    if free(size) < least:
        size, least = size * 0.86, 14
        if free(size) < least:
            raise DoesNotFit("birth line")
    between = free(size) / 2 if layout.spread else min(free(size) / 2, rng.uniform(14, 40))
    x = layout.left
    for at, (caption, text) in enumerate(zip(captions, texts, strict=True)):
        end = setter.caption(x, y, caption)
        start = setter.behind(end) if at == 0 else end + setter.gap
        x = setter.value(start, y, text, RIGHT + 6, size)
        x += min(between, 12) if layout.column else between


def place_mrz(rng: random.Random, sheet: Sheet, person: Person, face: str) -> None:
    """Three lines at the foot, every letter in the middle of its own cell."""
    pitch = rng.uniform(28.6, 30.2)
    left = rng.uniform(36, 990 - 30 * pitch - 30)
    step = rng.uniform(46.5, 50)
    base = rng.uniform(594, 604) - 2 * step
    font = sheet.font(face, rng.uniform(25.5, 29.5), LATIN)
    for row in range(3):
        for column, letter in enumerate(person.fields[f"machine_code{row + 1}"]):
            at = ((left + (column + 0.5) * pitch) * sheet.scale, (base + row * step) * sheet.scale)
            sheet.draw.text(at, letter, font=font, fill=255, anchor="ms")
