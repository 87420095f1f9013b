"""Lines cut from labelled photos: the label's text, the photo's picture, nothing where they do not belong together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import pytest

from khid_eval.datasets import Dataset
from khid_eval.errors import BadData
from khid_eval.training import own_lines, recogniser
from khid_eval.training.line_pool import LinePool, Stage

SAMPLES = Path(__file__).parents[2] / "sample_images"


def rows_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(row) for row in (folder / own_lines.INDEX).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lines")
    read, refused, values = own_lines.collect(Dataset(SAMPLES), out)
    assert read + refused == sum(bool(sample.fields) for sample in Dataset(SAMPLES))
    assert values == len(rows_of(out)) > 10 * read
    return out


def test_each_line_has_the_labels_text_and_a_picture(lines: Path) -> None:
    truth = {sample.file_name: sample.fields for sample in Dataset(SAMPLES)}
    for row in rows_of(lines):
        assert str(row["text"]) in str(truth[str(row["photo"])][str(row["field"])])
        assert cv2.imread(str(lines / str(row["file"]))) is not None
    found = {str(row["field"]) for row in rows_of(lines)}
    assert {"name_kh", "name_en", "address", "description", "machine_code3"} <= found


def test_an_address_on_two_rows_is_two_lines(lines: Path) -> None:
    truth = {sample.file_name: sample.fields.get("address", "") for sample in Dataset(SAMPLES)}
    parts: dict[str, list[str]] = {}
    for row in rows_of(lines):
        if row["field"] == "address":
            parts.setdefault(str(row["photo"]), []).append(str(row["text"]))
    assert any(len(texts) == 2 and " ".join(texts) == truth[photo] for photo, texts in parts.items())


def test_a_label_that_is_another_cards_is_left_out(tmp_path: Path, lines: Path) -> None:
    shutil.copytree(SAMPLES, tmp_path / "set")
    file = tmp_path / "set" / "metadata.jsonl"
    rows = [json.loads(row) for row in file.read_text(encoding="utf-8").splitlines()]
    rows[0]["fields"]["name_en"] = "WHOLLY OTHERWISE"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    own_lines.collect(Dataset(tmp_path / "set"), tmp_path / "lines")
    mine = [row for row in rows_of(tmp_path / "lines") if row["photo"] == rows[0]["file_name"]]
    before = [row for row in rows_of(lines) if row["photo"] == rows[0]["file_name"]]
    assert "name_en" not in {row["field"] for row in mine}
    assert len(mine) == len(before) - 1


def test_no_person_is_on_both_sides(lines: Path) -> None:
    sides = [{str(row["photo"]) for row in rows_of(lines) if row["held_out"] is held_out} for held_out in (True, False)]
    assert not sides[0] & sides[1]
    assert len(own_lines.load(lines, held_out=True)) + len(own_lines.load(lines, held_out=False)) == len(rows_of(lines))


def test_what_cannot_be_trained_on_is_said(tmp_path: Path, lines: Path) -> None:
    with pytest.raises(BadData, match=r"no lines\.jsonl"):
        own_lines.load(tmp_path, held_out=False)
    with pytest.raises(BadData, match="holds lines already"):
        own_lines.collect(Dataset(SAMPLES), lines)
    shutil.copytree(lines, tmp_path / "mended")
    index = tmp_path / "mended" / own_lines.INDEX
    stored = index.read_text(encoding="utf-8").splitlines()
    index.write_text("\n".join([*stored[:3], json.dumps(json.loads(stored[3]) | {"text": "日本"}), *stored[4:]]))
    with pytest.raises(BadData, match="line 4"):
        own_lines.load(tmp_path / "mended", held_out=False)
    index.write_text("\n".join(stored[:5]))
    with pytest.raises(BadData, match="too few"):
        own_lines.load(tmp_path / "mended", held_out=False)


def test_a_third_of_what_is_learnt_are_own_lines(lines: Path) -> None:
    own = own_lines.load(lines, held_out=False)
    pool = LinePool(3, chunk=30, own=own)
    texts = {tuple(classes) for _, classes in pool._own}
    drawn = []
    for batch in pool.batches(Stage(0.5, 0.5)):
        ends = batch.lengths.cumsum(0).tolist()
        drawn += [
            tuple(batch.targets[end - size : end].tolist()) for end, size in zip(ends, batch.lengths, strict=True)
        ]
    assert 5 <= sum(one in texts for one in drawn) <= 12


def test_trains_on_own_lines_and_judges_on_those_held_out(lines: Path, tmp_path: Path) -> None:
    plan = recogniser.Plan(
        tmp_path,
        minutes=60.0,
        steps=2,
        validation_per_kind=1,
        chunk=16,
        warm_start=recogniser.WARM_START,
        own=lines,
        peak_rate=3e-4,
    )
    assert recogniser.train(plan).exists()
    assert " own " in (tmp_path / "progress.txt").read_text(encoding="utf-8")
