"""What holds however the application fails: an id, the API's own words, nothing of the exception's."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import httpx
import pytest

from khid_eval.server.desk import ClientGone, Desk
from khid_eval.server.envelope import Envelope


async def fails(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("what stands on the card")


async def fails_in_the_middle(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError("what stands on the card")


def test_a_bug_is_answered_in_the_apis_words(caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Envelope(fails))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/")

    answer = asyncio.run(ask())
    request_id = answer.headers["X-Request-Id"]
    assert answer.status_code == 500
    assert answer.json() == {
        "error_code": "APIG.0601",
        "error_msg": "Internal server error.",
        "request_id": request_id,
    }
    assert f"request {request_id}: unexpected ValueError at test_server_envelope.py:" in caplog.text
    assert "card" not in caplog.text


def test_an_answer_that_has_begun_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    with caplog.at_level(logging.ERROR):
        asyncio.run(Envelope(fails_in_the_middle)({"type": "http"}, None, send))  # type: ignore[arg-type]  # unused
    assert [one["type"] for one in sent] == ["http.response.start"]
    assert "card" not in caplog.text


def test_a_caller_that_is_cancelled_while_it_waits_frees_its_place() -> None:
    async def run() -> tuple[int, list[str]]:
        desk = Desk("test", workers=1, queue=1)
        loop = asyncio.get_running_loop()
        going, done, never = asyncio.Event(), loop.create_future(), loop.create_future()
        worked: list[str] = []

        def first() -> None:
            loop.call_soon_threadsafe(going.set)
            asyncio.run_coroutine_threadsafe(waited(done), loop).result(30)
            worked.append("first")

        one = asyncio.create_task(desk.serve(first, never))
        await going.wait()
        other = asyncio.create_task(desk.serve(lambda: worked.append("other"), never))
        await asyncio.sleep(0)
        assert (desk.taken, desk.full, desk.waiting) == (2, True, 1)
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
        await asyncio.sleep(0)
        taken = desk.taken
        done.set_result(None)
        await one
        desk.close()
        return taken, worked

    assert asyncio.run(run()) == (1, ["first"])


async def waited(future: asyncio.Future[None]) -> None:
    await future


def test_the_words_of_work_that_nobody_waits_for_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """asyncio logs exceptions that nobody has seen, with their words."""

    async def run() -> None:
        desk = Desk("test", workers=1, queue=0)
        loop = asyncio.get_running_loop()
        gone, go_on = loop.create_future(), loop.create_future()

        def work() -> None:
            loop.call_soon_threadsafe(gone.set_result, None)
            asyncio.run_coroutine_threadsafe(waited(go_on), loop).result(30)
            raise ValueError("what stands on the card")

        with pytest.raises(ClientGone):
            await desk.serve(work, gone)
        assert desk.taken == 1
        go_on.set_result(None)
        while desk.taken:
            await asyncio.sleep(0)
        desk.close()

    asyncio.run(run())
    gc.collect()
    assert "card" not in caplog.text
