"""Datasets: the same bytes from the same seed, however they were made, interrupted or not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from khid_eval.cli import app
from khid_eval.conditions import CONDITIONS
from khid_eval.datasets import Dataset
from khid_eval.errors import BadData, BadRequest
from khid_eval.records import FIELD_NAMES
from khid_eval.synth.generate import RANDOM, RECIPE, Recipe, make_photo, write_dataset

SMALL = Recipe(seed=11, conditions=("dark", "rotation"), severities=(2, 5), photos_per_card=5, long_px=400)


def _digest(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("synth") / "whole"
    assert write_dataset(root, SMALL, 7, workers=1) == 7
    return root


def test_two_processes_give_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    write_dataset(tmp_path / "two", SMALL, 7, workers=2)
    assert _digest(tmp_path / "two") == _digest(whole)


def test_an_interrupted_run_goes_on_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    root, seen = tmp_path / "broken", list[int]()

    def stop_after_three() -> None:
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(root, SMALL, 7, workers=1, on_photo=stop_after_three)
    assert not (root / "metadata.jsonl").exists()
    with pytest.raises(BadData):
        write_dataset(root, SMALL, 7, workers=1)
    assert write_dataset(root, SMALL, 7, workers=1, resume=True) == 4
    assert _digest(root) == _digest(whole)


def test_a_finished_dataset_can_be_made_longer(tmp_path: Path, whole: Path) -> None:
    write_dataset(tmp_path / "grown", SMALL, 2, workers=1)
    assert write_dataset(tmp_path / "grown", SMALL, 7, workers=1, resume=True) == 5
    assert _digest(tmp_path / "grown") == _digest(whole)


def test_another_recipe_is_not_mixed_in(tmp_path: Path) -> None:
    write_dataset(tmp_path / "one", SMALL, 1, workers=1)
    other = Recipe(seed=12, conditions=SMALL.conditions, severities=SMALL.severities, photos_per_card=5, long_px=400)
    with pytest.raises(BadData, match="another recipe"):
        write_dataset(tmp_path / "one", other, 2, workers=1, resume=True)
    assert '"seed": 11' in (tmp_path / "one" / RECIPE).read_text(encoding="utf-8")


def test_rows_are_complete(whole: Path) -> None:
    samples = list(Dataset(whole))
    assert [sample.condition.name for sample in samples[:5]] == ["clean", "dark", "dark", "rotation", "rotation"]
    assert [sample.condition.severity for sample in samples[:5]] == [0, 2, 5, 2, 5]
    assert len({sample.group_id for sample in samples[:5]}) == 1
    assert samples[5].group_id != samples[0].group_id
    for sample in samples:
        assert set(sample.fields) == set(FIELD_NAMES)
        assert sample.card_quad
        assert sample.portrait_location
        assert sample.condition.capture == "synthetic"
        assert sample.sha256 == hashlib.sha256((whole / sample.file_name).read_bytes()).hexdigest()
    assert samples[1].condition.lighting == "dark"
    assert samples[0].fields == samples[4].fields
    assert samples[0].condition.rotation_deg != samples[4].condition.rotation_deg


def test_photos_of_a_card_differ_in_the_condition_alone(whole: Path) -> None:
    clean, dark = (cv2.imread(str(whole / f"images/00000{i}.jpg")) for i in (0, 1))
    assert clean is not None
    assert dark is not None
    assert clean.shape == dark.shape
    one, other = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(float).ravel() for image in (clean, dark))
    assert other.mean() < 0.6 * one.mean()
    assert np.corrcoef(one, other)[0, 1] > 0.9


def test_random_conditions_and_photocopies() -> None:
    recipe = Recipe(seed=1, conditions=(RANDOM,), long_px=400, split="train")
    for index in range(6):
        sample, data = make_photo(recipe, index)
        assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None
        assert sample.split == "train"
        names = [step[0] for step in sample.condition.extra.get("steps", [])] or [sample.condition.name]
        assert sample.idcard_type == ("copy" if "photocopy" in names else "normal")
    copied, _ = make_photo(Recipe(seed=1, conditions=("photocopy",), severities=(1,), long_px=400), 1)
    assert copied.idcard_type == "copy"


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"conditions": ("fog",)}, {"severities": (6,)}, {"severities": ()}, {"long_px": 50}]
)
def test_a_recipe_that_cannot_be_made_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        Recipe(**({"seed": 0} | wrong))  # type: ignore[arg-type]  # a table of wrong values


def test_the_command_writes_a_dataset(tmp_path: Path) -> None:
    out = tmp_path / "data"
    options = ["--count", "2", "--seed", "4", "--long-side", "300", "--workers", "1", "--format", "png"]
    result = CliRunner().invoke(app, ["synth", str(out), *options])
    assert result.exit_code == 0, result.output
    assert [sample.file_name for sample in Dataset(out)] == ["images/000000.png", "images/000001.png"]
    again = CliRunner().invoke(app, ["synth", str(out), *options, "--resume"])
    assert "0 photos made, 2 were there" in again.output


def test_the_command_says_when_not_every_case_fits(tmp_path: Path) -> None:
    options = ["--count", "1", "--conditions", "dark", "--severities", "1,4", "--long-side", "300", "--workers", "1"]
    result = CliRunner().invoke(app, ["synth", str(tmp_path / "few"), *options])
    assert "only the first 1 of 3 cases fit" in result.output
    wrong = CliRunner().invoke(app, ["synth", str(tmp_path / "none"), "--severities", "one"])
    assert isinstance(wrong.exception, BadRequest)


def test_all_means_every_condition_at_every_severity() -> None:
    recipe = Recipe(seed=0, conditions=tuple(CONDITIONS))
    assert len(recipe.cases) == 1 + 5 * len(CONDITIONS)
