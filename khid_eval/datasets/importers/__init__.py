"""Labelled photos from other tools as a dataset: CSV, Parquet, Label Studio, AWS test sets, folders, zip files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from khid_eval.datasets.check import Fault
from khid_eval.datasets.importers.archive import Limits, unpack
from khid_eval.datasets.importers.aws import read_aws
from khid_eval.datasets.importers.collect import ImportReport, Incoming, collect, photos_below
from khid_eval.datasets.importers.folder import read_dataset, read_folder
from khid_eval.datasets.importers.label_studio import read_label_studio
from khid_eval.datasets.importers.tabular import read_csv, read_parquet
from khid_eval.datasets.schema import METADATA
from khid_eval.errors import BadData

Kind = Literal["dataset", "csv", "parquet", "label-studio", "aws", "folder", "zip"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_BY_ENDING: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".json": "label-studio",
    ".zip": "zip",
}
_SPLIT_NAMES = ("train", "validation", "test")


def detect(source: Path) -> Kind:
    """What a file or folder is, by its ending or by what it holds. Raises BadData when it is nothing we know."""
    if source.is_dir():
        if (source / METADATA).is_file() or any(source.glob(f"*/{METADATA}")):
            return "dataset"
        return "aws" if (source / "input").is_dir() and (source / "baseline").is_dir() else "folder"
    kind = _BY_ENDING.get(source.suffix.lower())
    if not source.is_file() or kind is None:
        raise BadData(
            "There is nothing here that can be imported.",
            advice="Give a folder of photos, a CSV, Parquet, Label Studio JSON or zip file.",
        )
    return kind


def import_labels(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    kind: Kind | None = None,
    photos: str | os.PathLike[str] | None = None,
    limits: Limits = Limits(),
) -> ImportReport:
    """Make a dataset in the folder `out` from labels and photos of another tool.

    kind: found out where None. photos: folder of the photos where they do not lie beside the labels. limits: for zip.
    Rows that cannot be used are left out and listed in the report. Raises BadData when nothing can be read at all, or
    when `out` already holds a dataset.
    """
    path = Path(source)
    kind = kind or detect(path)
    folder = Path(photos) if photos else (path if path.is_dir() else path.parent)
    if kind == "zip":
        with tempfile.TemporaryDirectory(prefix="khid-import-") as temporary:
            unpack(path, Path(temporary), limits)
            inner = _inner(Path(temporary))
            return import_labels(inner, out, photos=photos or (inner if inner.is_dir() else inner.parent))
    return collect(_rows(path, kind, folder), out)


def _rows(path: Path, kind: Kind, photos: Path) -> Iterator[Incoming | Fault]:
    if kind == "csv":
        return read_csv(path, photos)
    if kind == "parquet":
        return read_parquet(path, photos)
    if kind == "label-studio":
        return read_label_studio(path, photos)
    if kind == "aws":
        return read_aws(path)
    return read_dataset(path) if kind == "dataset" else read_folder(path)


def _inner(folder: Path) -> Path:
    """What an unpacked archive is about: single folders are stepped into, one label file among photos is taken."""
    while len(below := list(folder.iterdir())) == 1 and below[0].is_dir() and below[0].name not in _SPLIT_NAMES:
        folder = below[0]
    if detect(folder) != "folder":
        return folder
    names = {path.stem for path in photos_below(folder)}
    labels = [path for path in sorted(folder.iterdir()) if _BY_ENDING.get(path.suffix.lower()) not in (None, "zip")]
    labels = [path for path in labels if path.stem not in names]  # one named as a photo belongs to that photo
    return labels[0] if len(labels) == 1 else folder


__all__ = ["KINDS", "ImportReport", "Kind", "Limits", "detect", "import_labels"]
