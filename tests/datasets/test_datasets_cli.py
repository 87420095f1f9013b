"""The commands `khid-eval dataset …`: data on stdout, words on stderr, exit codes for CI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from khid_eval.cli import app
from khid_eval.datasets import Dataset
from khid_eval.errors import BadRequest
from tests.datasets.dataset_helpers import make_dataset, photo, row, truth, write_rows


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["dataset", *map(str, arguments)])


def test_check_of_a_sound_set(tmp_path: Path) -> None:
    result = run("check", make_dataset(tmp_path), "--near", "--strict")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "0 errors, 0 warnings\n")


def test_check_lists_all_and_fails(tmp_path: Path) -> None:
    root = write_rows(tmp_path, b"{", row(0, fields=truth("100000000", sex="x", height="1")))
    result = run("check", root)
    assert result.exit_code == 1
    assert [line.rsplit("(", 1)[1] for line in result.stdout.splitlines()] == ["bad-line)", "sex)", "height)"]
    rows = [json.loads(line) for line in run("check", root, "--jsonl").stdout.splitlines()]
    assert [(one["line"], one["code"], one["level"]) for one in rows] == [
        (1, "bad-line", "error"),
        (2, "sex", "error"),
        (2, "height", "warning"),
    ]


def test_warnings_fail_only_when_strict(tmp_path: Path) -> None:
    root = write_rows(tmp_path, row(0, condition={}))
    assert run("check", root).exit_code == 0
    assert run("check", root, "--strict").exit_code == 1


def test_info(tmp_path: Path) -> None:
    make_dataset(tmp_path)
    words = run("info", tmp_path).stdout
    assert "6 photos of 3 cards, 6 fully labelled" in words
    told = json.loads(run("info", tmp_path, "--json").stdout)
    assert told["splits"] == [{"split": "test", "photos": 6, "cards": 3}]
    assert len(told["fingerprint"]) == 64


def test_names_of_splits_are_no_markup(tmp_path: Path) -> None:
    write_rows(tmp_path, row(0, split="[/x]", condition={"name": "[red]:cat:"}))
    result = run("info", tmp_path)
    assert result.exit_code == 0, result.exception
    assert "[/x]" in result.stdout
    assert "[red]:cat:" in result.stdout


def test_import_export_and_split(tmp_path: Path) -> None:
    make_dataset(tmp_path / "a", 10)
    assert run("export", tmp_path / "a", tmp_path / "a.csv").exit_code == 0
    assert run("export", tmp_path / "a", tmp_path / "a.parquet", "--with-photos").exit_code == 0
    assert run("import", tmp_path / "a.csv", tmp_path / "b", "--photos", tmp_path / "a").exit_code == 0
    assert run("import", tmp_path / "a.parquet", tmp_path / "c", "--kind", "parquet").exit_code == 0
    assert list(Dataset(tmp_path / "b")) == list(Dataset(tmp_path / "c")) == list(Dataset(tmp_path / "a"))
    result = run("split", tmp_path / "c", "--fractions", "tune=0.6,certify=0.4", "--seed", 3)
    assert result.stderr == "certify: 4 photos of 2 cards\ntune: 6 photos of 3 cards\n"
    assert run("check", tmp_path / "c").exit_code == 0


def test_an_import_with_losses_says_so(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(photo())
    (tmp_path / "labels.csv").write_text("file_name,sex\n0.png,ស្រី\n1.png,ស្រី\n", "utf-8")
    result = run("import", tmp_path / "labels.csv", tmp_path / "out")
    assert result.exit_code == 1
    assert "labels.csv:3: error: the photo does not exist. [1.png]" in result.stdout
    assert result.stderr == "1 rows written, 1 left out\n"


@pytest.mark.parametrize("fractions", ["train", "train=x", "train=0.5", "a=0.5,b=0.6"])
def test_wrong_fractions_are_wrong_usage(tmp_path: Path, fractions: str) -> None:
    result = run("split", make_dataset(tmp_path), "--fractions", fractions)
    assert isinstance(result.exception, BadRequest)


def test_export_takes_two_endings(tmp_path: Path) -> None:
    make_dataset(tmp_path)
    for arguments in (["x.xlsx"], ["x.csv", "--with-photos"]):
        assert isinstance(run("export", tmp_path, *arguments).exception, BadRequest)


@pytest.mark.parametrize("command", ["check", "info", "import", "export", "split", "diff"])
def test_every_command_has_an_example(command: str) -> None:
    assert f"khid-eval dataset {command}" in " ".join(run(command, "--help").stdout.split())


def test_diff_names_keys_and_never_a_truth(tmp_path: Path) -> None:
    write_rows(tmp_path / "a", row(0), row(1), row(2), photos=3)
    later = row(1, split="train", fields=truth("100000001", sex=None), note="x")
    write_rows(tmp_path / "b", row(3), later, row(0), photos=4)
    result = run("diff", tmp_path / "a", tmp_path / "b")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["- 2.png", "+ 3.png", "~ 1.png: split, fields.sex, note"]
    assert result.stderr == "1 added, 1 removed, 1 changed\n"
    same = run("diff", tmp_path / "a", tmp_path / "a")
    assert (same.exit_code, same.stdout) == (0, "")
