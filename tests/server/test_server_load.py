"""Many clients, slow clients, clients that leave: nobody hangs, nobody holds more than a place."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from khid_eval.server import FetchRules, ServerSettings
from khid_eval.server.protocol import PunctualProtocol
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.server.conftest import Api, Serve

Refused = Callable[[requests.Response], tuple[int, str, str]]


@contextmanager
def line_to(api: Api) -> Iterator[socket.socket]:
    parts = urlsplit(api.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as line:
        yield line


def request_of(body: bytes, *, announced: int | None = None, path: str = "/v2/p/ocr/cambodian-idcard") -> bytes:
    length = len(body) if announced is None else announced
    return f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode() + body


def answer_on(line: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


def health_on(line: socket.socket) -> None:
    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert read_until(line, b"}").startswith(b"HTTP/1.1 200")


def read_until(line: socket.socket, end: bytes) -> bytes:
    found = b""
    while end not in found:
        part = line.recv(65536)
        assert part, "closed"
        found += part
    return found


def test_past_the_bound_the_answer_is_429_at_once(serve: Serve, image: str, refused: Refused) -> None:
    api = serve(ServerSettings(workers=1, queue=2))
    api.reader.gate.clear()
    with ThreadPoolExecutor(3) as clients:
        waiting = [clients.submit(requests.post, api.card_url, json={"image": image}, timeout=60) for _ in range(3)]
        wait_for(lambda: api.metrics()["khid_waiting"] == 2, "two wait")
        answer = api.post({"image": image})  # comes although no reading can end
        words = "The throttling threshold has been reached: policy user over ratelimit,limit:3,time:now"
        assert refused(answer) == (429, "APIG.0308", words)
        assert answer.headers["Retry-After"] == "2"
        assert api.session.get(f"{api.url}/healthz", timeout=60).json() == {"status": "busy", "taken": 3, "places": 3}
        api.reader.gate.set()
        assert [one.result().status_code for one in waiting] == [200] * 3
    assert api.post({"image": image}).status_code == 200
    assert api.metrics()["khid_reading"] == 0


def test_a_client_that_leaves_frees_its_place_and_is_never_read(serve: Serve, image: str) -> None:
    api = serve(ServerSettings(workers=1, queue=1))
    api.reader.gate.clear()
    body = json.dumps({"image": image}).encode()
    with line_to(api) as first:
        first.sendall(request_of(body))
        assert api.reader.started.acquire(timeout=30)
        for _ in range(5):
            with line_to(api) as leaver:
                leaver.sendall(request_of(body))
                wait_for(lambda: api.metrics()["khid_waiting"] == 1, "it waits")
            wait_for(lambda: api.metrics()["khid_waiting"] == 0, "its place is free")
        api.reader.gate.set()
        assert first.recv(100).startswith(b"HTTP/1.1 200")
    assert len(api.reader.seen) == 1
    assert api.metrics()['khid_requests_total{status="499",error_code="client_gone"}'] == 5


def test_a_reading_that_has_begun_keeps_its_place_until_it_ends(serve: Serve, image: str) -> None:
    api = serve(ServerSettings(workers=1, queue=0))
    api.reader.gate.clear()
    with line_to(api) as leaver:
        leaver.sendall(request_of(json.dumps({"image": image}).encode()))
        assert api.reader.started.acquire(timeout=30)
    wait_for(lambda: 'khid_requests_total{status="499",error_code="client_gone"}' in api.metrics(), "it left")
    assert api.post({"image": image}).status_code == 429
    api.reader.gate.set()
    wait_for(lambda: api.metrics()["khid_reading"] == 0, "the reading ended")
    assert api.post({"image": image}).status_code == 200


def test_slow_web_sites_hold_no_reader(serve: Serve, image: str, refused: Refused) -> None:
    """More of them than there are threads for fetching; other cards are read all the while."""
    api = serve(ServerSettings(workers=1, queue=2, fetch=FetchRules(total_s=1.0, allow_private=True)))
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent, ThreadPoolExecutor(14) as clients:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/photo.jpg"
        asked = [clients.submit(requests.post, api.card_url, json={"url": url}, timeout=60) for _ in range(14)]
        assert api.post({"image": image}).status_code == 200
        found = sorted(refused(one.result())[1] for one in asked)
    assert set(found) <= {"ModelArts.4603", "APIG.0308"}
    assert found.count("ModelArts.4603") >= 10
    wait_for(lambda: api.metrics()["khid_fetching"] == 0, "all threads came back")


def test_a_body_that_drips_is_cut(serve: Serve) -> None:
    api = serve(ServerSettings(body_patience_s=0.3))
    stop = threading.Event()

    def drip(line: socket.socket) -> None:
        while not stop.wait(0.02):
            try:
                line.sendall(b"x")
            except OSError:
                return

    with line_to(api) as line:
        line.sendall(request_of(b"", announced=1000))
        dripper = threading.Thread(target=drip, args=(line,))
        dripper.start()
        answer = read_until(line, b"}")
        stop.set()
        dripper.join()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"APIG.0201" in answer
    assert api.metrics()["khid_body_bytes"] == 0


def test_a_slow_but_steady_body_is_read(serve: Serve, image: str) -> None:
    """It takes longer than the patience for silence; what arrives earns time."""
    api = serve(ServerSettings(body_patience_s=0.5))
    body = json.dumps({"image": image, "padding": "x" * 400_000}).encode()
    pause = threading.Event()
    with line_to(api) as line:
        line.sendall(request_of(b"", announced=len(body)))
        for start in range(0, len(body), 40_000):
            pause.wait(0.08)
            line.sendall(body[start : start + 40_000])
        assert line.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begin", [b"", b"POST /v2/p/ocr/cam", b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: "])
def test_a_head_that_does_not_come_is_cut(serve: Serve, monkeypatch: pytest.MonkeyPatch, begin: bytes) -> None:
    monkeypatch.setattr("khid_eval.server.protocol.HEAD_TIMEOUT_S", 0.2)
    api = serve()
    with line_to(api) as line:
        line.sendall(begin)
        assert answer_on(line) == b""


def test_a_refused_body_that_never_ends_is_cut(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("khid_eval.server.protocol.HEAD_TIMEOUT_S", 0.3)
    api = serve()
    sent = 0
    with line_to(api) as line:
        line.sendall(request_of(b"", announced=10**12))
        assert line.recv(65536).startswith(b"HTTP/1.1 413")
        with suppress(ConnectionError):
            while sent < 10**9:
                sent += line.send(b"x" * 65536)
    assert sent < 10**9
    assert api.metrics()["khid_body_bytes"] == 0


def test_a_chunked_body_is_cut_at_the_limit(serve: Serve) -> None:
    api = serve()
    with line_to(api) as line:
        line.sendall(b"POST /v2/p/ocr/cambodian-idcard HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        for _ in range(13):
            line.sendall(chunk)
        assert line.recv(65536).startswith(b"HTTP/1.1 413")


def test_bodies_share_one_memory_limit(serve: Serve, image: str, refused: Refused) -> None:
    api = serve(ServerSettings(body_memory_bytes=300_000))
    with line_to(api) as line:
        line.sendall(request_of(b"x" * 250_000, announced=251_000))
        wait_for(lambda: api.metrics()["khid_body_bytes"] == 250_000, "the body came")
        assert refused(api.post({"image": "A" * 100_000}))[:2] == (429, "APIG.0308")
        assert api.post({"image": image}).status_code == 200
    wait_for(lambda: api.metrics()["khid_body_bytes"] == 0, "it is given back")


HEAD = b"POST /v2/p/ocr/cambodian-idcard HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "APIG.0602"),
        (b"GET / HTTP/x\r\n\r\n", 400, "APIG.0602"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400, "APIG.0602"),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400, "APIG.0602"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400, "APIG.0602"),
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 400, "APIG.0602"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "APIG.0602"),
        (HEAD + b"X: " + b"a" * 400_000, 494, "APIG.0201"),
        (b"GET /" + b"a" * 400_000, 414, "APIG.0201"),
    ],
    ids=lambda value: repr(value)[-30:],
)
def test_what_is_no_http_is_refused_in_the_same_form(serve: Serve, sent: bytes, status: int, code: str) -> None:
    api = serve()
    with line_to(api) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        answer = answer_on(line)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    assert json.loads(body)["error_code"] == code
    assert b"x-request-id: " + json.loads(body)["request_id"].encode() in head.lower()
    assert api.session.get(f"{api.url}/healthz", timeout=60).status_code == 200


def test_connections_past_the_limit_are_closed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("khid_eval.server.serving.MAX_CONNECTIONS", 2)
    api = serve()
    with line_to(api) as first, line_to(api) as second:
        health_on(first)
        health_on(second)
        with line_to(api) as third, suppress(ConnectionError):
            third.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert third.recv(100) == b""
        health_on(first)


def test_requests_on_one_connection_and_in_one_packet_are_answered_in_order(serve: Serve, image: str) -> None:
    api = serve()
    last = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with line_to(api) as line:
        line.sendall(request_of(json.dumps({"image": image}).encode()) + request_of(b"{}") + last)
        statuses = [int(part.split()[0]) for part in answer_on(line).split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 400, 200]
    assert issubclass(api.server.config.http_protocol_class, PunctualProtocol)
