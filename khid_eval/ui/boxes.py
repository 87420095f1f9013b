"""Places of the fields for an answer without any: found by the engine on this machine, and marked as such."""

from __future__ import annotations

from dataclasses import replace

from khid_eval.errors import KhidError
from khid_eval.records import CardReader, CardReading, ReadOptions


def lacks_places(reading: CardReading) -> bool:
    """Whether no field says where it stands."""
    return not any(field.quad for field in reading.fields)


def placed(reading: CardReading, photo: bytes, engine: CardReader) -> CardReading:
    """The same texts and confidences, with the engine's quads; as it was where the engine finds no card."""
    try:
        seen = engine.read(photo, ReadOptions(return_text_location=True, return_portrait_location=True))
    except KhidError:
        return reading
    quads = {field.name: field.quad for field in seen.fields}
    fields = tuple(replace(field, quad=quads.get(field.name)) for field in reading.fields)
    return replace(reading, fields=fields, portrait_quad=reading.portrait_quad or seen.portrait_quad)


__all__ = ["lacks_places", "placed"]
