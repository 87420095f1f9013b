"""Words of the two passes -> fields, with the parser of the embedded engine: so the two differ in their reading alone.

What a careful person would tidy is tidied (dates, height, number, the form of the MRZ); nothing is drawn from another
field or from a gazetteer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from khid_eval.baselines.words import TextRow, Word, rows_of
from khid_eval.card import dates, mrz
from khid_eval.card.captions import HEIGHT_UNIT
from khid_eval.card.khmer import khmer_digits, latin_digits
from khid_eval.engine import mrz_lines
from khid_eval.engine.parse import find_fields
from khid_eval.engine.text_lines import Span, TextLine
from khid_eval.records import FieldReading

MRZ_FIELDS: Final = ("machine_code1", "machine_code2", "machine_code3")
_SHORTEST_MRZ: Final = 15
"""Letters; shorter lines of the MRZ pass are dirt."""
_EDGES: Final = " :;.,៖·-—|_"


def fields_of(text: Sequence[Word], zone: Sequence[Word]) -> dict[str, FieldReading]:
    """Fields from the words of the text pass and of the MRZ pass; what is not found is absent."""
    found = {one.name: one for one in (*_printed(rows_of(text)), *_mrz(rows_of(zone)))}
    return {name: one for name, one in found.items() if one.text}


def _printed(rows: Sequence[TextRow]) -> Iterator[FieldReading]:
    for name, spans in find_fields([TextLine(row.text) for row in rows]).items():
        if name in MRZ_FIELDS:
            continue
        text = " ".join(rows[span.line].text[span.start : span.end].strip(_EDGES) for span in spans)
        tidy = _TIDY.get(name, str.strip)(text)
        yield FieldReading(name, tidy, _confidence(rows, spans))


def _mrz(rows: Sequence[TextRow]) -> Iterator[FieldReading]:
    long = [row for row in rows if len(row.text.replace(" ", "")) >= _SHORTEST_MRZ]
    places = find_fields([TextLine(row.text) for row in long])
    lines = {name: long[places[name][0].line] for name in MRZ_FIELDS if name in places}
    texts = {name: lines[name].text if name in lines else "" for name in MRZ_FIELDS}
    mended = mrz_lines.mend(*(texts[name] for name in MRZ_FIELDS))
    for name, text in zip(MRZ_FIELDS, mended.lines, strict=True):
        if name in lines and set(text) <= set(mrz.ALPHABET):
            yield FieldReading(name, text, lines[name].confidence(0, len(lines[name].text)))


def _confidence(rows: Sequence[TextRow], spans: Sequence[Span]) -> float:
    """Mean over the spans of the words they touch."""
    parts = [rows[span.line].confidence(span.start, span.end) for span in spans]
    return sum(parts) / len(parts) if parts else 0.0


def _date(text: str) -> str:
    day = dates.parse(text)
    return dates.printed(day) if day else text


def _height(text: str) -> str:
    digits = re.search(r"\d{2,3}", latin_digits(text))
    return f"{khmer_digits(digits[0])} {HEIGHT_UNIT}" if digits else text


def _number(text: str) -> str:
    digits = re.search(r"\d{9}", mrz_lines.digits(latin_digits(text)).replace(" ", ""))
    return digits[0] if digits else text


_TIDY: Final[Mapping[str, Callable[[str], str]]] = {
    "id_number": _number,
    "height": _height,
    "birth_date": _date,
    "issue_date": _date,
    "expiry_date": _date,
}

__all__ = ["MRZ_FIELDS", "fields_of"]
