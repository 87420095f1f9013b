"""Injected faults: seeded, in the API's own form, and a drop that really cuts the answer."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from khid_eval.client import ApiReader, Retrier, RetryPolicy
from khid_eval.contract import ERROR_CODES, ErrorCode
from khid_eval.errors import BadRequest
from khid_eval.server import ServerSettings, parse_faults
from khid_eval.server.faults import Fault

if TYPE_CHECKING:
    from tests.server.conftest import Api, OrderedFaults, Running, Serve

Refused = Callable[[requests.Response], tuple[int, str, str]]


@pytest.fixture(scope="module")
def api(running: Running, ordered: OrderedFaults) -> Iterator[Api]:
    with running(ServerSettings(faults=ordered)) as api:
        yield api


@pytest.mark.parametrize("entry", ERROR_CODES, ids=lambda entry: f"{entry.code}-{entry.status}")
def test_every_code_can_be_ordered(
    api: Api,
    ordered: OrderedFaults,
    image: str,
    refused: Callable[[requests.Response], tuple[int, str, str]],
    entry: ErrorCode,
) -> None:
    ordered.next = [Fault(entry.code, entry.status)]
    answer = api.post({"image": image})
    status, code, message = refused(answer)
    assert (status, code) == (entry.status, entry.code)
    assert message.startswith(entry.message)
    assert ("Retry-After" in answer.headers) == (code == "APIG.0308")


def test_a_delay_delays(api: Api, ordered: OrderedFaults, image: str) -> None:
    ordered.next = [Fault(delay_s=0.3)]
    started = perf_counter()
    assert api.post({"image": image}).status_code == 200
    assert perf_counter() - started >= 0.3


CUT: dict[str, tuple[type[Exception], ...]] = {
    "": (http.client.IncompleteRead,),
    "APIG.0601": (http.client.IncompleteRead, ConnectionResetError),
}
"""An error is answered before the body is read: the close is then a reset, which may come before the half is read."""


@pytest.mark.parametrize("code", CUT)
def test_a_drop_cuts_the_answer_in_the_middle(api: Api, ordered: OrderedFaults, image: str, code: str) -> None:
    ordered.next = [Fault(code, drop=True)]
    with closing(http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=60)) as connection:
        connection.request("POST", urlsplit(api.card_url).path, json.dumps({"image": image}))
        with closing(connection.getresponse()) as answer:
            announced = int(answer.headers["Content-Length"])
            with pytest.raises(CUT[code]) as caught:
                answer.read()
    if isinstance(caught.value, http.client.IncompleteRead):
        assert len(caught.value.partial) == announced // 2


def test_a_refused_body_may_be_large(api: Api, ordered: OrderedFaults) -> None:
    """The answer comes before the body was read; the connection stays usable all the same."""
    ordered.next = [Fault("APIG.0308")]
    assert api.post({"image": "A" * 5_000_000}).status_code == 429
    assert api.post({}).status_code == 400


TEXT = "APIG.0308=0.1,APIG.0201/504=0.05,delay=0.001s@0.05,drop=0.02"


def test_the_same_seed_gives_the_same_faults() -> None:
    def draws(seed: int) -> list[Fault]:
        faults = parse_faults(TEXT, seed)
        return [faults.draw() for _ in range(5000)]

    assert draws(7) == draws(7) != draws(8)
    codes = Counter(one.code for one in draws(7))
    assert codes["APIG.0308"] == pytest.approx(500, abs=70)
    assert codes["APIG.0201"] == pytest.approx(225, abs=50)
    assert sum(one.delay_s > 0 for one in draws(7)) == pytest.approx(250, abs=50)
    assert sum(one.drop for one in draws(7)) == pytest.approx(100, abs=30)


@pytest.mark.parametrize(
    "text",
    [
        "APIG.0308",
        "APIG.0308=2",
        "APIG.0308=-0.1",
        "APIG.0308=nan",
        "APIG.9999=0.1",
        "APIG.0308/500=0.1",
        "APIG.0201/x=0.1",
        "delay=2@0.1",
        "delay=2s",
        "delay=2s@1.5",
        "drop=yes",
        "=0.1",
    ],
)
def test_what_is_no_fault_is_said(text: str) -> None:
    with pytest.raises(BadRequest, match="is no fault"):
        parse_faults(f"drop=0.1, {text}")


def test_a_client_that_retries_loses_nothing(serve: Serve, jpeg: bytes) -> None:
    text = "APIG.0308=0.15,ModelArts.4403=0.1,drop=0.1,delay=0.01s@0.1"
    api = serve(ServerSettings(faults=parse_faults(text, seed=3)))
    waits: list[float] = []
    retrier = Retrier(RetryPolicy(attempts=12, first_wait_s=0.0, longest_wait_s=5.0), sleep=waits.append)
    with ApiReader(api.url, "p", retrier=retrier) as reader:
        for _ in range(60):
            assert reader.read(jpeg).get("sex")
    assert len(waits) > 10
