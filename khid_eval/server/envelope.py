"""What every answer of the server has, whichever part of it answers: a request id, and never a traceback."""

from __future__ import annotations

import json
import logging
import traceback
import uuid
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from khid_eval.contract import REQUEST_ID_HEADER, body_of, refusal, status_of

log = logging.getLogger("khid_eval.server")
STATE_KEY = "request_id"


class Envelope:
    """ASGI middleware: gives each request an id, puts it on the answer, and answers where the application failed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})[STATE_KEY] = uuid.uuid4().hex
        begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", []), id_header(request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as exc:  # a bug; the connection of an answer that has begun is closed by the server
            log.error("request %s: %s", request_id, kind_and_place(exc))
            if not begun:
                await _send_failure(request_id, send_with_id)


def id_header(request_id: str) -> tuple[bytes, bytes]:
    """The header with the request's ID, as ASGI wants it."""
    return REQUEST_ID_HEADER.lower().encode(), request_id.encode()


def kind_and_place(exc: BaseException) -> str:
    """Says what and where, without the exception's own words: they may hold what stands on a card."""
    frames = traceback.extract_tb(exc.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return f"unexpected {type(exc).__name__} at {place}"


async def _send_failure(request_id: str, send: Send) -> None:
    error = refusal("APIG.0601")
    body = json.dumps(body_of(error, request_id)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": body})


__all__ = ["STATE_KEY", "Envelope", "id_header", "kind_and_place"]
