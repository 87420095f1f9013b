"""Rows from CSV and Parquet files with the columns of `flat`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from khid_eval.datasets.check import Fault
from khid_eval.datasets.flat import from_flat, unguarded
from khid_eval.datasets.importers.collect import Incoming, PhotoFinder, left_out
from khid_eval.errors import BadData

_DELIMITERS = ",;\t"
_PARQUET_ROWS = 100


def read_csv(path: Path, photos: Path) -> Iterator[Incoming | Fault]:
    """Rows of a CSV file: UTF-8 with or without a byte order mark, comma, semicolon or tab. photos: their folder.

    Raises BadData when it is not UTF-8 or has no column file_name.
    """
    finder = PhotoFinder(photos)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            head = stream.readline()
            stream.seek(0)
            reader = csv.DictReader(stream, delimiter=max(_DELIMITERS, key=head.count), strict=True)
            if "file_name" not in (reader.fieldnames or ()):
                raise BadData(f"{path.name} has no column file_name.", advice="Name the columns as an export does.")
            for row in reader:
                cells = {key: unguarded(cell) for key, cell in row.items()}
                # DictReader files surplus cells under None: the row is broken, most likely an unquoted comma.
                if None in cells:
                    yield left_out(path.name, reader.line_num, "", "surplus-cells", "more cells than columns")
                else:
                    yield _incoming(path.name, reader.line_num, cells, finder)
    except UnicodeDecodeError as exc:
        advice = "Save it as “CSV UTF-8”."
        raise BadData(f"{path.name} is not UTF-8.", advice=advice) from exc
    except OSError as exc:
        raise BadData(f"{path.name} cannot be read.", advice="Check the path and your rights.") from exc
    except csv.Error as exc:
        raise BadData(f"{path.name} is not CSV: {exc}.") from exc


def _incoming(file: str, line: int, cells: Mapping[str, str | None], finder: PhotoFinder) -> Incoming | Fault:
    name = cells.get("file_name") or ""
    try:
        row = from_flat(cells)
        photo = finder.find(name)
    except BadData as exc:
        return left_out(file, line, name, "left-out", exc.message)
    return Incoming(file, line, row | {"file_name": finder.name_of(photo)}, photo)


def read_parquet(path: Path, photos: Path) -> Iterator[Incoming | Fault]:
    """Rows of a Parquet file. A column `image` with {"bytes", "path"}, as Hugging Face stores photos, is used first.

    Raises BadData when it is no Parquet file or names no photos.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as exc:
        raise BadData(f"{path.name} is not a Parquet file.") from exc
    with table:
        if not {"file_name", "image"} & set(table.schema_arrow.names):
            raise BadData(f"{path.name} has neither a column file_name nor a column image.")
        finder = PhotoFinder(photos)
        rows = (values for batch in table.iter_batches(batch_size=_PARQUET_ROWS) for values in batch.to_pylist())
        try:
            for line, values in enumerate(rows, start=1):
                yield _from_parquet(path.name, line, values, finder)
        except (pa.ArrowException, OSError) as exc:
            raise BadData(f"{path.name} is damaged.") from exc


def _from_parquet(file: str, line: int, values: dict[str, Any], finder: PhotoFinder) -> Incoming | Fault:
    image = values.pop("image", None) or {}
    cells = {key: value if value is None or isinstance(value, str) else str(value) for key, value in values.items()}
    if not image.get("bytes"):
        return _incoming(file, line, cells, finder)
    name = cells.get("file_name") or image.get("path") or f"{line:06d}.jpg"
    try:
        return Incoming(file, line, from_flat(cells) | {"file_name": name}, image["bytes"])
    except BadData as exc:
        return left_out(file, line, name, "left-out", exc.message)
