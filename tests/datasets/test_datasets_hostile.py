"""Rows that mean harm cost themselves alone; a place that takes nothing more is said in one sentence."""

from __future__ import annotations

import json
import os
import socket
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from khid_eval.datasets import Dataset, DatasetWriter, write_metadata
from khid_eval.datasets.export import export_csv, export_parquet
from khid_eval.datasets.importers import import_labels
from khid_eval.datasets.importers.archive import unpack
from khid_eval.errors import BadData
from tests.datasets.dataset_helpers import make_dataset, photo, row, sample, write_rows

LONG = "x" * 300 + ".jpg"


def parquet(path: Path, *rows: tuple[str, bytes]) -> Path:
    """A table of file names with photos in it."""
    images = [{"bytes": data, "path": None} for _, data in rows]
    pq.write_table(pa.table({"file_name": [name for name, _ in rows], "image": images}), path)
    return path


def names(root: Path) -> list[str]:
    return [one.file_name for one in Dataset(root)]


@pytest.mark.parametrize(
    "name", ["metadata.jsonl.part", "metadata.jsonl", "metadata.jsonl/a.png", "Metadata.jsonl.png", "a.html", "/", "."]
)
@pytest.mark.parametrize("data", [photo(9), json.dumps(row(7)).encode() + b"\n"])
def test_no_row_can_take_the_place_of_the_index(tmp_path: Path, name: str, data: bytes) -> None:
    source = parquet(tmp_path / "a.parquet", ("0.png", photo(0)), (name, data), ("1.png", photo(1)))
    report = import_labels(source, tmp_path / "out")
    assert [(fault.line, fault.photo) for fault in report.faults] == [(2, name)]
    assert names(tmp_path / "out") == ["0.png", "1.png"]
    assert list(Dataset(tmp_path / "out").files()) == ["0.png", "1.png", "metadata.jsonl"]


def test_names_that_the_disk_refuses_are_left_out(tmp_path: Path) -> None:
    rows = [(name, photo(0)) for name in ("a.jpg", "a.jpg/b.jpg", LONG, "c/d.jpg")]
    report = import_labels(parquet(tmp_path / "a.parquet", *rows), tmp_path / "out")
    assert [fault.line for fault in report.faults] == [2, 3]
    assert "File name too long" in report.faults[1].message
    assert names(tmp_path / "out") == ["a.jpg", "c/d.jpg"]


def test_a_table_may_name_what_no_file_can_be_called(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(photo())
    (tmp_path / "labels.csv").write_text(f"file_name,sex\n{LONG},ស្រី\n0.png,ស្រី\n", "utf-8")
    report = import_labels(tmp_path / "labels.csv", tmp_path / "out")
    assert [fault.message for fault in report.faults] == ["the photo does not exist."]
    assert report.written == 1


def test_a_text_that_is_none_is_left_out(tmp_path: Path) -> None:
    for index in range(2):
        (tmp_path / f"{index}.png").write_bytes(photo(index))
    tasks = [{"image": "0.png", "id_number": "\ud800"}, {"image": "1.png", "id_number": "123456789"}]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    report = import_labels(tmp_path / "export.json", tmp_path / "out")
    assert ["JSON cannot hold" in fault.message for fault in report.faults] == [True]
    assert names(tmp_path / "out") == ["1.png"]


def test_only_pictures_are_imported_small_ones_with_a_warning(tmp_path: Path) -> None:
    rows = [("0.png", b"<script>"), ("1.png", photo(1, size=(9, 9))), ("2.png", photo(2))]
    report = import_labels(parquet(tmp_path / "a.parquet", *rows), tmp_path / "out")
    assert [(one.line, one.code, one.level) for one in report.faults] == [
        (1, "left-out", "error"),
        (2, "refused-photo", "warning"),
    ]
    assert names(tmp_path / "out") == ["1.png", "2.png"]


def full(path: Path) -> Path:
    """Makes writing this file fail as on a full disk: where its temporary neighbour would be lies /dev/full."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(f".{path.name}.{os.getpid()}.part").symlink_to("/dev/full")
    return path


def test_a_full_disk_ends_an_import_in_one_sentence(tmp_path: Path) -> None:
    source = make_dataset(tmp_path / "a")
    full(tmp_path / "out" / "photos" / "0002.png")
    with pytest.raises(BadData, match="No space left on device"):
        import_labels(source, tmp_path / "out")
    assert not (tmp_path / "out" / "metadata.jsonl").exists()


def test_a_full_disk_is_no_broken_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("0.png", photo())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0.png").symlink_to("/dev/full")
    with pytest.raises(BadData, match="No space left on device"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_a_full_disk_ends_an_export_in_one_sentence(tmp_path: Path) -> None:
    dataset = Dataset(make_dataset(tmp_path / "a"))
    with pytest.raises(BadData, match="No space left on device"):
        export_csv(dataset, full(tmp_path / "cards.csv"))
    with pytest.raises(BadData, match=r"Cannot write .*cards\.parquet"):
        export_parquet(dataset, full(tmp_path / "cards.parquet"), with_photos=True)
    with pytest.raises(BadData, match="No space left on device"):
        write_metadata(full(tmp_path / "a" / "metadata.jsonl").parent, dataset)
    assert len(list(dataset)) == 6


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadData, match="Cannot write"):
            DatasetWriter(place)
    dataset = Dataset(make_dataset(tmp_path / "a"))
    with pytest.raises(BadData, match="Cannot write"):
        export_csv(dataset, tmp_path / "file" / "cards.csv")


def test_a_writer_takes_photos_alone(tmp_path: Path) -> None:
    with DatasetWriter(tmp_path) as writer:
        for name in ("metadata.jsonl", "sub/metadata.jsonl.part", "a.html"):
            with pytest.raises(BadData, match="file_name"):
                writer.add(sample(file_name=name), photo())


def test_a_storage_that_does_not_answer_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(BadData, match="does not answer: Connection refused"):
        Dataset(f"ftp://127.0.0.1:{port}/cards")


def test_a_damaged_table_is_said(tmp_path: Path) -> None:
    source = parquet(tmp_path / "a.parquet", *((f"{index}.png", photo(index)) for index in range(3)))
    data = bytearray(source.read_bytes())
    data[8:200] = bytes(192)
    source.write_bytes(data)
    with pytest.raises(BadData, match="damaged"):
        import_labels(source, tmp_path / "out")


def test_an_index_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    dataset = Dataset(write_rows(tmp_path, row()))
    (tmp_path / "metadata.jsonl").unlink()
    with pytest.raises(BadData, match=r"metadata\.jsonl cannot be read"):
        list(dataset)
