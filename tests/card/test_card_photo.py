"""Photos by their header: formats by content, the limits on both sides, orientation, damage."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from khid_eval.card import photo
from khid_eval.card.photo import PhotoInfo
from khid_eval.errors import BadPhoto, BadRequest


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    file = BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def pages() -> dict[str, Any]:
    """A second picture of another size."""
    return {"save_all": True, "append_images": [Image.new("RGB", (20, 90))]}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (saved("JPEG"), PhotoInfo("JPEG", 60, 40, 1)),
        (saved("JPEG", "CMYK"), PhotoInfo("JPEG", 60, 40, 1)),
        (saved("JPEG", "L", progressive=True), PhotoInfo("JPEG", 60, 40, 1)),
        (saved("JPEG", exif=turned(6)), PhotoInfo("JPEG", 60, 40, 6)),
        (saved("JPEG", exif=turned(9)), PhotoInfo("JPEG", 60, 40, 1)),
        (saved("MPO", **pages()), PhotoInfo("JPEG", 60, 40, 1)),
        (saved("PNG", "P"), PhotoInfo("PNG", 60, 40, 1)),
        (saved("PNG", "RGBA"), PhotoInfo("PNG", 60, 40, 1)),
        (saved("PNG", "I;16"), PhotoInfo("PNG", 60, 40, 1)),
        (saved("PNG", exif=turned(3)), PhotoInfo("PNG", 60, 40, 3)),
        (saved("PNG", **pages()), PhotoInfo("PNG", 60, 90, 1)),  # the canvas that holds all frames
        (saved("BMP"), PhotoInfo("BMP", 60, 40, 1)),
        (saved("TIFF"), PhotoInfo("TIFF", 60, 40, 1)),
        (saved("TIFF", exif=turned(6)), PhotoInfo("TIFF", 60, 40, 6)),
        (saved("TIFF", **pages()), PhotoInfo("TIFF", 60, 40, 1)),
        (saved("JPEG", size=(15, 8192)), PhotoInfo("JPEG", 15, 8192, 1)),
    ],
)
def test_a_photo_is_known_by_its_header(file: bytes, expected: PhotoInfo) -> None:
    assert photo.check(file) == expected


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "AIS.0102"),
        (b"name,text", "AIS.0102"),
        (b"data:image/png;base64,iVBORw0KGgo=", "AIS.0102"),
        (b"%PDF-1.7", "AIS.0102"),
        (b"\x00\x00\x00\x18ftypheic", "AIS.0102"),
        (saved("GIF", "P"), "AIS.0102"),
        (saved("WEBP"), "AIS.0102"),
        (saved("PNG")[:20], "AIS.0102"),
        (saved("JPEG")[:4], "AIS.0102"),
        (saved("BMP")[:16], "AIS.0102"),
        (saved("TIFF")[:9], "AIS.0102"),
        (saved("PNG", size=(14, 40)), "AIS.0103"),
        (saved("PNG", size=(40, 14)), "AIS.0103"),
        (saved("PNG", "1", size=(9000, 40)), "AIS.0103"),
        (saved("PNG", "1", size=(20000, 20000)), "AIS.0103"),
    ],
)
def test_a_bad_photo_has_the_apis_code(file: bytes, code: str) -> None:
    with pytest.raises(BadPhoto) as caught:
        photo.check(file)
    assert caught.value.code == code
    assert caught.value.advice


def test_the_limit_is_on_the_base64_text() -> None:
    longest = photo.MAX_BASE64_CHARS // 4 * 3
    start = saved("JPEG")
    assert photo.check(start + bytes(longest - len(start))).format == "JPEG"
    with pytest.raises(BadRequest, match=r"10\.0 MB") as caught:
        photo.check(start + bytes(longest - len(start) + 1))
    assert caught.value.code == "ModelArts.4104"


@given(st.data())
def test_no_damage_makes_anything_but_a_khid_error(data: st.DataObject) -> None:
    makers: list[Callable[[], bytes]] = [
        lambda: saved("JPEG", exif=turned(6)),
        lambda: saved("PNG", exif=turned(6)),
        lambda: saved("BMP"),
        lambda: saved("TIFF", exif=turned(6)),
    ]
    file = bytearray(data.draw(st.sampled_from(makers))())
    for _ in range(data.draw(st.integers(1, 8))):
        file[data.draw(st.integers(2, min(len(file) - 1, 400)))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of damaged tags; the result is what counts
        with contextlib.suppress(BadPhoto):
            info = photo.check(bytes(file))
            assert 15 <= info.width_px <= 8192
            assert 1 <= info.exif_orientation <= 8
