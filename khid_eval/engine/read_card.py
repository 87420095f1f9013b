"""All rows of a card as read, with what stands where: text and columns of each field and of parts of the MRZ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from khid_eval.engine.ctc import LogProbs
from khid_eval.engine.evidence import Line, span_chars, span_text, span_window
from khid_eval.engine.mrz_lines import MrzReading, mend
from khid_eval.engine.recognise import CharReading
from khid_eval.engine.text_lines import Span

Spans = Mapping[str, Sequence[Span]]


@dataclass(frozen=True)
class Card:
    """All lines of a card with what stands where. mrz: the MRZ as read, its form mended."""

    lines: Sequence[Line]
    spans: Spans
    mrz: MrzReading

    def text(self, field: str) -> str:
        return span_text(self.lines, self.spans.get(field, ()))

    def window(self, field: str) -> LogProbs:
        return span_window(self.lines, self.spans.get(field, ()))

    def other_windows(self, field: str) -> list[LogProbs]:
        """The same from other crops of the row; none for a value on two rows."""
        spans = self.spans.get(field, ())
        return self.lines[spans[0].line].other_windows(spans[0].start, spans[0].end) if len(spans) == 1 else []

    def chars(self, field: str) -> list[CharReading]:
        return span_chars(self.lines, self.spans.get(field, ()))

    def mrz_text(self, number: int, start: int, end: int) -> str:
        """Characters start..end of MRZ line 1..3 as they were read, at the places of the mended line."""
        read = "".join(self.text(f"machine_code{number}").split())
        shift = self.mrz.shifts[number - 1]
        return read[max(0, start + shift) : max(0, end + shift)]

    def mrz_window(self, number: int, start: int, end: int) -> LogProbs:
        """Columns of characters start..end of mended MRZ line 1..3; empty where what was read does not reach there."""
        spans = self.spans.get(f"machine_code{number}", ())
        if not spans:
            return self.window("")
        line = self.lines[spans[0].line]
        places = [i for i, char in enumerate(line.text) if char != " "]
        shift = self.mrz.shifts[number - 1]
        start, end = max(0, start + shift), max(0, end + shift)
        if len(places) <= start:
            return self.window("")
        stop = places[end] if end < len(places) else len(line.text)
        return line.window(places[start], stop)


def card_of(lines: Sequence[Line], spans: Spans) -> Card:
    def read(number: int) -> str:
        return span_text(lines, spans.get(f"machine_code{number}", ()))

    return Card(lines, spans, mend(read(1), read(2), read(3)))


__all__ = ["Card", "Spans", "card_of"]
