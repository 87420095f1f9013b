"""Conditions: the same card under rotation, bad light, blur and the rest, with its truth carried exactly along.

>>> import numpy as np
>>> from khid_eval import conditions
>>> flat = conditions.Picture(np.full((54, 86, 3), 200, np.uint8), {"card": conditions.rectangle(0, 0, 86, 54)})
>>> turned = conditions.rotate(flat, 90)
>>> turned.image.shape, turned.quads["card"][0]
((86, 54, 3), (54.0, 0.0))
>>> conditions.parameters("dark", 3)
{'stops': 3.0}
"""

from khid_eval.card.photo import MAX_SIDE_PX, MIN_SIDE_PX
from khid_eval.conditions.picture import (
    CARD,
    Picture,
    crop,
    move_quad,
    move_quads,
    rectangle,
    resize,
    rotate,
    rotation_deg,
    warp,
)
from khid_eval.conditions.registry import (
    CONDITIONS,
    SEVERITIES,
    Condition,
    apply,
    apply_all,
    apply_amount,
    find,
    parameters,
    seeded,
)

__all__ = [
    "CARD",
    "CONDITIONS",
    "MAX_SIDE_PX",
    "MIN_SIDE_PX",
    "SEVERITIES",
    "Condition",
    "Picture",
    "apply",
    "apply_all",
    "apply_amount",
    "crop",
    "find",
    "move_quad",
    "move_quads",
    "parameters",
    "rectangle",
    "resize",
    "rotate",
    "rotation_deg",
    "seeded",
    "warp",
]
