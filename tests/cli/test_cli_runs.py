"""khid-eval run, report, compare and check: from a labelled set to an exit code."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from khid_eval.cli import app
from khid_eval.errors import BadData, BadRequest
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import State, Store
from khid_eval.runs.progress import duration
from tests.runs import cards, generated
from tests.runs.faulty_server import serving


def khid(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(("fine",)) as (address, _):
        yield address


@pytest.fixture(scope="module")
def place(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of 20 photos and two runs over it: "whole", and "few" over the first 8."""
    root = tmp_path_factory.mktemp("cli")
    cards.make_dataset(root / "set", 20)
    for name, more in (("whole", ()), ("few", ("--limit", "8"))):
        result = khid("run", root / "set", "--out", root / name, "--target", url, *more)
        assert result.exit_code == 0, result.output
        assert result.stdout.strip() == str(root / name)
    return root


def test_a_run_says_what_it_will_take_and_what_became_of_it(place: Path, url: str, tmp_path: Path) -> None:
    out = tmp_path / "r"
    result = khid("run", place / "set", "--out", out, "--target", url, "--price", "0.5", "--per-minute", "1200")
    assert "20 photos, 20 calls, roughly 2 s, price 10.00" in result.stderr
    assert "Run r is finished: 20 read, 0 failed, 20 calls." in result.stderr
    assert Store(str(out)).load().state is State.FINISHED


def test_an_estimate_sends_nothing(place: Path, url: str, tmp_path: Path) -> None:
    result = khid("run", place / "set", "--out", tmp_path / "r", "--target", url, "--estimate", "--sweep", "dark")
    assert "20 photos, 120 calls" in result.stderr
    assert not (tmp_path / "r").exists()


def test_what_a_run_refuses(place: Path, url: str) -> None:
    again = khid("run", place / "set", "--out", place / "whole", "--target", url)
    assert isinstance(again.exception, BadData)
    assert "--resume" in str(again.exception)
    finished = khid("run", place / "set", "--out", place / "whole", "--target", url, "--resume")
    assert "never changed" in str(finished.exception)
    unknown = khid("run", place / "set", "--out", place / "x", "--target", url, "--sweep", "fog")
    assert isinstance(unknown.exception, BadRequest)
    assert "there are: rotation" in str(unknown.exception)


@pytest.mark.parametrize(("flag", "start"), [("--html", "<!doctype html>"), ("--markdown", "# Evaluation of whole")])
def test_a_report_on_standard_output(flag: str, start: str, place: Path) -> None:
    assert khid("report", place / "whole", flag).stdout.startswith(start)


def test_report_formats_and_files(place: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(khid("report", place / "whole", "--csv").stdout)))
    assert [row["field"] for row in rows] == [*FIELD_NAMES, "all"]
    assert ElementTree.fromstring(khid("report", place / "whole", "--junit").stdout).get("failures") == "0"
    assert khid("report", place / "whole", "-o", tmp_path / "r.parquet", "--rows", tmp_path / "all.csv").exit_code == 0
    assert len(pd.read_parquet(tmp_path / "r.parquet")) == 15
    assert len(pd.read_csv(tmp_path / "all.csv")) == 20 * 14


def test_a_report_for_people_and_of_a_slice(place: Path) -> None:
    whole = khid("report", place / "whole").stdout
    assert "How often is a field read exactly?" in whole
    assert "Cards wholly right" in whole
    dark = khid("report", place / "whole", "--where", "lighting=dark", "--where", "table=wood", "--level", "raw").stdout
    assert "lighting dark, table wood" in dark
    assert "10 of 10 cards" in dark


@pytest.mark.parametrize(
    "arguments",
    [
        ("--html", "--csv"),
        ("-o", "x.docx"),
        ("--rows", "x.xlsx"),
        ("--where", "lighting"),
        ("--where", "a'b=1"),
        ("--where", "foo=1"),
        ("--where", "lighting=violet"),
    ],
)
def test_a_report_asked_wrongly(arguments: tuple[str, ...], place: Path) -> None:
    assert isinstance(khid("report", place / "whole", *arguments).exception, BadRequest)


def test_a_level_that_there_is_not(place: Path) -> None:
    assert khid("report", place / "whole", "--level", "kind").exit_code == 2


def test_compare_in_words_and_as_json(place: Path) -> None:
    refused = khid("compare", place / "few", place / "whole")
    assert "--intersect" in str(refused.exception)
    found = json.loads(khid("compare", place / "few", place / "whole", "--intersect", "--json").stdout)
    assert (found["photos"], found["only_a"], found["only_b"]) == (8, 0, 12)
    assert {one["verdict"] for one in found["comparisons"]} == {"not decisive"}
    assert "no difference is decisive" in khid("compare", place / "whole", place / "whole").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--output", "no/folder/x.html"),
        ("report", "--rows", "no/folder/x.csv"),
        ("check", "--min", "sex=0", "--junit", "no/folder/x.xml"),
    ],
)
def test_a_file_that_cannot_be_written_is_said(arguments: tuple[str, ...], place: Path, tmp_path: Path) -> None:
    command, *rest, file = arguments
    done = khid(command, place / "whole", *rest, tmp_path / file)
    assert isinstance(done.exception, BadData)
    assert "Cannot write" in str(done.exception)


def test_check_decides_by_exit_code(place: Path, tmp_path: Path) -> None:
    passed = khid("check", place / "whole", "--baseline", place / "whole", "--margin", "0.4", "--min", "sex=0.99")
    assert passed.exit_code == 0, passed.output
    alike = khid("check", place / "whole", "--baseline", place / "whole")
    assert alike.exit_code == 1
    assert "FAIL  sex: not decisive: +0.0 points" in alike.stdout
    assert "10 cards are too few for it, which takes 381 even where nothing differs" in alike.stdout
    junit = tmp_path / "check.xml"
    failed = khid("check", place / "whole", "--min", "name_kh=0.99", "--min", "sex=0.5", "--junit", junit)
    assert failed.exit_code == 1
    assert "FAIL  name_kh" in failed.stdout
    assert "pass  sex" in failed.stdout
    assert ElementTree.fromstring(junit.read_text("utf-8")).get("failures") == "1"
    assert khid("check", place / "whole", "--min", "sex=0.99", "--strict").exit_code == 1


def test_a_run_that_is_not_finished_is_no_ground_to_pass_or_to_judge_on(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "whole", tmp_path / "begun")
    begun = generated.leave_unfinished(tmp_path / "begun", 40)
    for pair in ((begun, "--min", "sex=0"), (place / "whole", "--baseline", begun)):
        refused = khid("check", *pair)
        assert isinstance(refused.exception, BadData)
        assert "is not finished (cancelled)" in str(refused.exception)
    found = json.loads(khid("compare", place / "whole", begun, "--json").stdout)
    assert found["unfinished"] == ["B"]
    assert "Not finished: B" in khid("compare", place / "whole", begun).stdout


def test_a_password_in_an_address_goes_nowhere(place: Path, url: str, tmp_path: Path) -> None:
    address = "ftp://person:S3CRET@127.0.0.1/set"
    for arguments in (
        ("run", address, "--out", tmp_path / "r", "--target", url),
        ("run", place / "set", "--out", address, "--target", url),
        ("report", address),
    ):
        refused = khid(*arguments)
        assert isinstance(refused.exception, BadData)
        assert "S3CRET" not in refused.output + str(refused.exception)
    assert not (tmp_path / "r" / "run.json").exists()


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("taken/r", "Cannot write in"),
        ("ftp://127.0.0.1:1/r", "Cannot reach"),
        ("nowhere://r", "Protocol not known"),
        ("r\udcff", "not UTF-8"),
    ],
)
def test_a_place_that_takes_no_run_is_said(
    out: str, words: str, place: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.chdir(tmp_path)
    refused = khid("run", place / "set", "--out", out, "--target", url)
    assert isinstance(refused.exception, BadData)
    assert words in str(refused.exception)


@pytest.mark.parametrize(
    "arguments", [(), ("--min", "sex"), ("--min", "sex=2"), ("--min", "shoe=0.5"), ("--min", "sex=much")]
)
def test_check_asked_wrongly(arguments: tuple[str, ...], place: Path) -> None:
    assert isinstance(khid("check", place / "whole", *arguments).exception, BadRequest)


@pytest.mark.parametrize("command", ["run", "report", "compare", "check"])
def test_help_has_an_example(command: str) -> None:
    assert f"khid-eval {command} " in khid(command, "--help").stdout


@pytest.mark.parametrize(("seconds", "words"), [(3, "3 s"), (100, "2 min"), (7200, "2 h 00 min")])
def test_durations_for_people(seconds: float, words: str) -> None:
    assert duration(seconds) == words
