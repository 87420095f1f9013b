"""The validator: each kind of fault is found, at its line, and none hides another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from khid_eval.card import dates
from khid_eval.datasets import Dataset
from khid_eval.datasets.check import Fault, check
from tests.datasets.dataset_helpers import BIRTH, make_dataset, photo, row, truth, write_rows


def faults(root: Path, **options: bool) -> list[Fault]:
    return list(check(Dataset(root), **options))


def codes(root: Path, **options: bool) -> list[tuple[int | None, str]]:
    return [(fault.line, fault.code) for fault in faults(root, **options)]


def test_a_sound_dataset_has_no_faults(tmp_path: Path) -> None:
    assert faults(make_dataset(tmp_path)) == []


def changed(**fields: str | None) -> dict[str, Any]:
    return {"fields": truth("100000000", **fields)}


def without(name: str) -> dict[str, Any]:
    fields = truth("100000000")
    del fields[name]
    return {"fields": fields}


MRZ = truth("100000000")
ROWS: list[tuple[dict[str, Any], set[str]]] = [
    ({"file_name": "nowhere.png"}, {"missing-photo", "not-listed"}),
    ({"file_name": "../0.png"}, {"unsafe-path", "not-listed"}),
    ({"file_name": "/0.png"}, {"unsafe-path", "not-listed"}),
    ({"file_name": 7}, {"file-name", "not-listed"}),
    ({"group_id": " "}, {"group-id"}),
    ({"split": 3}, {"type"}),
    ({"idcard_type": "original"}, {"idcard-type"}),
    ({"fields": None}, {"fields"}),
    (changed(religion="x"), {"unknown-field"}),
    (changed(height=""), {"empty-truth"}),
    (changed(height="  "), {"empty-truth"}),
    (changed(height=158), {"type"}),  # type: ignore[arg-type]  # a fault on purpose
    (without("height"), {"not-labelled"}),
    (changed(name_kh="សុខ  ស្រីមុំ"), {"not-canonical"}),
    (changed(name_kh="សុខ "), {"blank-ends"}),
    (changed(id_number="12345"), {"id-number"}),
    (changed(id_number="100000000 (01)"), set()),
    (changed(id_number="100000001"), {"mrz-contradicts"}),
    (changed(sex="F"), {"sex"}),
    (changed(sex="ប្រុស"), {"mrz-contradicts"}),
    (changed(height="158cm"), {"height"}),
    (changed(name_en="Sok Srey Mom"), {"name-en"}),
    (changed(birth_place="ឃុំច្រេស ស្រុកមេសាង ខេត្តព្រៃវែង"), set()),
    (changed(birth_place="ឃុំច្រេស ស្រុក មេសាង ព្រៃវែង"), set()),
    (changed(birth_place="ឃុំច្រេស ស្រុកមេសាង"), {"unknown-place"}),
    (changed(address="ភូមិក្ដី ឃុំច្រេះ ស្រុកមេសាង ព្រៃវែង"), {"unknown-place"}),
    (changed(name_en="SOK SREY"), {"mrz-contradicts"}),
    (changed(birth_date="៣១.០២.១៩៩៩"), {"bad-date"}),
    (changed(birth_date="1999-07-10"), {"bad-date"}),
    (changed(birth_date="11.07.1999"), {"mrz-contradicts"}),
    (changed(issue_date=dates.printed(BIRTH)), {"date-order", "expiry-rule"}),
    (changed(issue_date="០៧.០៣.២០១៨"), {"expiry-rule"}),
    (changed(expiry_date="០១.០១.២០១៨"), {"date-order", "mrz-contradicts"}),
    (changed(machine_code1=MRZ["machine_code1"][:-1]), {"mrz-length"}),  # type: ignore[index]  # known to be text
    (changed(machine_code1=MRZ["machine_code1"].lower()), {"mrz-alphabet"}),  # type: ignore[union-attr]  # as above
    (changed(machine_code1="IDKHM1000000009<<<<<<<<<<<<<<<"), {"mrz-check-digit"}),
    ({"sha256": "0" * 64}, {"sha256-mismatch"}),
    ({"sha256": "ABC"}, {"sha256-form", "sha256-mismatch"}),
    ({"card_quad": [[0, 0], [5, 0], [5, 5]]}, {"quad"}),
    ({"card_quad": [[0, 0], [0, 5], [5, 5], [5, 0]]}, {"quad-order"}),
    ({"card_quad": [[0, 0], [5, 0], [5, "x"], [0, 5]]}, {"quad"}),
    ({"portrait_location": [[90, 0], [95, 0], [95, 5], [90, 5]]}, {"quad-outside"}),
    ({"card_quad": [[-5, -5], [95, 0], [95, 60], [0, 60]]}, set()),
    ({"condition": "dark"}, {"condition", "no-capture"}),
    ({"condition": {}}, {"no-capture"}),
    ({"condition": {"capture": "scan"}}, {"capture"}),
    ({"condition": {"capture": "real", "lighting": "candle"}}, {"lighting"}),
    ({"condition": {"capture": "real", "lighting": 3}}, {"type"}),
    ({"condition": {"capture": "real", "severity": 9}}, {"severity"}),
    ({"condition": {"capture": "real", "severity": True}}, {"severity"}),
    ({"condition": {"capture": "real", "rotation_deg": "90"}}, {"type"}),
    ({"condition": {"capture": "real", "blur": ["x"]}}, {"type"}),
]


@pytest.mark.parametrize(("change", "expected"), ROWS)
def test_each_fault_is_found_at_its_line(tmp_path: Path, change: dict[str, Any], expected: set[str]) -> None:
    found = faults(write_rows(tmp_path, {**row(1), **change, "file_name": change.get("file_name", "0.png")}))
    assert {fault.code for fault in found} == expected
    assert all(fault.line == 1 for fault in found if fault.code != "not-listed")


def test_it_never_stops_at_the_first(tmp_path: Path) -> None:
    bad = row(1, group_id="", condition={"capture": "x"}, fields=truth("100000001", birth_date="x", sex="x", height=""))
    root = write_rows(tmp_path, b"{", row(0), b"\xff", bad, b'"text"', photos=3)
    assert codes(root) == [
        (1, "bad-line"),
        (3, "bad-line"),
        (4, "group-id"),
        (4, "empty-truth"),
        (4, "capture"),
        (4, "sex"),
        (4, "bad-date"),
        (5, "not-an-object"),
        (None, "not-listed"),
    ]


def test_faults_between_rows(tmp_path: Path) -> None:
    root = write_rows(
        tmp_path,
        row(0),
        row(0),
        row(1, group_id="card-0", split="train", fields=truth("100000000")),
        row(2, group_id="card-0"),
        row(0, file_name="0.PNG", group_id="other"),
        photos=3,
    )
    (root / "0.PNG").write_bytes(photo(0))
    assert codes(root) == [
        (2, "duplicate-name"),
        (2, "duplicate-photo"),
        (3, "group-leak"),
        (4, "group-truth"),
        (5, "case-clash"),
        (5, "duplicate-photo"),
    ]
    [relabelled] = [fault for fault in faults(root) if fault.code == "group-truth"]
    assert relabelled.message.endswith("in metadata.jsonl line 1: id_number, machine_code1, machine_code2")
    levels = {(fault.line, fault.code): fault.level for fault in faults(root)}
    assert levels[2, "duplicate-photo"] == "warning"
    assert levels[5, "duplicate-photo"] == "error"


def test_a_group_with_and_without_a_split_is_a_leak(tmp_path: Path) -> None:
    root = write_rows(tmp_path, row(0), {**row(1, split=None), "group_id": "card-0", "fields": truth("100000000")})
    assert (2, "group-leak") in codes(root, photos=False)


def test_folders_as_splits_are_checked_too(tmp_path: Path) -> None:
    write_rows(tmp_path / "train", row(0, split=None))
    write_rows(tmp_path / "test", row(0, split=None))
    found = faults(tmp_path)
    assert [(one.file, one.line, one.code) for one in found] == [
        ("train/metadata.jsonl", 1, "group-leak"),
        ("train/metadata.jsonl", 1, "duplicate-photo"),
    ]


@pytest.mark.parametrize(
    ("data", "code"), [(b"GIF89a", "AIS.0102"), (photo(size=(14, 40)), "AIS.0103"), (photo()[:20], "AIS.0102")]
)
def test_photos_that_the_api_refuses_are_pointed_out(tmp_path: Path, data: bytes, code: str) -> None:
    root = write_rows(tmp_path, row(0))
    (root / "0.png").write_bytes(data)
    [fault] = faults(root)
    assert (fault.code, fault.level) == ("refused-photo", "warning")
    assert code in fault.message
    assert faults(root, photos=False) == []


def test_repeated_keys_and_empty_sets(tmp_path: Path) -> None:
    twice = json.dumps(row(0)).replace('"split": "test"', '"split": "test", "split": "test"').encode()
    assert codes(write_rows(tmp_path / "a", twice)) == [(1, "repeated-key")]
    assert codes(write_rows(tmp_path / "b", b"", photos=0)) == [(None, "no-rows")]


def test_a_fault_prints_its_place_and_never_the_truth(tmp_path: Path) -> None:
    secret = truth("100000000", birth_date="99.99.1999", sex="ZZZ", name_en="Wrong", id_number="77")
    found = faults(write_rows(tmp_path, row(0, fields=secret)))
    assert str(found[0]) == (
        "metadata.jsonl:1: error: id_number is not nine Latin digits, with or without a suffix such as (01) "
        "[0.png] (id-number)"
    )
    text = " ".join(map(str, found))
    assert not any(value in text for value in ("99.99", "ZZZ", "Wrong", "77"))
