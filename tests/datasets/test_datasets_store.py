"""Reading line by line, writing whole or not at all, going on after an interruption."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khid_eval.datasets import Dataset, DatasetWriter, PhotoCondition, Sample, fingerprint, write_metadata
from khid_eval.datasets.store import RawLine, format_line, parse_line
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES
from tests.datasets.dataset_helpers import make_dataset, photo, row, sample, truth, write_rows

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=4,
)
EXTRA = st.dictionaries(
    TEXT.filter(lambda key: key not in {*Sample.__slots__, *PhotoCondition.__slots__}), JSON, max_size=3
)
NUMBER = st.floats(-1e9, 1e9, width=32)
CONDITIONS = st.builds(
    PhotoCondition,
    rotation_deg=st.none() | NUMBER,
    lighting=st.none() | TEXT,
    blur=st.none() | st.text(max_size=5) | NUMBER,
    device=st.none() | TEXT,
    capture=st.none() | st.sampled_from(["real", "synthetic"]),
    name=st.none() | TEXT,
    severity=st.none() | st.integers(0, 5),
    parent=st.none() | TEXT,
    extra=EXTRA,
)
SAMPLES = st.builds(
    Sample,
    file_name=st.from_regex(r"[\w-]{1,8}(/[\w -]{1,8}){0,2}\.png", fullmatch=True),
    group_id=TEXT,
    fields=st.dictionaries(st.sampled_from(FIELD_NAMES), st.none() | TEXT),
    split=st.none() | TEXT,
    idcard_type=st.none() | st.sampled_from(["normal", "copy"]),
    card_quad=st.none() | st.just(((0.0, 0.5), (9.0, 0.0), (9.0, 7.25), (0.0, 7.0))),
    condition=CONDITIONS,
    label_source=st.none() | TEXT,
    label_version=st.none() | TEXT,
    sha256=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    extra=EXTRA,
)


@settings(max_examples=40, deadline=None)
@given(SAMPLES)
def test_a_row_survives_the_round_trip(one: Sample) -> None:
    line = format_line(one)
    assert line.count("\n") == 1
    again = parse_line(RawLine("metadata.jsonl", 1, line.encode()))
    assert again == one
    assert format_line(again) == line
    assert pickle.loads(pickle.dumps(one)) == one


def test_unknown_keys_are_kept_and_written_back(tmp_path: Path) -> None:
    raw = row(camera={"maker": "x"}, condition={"capture": "real", "weather": "rain"}, illegible=["height"])
    dataset = Dataset(write_rows(tmp_path, raw))
    write_metadata(tmp_path, dataset)
    assert json.loads((tmp_path / "metadata.jsonl").read_text()) == raw


def test_what_is_written_is_read(tmp_path: Path) -> None:
    dataset = Dataset(make_dataset(tmp_path / "cards"))
    samples = list(dataset)
    assert [one.file_name for one in samples] == [f"photos/{index:04d}.png" for index in range(6)]
    assert dataset.read(samples[3]) == photo(3)
    assert dataset.name == "cards"
    assert list(dataset.files()) == ["metadata.jsonl", *(one.file_name for one in samples)]
    assert samples[0].fields["description"] is None
    assert samples[0].sha256
    assert len(samples[0].sha256) == 64


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = make_dataset(tmp_path / "a"), make_dataset(tmp_path / "b")
    assert (one / "metadata.jsonl").read_bytes() == (two / "metadata.jsonl").read_bytes()


def test_subfolders_with_their_own_metadata_are_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_rows(tmp_path / split, {**row(), "split": None, "group_id": split})
    samples = list(Dataset(tmp_path))
    assert [(one.file_name, one.split) for one in samples] == [("test/0.png", "test"), ("train/0.png", "train")]
    assert Dataset(tmp_path).read(samples[0]) == photo(0)


def test_any_fsspec_address_is_read(tmp_path: Path) -> None:
    make_dataset(tmp_path)
    fsspec.filesystem("memory").put(str(tmp_path), "/cards", recursive=True)
    far, near = Dataset("memory://cards"), Dataset(tmp_path)
    assert list(far) == list(near)
    assert far.read(next(iter(far))) == photo(0)
    assert fingerprint(far) == fingerprint(near)


def test_a_byte_order_mark_and_blank_lines_are_no_fault(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(row()).encode() + b"\r\n\r\n"
    write_rows(tmp_path, data)
    assert [one.group_id for one in Dataset(tmp_path)] == ["card-0"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"severity": NaN}', "not JSON"),
        (b'{"file_name": "\\ud800.png"}', "surrogate"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "file_name is missing"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, data: bytes, says: str) -> None:
    write_rows(tmp_path, row(), data)
    with pytest.raises(BadData, match=r"metadata\.jsonl line 2") as caught:
        list(Dataset(tmp_path))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a.png", "a/../../b.png", "C:/a.png", "a\\b.png", "", "a//b.png", "./a.png", "s3://b/a"]
)
def test_paths_out_of_the_dataset_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadData, match="file_name"):
        Sample.from_json(row(file_name=name))
    with DatasetWriter(tmp_path / "new") as writer, pytest.raises(BadData, match="file_name"):
        writer.add(sample(file_name=name), photo())
    with pytest.raises(BadData, match="file_name"):
        Dataset(make_dataset(tmp_path / "old")).read_file(name)


def test_a_missing_folder_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no such dataset folder"):
        Dataset(tmp_path / "nowhere")
    with pytest.raises(BadData, match=r"has no metadata\.jsonl"):
        Dataset(tmp_path)


def test_writing_over_a_dataset_needs_resume(tmp_path: Path) -> None:
    make_dataset(tmp_path)
    with pytest.raises(BadData, match="already holds"):
        DatasetWriter(tmp_path)
    with DatasetWriter(tmp_path, resume=True) as writer:
        assert len(writer.done) == 6
        writer.add(sample(6), photo(6))
        with pytest.raises(BadData, match="in the dataset already"):
            writer.add(sample(6), photo(6))
    assert len(list(Dataset(tmp_path))) == 7


def test_an_interrupted_writer_leaves_no_dataset_and_goes_on(tmp_path: Path) -> None:
    whole = make_dataset(tmp_path / "whole")
    broken = tmp_path / "broken"
    writer = DatasetWriter(broken)
    writer.add(sample(0), photo(0))
    writer.add(sample(1), photo(1))
    with pytest.raises(RuntimeError), writer:
        raise RuntimeError
    with pytest.raises(BadData):
        Dataset(broken)
    part = broken / "metadata.jsonl.part"
    part.write_bytes(part.read_bytes() + b'{"file_name": "torn')
    with DatasetWriter(broken, resume=True) as writer:
        assert len(writer.done) == 2
        for index in range(6):
            if sample(index).file_name not in writer.done:
                writer.add(sample(index), photo(index))
    assert (broken / "metadata.jsonl").read_bytes() == (whole / "metadata.jsonl").read_bytes()
    assert not list(broken.rglob("*.part"))


def test_a_killed_process_leaves_only_whole_rows(tmp_path: Path) -> None:
    script = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.datasets.dataset_helpers import photo, sample
from khid_eval.datasets import DatasetWriter
writer = DatasetWriter({str(tmp_path / "cards")!r})
for index in range(4):
    writer.add(sample(index), photo(index))
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", script], env=dict(os.environ), check=False).returncode == 9
    with DatasetWriter(tmp_path / "cards", resume=True) as writer:
        assert len(writer.done) == 4
    assert len(list(Dataset(tmp_path / "cards"))) == 4


def test_a_photo_may_stand_there_already(tmp_path: Path) -> None:
    with DatasetWriter(tmp_path) as writer:
        with pytest.raises(BadData, match="not in the folder"):
            writer.add(sample(0))
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "0000.png").write_bytes(photo(0))
        writer.add(sample(0))
    assert [one.sha256 for one in Dataset(tmp_path)] == [None]


def test_rewriting_a_dataset_from_itself_keeps_the_old_file_on_an_error(tmp_path: Path) -> None:
    make_dataset(tmp_path)
    before = (tmp_path / "metadata.jsonl").read_bytes()

    def failing() -> Iterator[Sample]:
        yield next(iter(Dataset(tmp_path)))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_metadata(tmp_path, failing())
    assert (tmp_path / "metadata.jsonl").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_the_fingerprint_follows_content_not_order(tmp_path: Path) -> None:
    one = Dataset(make_dataset(tmp_path / "a"))
    rows = list(one)
    first = fingerprint(one)
    write_metadata(tmp_path / "a", reversed(rows))
    assert fingerprint(one) == first
    write_metadata(tmp_path / "a", rows[:-1])
    assert fingerprint(one) != first
    changed = Sample.from_json({**rows[0].to_json(), "fields": truth("987654321")})
    write_metadata(tmp_path / "a", [changed, *rows[1:]])
    assert fingerprint(one) != first


def test_the_fingerprint_reads_photos_without_a_hash(tmp_path: Path) -> None:
    dataset = Dataset(write_rows(tmp_path, row()))
    first = fingerprint(dataset)
    (tmp_path / "0.png").write_bytes(photo(77))
    assert fingerprint(dataset) != first
