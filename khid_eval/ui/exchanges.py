"""One call with a raw body, and what came back: over HTTP to an endpoint, or by the same contract in this process."""

from __future__ import annotations

import json
from time import perf_counter

from khid_eval import contract
from khid_eval.card import photo as photo_file
from khid_eval.client import ApiReader, Exchange
from khid_eval.errors import KhidError
from khid_eval.records import CardReader

IN_PROCESS = "in-process"
"""Stands for the address of a call that goes to no server."""


def exchange(reader: CardReader, body: bytes) -> Exchange:
    """Send that body. Raises Unreachable and the like where no answer came; a refusal is an answer."""
    return reader.exchange_body(body) if isinstance(reader, ApiReader) else _here(reader, body)


def _here(reader: CardReader, body: bytes) -> Exchange:
    started = perf_counter()
    try:
        status, answer = 200, _answer(reader, body)
    except KhidError as error:
        status, answer = contract.status_of(error), json.dumps(contract.body_of(error)).encode()
    return example(body, status, answer, perf_counter() - started)


def _answer(reader: CardReader, body: bytes) -> bytes:
    request = contract.CardRequest.from_body(body)
    if request.url:
        from khid_eval.server.fetch import fetch

        photo = fetch(request.url)
    else:
        photo = request.photo or b""
    photo_file.check(photo)
    return contract.body_of_answer(reader.read(photo, request.options), request.options)


def refused(code: str, status: int) -> Exchange:
    """How the API refuses with that code, made here: for codes that no request of ours can provoke."""
    error = contract.refusal(code, status=status)
    return example(b"", status, json.dumps(contract.body_of(error, "example")).encode(), 0.0)


def example(body: bytes, status: int, answer: bytes, seconds: float) -> Exchange:
    """An exchange that went over no wire."""
    headers = {"Content-Type": contract.MEDIA_TYPE}
    return Exchange(contract.METHOD, IN_PROCESS, headers, body, status, headers, answer, seconds, "")


__all__ = ["IN_PROCESS", "example", "exchange", "refused"]
