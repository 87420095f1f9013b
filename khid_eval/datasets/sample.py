"""One row of a dataset: a photo, its card, its truth, and under what conditions it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from khid_eval.datasets import schema
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES, Quad


@dataclass(frozen=True, slots=True)
class PhotoCondition:
    """How the photo was taken or made. A part that is not known is None.

    rotation_deg: how far the card is turned clockwise. lighting, blur, device: words or, for blur, a measure.
    capture: "real" or "synthetic". name, severity: generated condition and its strength, 1..5. parent: the photo that
    this one was made from. extra: keys that the format does not know, kept and written back.
    """

    rotation_deg: float | None = None
    lighting: str | None = None
    blur: str | float | None = None
    device: str | None = None
    capture: str | None = None
    name: str | None = None
    severity: int | None = None
    parent: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """A labelled photo.

    file_name: path below the dataset's folder, with "/" between parts. group_id: one physical card; all its photos stay
    in one split. fields: field name -> truth, None where the card does not carry it; a field that is missing here was
    not labelled. Quads are in photo pixels on pixel edges. extra: unknown keys, kept and written back.
    """

    file_name: str
    group_id: str
    fields: Mapping[str, str | None]
    split: str | None = None
    idcard_type: str | None = None
    portrait_location: Quad | None = None
    card_quad: Quad | None = None
    condition: PhotoCondition = field(default_factory=PhotoCondition)
    label_source: str | None = None
    label_version: str | None = None
    sha256: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, row: object) -> Sample:
        """From a parsed row. Raises BadData with the first fault that makes the row unusable."""
        for fault in schema.row_errors(row):
            raise BadData(fault.message)
        assert isinstance(row, Mapping)  # the schema has just said so
        return cls(
            file_name=row["file_name"],
            group_id=row["group_id"],
            fields={name: row["fields"][name] for name in FIELD_NAMES if name in row["fields"]},
            portrait_location=_quad(row.get("portrait_location")),
            card_quad=_quad(row.get("card_quad")),
            condition=_condition(row.get("condition") or {}),
            extra={key: value for key, value in row.items() if key not in schema.ROW_KEYS},
            **{key: row.get(key) for key in schema.TEXT_KEYS},
        )

    def to_json(self) -> dict[str, Any]:
        """The row as the format has it: known keys in a fixed order, then the unknown ones. Unset keys are left out."""
        row: dict[str, Any] = {"file_name": self.file_name, "group_id": self.group_id}
        row |= _given({"split": self.split, "idcard_type": self.idcard_type})
        row["fields"] = {name: self.fields[name] for name in FIELD_NAMES if name in self.fields}
        for key in ("portrait_location", "card_quad"):
            quad = getattr(self, key)
            row |= {key: [list(point) for point in quad]} if quad else {}
        condition = _given({key: getattr(self.condition, key) for key in schema.CONDITION_KEYS})
        condition |= self.condition.extra
        row |= {"condition": condition} if condition else {}
        row |= _given({key: getattr(self, key) for key in ("label_source", "label_version", "sha256")})
        return row | dict(self.extra)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _quad(points: Any) -> Quad | None:
    if points is None:
        return None
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return a, b, c, d


def _condition(row: Mapping[str, Any]) -> PhotoCondition:
    known = {one.name for one in fields(PhotoCondition)} - {"extra"}
    extra = {key: value for key, value in row.items() if key not in known}
    return PhotoCondition(**{key: row.get(key) for key in known}, extra=extra)
