"""Every code sample is really run, against the product's own server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from khid_eval.records import CardReading, ReadOptions
from khid_eval.ui import snippets
from khid_eval.ui.snippets import Call
from tests.ui.fixed_endpoint import ACCESS_KEY, SECRET_KEY, TOKEN, Endpoint, FictionalCard

SWITCHES = ("return_idcard_type", "return_text_location", "detect_glare")
COMMANDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "curl": ("read.sh", ("sh",)),
    "Python requests": ("read.py", (sys.executable,)),
    "Python SDK": ("read_sdk.py", (sys.executable,)),
    "JavaScript": ("read.mjs", ("node",)),
    "Java": ("ReadCard.java", ("java",)),
}
TRICKY = "a 'quoted\" $name"


def run(name: str, call: Call, folder: Path) -> subprocess.CompletedProcess[str]:
    file_name, command = COMMANDS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed here")
    (folder / file_name).write_text(snippets.SAMPLES[name][1](call), encoding="utf-8")
    secrets = {"KHID_TOKEN": TOKEN, "KHID_AK": ACCESS_KEY, "KHID_SK": SECRET_KEY, "HOME": str(folder)}
    return subprocess.run(
        [*command, file_name], cwd=folder, env=os.environ | secrets, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", snippets.SAMPLES)
def test_sample_reads_the_card(name: str, endpoint: Endpoint, card: FictionalCard, tmp_path: Path) -> None:
    (tmp_path / f"{TRICKY}.jpg").write_bytes(card.photo)
    asked: list[ReadOptions] = []

    def answer(photo: bytes, options: ReadOptions) -> CardReading:
        asked.append(options)
        return card.reading

    endpoint.answer = answer
    call = Call(endpoint.address, "project 1", SWITCHES, photo_path=f"{TRICKY}.jpg", enterprise_project_id="eps-1")
    done = run(name, call, tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(card.truth["id_number"]) in done.stdout
    assert endpoint.photos == [card.photo]
    expected = dict.fromkeys(SWITCHES, True)
    if name == "Python SDK":  # the official SDK does not know our extension
        del expected["return_text_location"]
    assert asked == [ReadOptions(**expected)]


@pytest.mark.parametrize("name", snippets.SAMPLES)
def test_sample_with_an_address(name: str, endpoint: Endpoint, tmp_path: Path) -> None:
    """The server refuses an address of this machine: that it says so shows that the address arrived as given."""
    done = run(
        name, Call(endpoint.address, "p", ("detect_blur",), url="http://127.0.0.1:9/card.jpg?a=1&b='2'"), tmp_path
    )
    assert "ModelArts.4601" in done.stdout + done.stderr or "ModelArts.4603" in done.stdout + done.stderr
    assert endpoint.photos == []


@pytest.mark.parametrize("name", snippets.SAMPLES)
@pytest.mark.parametrize("auth", ["token", "keys", "none"])
def test_no_secret_stands_in_a_sample(name: str, auth: snippets.Auth) -> None:
    text = snippets.SAMPLES[name][1](Call("http://127.0.0.1:8000", "p", SWITCHES, auth=auth))
    assert TOKEN not in text
    assert SECRET_KEY not in text
    assert ("KHID_" in text) is (auth != "none")
