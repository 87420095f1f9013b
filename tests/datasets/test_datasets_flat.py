"""CSV and Parquet hold everything: out and in again is the same dataset."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khid_eval.datasets import Dataset, DatasetWriter, PhotoCondition, Sample
from khid_eval.datasets.export import export_csv, export_parquet
from khid_eval.datasets.flat import COLUMNS, from_flat, guarded, to_flat, unguarded
from khid_eval.datasets.importers import import_labels
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES
from tests.datasets.dataset_helpers import make_dataset, photo, sample, truth

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
WORD = TEXT.filter(lambda text: text.strip() == text and text not in ("", "[not labelled]"))
KEY = st.from_regex(r"x_[a-z]{1,6}", fullmatch=True)
SAMPLES = st.builds(
    sample,
    group_id=WORD,
    fields=st.dictionaries(st.sampled_from(FIELD_NAMES), st.none() | WORD),
    split=st.none() | WORD,
    card_quad=st.none() | st.just(((0.5, 0.25), (9.0, 0.0), (9.0, 7.25), (0.0, 7.0))),
    condition=st.builds(
        PhotoCondition,
        rotation_deg=st.none() | st.floats(-360, 360),
        lighting=st.none() | WORD,
        blur=st.none() | st.sampled_from(["defocus", "motion"]) | st.floats(0, 99),
        name=st.none() | WORD,
        severity=st.none() | st.integers(0, 5),
        extra=st.dictionaries(KEY, WORD | st.integers() | st.lists(WORD)),
    ),
    extra=st.dictionaries(KEY, WORD | st.integers() | st.lists(WORD)),
)


@settings(max_examples=60, deadline=None)
@given(SAMPLES)
def test_a_flat_row_loses_nothing(one: Sample) -> None:
    flat = to_flat(one)
    assert tuple(flat) == COLUMNS
    assert Sample.from_json(from_flat(flat)) == one
    assert Sample.from_json(from_flat({key: value or "" for key, value in flat.items()})) == one


@given(st.text(st.sampled_from("'=+-@\t\r1.a "), max_size=6))
def test_a_guarded_cell_is_no_formula_and_comes_back(cell: str) -> None:
    written = guarded(cell) or ""
    assert unguarded(written) == cell
    assert not written.startswith(("=", "@", "\t", "\r"))
    assert not written.startswith(("+", "-")) or written[1:].replace(".", "", 1).isdigit()


def test_a_spreadsheet_sees_no_formula(tmp_path: Path) -> None:
    texts = {"id_number": "=1+1", "name_en": "'=1", "sex": "@SUM(A1)", "address": "-2+3", "height": None}
    with DatasetWriter(tmp_path / "a") as writer:
        writer.add(sample(0, fields=texts, condition=PhotoCondition(rotation_deg=-12.5)), photo(0))
    source = Dataset(tmp_path / "a")
    export_csv(source, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as stream:
        [cells] = csv.DictReader(stream)
    assert [cells[name] for name in texts] == ["'=1+1", "''=1", "'@SUM(A1)", "'-2+3", ""]
    assert cells["condition.rotation_deg"] == "-12.5"
    import_labels(tmp_path / "a.csv", tmp_path / "b", photos=tmp_path / "a")
    assert list(Dataset(tmp_path / "b")) == list(source)


def rich_dataset(root: Path) -> Path:
    with DatasetWriter(root) as writer:
        writer.add(sample(0, extra={"camera": {"iso": 400}}), photo(0))
        writer.add(sample(1, condition=PhotoCondition(capture="real", blur=2.5, extra={"weather": "rain"})), photo(1))
        writer.add(sample(2, fields={"name_en": 'A "B", C', "sex": None, "address": "line\nbreak"}), photo(2))
        writer.add(sample(3, label_source="two people", label_version="2", idcard_type="copy"), photo(3))
    return root


@pytest.mark.parametrize("kind", ["csv", "parquet", "parquet with photos"])
def test_export_and_import_give_the_same_dataset(tmp_path: Path, kind: str) -> None:
    source = Dataset(rich_dataset(tmp_path / "a"))
    table = tmp_path / "elsewhere" / ("cards.csv" if kind == "csv" else "cards.parquet")
    if kind == "csv":
        count = export_csv(source, table)
    else:
        count = export_parquet(source, table, with_photos=kind.endswith("photos"))
    report = import_labels(table, tmp_path / "b", photos=None if kind.endswith("photos") else tmp_path / "a")
    assert (count, report.written, report.faults) == (4, 4, ())
    again = Dataset(tmp_path / "b")
    assert list(again) == list(source)
    assert [again.read(one) for one in again] == [source.read(one) for one in source]


def test_excel_sees_utf8_and_nothing_is_half_written(tmp_path: Path) -> None:
    source = Dataset(make_dataset(tmp_path / "a"))
    export_csv(source, tmp_path / "cards.csv")
    export_parquet(source, tmp_path / "cards.parquet")
    assert (tmp_path / "cards.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert pq.read_table(tmp_path / "cards.parquet").num_rows == 6
    broken = tmp_path / "a" / "metadata.jsonl"
    broken.write_bytes(broken.read_bytes() + b"{\n")
    before = (tmp_path / "cards.csv").read_bytes()
    with pytest.raises(BadData):
        export_csv(source, tmp_path / "cards.csv")
    assert (tmp_path / "cards.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "cards.csv", "cards.parquet"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_from_people(tmp_path: Path, delimiter: str) -> None:
    for index in range(3):
        (tmp_path / f"{index}.png").write_bytes(photo(index))
    with (tmp_path / "labels.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(["file_name", "id_number", "name_kh", "lighting", "rotation_deg", "Name of clerk"])
        writer.writerow(["0.png", "123456789", " សុខ ", "dark", "12.5", "Dara"])
        writer.writerow(["1.png", "123456789 (01)", "", "", "", ""])
        writer.writerow(["9.png", "123456789", "x", "", "", ""])
        writer.writerow(["2.png", "123456789", "x", "", "not a number", ""])
    report = import_labels(tmp_path / "labels.csv", tmp_path / "out")
    assert [(fault.line, fault.photo) for fault in report.faults] == [(4, "9.png"), (5, "2.png")]
    one, two = Dataset(tmp_path / "out")
    assert one.fields == {"id_number": "123456789", "name_kh": "សុខ"}
    assert two.fields == {"id_number": "123456789 (01)", "name_kh": None}
    assert one.condition == PhotoCondition(lighting="dark", rotation_deg=12.5)
    assert one.extra == {"Name of clerk": "Dara"}
    assert one.group_id == two.group_id  # the same card number


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a,b\n1,2\n", "no column file_name"),
        (b"file_name\n\xff\xfe\n", "not UTF-8"),
        (b'file_name\n"x\n', "is not CSV"),
        (b"", "no column"),
    ],
)
def test_csv_that_is_none(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "labels.csv").write_bytes(data)
    with pytest.raises(BadData, match=says):
        import_labels(tmp_path / "labels.csv", tmp_path / "out")
    assert not (tmp_path / "out" / "metadata.jsonl").exists()


def test_surplus_cells_are_reported(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(photo())
    (tmp_path / "labels.csv").write_text("file_name,sex\n0.png,x,y\n")
    report = import_labels(tmp_path / "labels.csv", tmp_path / "out")
    assert [fault.code for fault in report.faults] == ["surplus-cells"]
    assert report.written == 0
    with pytest.raises(BadData):
        Dataset(tmp_path / "out")


def test_a_full_truth_goes_through_csv(tmp_path: Path) -> None:
    with DatasetWriter(tmp_path / "a") as writer:
        writer.add(sample(fields=truth()), photo())
    export_csv(Dataset(tmp_path / "a"), tmp_path / "a.csv")
    import_labels(tmp_path / "a.csv", tmp_path / "b", photos=tmp_path / "a")
    assert next(iter(Dataset(tmp_path / "b"))).fields == truth()
