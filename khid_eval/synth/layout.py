"""From a person and a style to the pieces of ink on a card, with the box of every piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from khid_eval.card.captions import CAPTIONS
from khid_eval.card.dates import printed
from khid_eval.synth.fonts import InkLine, TextStyle, ink_line, line_width, stretched
from khid_eval.synth.paint import Colour
from khid_eval.synth.persons import Person
from khid_eval.synth.styles import CardStyle, Typeface

_SMALLEST = 0.62  # a line that is too long is set smaller, then narrower, down to this share of its width


@dataclass(frozen=True, slots=True)
class Box:
    """Edges in pixels of the flat card."""

    left: float
    top: float
    right: float
    bottom: float

    def union(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of ink. field: the API field that it shows, "caption" or "header"; box: of its ink."""

    text: str
    field: str
    ink: InkLine
    left: int
    top: int
    colour: Colour
    box: Box


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    field: str
    style: TextStyle
    colour: Colour
    gap_px: float  # before it
    column_px: float = 0.0  # not before this x
    drop_px: float = 0.0  # below the row's baseline


def text_style(style: CardStyle, face: Typeface, *, latin: bool = False) -> TextStyle:
    """How text of that role is set on this card."""
    size, tracking = face.size * style.width_px, face.tracking * style.width_px
    if latin:
        return TextStyle(style.value.family, face.family, size, 400, face.weight, 1.0, True, tracking, face.stretch)
    weights = face.weight, style.latin.weight
    return TextStyle(face.family, style.latin.family, size, *weights, latin_scale=0.95, stretch=face.stretch)


def _piece(word: _Word, x: float, baseline: float, share: float) -> tuple[Piece, float]:
    line = ink_line(word.text, word.style)
    if share < 1.0:
        line = stretched(line, share)
    left, top = round(x + line.left_px), round(baseline + word.drop_px + line.top_px)
    box = Box(left, top, left + line.ink.shape[1], top + line.ink.shape[0])
    return Piece(word.text, word.field, line, left, top, word.colour, box), x + line.advance_px


def set_row(words: list[_Word], x: float, baseline: float, right: float) -> tuple[Piece, ...]:
    """The words of one printed line, one after the other; squeezed where they would pass `right`."""
    end = x
    for word in words:
        end = max(end + word.gap_px, word.column_px) + line_width(word.text, word.style)
    share = max(_SMALLEST, min(1.0, (right - x) / max(end - x, 1.0)))
    pieces, pen = list[Piece](), x
    for word in words:
        start = max(pen + word.gap_px * share, min(word.column_px, x + word.column_px * share))
        piece, pen = _piece(word, start, baseline, share)
        pieces.append(piece)
    return tuple(pieces)


def _rows(person: Person, style: CardStyle) -> list[tuple[float, list[_Word]]]:
    """(left share, words) of each of styles.ROWS."""
    layout, width = style.layout, style.width_px
    caption_style, value_style = text_style(style, style.caption), text_style(style, style.value)
    name_style = text_style(style, style.name)
    latin_style = text_style(style, style.latin, latin=True)
    gap, column = layout.caption_gap * width, layout.value_column * width
    truth = person.fields()

    def caption(field: str, before_px: float = 0.0, colon: bool = True) -> _Word:
        text = CAPTIONS[field] + (style.colon if colon else "")
        return _Word(text, "caption", caption_style, style.caption_ink, before_px)

    def value(field: str, text: str, set_as: TextStyle = value_style, to: float = column) -> _Word:
        return _Word(text, field, set_as, style.value_ink, gap, to, layout.value_drop * style.height_px)

    between = layout.column_gap * width
    birth = [caption("birth_date"), value("birth_date", truth["birth_date"])]
    birth += [caption("sex", between), value("sex", truth["sex"], to=0.0)]
    birth += [caption("height", between), value("height", truth["height"], to=0.0)]
    validity = [caption("issue_date"), value("issue_date", printed(person.issue))]
    validity += [caption("expiry_date", gap + 0.006 * width, colon=False)]
    validity += [value("expiry_date", printed(person.expiry), to=0.0)]
    start, second = layout.left + layout.indent[0], layout.left + layout.indent[1]
    return [
        (layout.number_x, [_Word(person.printed_number, "id_number", latin_style, style.latin_ink, 0.0)]),
        (start, [caption("name_kh"), value("name_kh", truth["name_kh"], name_style)]),
        (layout.latin_name_x, [_Word(truth["name_en"], "name_en", latin_style, style.latin_ink, 0.0)]),
        (start, birth),
        (start, [caption("birth_place"), value("birth_place", truth["birth_place"])]),
        (start, [caption("address"), value("address", person.address_line1)]),
        (second, [_Word(person.address_line2, "address", value_style, style.value_ink, 0.0)]),
        (start, validity),
        (start, [caption("description"), value("description", truth["description"])]),
    ]


def _mrz_rows(person: Person, style: CardStyle) -> list[tuple[Piece, ...]]:
    layout, width, height = style.layout, style.width_px, style.height_px
    left, right = layout.mrz_left * width, layout.mrz_right * width
    rows = list[tuple[Piece, ...]]()
    for i, (text, baseline) in enumerate(zip(person.mrz, layout.mrz_baselines, strict=True)):
        plain = text_style(style, style.mrz, latin=True)
        missing = (right - left - line_width(text, plain)) / plain.stretch / (len(text) - 1)
        spaced = replace(plain, tracking_px=plain.tracking_px + missing)
        word = _Word(text, f"machine_code{i + 1}", spaced, style.mrz_ink, 0.0)
        rows.append((_piece(word, left, baseline * height, 1.0)[0],))
    return rows


def _header_rows(style: CardStyle) -> list[tuple[Piece, ...]]:
    """Centred over the text column, above the number."""
    rows, size = list[tuple[Piece, ...]](), 0.72
    for i, text in enumerate(style.header):
        face = Typeface(style.name.family, style.name.size * size, style.name.weight)
        set_as = text_style(style, face)
        middle = (style.layout.left + style.layout.number_x) / 2 * style.width_px
        x = max(0.03 * style.width_px, middle - line_width(text, set_as) / 2)
        baseline = (0.045 + 0.05 * i) * style.height_px
        word = _Word(text, "header", set_as, style.caption_ink, 0.0)
        rows.append(set_row([word], x, baseline, style.layout.number_x * style.width_px - 8))
    return rows


def set_card(person: Person, style: CardStyle) -> list[tuple[Piece, ...]]:
    """All printed lines, each a tuple of pieces from left to right; header, then the card's rows, then the MRZ."""
    width, height, right = style.width_px, style.height_px, style.layout.right * style.width_px
    rows = _header_rows(style)
    for baseline, (left, words) in zip(style.layout.baselines, _rows(person, style), strict=True):
        longest = sum(line_width(word.text, word.style) for word in words)
        start = max(0.02 * width, min(left * width, right - longest)) if len(words) == 1 else left * width
        rows.append(set_row(words, start, baseline * height, right))
    return rows + _mrz_rows(person, style)


def joined(boxes: Iterable[Box]) -> Box:
    """The box around all of them; at least one."""
    first, *others = boxes
    for box in others:
        first = first.union(box)
    return first


__all__ = ["Box", "Piece", "joined", "set_card", "set_row", "text_style"]
