"""khid-eval read: one row for every file, in order, whatever the file is; what people see; what is never shown.

The table of files is tried at an endpoint and at the embedded engine: both give the same codes for the same files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from khid_eval import contract
from khid_eval.cli import app
from khid_eval.errors import BadPhoto
from khid_eval.readers import ENVIRONMENT
from khid_eval.records import FIELD_NAMES, CardReading, ReadOptions

if TYPE_CHECKING:
    from tests.conftest import LocalApi

run = CliRunner()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {"KHID_TARGET", "KHID_ENTERPRISE_PROJECT_ID"}.union(*ENVIRONMENT.values()):
        monkeypatch.delenv(name, raising=False)


def read(*arguments: object) -> Result:
    return run.invoke(app, ["read", *map(str, arguments)])


def rows_of(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout_bytes.decode().splitlines()]


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    file = BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def pages() -> dict[str, Any]:
    return {"save_all": True, "append_images": [Image.new("RGB", (60, 40), "white")]}


READABLE: dict[str, Callable[[], bytes]] = {
    "plain.jpg": lambda: saved("JPEG"),
    "cmyk.jpg": lambda: saved("JPEG", "CMYK"),
    "grey.jpg": lambda: saved("JPEG", "L"),
    "exif_rotated.jpg": lambda: saved("JPEG", exif=turned()),
    "several_pictures.jpg": lambda: saved("MPO", **pages()),
    "sixteen_bit.png": lambda: saved("PNG", "I;16"),
    "palette.png": lambda: saved("PNG", "P"),
    "alpha.png": lambda: saved("PNG", "RGBA"),
    "one_bit.png": lambda: saved("PNG", "1"),
    "animated.png": lambda: saved("PNG", **pages()),
    "pages.tiff": lambda: saved("TIFF", **pages()),
    "plain.bmp": lambda: saved("BMP"),
    "wrongly_named.txt": lambda: saved("PNG"),
    "shortest_side.png": lambda: saved("PNG", "L", (15, 40)),
    "longest_side.png": lambda: saved("PNG", "L", (8192, 40)),
}
"""Photos that the API takes: whether there is a card on them is another question."""

BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.jpg": (lambda: b"", "AIS.0102"),
    "text.jpg": (lambda: b"This is no photo.\n", "AIS.0102"),
    "truncated_header.jpg": (lambda: saved("JPEG")[:12], "AIS.0102"),
    "picture.gif": (lambda: saved("GIF", "P"), "AIS.0102"),
    "animated.gif": (lambda: saved("GIF", **pages()), "AIS.0102"),
    "picture.webp": (lambda: saved("WEBP"), "AIS.0102"),
    "small.png": (lambda: saved("PNG", size=(14, 40)), "AIS.0103"),
    "large.png": (lambda: saved("PNG", "1", (9000, 40)), "AIS.0103"),
    "heavy.bmp": (lambda: saved("BMP", size=(2000, 1400)), "ModelArts.4104"),
}
"""Files that no reader may take, with the API's code."""

TRUNCATED = "truncated.jpg"
"""Its header is whole: only who decodes it sees the damage."""
ODD = ("missing.jpg", "folder.jpg", "loop.jpg", "pipe.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All the files of the tables, and entries that are no files at all."""
    made = tmp_path_factory.mktemp("photos")
    for name, make in READABLE.items():
        (made / name).write_bytes(make())
    for name, (make, _) in BROKEN.items():
        (made / name).write_bytes(make())
    (made / TRUNCATED).write_bytes(saved("JPEG", size=(300, 200), quality=95)[:-200])
    (made / "folder.jpg").mkdir()
    (made / "loop.jpg").symlink_to(made / "loop.jpg")
    os.mkfifo(made / "pipe.jpg")
    return made


def rows_of_every_file(folder: Path, target: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and row of each file, after the checks that hold for every target."""
    names = [*READABLE, TRUNCATED, *BROKEN, *ODD]
    names = [*names[::2], *names[1::2], "plain.jpg"]
    rows = rows_of(read(*[folder / name for name in names], "--target", target, "--jsonl"))
    assert [row["file"] for row in rows] == [str(folder / name) for name in names]
    for name, row in zip(names, rows, strict=True):
        assert set(row) in ({"file", "result"}, {"file", "error_code", "error_msg"})
        if name in BROKEN:
            assert row["error_code"] == BROKEN[name][1]
        elif name in ODD:
            assert row["error_code"] == "KHID.BadPhoto"
        else:
            yield name, row


def test_every_file_gets_one_row_in_order_at_an_endpoint(local_api: LocalApi, folder: Path) -> None:
    rows = list(rows_of_every_file(folder, local_api.url))
    assert all("result" in row for _, row in rows)
    assert len(local_api.seen) == len(rows) == len(READABLE) + 2


@pytest.mark.usefixtures("embedded")
def test_every_file_gets_one_row_in_order_from_the_engine(folder: Path) -> None:
    for name, row in rows_of_every_file(folder, "embedded"):
        # None of these photos shows a card.
        assert row["error_code"] in (("AIS.0102", "AIS.0104") if name == TRUNCATED else ("AIS.0104",))


def test_a_row_is_exactly_the_apis_result(local_api: LocalApi, folder: Path) -> None:
    [row] = rows_of(read(folder / "plain.jpg", "--target", local_api.url, "--jsonl", "--all-options"))
    everything = ReadOptions.everything()
    expected = contract.answer_of(local_api.reader.read(b"", everything), everything)
    assert row == {"file": str(folder / "plain.jpg"), **expected}
    assert "ខ្មែរ sex" in row["result"]["sex"]


def test_an_error_row_has_the_apis_own_words(local_api: LocalApi, folder: Path) -> None:
    [row] = rows_of(read(folder / "small.png", "--target", local_api.url, "--jsonl"))
    assert row["error_msg"] == "The image size does not meet the requirements."


@pytest.mark.parametrize("switch", contract.SWITCHES)
def test_there_is_a_flag_for_every_switch(local_api: LocalApi, folder: Path, switch: str) -> None:
    flag = "--" + switch.removeprefix("return_").replace("_", "-")
    rows_of(read(folder / "plain.jpg", "--target", local_api.url, "--jsonl", flag))
    [seen] = local_api.seen
    assert contract.CardRequest.from_body(seen.body).options == ReadOptions(**{switch: True})


def test_people_get_tables_and_advice(local_api: LocalApi, folder: Path) -> None:
    result = read(folder / "plain.jpg", folder / "text.jpg", "--target", local_api.url, "--all-options")
    assert result.exit_code == 0
    for name in FIELD_NAMES:
        assert f"ខ្មែរ {name}" in result.stdout
    assert "50.0%" in result.stdout
    assert "normal" in result.stdout
    assert all(corner in result.stdout for corner in ("(53, 341)", "(185, 340)", "(179, 504)"))
    assert "ALARM" in result.stdout
    assert "Send a PNG, JPEG, BMP or TIFF photo" in " ".join(result.stdout.split())


def test_progress_is_on_stderr_in_few_lines(local_api: LocalApi, folder: Path) -> None:
    result = read(*[folder / "text.jpg"] * 95, "--target", local_api.url, "--jsonl")
    lines = result.stderr.splitlines()
    assert len(lines) == 10
    assert lines[-1] == "95 of 95 photos"
    assert len(rows_of(result)) == 95


def test_a_wait_for_a_busy_endpoint_is_said(local_api: LocalApi, folder: Path) -> None:
    local_api.queue(503, {"error_code": "APIG.0613", "error_msg": "The IAM service is currently unavailable."})
    result = read(folder / "plain.jpg", "--target", local_api.url, "--jsonl")
    assert "result" in rows_of(result)[0]
    assert result.stderr.startswith("APIG.0613: trying again in ")


def test_credentials_that_are_refused_are_not_tried_with_every_file(local_api: LocalApi, folder: Path) -> None:
    local_api.queue(401, {"error_code": "APIG.0301", "error_msg": "Incorrect IAM authentication information: x"})
    rows = rows_of(read(*[folder / "plain.jpg"] * 5, "--target", local_api.url, "--jsonl"))
    assert {row["error_code"] for row in rows} == {"APIG.0301"}
    assert len(rows) == 5
    assert len(local_api.seen) == 1


def test_a_bug_costs_one_row_and_shows_no_value(
    local_api: LocalApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from khid_eval.client import ApiReader

    def broken(self: ApiReader, photo: bytes, options: ReadOptions) -> CardReading:
        raise KeyError("a person's name")

    with monkeypatch.context() as patch:
        patch.setattr(ApiReader, "read", broken)
        result = read(folder / "plain.jpg", "--target", local_api.url, "--jsonl")
    [row] = rows_of(result)
    assert row["error_code"] == "KHID.Bug"
    assert "KeyError at test_cli_read.py:" in row["error_msg"]
    assert "person" not in result.output


def test_a_refusal_of_the_reader_is_a_row(local_api: LocalApi, folder: Path) -> None:
    local_api.queue(400, contract.body_of(BadPhoto("no card", "AIS.0104")))
    rows = rows_of(read(folder / "plain.jpg", folder / "alpha.png", "--target", local_api.url, "--jsonl"))
    assert [row.get("error_code") for row in rows] == ["AIS.0104", None]


def test_a_file_name_that_is_no_unicode_is_still_json(local_api: LocalApi, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \xe1\x9e\x81.png")
    (tmp_path / name).write_bytes(saved("PNG"))
    [row] = rows_of(read(tmp_path / name, "--target", local_api.url, "--jsonl"))
    assert os.fsencode(row["file"]) == os.fsencode(tmp_path / name)


def test_a_token_is_asked_for_and_not_shown(local_api: LocalApi, folder: Path) -> None:
    arguments = ["read", str(folder / "plain.jpg"), "--target", local_api.url, "--jsonl", "--ask-token"]
    result = run.invoke(app, arguments, input="tok-secret\n")
    assert "result" in json.loads(result.stdout_bytes.splitlines()[-1])
    assert "tok-secret" not in result.output
    assert local_api.seen[0].headers["X-Auth-Token"] == "tok-secret"


def test_credentials_and_project_come_from_the_environment(
    local_api: LocalApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHID_TOKEN", "tok")
    monkeypatch.setenv("KHID_PROJECT_ID", "p-7")
    monkeypatch.setenv("KHID_ENTERPRISE_PROJECT_ID", "eps-1")
    monkeypatch.setenv("KHID_TARGET", local_api.url)
    rows_of(read(folder / "plain.jpg", "--jsonl"))
    [seen] = local_api.seen
    assert seen.path == "/v2/p-7/ocr/cambodian-idcard"
    assert (seen.headers["X-Auth-Token"], seen.headers["Enterprise-Project-Id"]) == ("tok", "eps-1")


@pytest.mark.parametrize("wrong", [["--token", "x"], ["--ak", "x"], ["--password", "x"], []])
def test_wrong_usage_is_exit_2(wrong: list[str]) -> None:
    assert read(*wrong, *(["a.jpg"] if wrong else [])).exit_code == 2


def test_help_has_an_example() -> None:
    result = read("--help")
    assert result.exit_code == 0
    assert "Example: khid-eval read" in result.stdout
