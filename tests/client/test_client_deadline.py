"""One call has one time, whatever the server does with it: real servers on loopback that take theirs."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest

from khid_eval.client import ApiReader, IamAccount, IamTokens
from khid_eval.errors import Unreachable

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def server(serve: Callable[[socket.socket, BinaryIO], None]) -> Iterator[str]:
    """Serves one connection so."""

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            serve(connection, stream)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def take_request(stream: BinaryIO) -> None:
    length = 0
    while (line := stream.readline()).strip():
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    stream.read(length)


class Trickle:
    """Some whole answers, then one whose head comes byte by byte and takes 20 s in all."""

    def __init__(self, whole_answers: int = 0) -> None:
        self.whole_answers = whole_answers
        self.ended = threading.Event()

    def __call__(self, connection: socket.socket, stream: BinaryIO) -> None:
        for _ in range(self.whole_answers):
            take_request(stream)
            connection.sendall(WHOLE)
        take_request(stream)
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
            connection.sendall(bytes([byte]))
            self.ended.wait(0.02)
        self.ended.set()


@pytest.mark.parametrize("calls_before", [0, 1])
def test_a_trickling_head_is_cut_off(calls_before: int) -> None:
    """On a new connection, and on one that an earlier call left open."""
    trickle = Trickle(calls_before)
    with server(trickle) as url, ApiReader(url, "p-1", timeout_s=1.0) as reader:
        for _ in range(calls_before):
            assert reader.exchange_body(b"{}").answer_body == b"{}"
        with pytest.raises(Unreachable, match="Timeout"):
            reader.exchange_body(b"{}")
        assert not trickle.ended.is_set()


def test_a_trickling_token_is_cut_off() -> None:
    trickle = Trickle()
    account = IamAccount("domain", "user", "secret", project_name="p")
    with server(trickle) as url, pytest.raises(Unreachable, match="Timeout"):
        IamTokens(account, url, timeout_s=0.3).token()
    assert not trickle.ended.is_set()


def test_half_an_answer_of_unknown_length_is_none() -> None:
    def half(connection: socket.socket, stream: BinaryIO) -> None:
        take_request(stream)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n{")
        stream.read()  # until the client has enough

    with server(half) as url, ApiReader(url, "p-1", timeout_s=0.3) as reader, pytest.raises(Unreachable):
        reader.exchange_body(b"{}")


def test_a_server_that_takes_nothing_is_given_up() -> None:
    given_up = threading.Event()
    with server(lambda *_: assert_set(given_up)) as url, ApiReader(url, "p-1", timeout_s=0.3) as reader:
        with pytest.raises(Unreachable):
            reader.exchange_body(bytes(20_000_000))
        given_up.set()


def assert_set(event: threading.Event) -> None:
    assert event.wait(60)


def test_sending_may_take_longer_than_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("khid_eval.client.http.CONNECT_TIMEOUT_S", 0.1)

    def late(connection: socket.socket, stream: BinaryIO) -> None:
        threading.Event().wait(0.5)  # so long it takes nothing of what it is sent
        take_request(stream)
        connection.sendall(WHOLE)

    with server(late) as url, ApiReader(url, "p-1") as reader:
        assert reader.exchange_body(bytes(20_000_000)).status == 200
