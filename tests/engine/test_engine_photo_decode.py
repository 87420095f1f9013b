"""Photo files of every kind: what is accepted, what is refused, and that points find their way back."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from khid_eval.engine.photo_decode import decode
from khid_eval.errors import BadPhoto


def file_of(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def marked(width: int = 64, height: int = 40) -> Image.Image:
    """Black with one white block whose middle is at (12, 6)."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[4:8, 10:14] = 255
    return Image.fromarray(image)


def white_middle(image: np.ndarray) -> np.ndarray:
    ys, xs = np.nonzero(image[..., 0] > 128)
    return np.array([[xs.mean() + 0.5, ys.mean() + 0.5]])


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_formats_are_read_exactly(kind: str) -> None:
    photo = decode(file_of(marked(), kind))
    assert np.array_equal(photo.image, np.asarray(marked()))
    assert photo.sent_size == (64, 40)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_and_undone(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file_of(marked(), kind, exif=exif)
    photo = decode(data)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert np.array_equal(photo.image, np.asarray(upright.convert("RGB")))
    assert photo.sent_size == (64, 40)
    sent = photo.to_sent(white_middle(photo.image))
    assert sent == pytest.approx(np.array([[12.0, 6.0]]), abs=0.2)
    assert photo.from_sent(sent) == pytest.approx(white_middle(photo.image), abs=1e-6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_photos_are_reduced_and_points_still_fit(kind: str) -> None:
    big = marked().resize((3200, 2000), Image.Resampling.NEAREST)
    photo = decode(file_of(big, kind), enough_pixels=1_000_000)
    assert photo.image.shape == (1000, 1600, 3)
    assert photo.reduction == pytest.approx(2.0)
    assert photo.to_sent(white_middle(photo.image)) == pytest.approx(np.array([[600.0, 300.0]]), abs=2.0)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "F"]
)
def test_every_mode_becomes_rgb(mode: str) -> None:
    values = np.linspace(0, 60000, 40 * 30).reshape(30, 40)
    if mode == "I;16":
        picture = Image.fromarray(values.astype(np.uint16))
    elif mode in ("I", "F"):
        picture = Image.fromarray(values.astype(np.int32 if mode == "I" else np.float32))
    else:
        picture = Image.fromarray((values / 256).astype(np.uint8)).convert("RGB").convert(mode)
    kinds = {"PNG": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}, "TIFF": {"CMYK", "YCbCr", "LAB", "I", "F"}}
    kind = next((kind for kind, modes in kinds.items() if mode in modes), None)
    if kind is None:
        picture, kind = picture.convert("RGB"), "BMP"
    photo = decode(file_of(picture, kind))
    assert photo.image.shape == (30, 40, 3)
    assert photo.image.dtype == np.uint8
    assert photo.image.max() > 100


def test_transparent_paper_is_white() -> None:
    photo = decode(file_of(Image.new("RGBA", (20, 20), (0, 0, 0, 0))))
    assert photo.image.min() == 255


@pytest.mark.parametrize("size", [(14, 100), (100, 14), (8193, 20), (20, 9000)])
def test_sides_outside_the_limits_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadPhoto) as caught:
        decode(file_of(Image.new("L", size)))
    assert caught.value.code == "AIS.0103"


def test_a_bomb_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data += struct.pack(">I", 4) + b"IDAT" + bytes(8)
    with pytest.raises(BadPhoto) as caught:
        decode(data)
    assert caught.value.code == "AIS.0103"


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", file_of(marked(), "GIF"), file_of(marked(), "WEBP"), file_of(marked(400, 300), "JPEG")[:200]],
    ids=["empty", "text", "gif", "webp", "cut"],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BadPhoto) as caught:
        decode(data)
    assert caught.value.code == "AIS.0102"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_damaged_files_are_read_or_refused_never_worse(kind: str) -> None:
    rng = np.random.default_rng(3)
    whole = file_of(Image.fromarray(rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)), kind)
    codes = set()
    for _ in range(150):
        data = bytearray(whole[: int(rng.integers(20, len(whole) + 1))])
        for at in rng.integers(0, len(data), int(rng.integers(0, 6))):
            data[at] = int(rng.integers(256))
        try:
            assert decode(bytes(data)).image.ndim == 3
        except BadPhoto as refused:
            codes.add(refused.code)
    assert codes <= {"AIS.0102", "AIS.0103"}
