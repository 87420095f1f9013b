"""What a photo file is, told from its header alone: format by content, size, orientation. No pixel is decoded here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from khid_eval.errors import BadPhoto, BadRequest

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MIN_SIDE_PX = 15
MAX_SIDE_PX = 8192
"""Both ends are allowed. The largest photo so has 67 million pixels: a bound on what a decoder unpacks."""
MAX_BASE64_CHARS = 10 * 1024 * 1024
"""Limit on the Base64 text of one photo; the file itself may then have 7,864,320 bytes."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),  # also MPO, the multi-picture JPEG of some phones: its first picture is a plain JPEG
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
)
_ORIENTATION = 0x0112
_SEND_A_PHOTO = "Send a PNG, JPEG, BMP or TIFF photo of the front of the card."


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """Header of a photo file.

    format: "JPEG", "PNG", "BMP" or "TIFF".
    width_px, height_px: of the stored picture, before exif_orientation is applied; 15..8192. A TIFF of several pages
    is its first page, an animated PNG its first frame.
    exif_orientation: 1..8 as in EXIF tag 0x0112; 1 (as stored) where the file does not say.
    """

    format: str
    width_px: int
    height_px: int
    exif_orientation: int


def check(photo: bytes) -> PhotoInfo:
    """Look at the header of a whole photo file and refuse what the API refuses.

    Raises BadPhoto (AIS.0102: not one of the four formats; AIS.0103: a side outside 15..8192 px) and BadRequest
    (ModelArts.4104: over 10 MB as Base64). A photo that passes may still prove broken when it is decoded.
    """
    check_base64_size(base64_chars(photo))
    kind = _format_of(photo)
    width_px, height_px, orientation = _header(photo, kind)
    if not (MIN_SIDE_PX <= width_px <= MAX_SIDE_PX and MIN_SIDE_PX <= height_px <= MAX_SIDE_PX):
        raise BadPhoto(
            f"The photo is {width_px} x {height_px} pixels; each side must be {MIN_SIDE_PX} to {MAX_SIDE_PX}.",
            "AIS.0103",
            "Send the photo at another size; 1000 to 4000 pixels wide is best.",
        )
    return PhotoInfo(kind, width_px, height_px, orientation)


def base64_chars(photo: bytes) -> int:
    """Length of the photo as Base64 text, padding included."""
    return 4 * ((len(photo) + 2) // 3)


def check_base64_size(chars: int) -> None:
    """Raises BadRequest (ModelArts.4104) when so many characters of Base64 are more than one photo may have."""
    if chars > MAX_BASE64_CHARS:
        raise BadRequest(
            f"The photo has {chars / 1024**2:.1f} MB as Base64; the limit is {MAX_BASE64_CHARS // 1024**2} MB.",
            "ModelArts.4104",
            "Save the photo smaller: a file of up to 7 MB fits.",
        )


def _format_of(photo: bytes) -> str:
    for signature, name in _SIGNATURES:
        if photo.startswith(signature):
            return name
    raise BadPhoto(f"The file is {_refused_name(photo)}.", "AIS.0102", _SEND_A_PHOTO)


def _refused_name(photo: bytes) -> str:
    """What a file that we do not take seems to be, for the message."""
    if not photo:
        return "empty"
    if photo[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    if photo.startswith(b"RIFF") and photo[8:12] == b"WEBP":
        return "a WebP picture"
    if photo.startswith(b"GIF8"):
        return "a GIF picture"
    if photo.startswith(b"%PDF"):
        return "a PDF document"
    if photo.startswith(b"data:"):
        return "Base64 text with a data: prefix"
    return "not a picture in a known format"


def _header(photo: bytes, kind: str) -> tuple[int, int, int]:
    """Width and height in pixels, EXIF orientation."""
    try:
        return _tiff_header(photo) if kind == "TIFF" else _plain_header(photo, kind)
    except Exception as exc:  # a damaged header makes Pillow raise nearly anything, and all of it means the same
        message = f"The file starts like a {kind} photo but its header is damaged."
        raise BadPhoto(message, "AIS.0102", _SEND_A_PHOTO) from exc


def _plain_header(photo: bytes, kind: str) -> tuple[int, int, int]:
    """The plugin itself, not Image.open: that one warns or raises by pixel count before we can give the API's code."""
    from PIL.BmpImagePlugin import BmpImageFile
    from PIL.Image import Exif
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    plugins: dict[str, Callable[[BytesIO], ImageFile]] = {
        "JPEG": JpegImageFile,
        "PNG": PngImageFile,
        "BMP": BmpImageFile,
    }
    opened = plugins[kind](BytesIO(photo))
    exif = Exif()
    exif.load(opened.info.get("exif", b""))  # opened.getexif() would decode a whole PNG
    return opened.width, opened.height, _orientation(exif.get(_ORIENTATION))


def _tiff_header(photo: bytes) -> tuple[int, int, int]:
    from PIL.TiffImagePlugin import IMAGELENGTH, IMAGEWIDTH, TiffImageFile

    tags = TiffImageFile(BytesIO(photo)).tag_v2  # its .size is already turned by the orientation
    return int(tags[IMAGEWIDTH]), int(tags[IMAGELENGTH]), _orientation(tags.get(_ORIENTATION))


def _orientation(value: object) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


__all__ = [
    "MAX_BASE64_CHARS",
    "MAX_SIDE_PX",
    "MIN_SIDE_PX",
    "PhotoInfo",
    "base64_chars",
    "check",
    "check_base64_size",
]
