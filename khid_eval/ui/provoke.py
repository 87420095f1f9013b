"""Requests that the API must refuse, one for each error code that a request can provoke."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image

from khid_eval.card.photo import MAX_BASE64_CHARS
from khid_eval.contract import MAX_BODY_BYTES

WRONG_TOKEN = "not-a-token"
BY_TOKEN = ("APIG.0301", "ModelArts.4101", "ModelArts.4102")
"""Refused because of the credentials: sent with WRONG_TOKEN and a sound body."""


def blank_photo(width_px: int = 640, height_px: int = 400) -> bytes:
    """A grey PNG without a card."""
    file = io.BytesIO()
    Image.new("RGB", (width_px, height_px), (200, 205, 205)).save(file, "PNG")
    return file.getvalue()


def _body(**asked: object) -> bytes:
    return json.dumps(asked).encode()


def _base64(photo: bytes) -> str:
    return base64.b64encode(photo).decode("ascii")


BODIES: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "AIS.0101": lambda: _body(image=_base64(blank_photo()), url="https://example.com/card.jpg"),
        "AIS.0102": lambda: _body(image="data:image/png;base64," + _base64(blank_photo())),
        "AIS.0103": lambda: _body(image=_base64(blank_photo(14, 14))),
        "AIS.0104": lambda: _body(image=_base64(blank_photo())),
        "ModelArts.4104": lambda: _body(image="A" * (MAX_BASE64_CHARS + 4)),
        "ModelArts.4105": lambda: b'{"image": "unfinished',
        "ModelArts.4601": lambda: _body(url="not an address"),
        "ModelArts.4603": lambda: _body(url="https://photos.invalid/card.jpg"),
    }
)
"""Code -> a body that provokes it."""

TOO_LARGE = ("APIG.0201", 413)
"""Code and status of a body over the gateway's limit."""


def too_large() -> bytes:
    """A body over the gateway's limit."""
    return b" " * (MAX_BODY_BYTES + 1)


__all__ = ["BODIES", "BY_TOKEN", "TOO_LARGE", "WRONG_TOKEN", "blank_photo", "too_large"]
