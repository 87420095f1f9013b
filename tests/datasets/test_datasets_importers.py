"""Label Studio, AWS test sets, folders and zip files become datasets; what cannot be used is named and left out."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from khid_eval.datasets import Dataset, Sample
from khid_eval.datasets.importers import Limits, detect, import_labels
from khid_eval.errors import BadData
from tests.datasets.dataset_helpers import make_dataset, photo, row, truth, write_rows


def samples(root: Path) -> dict[str, Sample]:
    return {sample.file_name: sample for sample in Dataset(root)}


def text(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": "image", "type": "textarea", "value": {"text": [value]}, **more}


def choice(name: str, *values: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "image", "type": "choices", "value": {"choices": list(values)}}


def task(image: str, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"image": image}, "annotations": [{"id": 5, "result": list(results), **more}]}


SIZE = {"original_width": 200, "original_height": 100}
RECTANGLE = {"x": 10, "y": 20, "width": 50, "height": 60, "rotation": 0}


def label_studio(tmp_path: Path, *tasks: Any) -> tuple[dict[str, Sample], list[str]]:
    (tmp_path / "export.json").write_text(json.dumps(tasks), "utf-8")
    for index in range(3):
        (tmp_path / f"{index}.png").write_bytes(photo(index))
    report = import_labels(tmp_path / "export.json", tmp_path / "out")
    return samples(tmp_path / "out") if report.written else {}, [fault.message for fault in report.faults]


def test_label_studio_texts_choices_and_shapes(tmp_path: Path) -> None:
    polygon = {"points": [[90, 10], [5, 10], [5, 95], [90, 95]], "polygonlabels": ["card"]}
    shape = {"type": "polygonlabels", "from_name": "shapes", "id": "p", "value": polygon, **SIZE}
    portrait = {"type": "rectanglelabels", "from_name": "shapes", "id": "r", **SIZE}
    found, faults = label_studio(
        tmp_path,
        task(
            "/data/upload/1/0a1b2c3d-0.png",
            text("id_number", "123456789"),
            text("NameEn", " SOK SREY "),
            choice("absent", "Description", "height"),
            choice("idcard_type", "copy"),
            choice("lighting", "dark"),
            {"type": "number", "from_name": "rotation_deg", "value": {"number": 90}},
            shape,
            portrait | {"value": RECTANGLE | {"rectanglelabels": ["Portrait"]}},
        ),
    )
    assert faults == []
    one = found["0.png"]
    assert one.fields == {"id_number": "123456789", "name_en": "SOK SREY", "description": None, "height": None}
    assert (one.idcard_type, one.condition.lighting, one.condition.rotation_deg) == ("copy", "dark", 90)
    assert one.card_quad == ((180, 10), (180, 95), (10, 95), (10, 10))  # drawn against the clock
    assert one.portrait_location == ((20, 20), (120, 20), (120, 80), (20, 80))
    assert one.label_source == "label-studio"


def test_label_studio_text_in_labelled_regions(tmp_path: Path) -> None:
    """The OCR template: a rectangle, its label and its text are three results of one id."""
    box = {"from_name": "bbox", "type": "rectangle", "id": "a", "value": RECTANGLE, **SIZE}
    label = {"from_name": "label", "type": "labels", "id": "a", "value": RECTANGLE | {"labels": ["name_kh"]}, **SIZE}
    found, faults = label_studio(
        tmp_path, task("/data/local-files/?d=cards/1.png", box, label, text("transcription", "សុខ", id="a"))
    )
    assert faults == []
    assert found["1.png"].fields == {"name_kh": "សុខ"}


def test_label_studio_takes_the_annotation_that_counts(tmp_path: Path) -> None:
    many = task("0.png")
    many["annotations"] = [
        {"result": [text("sex", "ប្រុស")], "ground_truth": True},
        {"result": [text("sex", "wrong")]},
        {"result": [text("sex", "worse")], "was_cancelled": True},
    ]
    last = task("1.png")
    last["annotations"] = [{"result": [text("sex", "first")]}, {"result": [text("sex", "last")]}]
    found, _ = label_studio(tmp_path, many, last, {"id": 3, "image": "s3://bucket/2.png", "sex": "ស្រី", "rating": 4})
    assert [one.fields["sex"] for one in found.values()] == ["ប្រុស", "last", "ស្រី"]


def test_label_studio_faults_are_named_by_task(tmp_path: Path) -> None:
    found, faults = label_studio(
        tmp_path,
        "text",
        task("nowhere.png", text("sex", "x")),
        {"data": {"text": "no photo"}, "annotations": []},
        {"data": {"image": "0.png"}, "annotations": []},
        task("0.png", text("sex", "ស្រី")),
        task("0.png", text("sex", "ស្រី")),
        {"image": "1.png", "rating": 3},
    )
    assert list(found) == ["0.png"]
    assert faults == [
        "the task is not an object.",
        "the photo does not exist.",
        "the task names no photo.",
        "the task has no annotation.",
        "0.png is in the dataset already.",
        "the task has none of the 14 fields.",
    ]


def test_label_studio_cannot_reach_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(photo())
    inside = tmp_path / "inside"
    inside.mkdir()
    found, faults = label_studio(inside, task("/data/local-files/?d=../secret.png", text("sex", "ស្រី")))
    assert (found, faults) == ({}, ["the photo does not exist."])


def test_aws_test_sets(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "deep/c.png", "d.png", "e.png"):
        path = tmp_path / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(len(name)))

    def baseline(path: str, value: Any) -> None:
        target = tmp_path / "baseline" / path / "result.json"
        target.parent.mkdir(parents=True)
        target.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")

    baseline("a.png", {"document_class": {"type": "id"}, "inference_result": {"ID Number": 123456789, "nameKh": "សុខ"}})
    baseline("b.png/sections/1", {"inference_result": {"sex": "", "idcard_type": "copy"}})
    baseline("deep/c.png", {"name_en": "SOK"})
    baseline("d.png", "not json")
    baseline("gone.png", {"sex": "x"})
    assert detect(tmp_path) == "aws"
    report = import_labels(tmp_path, tmp_path / "out")
    found = samples(tmp_path / "out")
    assert found["a.png"].fields == {"id_number": "123456789", "name_kh": "សុខ"}
    assert found["b.png"].fields == {"sex": None}
    assert found["b.png"].idcard_type == "copy"
    assert found["deep/c.png"].fields == {"name_en": "SOK"}
    assert [(fault.photo, fault.code) for fault in report.faults] == [
        ("d.png", "left-out"),
        ("e.png", "no-baseline"),
        ("", "no-photo"),
    ]


def test_folders_with_and_without_labels(tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "sub").mkdir(parents=True)
    (source / ".hidden").mkdir()
    for name in ("a.png", "sub/b.JPG", "c.png", ".hidden/x.png"):
        (source / name).write_bytes(photo(3))
    (source / "a.json").write_text(json.dumps({"result": {"sex": "ស្រី", "confidence": {}}}), "utf-8")
    (source / "c.json").write_text("[]")
    report = import_labels(source, tmp_path / "out")
    found = samples(tmp_path / "out")
    assert {name: dict(one.fields) for name, one in found.items()} == {"a.png": {"sex": "ស្រី"}, "sub/b.JPG": {}}
    assert found["sub/b.JPG"].group_id == "sub/b"
    assert [fault.photo for fault in report.faults] == ["c.png"]


def test_a_dataset_is_copied_without_its_faults(tmp_path: Path) -> None:
    write_rows(tmp_path / "a", row(0), b"{", row(1), row(7), photos=2)
    report = import_labels(tmp_path / "a", tmp_path / "b")
    assert list(samples(tmp_path / "b")) == ["0.png", "1.png"]
    assert [(fault.line, fault.code) for fault in report.faults] == [(2, "left-out"), (4, "left-out")]
    assert samples(tmp_path / "b")["0.png"].fields == truth("100000000")


def zipped(path: Path, *roots: Path, under: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for root in roots:
            for file in sorted(root.rglob("*")):
                if file.is_file():
                    archive.write(file, under + file.relative_to(root).as_posix())
    return path


def test_a_zipped_dataset_comes_back_the_same(tmp_path: Path) -> None:
    source = make_dataset(tmp_path / "a")
    report = import_labels(zipped(tmp_path / "a.zip", source, under="upload/cards/"), tmp_path / "b")
    assert (report.written, report.faults) == (6, ())
    assert list(Dataset(tmp_path / "b")) == list(Dataset(source))


def test_a_zip_of_photos_and_a_table(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "0.png").write_bytes(photo())
    (source / "labels.csv").write_text("file_name,sex\n0.png,ស្រី\n", "utf-8")
    (source / "run.exe").write_bytes(b"MZ")
    import_labels(zipped(tmp_path / "in.zip", source), tmp_path / "out")
    assert samples(tmp_path / "out")["0.png"].fields == {"sex": "ស្រី"}


def test_a_zip_of_photos_with_sidecars(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "0.png").write_bytes(photo())
    (source / "0.json").write_text('{"sex": "ស្រី"}', "utf-8")
    import_labels(zipped(tmp_path / "in.zip", source), tmp_path / "out")
    assert samples(tmp_path / "out")["0.png"].fields == {"sex": "ស្រី"}


def hostile(name: str, data: bytes = b"x", mode: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, data)
    return buffer.getvalue()


def lying() -> bytes:
    """An archive whose directory says that a file of 3 MB has 10 bytes."""
    data = bytearray(hostile("a.png", b"\0" * 3_000_000))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "archive",
    [
        hostile("../evil.png"),
        hostile("/etc/evil.png"),
        hostile("a/../../evil.png"),
        hostile("C:/evil.png"),
        hostile("link.png", b"/etc/passwd", stat.S_IFLNK | 0o777),
        hostile("bomb.png", b"\0" * 30_000_000),
        lying(),
        b"not a zip",
        hostile("a.png", b"x" * 1000)[:60],
        b"",
    ],
)
def test_hostile_archives_are_refused_whole(tmp_path: Path, archive: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(archive)
    with pytest.raises(BadData):
        import_labels(tmp_path / "a.zip", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("limits", [Limits(files=5), Limits(total_bytes=500), Limits(file_bytes=90)])
def test_limits_of_an_archive(tmp_path: Path, limits: Limits) -> None:
    archive = zipped(tmp_path / "a.zip", make_dataset(tmp_path / "a"))
    with pytest.raises(BadData, match="too large"):
        import_labels(archive, tmp_path / "b", limits=limits)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    data = bytearray(hostile("a.png"))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(BadData, match="encrypted"):
        import_labels(tmp_path / "a.zip", tmp_path / "out")


def test_importing_over_a_dataset_is_refused(tmp_path: Path) -> None:
    make_dataset(tmp_path / "a")
    make_dataset(tmp_path / "b")
    with pytest.raises(BadData, match="already holds"):
        import_labels(tmp_path / "a", tmp_path / "b")


def test_unknown_sources_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cards.xlsx").write_bytes(b"x")
    for source in ("cards.xlsx", "nowhere", "nowhere.csv"):
        with pytest.raises(BadData, match="nothing here"):
            import_labels(tmp_path / source, tmp_path / "out")
