"""Photo files that a reader should survive: broken bytes, odd pictures, nothing at all. Seeded: same kind and number,
same bytes."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from khid_eval.card.khmer import canonical
from khid_eval.records import CardReading, RgbImage

SAMPLES: Final = Path(__file__).parents[2] / "sample_images"
CARD: Final = "01-clean.jpg"
SURE: Final = 0.95
"""Confidence above which a wrong field is a fault, however bad the photo."""
_WIDTH_PX: Final = 640
Rng = np.random.Generator


def truth() -> dict[str, str]:
    """Field -> canonical text of the card that all kinds start from."""
    with (SAMPLES / "metadata.jsonl").open(encoding="utf-8") as rows:
        fields = next(row["fields"] for row in map(json.loads, rows) if row["file_name"] == CARD)
    return {name: canonical(text) for name, text in fields.items() if text}


def sure_and_wrong(make: Callable[[Rng], bytes], reading: CardReading, expected: Mapping[str, str]) -> list[str]:
    """Fields that are given with confidence and are not what stands on the card; on no card nothing stands."""
    on_card = expected if make in BROKEN else {}
    return [
        one.name
        for one in reading.fields
        if one.text and one.confidence > SURE and canonical(one.text) != on_card.get(one.name)
    ]


def _card(rng: Rng) -> Image.Image:
    """A photo of a card, small, turned now and then."""
    with Image.open(SAMPLES / CARD) as opened:
        card = opened.convert("RGB")
    small = card.resize((_WIDTH_PX, round(card.height * _WIDTH_PX / card.width)))
    return small.rotate(int(rng.choice([0, 0, 90, 180, 270])), expand=True)


def _file(picture: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def _card_file(rng: Rng) -> bytearray:
    kind = str(rng.choice(["JPEG", "JPEG", "PNG", "BMP", "TIFF"]))
    settings = {"progressive": bool(rng.integers(2))} if kind == "JPEG" else {}
    return bytearray(_file(_card(rng), kind, **settings))


def truncated(rng: Rng) -> bytes:
    data = _card_file(rng)
    return bytes(data[: int(rng.integers(0, len(data)))])


def flipped_bytes(rng: Rng) -> bytes:
    data = _card_file(rng)
    for at in rng.integers(0, len(data), int(rng.integers(1, 200))):
        data[at] = int(rng.integers(256))
    return bytes(data)


def flipped_header(rng: Rng) -> bytes:
    data = _card_file(rng)
    for at in rng.integers(2, 400, int(rng.integers(1, 8))):
        data[at] = int(rng.integers(256))
    return bytes(data)


def missing_piece(rng: Rng) -> bytes:
    data = _card_file(rng)
    start = int(rng.integers(20, len(data)))
    del data[start : start + int(rng.integers(1, 5000))]
    return bytes(data)


def foreign_piece(rng: Rng) -> bytes:
    data = _card_file(rng)
    start = int(rng.integers(20, len(data)))
    data[start:start] = rng.bytes(int(rng.integers(1, 5000)))
    return bytes(data)


def two_halves(rng: Rng) -> bytes:
    one, other = _card_file(rng), _card_file(rng)
    return bytes(one[: len(one) // 2] + other[len(other) // 2 :])


def plain_bytes(rng: Rng) -> bytes:
    heads = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*", b"GIF89a", b"RIFF"]
    return heads[int(rng.integers(len(heads)))] + rng.bytes(int(rng.integers(0, 3000)))


def claimed_size(rng: Rng) -> bytes:
    """A PNG whose header promises any size, with hardly a pixel behind it."""
    width, height = (int(rng.choice([0, 1, 14, 15, 600, 8192, 8193, 60_000, 2**31 - 1])) for _ in range(2))
    head = struct.pack(">IIBBBBB", width, height, int(rng.choice([1, 8, 16])), int(rng.choice([0, 2, 3, 6])), 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(4000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def huge_blank(rng: Rng) -> bytes:
    """The largest picture that is allowed, or close to it, in one colour."""
    size = (int(rng.integers(7800, 8193)), int(rng.integers(7800, 8193)))
    mode, kind = [("RGB", "JPEG"), ("L", "PNG"), ("1", "PNG"), ("P", "PNG")][int(rng.integers(4))]
    return _file(Image.new(mode, size, int(rng.integers(2)) if mode == "1" else 90), kind)


def ribbon(rng: Rng) -> bytes:
    long, short = int(rng.integers(1000, 8193)), int(rng.integers(15, 40))
    size = (long, short) if rng.integers(2) else (short, long)
    return _file(_card(rng).resize(size))


def tiny(rng: Rng) -> bytes:
    size = (int(rng.integers(1, 80)), int(rng.integers(1, 80)))
    return _file(_card(rng).resize(size))


def odd_mode(rng: Rng) -> bytes:
    """The card as bits, palette, deep grey, floats, CMYK, Lab, with transparency …"""
    card, mode = _card(rng), str(rng.choice(["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F", "I;16"]))
    if mode == "I;16":
        return _file(Image.fromarray(np.asarray(card.convert("L"), np.uint16) * 257), "PNG")
    if mode == "LAB":
        return _file(Image.frombytes("LAB", card.size, card.tobytes()), "TIFF")
    if mode in ("F", "I"):
        grey = np.asarray(card.convert("L"), np.float32) * np.float32(rng.choice([1e-30, 1.0, 1e30]))
        grey[:: int(rng.choice([7, grey.shape[0]]))] = np.nan
        return _file(Image.fromarray(grey) if mode == "F" else card.convert("L").convert("I"), "TIFF")
    picture = card.convert("RGBA").convert("LA") if mode == "LA" else card.convert(mode)
    return _file(picture, "PNG" if mode in ("1", "L", "P", "LA", "RGBA") else "TIFF")


def _pixels(image: np.ndarray) -> bytes:
    picture = Image.fromarray(np.asarray(np.clip(image, 0, 255), np.uint8))
    return _file(picture, "JPEG", quality=60) if image.size > 1_000_000 else _file(picture)


def noise(rng: Rng) -> bytes:
    shape = (int(rng.integers(100, 1200)), int(rng.integers(100, 1200)), 3)
    return _pixels(rng.integers(0, 256, shape) if rng.integers(2) else rng.normal(128, 40, shape))


def soft_noise(rng: Rng) -> bytes:
    """Blots at all scales: more like a picture than white noise."""
    layers = [cv2.resize(rng.normal(0, 30, (cells, cells, 3)).astype(np.float32), (900, 600)) for cells in (3, 9, 27)]
    return _pixels(np.sum(layers, axis=0) + 128)


def one_colour(rng: Rng) -> bytes:
    shape = (int(rng.integers(15, 1200)), int(rng.integers(15, 1200)), 1)
    return _pixels(np.broadcast_to(rng.integers(0, 256, 3), (*shape[:2], 3)) + rng.integers(0, 2, shape))


def stripes(rng: Rng) -> bytes:
    """Lines that a finder of rows may take for text."""
    rows = np.sin(np.arange(700) * rng.uniform(0.05, 1.5))[:, None] * np.sin(np.arange(1000) * rng.uniform(0.05, 1.5))
    return _pixels(np.repeat((128 + 120 * rows)[..., None], 3, axis=2))


def empty_frame(rng: Rng) -> bytes:
    """A card-like rectangle with nothing on it."""
    image: RgbImage = np.full((700, 1000, 3), 60, np.uint8)
    shade = tuple(int(one) for one in rng.integers(120, 250, 3))
    cv2.rectangle(image, (120, 120), (880, 600), shade, -1)
    return _pixels(image + rng.normal(0, 3, image.shape))


def faint_card(rng: Rng) -> bytes:
    """Next to no contrast, or none."""
    grey = np.asarray(_card(rng), np.float32)
    return _pixels(rng.integers(0, 230) + grey * float(rng.choice([0.0, 0.01, 0.03, 0.08])))


def shuffled_card(rng: Rng) -> bytes:
    """The pieces of a card in another order."""
    card = np.asarray(_card(rng).resize((640, 384)))
    blocks = card.reshape(6, 64, 10, 64, 3).swapaxes(1, 2).reshape(60, 64, 64, 3)
    return _pixels(rng.permutation(blocks).reshape(6, 10, 64, 64, 3).swapaxes(1, 2).reshape(384, 640, 3))


def inverted_card(rng: Rng) -> bytes:
    return _pixels(255 - np.asarray(_card(rng)))


def mirrored_card(rng: Rng) -> bytes:
    return _pixels(np.asarray(_card(rng))[:, ::-1])


BROKEN: Final[tuple[Callable[[Rng], bytes], ...]] = (
    truncated,
    flipped_bytes,
    flipped_header,
    missing_piece,
    foreign_piece,
    two_halves,
    plain_bytes,
    claimed_size,
    tiny,
    odd_mode,
    ribbon,
    faint_card,
    inverted_card,
)
"""What may still show the card, or a piece of it."""
NO_CARD: Final[tuple[Callable[[Rng], bytes], ...]] = (
    huge_blank,
    noise,
    soft_noise,
    one_colour,
    stripes,
    empty_frame,
    shuffled_card,
    mirrored_card,
)
"""What shows nothing that anybody could read as a card."""


def poison(make: Callable[[Rng], bytes], number: int) -> bytes:
    """File `number` of that kind."""
    return make(np.random.default_rng([number, *make.__name__.encode()]))
