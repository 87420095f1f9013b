"""Fields and pictures of a seen card -> the reading as the API gives it, in the coordinates of the photo as sent."""

from __future__ import annotations

import cv2
import numpy as np

from khid_eval.engine.fields import ReadField, ReadFields
from khid_eval.engine.geometry import as_array, box_quad
from khid_eval.engine.photo_decode import DecodedPhoto
from khid_eval.engine.quality import Quality, judge
from khid_eval.engine.rectify import RectifiedCard, rectify
from khid_eval.engine.rows import CardLayout
from khid_eval.records import ALARM_NAMES, CardReading, FieldReading, Quad, ReadOptions, RgbImage

_JPEG_QUALITY = 92
_ADJUSTED_WIDTH_PX = 1012  # ID-1 at 300 dpi


def assemble(
    photo: DecodedPhoto,
    card_quad: Quad,
    card: RectifiedCard,
    layout: CardLayout,
    fields: ReadFields,
    options: ReadOptions,
    *,
    suffix: bool,
) -> CardReading:
    """Everything that was asked for, and nothing else. suffix: id_number with the printed suffix."""
    on_photo = card.quad_to_photo(layout.portrait) if layout.portrait else None
    suspect = on_photo if options.detect_tampering else None
    quality = judge(photo.image, card_quad, suspect) if _wants_quality(options) else None
    return CardReading(
        fields=tuple(
            _field(one, photo, card if options.return_text_location else None, fields.suffix if suffix else "")
            for one in fields.fields
        ),
        portrait_jpeg=_portrait(photo.image, on_photo) if on_photo and options.return_portrait_image else None,
        portrait_quad=photo.quad_to_sent(on_photo) if on_photo and options.return_portrait_location else None,
        idcard_type=quality.idcard_type if quality and options.return_idcard_type else None,
        idcard_type_confidence=quality.type_confidence if quality and options.return_idcard_type else None,
        idcard_type_score=quality.type_score if quality and options.return_idcard_type else None,
        adjusted_jpeg=_adjusted(photo.image, card_quad) if options.return_adjusted_image else None,
        alarms=tuple(one for one in quality.alarms if getattr(options, f"detect_{one.name}")) if quality else (),
    )


def _wants_quality(options: ReadOptions) -> bool:
    return options.return_idcard_type or any(getattr(options, f"detect_{name}") for name in ALARM_NAMES)


def _field(one: ReadField, photo: DecodedPhoto, card: RectifiedCard | None, suffix: str) -> FieldReading:
    """card: None where no text location was asked for."""
    quad = photo.quad_to_sent(card.quad_to_photo(box_quad(*one.box))) if one.box and card else None
    text = f"{one.guess.text} {suffix}" if suffix and one.name == "id_number" and one.guess.text else one.guess.text
    return FieldReading(one.name, text, one.confidence, quad)


def _jpeg(image: RgbImage) -> bytes:
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data.tobytes()


def _portrait(image: RgbImage, quad: Quad) -> bytes:
    """The portrait upright, at the size it has on the photo."""
    top, side = as_array(quad)[1] - as_array(quad)[0], as_array(quad)[3] - as_array(quad)[0]
    size = (max(8, round(float(np.hypot(*top)))), max(8, round(float(np.hypot(*side)))))
    source = as_array(quad).astype(np.float32) - 0.5  # cv2 counts pixel centres
    target = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32) - 0.5
    flat = cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(source, target), size, borderMode=cv2.BORDER_REPLICATE
    )
    return _jpeg(np.asarray(flat, dtype=np.uint8))


def _adjusted(image: RgbImage, quad: Quad) -> bytes:
    """The card alone, flat and upright."""
    return _jpeg(rectify(image, quad, width_px=_ADJUSTED_WIDTH_PX).image)


__all__ = ["Quality", "assemble"]
