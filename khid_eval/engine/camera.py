"""What a camera makes of a rectangle: how far four corners are from being the picture of an ID-1 card.

A pinhole camera with square pixels, its axis in the photo's middle, sees a rectangle so that the columns of its
homography are at right angles and as long as the card's sides once the camera is taken out (Zhang 2000, "A flexible new
technique for camera calibration", equations 3 and 4). Of a cropped photo the axis is elsewhere: for tilts of some
degrees that changes little.
"""

from __future__ import annotations

import numpy as np

from khid_eval.engine.geometry import CARD_ASPECT, as_quad, box_quad, homography, is_convex, signed_area
from khid_eval.records import FloatArray

_FOCAL = 1.1
"""Focal length assumed, in units of the photo's longer side: between a phone's and that of a cropped photo."""
_CARD = box_quad(0.0, 0.0, CARD_ASPECT, 1.0)
_NO_RECTANGLE = 1.0
_LEAST_AREA = 1e-5  # in units of the squared focal length: smaller ones have no homography worth the name


def card_errors(corners: FloatArray, size: FloatArray) -> FloatArray:
    """(2,): the cosine between the card's two directions in space and the logarithm of how their lengths compare.

    Both are 0 for an ID-1 card under the assumed camera, and 1 for what is no convex quad, or a speck.

    corners: (4, 2) in the order of the upright card. size: (2,) width and height of the photo, in the same pixels.
    Of 990 drawn photos nine in ten have both below 0.004 at the true corners, under focal lengths of 1.5 to 1.6.
    """
    before_camera = as_quad((corners - size / 2) / (_FOCAL * float(size.max())))
    if not is_convex(before_camera) or abs(signed_area(before_camera)) < _LEAST_AREA:
        return np.full(2, _NO_RECTANGLE)
    across, down = homography(_CARD, before_camera).T[:2]
    lengths = np.array([np.linalg.norm(across), np.linalg.norm(down)])
    return np.array([across @ down / lengths.prod(), np.log(lengths[0] / lengths[1])])


__all__ = ["card_errors"]
