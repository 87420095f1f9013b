"""A server in a real process: it stops with grace, its memory stays flat, and `khid-eval serve` says what it does."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from khid_eval.cli import main
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.conftest import LocalApi

Start = Callable[..., subprocess.Popen[str]]
PATH = "/v2/p/ocr/cambodian-idcard"
QUICK_SERVER = str(Path(__file__).with_name("server_process.py"))
KHID_EVAL = (sys.executable, "-c", "from khid_eval.cli import main; main()")
REQUESTS, CLIENTS = 5000, 4
GROWTH_BYTES = 8_000_000


@pytest.fixture
def start() -> Iterator[Start]:
    """start(command…, **environment) -> process with pipes; none outlives the test."""
    processes: list[subprocess.Popen[str]] = []

    def begin(*command: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"KHID_TARGET": ""} | environment,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_was_accepted(start: Start, tmp_path: Path, image: str, number: signal.Signals) -> None:
    process = start(sys.executable, QUICK_SERVER, str(tmp_path / "go-on"))
    url = line_of(process)
    with ThreadPoolExecutor(3) as clients:
        asked = [clients.submit(requests.post, url + PATH, json={"image": image}, timeout=60) for _ in range(3)]
        assert [line_of(process), line_of(process)] == ["reading", "reading"]  # the third waits for its turn
        wait_for(lambda: requests.get(f"{url}/healthz", timeout=60).json()["taken"] == 3, "three are accepted")
        process.send_signal(number)
        wait_for(lambda: refuses_connections(url), "new connections are refused")
        (tmp_path / "go-on").touch()
        assert [one.result().status_code for one in asked] == [200] * 3
    assert process.wait(60) == 0


def refuses_connections(url: str) -> bool:
    try:
        requests.get(f"{url}/healthz", timeout=60)
    except requests.ConnectionError:
        return True
    return False


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory of another process is read from /proc")
def test_memory_stays_flat(start: Start, image: str) -> None:
    """5,000 requests, a third of them refused, after a warm-up that fills caches and pools of the allocator."""
    process = start(sys.executable, QUICK_SERVER)
    place = urlsplit(line_of(process)).netloc
    padding = "x" * 20_000
    good = json.dumps({"image": image, "padding": padding, "return_portrait_image": True}).encode()
    bodies = [good, good, json.dumps({"image": padding}).encode()]

    def send(count: int) -> set[int]:
        connection = http.client.HTTPConnection(place, timeout=60)
        statuses = set()
        for number in range(count):
            connection.request("POST", PATH, bodies[number % len(bodies)])
            answer = connection.getresponse()
            answer.read()
            statuses.add(answer.status)
        connection.close()
        return statuses

    with ThreadPoolExecutor(CLIENTS) as clients:
        assert set().union(*clients.map(send, [150] * CLIENTS)) == {200, 400}
        before = resident_bytes(process.pid)
        assert set().union(*clients.map(send, [REQUESTS // CLIENTS] * CLIENTS)) == {200, 400}
    assert resident_bytes(process.pid) - before < GROWTH_BYTES


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_the_command_announces_itself_and_passes_requests_on(start: Start, local_api: LocalApi, image: str) -> None:
    process = start(*KHID_EVAL, "serve", "--port", "0", "--target", local_api.url, "--verbose", KHID_TOKEN="upstream")
    assert process.stderr is not None
    announced = process.stderr.readline()
    assert announced.startswith(f"Serving {local_api.url} at http://127.0.0.1:")
    assert "any are accepted, from this machine alone" in announced
    url = announced.split(" at ")[1].split(". ")[0]
    answer = requests.post(url + PATH, json={"image": image, "return_idcard_type": True}, timeout=60)
    assert answer.json()["result"]["idcard_type"] == "normal"
    assert local_api.seen[0].headers["X-Auth-Token"] == "upstream"
    local_api.queue(401, {"error_code": "APIG.0301", "error_msg": "Incorrect IAM authentication information"})
    assert requests.post(url + PATH, json={"image": image}, timeout=60).json()["error_code"] == "ModelArts.4301"
    local_api.queue(429, {"error_code": "APIG.0308", "error_msg": "limit"}, Retry_After="3")
    busy = requests.post(url + PATH, json={"image": image}, timeout=60)
    assert (busy.status_code, busy.headers["Retry-After"], len(local_api.seen)) == (429, "3", 3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert err.splitlines()[-1] == "Stopped."
    assert answer.headers["X-Request-Id"] in err
    assert (out, "upstream" in err, "តម្លៃ" in err) == ("", False, False)


def test_credentials_open_other_addresses(start: Start, local_api: LocalApi, image: str, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("good", encoding="utf-8")
    options = ("--host", "0.0.0.0", "--port", "0", "--token-file", str(tmp_path / "tokens"), "--per-minute", "1")
    process = start(*KHID_EVAL, "serve", "--target", local_api.url, *options)
    assert process.stderr is not None
    announced = process.stderr.readline()
    assert "Credentials are checked (tokens: 1, access keys: 0, users: 0)." in announced
    url = "http://127.0.0.1:" + announced.split(" at ")[1].split(". ")[0].rpartition(":")[2]
    statuses = [requests.post(url + PATH, json={"image": image}, timeout=60).status_code]
    for _ in range(2):
        headers = {"X-Auth-Token": "good"}
        statuses.append(requests.post(url + PATH, json={"image": image}, headers=headers, timeout=60).status_code)
    assert statuses == [401, 200, 429]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "Without credentials the server may only listen on this machine"),
        (("--faults", "APIG.0308=2"), "'APIG.0308=2' is no fault"),
        (("--token-file", "missing"), "cannot be read"),
        (("--target", "ftp://a"), "khid-eval: "),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    options: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["khid-eval", "serve", "--port", "0", *options])
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capsys.readouterr()
    assert caught.value.code in (1, 2)
    assert words in err
    assert (out, len(err.splitlines())) == ("", 1)
