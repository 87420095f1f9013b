"""The client against a real server on loopback: readings, refusals, retries, what goes over the wire."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from khid_eval.client import NO_RETRY, ApiReader, FixedToken, Retrier, RetryPolicy, TokenAuth, reading_of
from khid_eval.contract import CardRequest
from khid_eval.errors import ApiError, AuthError, BadPhoto, BadRequest, Busy, ContractError, KhidError, Unreachable
from khid_eval.records import CardReading, ReadOptions

if TYPE_CHECKING:
    from tests.conftest import LocalApi

EVERYTHING = ReadOptions.everything()


@contextmanager
def reader_of(url: str, *, waits: list[float] | None = None, **options: Any) -> Iterator[ApiReader]:
    """A reader that notes its waits in place of waiting."""
    slept = [] if waits is None else waits
    retrier = Retrier(RetryPolicy(), sleep=slept.append, rng=random.Random(7))
    with ApiReader(url, "p-1", options.pop("auth", TokenAuth(FixedToken("tok"))), retrier=retrier, **options) as reader:
        yield reader


@pytest.fixture
def read(local_api: LocalApi, jpeg: bytes) -> Iterator[Callable[[], CardReading]]:
    """Read one photo at the local API, once."""
    with ApiReader(local_api.url, "p-1", retrier=Retrier(NO_RETRY)) as reader:
        yield lambda: reader.read(jpeg)


def test_a_photo_is_read_over_http(local_api: LocalApi, jpeg: bytes) -> None:
    with reader_of(local_api.url) as reader:
        reading = reader.read(jpeg, EVERYTHING)
        again = reader.read(jpeg)
    assert reading == local_api.reader.read(jpeg)
    assert reading.portrait_quad is not None
    assert (again.portrait_jpeg, again.portrait_quad, again.idcard_type, again.alarms) == (None, None, None, ())
    first = local_api.seen[0]
    assert first.path == "/v2/p-1/ocr/cambodian-idcard"
    assert CardRequest.from_body(first.body) == CardRequest(photo=jpeg, options=EVERYTHING)
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["X-Auth-Token"] == "tok"
    assert "Enterprise-Project-Id" not in first.headers


def test_a_url_is_sent_as_it_is(local_api: LocalApi) -> None:
    with reader_of(local_api.url) as reader:
        reader.read_url("https://bucket.example.com/card.jpg", ReadOptions(detect_glare=True))
        with pytest.raises(BadRequest) as caught:
            reader.read_url("bucket/card.jpg")
    assert caught.value.code == "ModelArts.4601"
    [seen] = local_api.seen
    assert json.loads(seen.body) == {"url": "https://bucket.example.com/card.jpg", "detect_glare": True}


def test_the_enterprise_project_goes_along(local_api: LocalApi, jpeg: bytes) -> None:
    with reader_of(local_api.url + "/", enterprise_project_id="eps-1") as reader:
        reader.read(jpeg)
    assert local_api.seen[0].headers["Enterprise-Project-Id"] == "eps-1"


@pytest.mark.parametrize(
    ("photo", "code"),
    [(b"", "AIS.0102"), (b"text", "AIS.0102"), (b"\xff\xd8\xff" + bytes(8_000_000), "ModelArts.4104")],
)
def test_what_the_api_would_refuse_is_refused_without_a_call(local_api: LocalApi, photo: bytes, code: str) -> None:
    with reader_of(local_api.url) as reader, pytest.raises(KhidError) as caught:
        reader.read(photo)
    assert caught.value.code == code
    assert not local_api.seen


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "AIS.0104", BadPhoto),
        (400, "AIS.0101", BadRequest),
        (401, "APIG.0301", AuthError),
        (400, "ModelArts.4204", AuthError),
        (404, "APIG.0101", ApiError),
        (500, "APIG.0601", ApiError),
    ],
)
def test_a_refusal_is_raised_and_never_tried_again(
    local_api: LocalApi, jpeg: bytes, status: int, code: str, kind: type[KhidError]
) -> None:
    local_api.queue(status, {"error_code": code, "error_msg": "no"})
    waits: list[float] = []
    with reader_of(local_api.url, waits=waits) as reader, pytest.raises(kind) as caught:
        reader.read(jpeg)
    assert caught.value.code == code
    assert (len(local_api.seen), waits) == (1, [])


def test_busy_is_tried_again_after_the_time_the_server_asks_for(local_api: LocalApi, jpeg: bytes) -> None:
    local_api.queue(429, {"error_code": "APIG.0308", "error_msg": "limit"}, Retry_After="7")
    local_api.queue(503)
    waits: list[float] = []
    with reader_of(local_api.url, waits=waits) as reader:
        assert len(reader.read(jpeg).fields) == 14
    assert waits[0] == 7.0
    assert 1.0 <= waits[1] <= 2.0
    assert len(waits) == 2


def test_retries_end_and_the_last_error_comes_out(local_api: LocalApi, jpeg: bytes) -> None:
    for _ in range(9):
        local_api.queue(429, {"error_code": "APIG.0308", "error_msg": "limit"})
    waits: list[float] = []
    with reader_of(local_api.url, waits=waits) as reader, pytest.raises(Busy) as caught:
        reader.read(jpeg)
    assert (caught.value.code, caught.value.status) == ("APIG.0308", 429)
    assert len(local_api.seen) == RetryPolicy().attempts == len(waits) + 1


def test_no_answer_is_tried_again(jpeg: bytes) -> None:
    waits: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with reader_of(f"http://127.0.0.1:{port}", waits=waits) as reader, pytest.raises(Unreachable) as caught:
        reader.read(jpeg)
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert len(waits) == RetryPolicy().attempts - 1


def test_a_redirect_is_not_followed(local_api: LocalApi, read: Callable[[], CardReading]) -> None:
    local_api.queue(302, {}, Location=f"{local_api.url}/elsewhere")
    with pytest.raises(ContractError, match="302"):
        read()
    assert len(local_api.seen) == 1


def test_a_netrc_file_adds_nothing(
    local_api: LocalApi, jpeg: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for auth in (None, TokenAuth(FixedToken("tok"))):
        with reader_of(local_api.url, auth=auth) as reader:
            reader.read(jpeg)
    assert all("Authorization" not in seen.headers for seen in local_api.seen)


def test_cookies_are_not_carried_on(local_api: LocalApi, jpeg: bytes) -> None:
    local_api.queue(503, {}, Set_Cookie="session=1")
    with reader_of(local_api.url) as reader:
        reader.read(jpeg)
    assert "Cookie" not in local_api.seen[1].headers


def test_threads_may_share_a_reader(local_api: LocalApi, jpeg: bytes) -> None:
    photos = [jpeg + bytes([number]) * number for number in range(24)]
    with reader_of(local_api.url) as reader, ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda photo: reader.read(photo, EVERYTHING), photos))
    assert all(reading == local_api.reader.read(jpeg) for reading in read)
    assert sorted(len(seen.body) for seen in local_api.seen) == sorted(
        len(CardRequest(photo=photo, options=EVERYTHING).to_body()) for photo in photos
    )


def test_one_connection_serves_many_calls(local_api: LocalApi, jpeg: bytes) -> None:
    local_api.queue(404)
    with reader_of(local_api.url) as reader:
        for _ in range(4):
            with contextlib.suppress(ApiError):
                reader.read(jpeg)
    assert len({seen.client_port for seen in local_api.seen}) == 1


@pytest.mark.parametrize("body", [b"<html>", b'{"result": {}}', b"[]"])
def test_an_answer_that_breaks_the_contract_is_no_reason_to_try_again(
    local_api: LocalApi, jpeg: bytes, body: bytes
) -> None:
    local_api.queue(200, body)
    with reader_of(local_api.url) as reader, pytest.raises(ContractError):
        reader.read(jpeg)
    assert len(local_api.seen) == 1


def test_an_endless_answer_is_cut_off(jpeg: bytes) -> None:
    with (
        raw_server(b"HTTP/1.1 200 OK\r\n\r\n", endless=bytes(1 << 20)) as url,
        pytest.raises(ContractError, match="MB"),
    ):
        read_once(url, jpeg)


def test_a_trickling_answer_is_cut_off(jpeg: bytes) -> None:
    # Every single byte comes in time for the socket's timeout; the whole does not.
    with raw_server(b"HTTP/1.1 200 OK\r\n\r\n", endless=b"x") as url, pytest.raises(Unreachable):
        read_once(url, jpeg, timeout_s=0.2)


def test_a_broken_answer_is_unreachable(jpeg: bytes) -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{") as url, pytest.raises(Unreachable):
        read_once(url, jpeg)


def test_an_exchange_shows_all_but_the_secrets(local_api: LocalApi, jpeg: bytes) -> None:
    photo = jpeg + bytes(1000)
    with reader_of(local_api.url) as reader:
        seen = reader.exchange(CardRequest(photo=photo, options=EVERYTHING))
    assert (seen.method, seen.url, seen.status) == ("POST", local_api.url + "/v2/p-1/ocr/cambodian-idcard", 200)
    assert seen.request_headers["X-Auth-Token"] == "***"
    assert seen.request_body == local_api.seen[0].body
    assert seen.request_id == "rid-1"
    assert seen.network_s > 0
    assert "characters)" in seen.request_text()
    assert "ខ្មែរ sex" in seen.answer_text()
    assert "tok" not in repr(seen)
    assert "ខ្មែរ" not in repr(seen)
    assert reading_of(seen, EVERYTHING) == local_api.reader.read(photo)


def test_an_exchange_shows_an_error_as_it_came(local_api: LocalApi, jpeg: bytes) -> None:
    local_api.queue(429, b"<h1>slow down</h1>", Retry_After="3", Set_Cookie="a=b")
    with reader_of(local_api.url) as reader:
        seen = reader.exchange(CardRequest(photo=jpeg))
    assert (seen.status, seen.answer_text(), seen.retry_after_s) == (429, "<h1>slow down</h1>", 3.0)
    assert seen.answer_headers["Set-Cookie"] == "***"
    with pytest.raises(Busy):
        reading_of(seen)


def test_a_raw_body_may_be_sent_to_see_what_the_api_says(local_api: LocalApi) -> None:
    with reader_of(local_api.url) as reader:
        seen = reader.exchange_body(b'{"image": "abc", "url": "x"}')
    assert (seen.status, json.loads(seen.answer_body)["error_code"]) == (400, "AIS.0101")


@pytest.mark.parametrize("token", ["", " ", "a\nb", "ខ្មែរ"])
def test_a_token_that_is_none_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(AuthError) as caught:
        FixedToken(token)
    assert token.strip() == "" or token not in str(caught.value)


def test_addresses_that_are_none() -> None:
    with pytest.raises(ValueError, match="http"):
        ApiReader("ocr.example.com", "p-1")
    with pytest.raises(ValueError, match="credentials"):
        ApiReader("https://someone:secret@ocr.example.com", "p-1")
    with pytest.raises(ValueError, match="project_id"):
        ApiReader("https://ocr.example.com", "")
    with pytest.raises(BadRequest):
        ApiReader("https://ocr.example.com", "p-1", enterprise_project_id="a\nb")


def test_an_address_that_no_request_can_be_made_for(jpeg: bytes) -> None:
    with reader_of("http://exa mple") as reader, pytest.raises(BadRequest):
        reader.read(jpeg)


def read_once(url: str, photo: bytes, timeout_s: float = 10.0) -> CardReading:
    with ApiReader(url, "p-1", retrier=Retrier(NO_RETRY), timeout_s=timeout_s) as reader:
        return reader.read(photo)


@contextmanager
def raw_server(start: bytes, endless: bytes = b"") -> Iterator[str]:
    """Answers one connection with these bytes, then with `endless` again and again until the client has enough."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_one, args=(listener, start, endless))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def _answer_one(listener: socket.socket, start: bytes, endless: bytes) -> None:
    connection, _ = listener.accept()
    gone = threading.Event()
    with connection:
        connection.recv(1 << 16)
        try:
            connection.sendall(start)
            while endless:
                connection.sendall(endless)
                gone.wait(0.02 if len(endless) == 1 else 0.0)
        except OSError:
            gone.set()
