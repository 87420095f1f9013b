"""A dataset as CSV (for people and spreadsheets) or Parquet (for data tools). Both are streams: no size limit."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from khid_eval.datasets.files import replacing
from khid_eval.datasets.flat import COLUMNS, guarded, to_flat
from khid_eval.datasets.sample import Sample
from khid_eval.datasets.store import Dataset

_ROWS_PER_GROUP = 10_000
_PHOTOS_PER_GROUP = 100


def export_csv(dataset: Dataset, path: str | os.PathLike[str]) -> int:
    """Write all rows as UTF-8 with a byte order mark, without which Excel garbles Khmer. Returns their number.

    No cell is a formula to a spreadsheet; `import_labels` gives back the texts as they were. Raises BadData.
    """
    count = 0
    with replacing(Path(path)) as target, target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for sample in dataset:
            writer.writerow({key: guarded(cell) for key, cell in to_flat(sample).items()})
            count += 1
    return count


def export_parquet(dataset: Dataset, path: str | os.PathLike[str], *, with_photos: bool = False) -> int:
    """Write all rows as text columns. Returns their number. Raises BadData where a file cannot be read or written.

    with_photos: adds the column `image`, {"bytes", "path"}, which Hugging Face's viewer shows as pictures.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [pa.field(name, pa.string()) for name in COLUMNS]
    if with_photos:
        columns.append(pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])))
    schema = pa.schema(columns)
    count = 0
    with replacing(Path(path)) as target, pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for samples in _chunks(dataset, _PHOTOS_PER_GROUP if with_photos else _ROWS_PER_GROUP):
            rows: list[dict[str, Any]] = [dict(to_flat(sample)) for sample in samples]
            if with_photos:
                for row, sample in zip(rows, samples, strict=True):
                    row["image"] = {"bytes": dataset.read(sample), "path": sample.file_name}
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            count += len(rows)
    return count


def _chunks(samples: Iterable[Sample], size: int) -> Iterator[list[Sample]]:
    stream = iter(samples)
    while chunk := list(islice(stream, size)):
        yield chunk
