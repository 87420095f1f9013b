"""A reading as a table for people on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from khid_eval.records import CardReading, Quad

_GOOD = 0.9
_POOR = 0.5


def table_of(title: str, reading: CardReading) -> Table:
    """Fields with their confidence in percent, then the parts that were asked for beside them."""
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    table.add_column("Field", no_wrap=True)
    table.add_column("Text", overflow="fold")
    table.add_column("Confidence", justify="right", no_wrap=True)
    for field in reading.fields:
        table.add_row(field.name, Text(field.text), _percent(field.confidence))
    parts = list(_parts(reading))
    if parts:
        table.add_section()
    for name, text, confidence in parts:
        table.add_row(name, Text(text), confidence)
    return table


def _parts(reading: CardReading) -> Iterator[tuple[str, str, Text | str]]:
    if reading.idcard_type is not None:
        confidence = reading.idcard_type_confidence
        yield "idcard_type", reading.idcard_type, "" if confidence is None else _percent(confidence)
    if reading.portrait_quad:
        yield "portrait_location", _corners(reading.portrait_quad), ""
    for name, file in (("portrait_image", reading.portrait_jpeg), ("adjusted_image", reading.adjusted_jpeg)):
        if file:
            yield name, f"{len(file):,} bytes (get them with --jsonl)", ""
    for alarm in reading.alarms:
        yield alarm.name, "ALARM" if alarm.raised else "fine", f"score {alarm.score}"


def _percent(confidence: float) -> Text:
    style = "green" if confidence >= _GOOD else "yellow" if confidence >= _POOR else "red"
    return Text(f"{confidence:.1%}", style=style)


def _corners(quad: Quad) -> str:
    return " ".join(f"({x:.0f}, {y:.0f})" for x, y in quad)


__all__ = ["table_of"]
