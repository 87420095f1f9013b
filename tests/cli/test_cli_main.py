"""The command as a process: exit codes, one line for an expected failure, streams kept apart."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import IO, TYPE_CHECKING

import pytest
import requests

import khid_eval
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.conftest import LocalApi


COMMAND = [sys.executable, "-c", "from khid_eval.cli import main; main()"]


def khid(*arguments: str, stdout: int | IO[bytes] = subprocess.PIPE, **environment: str) -> CompletedProcess[bytes]:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("KHID_", "HUAWEICLOUD_"))}
    return subprocess.run(
        [*COMMAND, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**given, **environment},
        stdin=subprocess.DEVNULL,
    )


def test_version() -> None:
    done = khid("--version")
    assert (done.returncode, done.stdout.decode().strip()) == (0, f"khid-eval {khid_eval.__version__}")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nonsense", "neither embedded nor the address"),
        ("https://someone:secret@ocr.example.com", "credentials never belong into it"),
        ("ap-southeast-3", "Set KHID_PROJECT_ID"),
    ],
)
def test_an_expected_failure_is_one_line(target: str, words: str) -> None:
    done = khid("read", "a.jpg", "--target", target)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"secret" not in done.stderr


def test_the_cloud_without_credentials_says_what_to_set() -> None:
    done = khid("read", "a.jpg", "--target", "ap-southeast-3", KHID_PROJECT_ID="p-1")
    assert done.returncode == 2
    assert b"Set KHID_TOKEN, or KHID_AK and KHID_SK" in done.stderr


def test_data_and_progress_do_not_mix_even_without_utf8(local_api: LocalApi, jpeg: bytes, tmp_path: Path) -> None:
    photo = tmp_path / "card.jpg"
    photo.write_bytes(jpeg)
    for flags in (["--jsonl"], []):
        done = khid("read", str(photo), "--target", local_api.url, *flags, PYTHONIOENCODING="ascii")
        assert done.returncode == 0, done.stderr
        assert done.stderr == b"1 of 1 photos\n"
        assert b"id_number" in done.stdout


@pytest.mark.parametrize("command", [["--version"], ["dataset", "info", "{set}"], ["read", "{photo}"]])
def test_output_that_finds_no_room_is_said_in_one_line(
    local_api: LocalApi, jpeg: bytes, tmp_path: Path, command: list[str]
) -> None:
    photo = tmp_path / "card.jpg"
    photo.write_bytes(jpeg)
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "card.jpg", "group_id": "a", "fields": {}}')
    arguments = [one.format(set=tmp_path, photo=photo) for one in command]
    with open("/dev/full", "wb") as full:
        done = khid(*arguments, stdout=full, KHID_TARGET=local_api.url)
    assert (done.returncode, done.stderr.decode()) == (1, "khid-eval: No space left on device.\n")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = khid("synth", str(tmp_path / "file" / "set"), "--count", "1")
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert "Cannot write" in done.stderr.decode()


def shown_on_terminal(*arguments: str, rows_too: bool) -> tuple[int, str]:
    """Exit code, and what a person sees: of both streams, or of stderr alone."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=theirs if rows_too else subprocess.DEVNULL, stderr=theirs, stdin=theirs
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _terminal_piece(ours), b""))
    os.close(ours)
    return process.returncode, shown.decode()


def _terminal_piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""


@pytest.mark.parametrize("rows_too", [True, False])
def test_no_bar_among_the_rows_of_one_terminal(
    local_api: LocalApi, jpeg: bytes, tmp_path: Path, rows_too: bool
) -> None:
    (tmp_path / "card.jpg").write_bytes(jpeg)
    code, shown = shown_on_terminal("read", str(tmp_path / "card.jpg"), "--target", local_api.url, rows_too=rows_too)
    assert code == 0
    assert ("id_number" in shown, "photos" in shown) == (rows_too, not rows_too)


def test_what_an_endpoint_calls_its_errors_is_no_markup(local_api: LocalApi, jpeg: bytes, tmp_path: Path) -> None:
    (tmp_path / "card.jpg").write_bytes(jpeg)
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "card.jpg", "group_id": "a", "fields": {"sex": null}}')
    local_api.queue(400, {"error_code": "[/x]", "error_msg": "no"})
    out = str(tmp_path / "run")
    code, shown = shown_on_terminal("run", str(tmp_path), "--out", out, "--target", local_api.url, rows_too=False)
    assert code == 0, shown
    assert "1 failed" in shown


def test_the_app_starts_and_says_where(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    options = ("app", "--no-browser", "--port", url.rpartition(":")[2])
    environment = os.environ | {"HOME": str(tmp_path)}
    with subprocess.Popen([*COMMAND, *options], env=environment, stderr=subprocess.PIPE) as process:
        try:
            wait_for(lambda: process.poll() is not None or is_healthy(url), "the app answers")
            assert process.poll() is None
        finally:
            process.terminate()
        assert process.stderr is not None
        assert process.stderr.readline().decode() == f"Starting at {url}. Stop with Ctrl-C.\n"


def is_healthy(url: str) -> bool:
    try:
        return requests.get(f"{url}/_stcore/health", timeout=60).text == "ok"
    except requests.ConnectionError:
        return False
