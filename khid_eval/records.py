"""Values that travel between rooms: what is asked of a reader and what it answers. No behaviour beyond checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    RgbImage = NDArray[np.uint8]
    """(H, W, 3) uint8, RGB."""
    GreyImage = NDArray[np.uint8]
    """(H, W) uint8."""
    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
else:  # names alone: production code that only decides by a policy needs no numpy
    RgbImage = GreyImage = FloatArray = BoolArray = Any

Point = tuple[float, float]
"""(x, y) in pixels; the origin is the upper left corner of the photo, integer coordinates are pixel EDGES."""
Quad = tuple[Point, Point, Point, Point]
"""Four corners in the order they have when the card is read upright: top left, top right, bottom right, bottom left."""

FIELD_NAMES: tuple[str, ...] = (
    "id_number",
    "name_kh",
    "name_en",
    "birth_date",
    "sex",
    "height",
    "birth_place",
    "address",
    "issue_date",
    "expiry_date",
    "description",
    "machine_code1",
    "machine_code2",
    "machine_code3",
)
"""The 14 text fields, in the API's order."""

ALARM_NAMES: tuple[str, ...] = (
    "border_integrity",
    "blocking_within_border",
    "blur",
    "glare",
    "tampering",
    "reproduce",
)
"""Quality alarms: asked with detect_<name>, answered as detect_<name>_result and score_info.<name>_score."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a reader is asked for beside the 14 fields; named as the API's request parameters."""

    return_portrait_image: bool = False
    return_portrait_location: bool = False
    return_idcard_type: bool = False
    return_text_location: bool = False
    return_adjusted_image: bool = False
    detect_border_integrity: bool = False
    detect_blocking_within_border: bool = False
    detect_blur: bool = False
    detect_glare: bool = False
    detect_tampering: bool = False
    detect_reproduce: bool = False

    @classmethod
    def everything(cls) -> ReadOptions:
        return cls(**dict.fromkeys(cls.__dataclass_fields__, True))


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field as read. text: NFC, trimmed; "" means not read. confidence: estimated P(text is right), in [0, 1].

    quad: where the text stands on the photo as sent, or None where the reader does not say.
    """

    name: str
    text: str
    confidence: float
    quad: Quad | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:  # also refuses NaN
            raise ValueError(f"{self.name}: confidence must be in [0, 1], got {self.confidence}")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A quality alarm. score: 0..99; above 50 the alarm is raised."""

    name: str
    score: int
    raised: bool


@dataclass(frozen=True, slots=True)
class CardReading:
    """One card read from one photo. Parts that were not asked for (ReadOptions) are None or absent.

    fields: in card order; all 14 for the engine, those that were answered for an endpoint.
    portrait_jpeg, adjusted_jpeg: whole JPEG files (base64 only exists on the wire).
    portrait_quad: on the photo as sent.
    idcard_type: "normal" or "copy"; its confidence in [0, 1]; type_score 0..99 (> 50 is a copy).
    extra: response keys that the contract does not know, kept as they came.
    """

    fields: tuple[FieldReading, ...]
    portrait_jpeg: bytes | None = None
    portrait_quad: Quad | None = None
    idcard_type: str | None = None
    idcard_type_confidence: float | None = None
    idcard_type_score: int | None = None
    adjusted_jpeg: bytes | None = None
    alarms: tuple[Alarm, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> FieldReading | None:
        """The reading of that field, or None where it is absent."""
        return next((one for one in self.fields if one.name == name), None)


class CardReader(Protocol):
    """Anything that reads a card: the engine, the API client, a fake in a test."""

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        """photo: one whole PNG, JPEG, BMP or TIFF file, as sent. Raises nothing but KhidError."""
        ...
