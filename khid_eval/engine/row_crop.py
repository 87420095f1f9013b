"""Rows -> pictures of single lines for the recogniser.

Khmer stacks signs above and below the line, and a tight cut loses them; the MRZ loses its ends when it is cut in x.
So every row gets room, and the MRZ the full width of the card.
"""

from __future__ import annotations

import cv2
import numpy as np

from khid_eval.engine.geometry import box_quad
from khid_eval.engine.rectify import RectifiedCard
from khid_eval.engine.rows import MRZ_KINDS, Box, Row
from khid_eval.records import GreyImage, Quad

_ROOM_Y = 0.22
_MRZ_ROOM_Y = 0.20
_ROOM_X = 0.016
"""Room around a row: above and below as a share of the row's height, left and right as a share of the card's width."""


def row_window(card: RectifiedCard, row: Row) -> Box:
    """(left, top, right, bottom) on the rectified image that the recogniser is to see; inside the image."""
    left, top, right, bottom = row.box
    if row.kind in MRZ_KINDS:
        room = _MRZ_ROOM_Y * (bottom - top)
        left, right = card.box[0], card.box[2]
    else:
        room = _ROOM_Y * (bottom - top)
        left, right = left - _ROOM_X * card.width_px, right + _ROOM_X * card.width_px
    height, width = card.image.shape[:2]
    return (max(left, 0.0), max(top - room, 0.0), min(right, float(width)), min(bottom + room, float(height)))


def crop_row(card: RectifiedCard, row: Row, *, more_room: float = 0.0, stretch: float = 1.0) -> GreyImage:
    """(h, w) uint8, at least 1 x 1: the window of the row, cut at whole pixels.

    more_room: above and below, as a share of the window's height; negative for less. stretch: of the crop's width.
    """
    left, top, right, bottom = row_window(card, row)
    more = more_room * (bottom - top)
    top, bottom = max(top - more, 0.0), min(bottom + more, float(card.image.shape[0]))
    x0, y0 = int(np.floor(left)), int(np.floor(top))
    x1, y1 = max(x0 + 1, int(np.ceil(right))), max(y0 + 1, int(np.ceil(bottom)))
    grey = card.grey()
    crop = np.ascontiguousarray(grey[min(y0, grey.shape[0] - 1) : y1, min(x0, grey.shape[1] - 1) : x1])
    if stretch == 1.0:
        return crop
    size = (max(1, round(crop.shape[1] * stretch)), crop.shape[0])
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def row_quad_on_photo(card: RectifiedCard, row: Row) -> Quad:
    """Where the row stands on the picture that was rectified."""
    return card.quad_to_photo(box_quad(*row.box))
