"""A fictional card's truth, a small photo and ready datasets for the tests of this room."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image

from khid_eval.card import dates, mrz
from khid_eval.datasets import DatasetWriter, PhotoCondition, Sample

BIRTH, ISSUE = date(1999, 7, 10), date(2018, 3, 6)


def truth(number: str = "123456789", **changes: str | None) -> dict[str, str | None]:
    """A complete truth that agrees with its own MRZ."""
    expiry = dates.expiry_of(ISSUE)
    one, two, three = mrz.build(number, BIRTH, "F", expiry, "SOK", "SREY MOM")
    return {
        "id_number": number,
        "name_kh": "សុខ ស្រីមុំ",
        "name_en": "SOK SREY MOM",
        "birth_date": dates.printed(BIRTH),
        "sex": "ស្រី",
        "height": "១៥៨ ស.ម",
        "birth_place": "ឃុំច្រេស ស្រុកមេសាង ព្រៃវែង",
        "address": "ផ្ទះ៤១ ផ្លូវ៤៤៤ ភូមិ២ សង្កាត់ពញាពន់ ខណ្ឌព្រែកព្នៅ ភ្នំពេញ",
        "issue_date": dates.printed(ISSUE),
        "expiry_date": dates.printed(expiry),
        "description": None,
        "machine_code1": one,
        "machine_code2": two,
        "machine_code3": three,
        **changes,
    }


def photo(seed: int = 0, size: tuple[int, int] = (86, 54), kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (seed % 256, seed // 256 % 256, 90)).save(buffer, kind)
    return buffer.getvalue()


def sample(index: int = 0, **changes: Any) -> Sample:
    values: dict[str, Any] = {
        "file_name": f"photos/{index:04d}.png",
        "group_id": f"card-{index // 2}",
        "fields": truth(f"{100000000 + index // 2}"),
        "split": "test",
        "idcard_type": "normal",
        "card_quad": ((1.0, 1.0), (85.0, 1.0), (85.0, 53.0), (1.0, 53.0)),
        "condition": PhotoCondition(capture="synthetic", lighting="normal", name="dark", severity=index % 5 + 1),
    }
    return Sample(**{**values, **changes})


def make_dataset(root: Path, count: int = 6) -> Path:
    with DatasetWriter(root) as writer:
        for index in range(count):
            writer.add(sample(index), photo(index))
    return root


def write_rows(root: Path, *rows: Mapping[str, Any] | bytes, photos: int = 1) -> Path:
    """A dataset from rows as they are, faults and all; photos named 0.png, 1.png, …"""
    root.mkdir(parents=True, exist_ok=True)
    for index in range(photos):
        (root / f"{index}.png").write_bytes(photo(index))
    lines = [row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows]
    (root / "metadata.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return root


def row(index: int = 0, **changes: Any) -> dict[str, Any]:
    """A faultless raw row for photo `index`; a change to None leaves the key out."""
    values = {
        "file_name": f"{index}.png",
        "group_id": f"card-{index}",
        "split": "test",
        "fields": truth(f"{100000000 + index}"),
        "condition": {"capture": "real"},
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}
