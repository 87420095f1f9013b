"""The request of `POST /v2/{project_id}/ocr/cambodian-idcard`: path, headers and body."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import quote, urlsplit

from khid_eval.card import photo as photo_file
from khid_eval.contract.failures import refusal
from khid_eval.records import ReadOptions

METHOD = "POST"
PATH_TEMPLATE = "/v2/{project_id}/ocr/cambodian-idcard"
MEDIA_TYPE = "application/json"
TOKEN_HEADER = "X-Auth-Token"
ENTERPRISE_PROJECT_HEADER = "Enterprise-Project-Id"
REQUEST_ID_HEADER = "X-Request-Id"
MAX_BODY_BYTES = 12 * 1024 * 1024
"""The gateway refuses a longer body before the API sees it (HTTP 413, APIG.0201)."""
SWITCHES: tuple[str, ...] = tuple(one.name for one in fields(ReadOptions))
"""The Boolean request parameters; all are false where they are not given."""

_LONGEST_URL = 8192
_LINE_BREAKS = dict.fromkeys(map(ord, " \t\r\n"))


@dataclass(frozen=True, slots=True)
class CardRequest:
    """One request: a photo or the address of one, never both, and what is asked beside the 14 fields.

    photo: a whole image file. Not checked here: khid_eval.card.photo.check does that.
    """

    photo: bytes | None = None
    url: str | None = None
    options: ReadOptions = field(default_factory=ReadOptions)

    def __post_init__(self) -> None:
        if (self.photo is None) == (self.url is None):
            raise ValueError("a request has either a photo or a url")

    def to_body(self) -> bytes:
        """The JSON body. Switches that are false are left out, as the official SDK does with what was not set."""
        switches = {name: True for name in SWITCHES if getattr(self.options, name)}
        if self.photo is None:
            return json.dumps({"url": self.url, **switches}).encode("ascii")
        # Base64 needs no escaping: written straight, its megabytes are not scanned once more.
        rest = json.dumps({"image": "", **switches}).encode("ascii").removeprefix(b'{"image": "')
        return b"".join((b'{"image": "', base64.b64encode(self.photo), rest))

    @classmethod
    def from_body(cls, body: bytes) -> CardRequest:
        """The request that a body asks for, as the server sees it. Unknown keys are ignored, null counts as not given.

        Raises BadRequest and BadPhoto with the API's codes: ModelArts.4105 (not a JSON object), AIS.0101 (image and
        url, or neither; a switch that is not true or false), ModelArts.4104 (image over 10 MB of Base64), AIS.0102
        (image is not plain Base64), ModelArts.4601 (url is not an address).
        """
        asked = _json_object(body)
        image, url = _text(asked, "image"), _text(asked, "url")
        if (image is None) == (url is None):
            raise refusal("AIS.0101", "The request must have exactly one of image and url.")
        options = ReadOptions(**{name: _switch(asked, name) for name in SWITCHES})
        if image is None:
            return cls(url=checked_url(url or ""), options=options)
        return cls(photo=photo_from_base64(image), options=options)


def path_for(project_id: str) -> str:
    """The path of a call for that project. Raises ValueError when it is empty: every call needs one."""
    if not project_id:
        raise ValueError("project_id is empty")
    return PATH_TEMPLATE.format(project_id=quote(project_id, safe=""))


def photo_from_base64(image: str) -> bytes:
    """The photo's bytes. Line breaks in the text are allowed.

    Raises BadRequest (ModelArts.4104: over 10 MB) and BadPhoto (AIS.0102: not plain Base64).
    """
    photo_file.check_base64_size(len(image))
    if image[:5].lower() == "data:":
        raise refusal("AIS.0102", "The image has a data: prefix; the API takes the plain Base64 text.")
    try:
        return binascii.a2b_base64(image.translate(_LINE_BREAKS), strict_mode=True)
    except ValueError as exc:  # binascii.Error, or a character that is not ASCII
        raise refusal("AIS.0102", "The image is not Base64 text.") from exc


def checked_url(url: str) -> str:
    """The same address, if it is a complete http or https one in ASCII. Raises BadRequest (ModelArts.4601).

    This is about its form; whether a server may fetch it (private networks …) is the server's question.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a broken IPv6 address or port
        good = False
    if not good or len(url) > _LONGEST_URL or not url.isascii() or any(one <= " " or one == "\x7f" for one in url):
        raise refusal("ModelArts.4601", "The url is not a complete http or https address.")
    return url


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise refusal("ModelArts.4105", "The body is not JSON.") from exc
    if not isinstance(asked, dict):
        raise refusal("ModelArts.4105", "The body is not a JSON object.")
    return asked


def _text(asked: Mapping[str, Any], name: str) -> str | None:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise refusal("AIS.0101", f"{name} must be a string.")
    return value or None


def _switch(asked: Mapping[str, Any], name: str) -> bool:
    value = asked.get(name)
    if value is not None and not isinstance(value, bool):
        raise refusal("AIS.0101", f"{name} must be true or false.")
    return bool(value)


__all__ = [
    "ENTERPRISE_PROJECT_HEADER",
    "MAX_BODY_BYTES",
    "MEDIA_TYPE",
    "METHOD",
    "PATH_TEMPLATE",
    "REQUEST_ID_HEADER",
    "SWITCHES",
    "TOKEN_HEADER",
    "CardRequest",
    "checked_url",
    "path_for",
    "photo_from_base64",
]
