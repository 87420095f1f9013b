"""The command as a process: exit codes, one line for an expected failure, streams kept apart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

import khid_eval
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.conftest import LocalApi


COMMAND = [sys.executable, "-c", "from khid_eval.cli import main; main()"]


def khid(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("KHID_", "HUAWEICLOUD_"))}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, env={**given, **environment}, stdin=subprocess.DEVNULL
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
