"""A real HTTP endpoint on loopback that speaks the contract: one prepared reading of one fictional card.

It stands in for the vendor's cloud and for a server with an engine: the code under test sends real requests to it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from khid_eval import contract
from khid_eval.card import photo as photo_file
from khid_eval.errors import KhidError
from khid_eval.records import FIELD_NAMES, Alarm, CardReading, FieldReading
from khid_eval.synth.cards import PORTRAIT, render_card
from khid_eval.synth.generate import controlled_pose, encoded
from khid_eval.synth.persons import random_person
from khid_eval.synth.photos import take_photo
from khid_eval.synth.styles import nominal_style

TOKEN = "a-token-for-tests"


@dataclass(frozen=True, slots=True)
class FictionalCard:
    """A photo, its truth, and a reading of it that is right but for the height."""

    photo: bytes
    truth: Mapping[str, str | None]
    reading: CardReading


def fictional_card(seed: int = 7) -> FictionalCard:
    """The same card for the same seed."""
    rng = np.random.default_rng(seed)
    person = random_person(rng, "validation")
    flat = render_card(person, nominal_style(1200), rng)
    shot = take_photo(flat, rng, pose=controlled_pose(rng, 1400))
    truth: dict[str, str] = dict(person.fields())
    fields = []
    for number, name in enumerate(FIELD_NAMES):
        text = truth.get(name) or ""
        quad = shot.quads.get(name)
        fields.append(
            FieldReading(
                name, "១៩៩ ស.ម" if name == "height" else text, 0.62 if name == "height" else 0.99 - number / 100, quad
            )
        )
    portrait = encoded(flat.image[40:300, 40:260], "jpg")
    reading = CardReading(
        tuple(fields),
        portrait_jpeg=portrait,
        portrait_quad=shot.quads[PORTRAIT],
        idcard_type="normal",
        idcard_type_confidence=0.998,
        idcard_type_score=3,
        alarms=(
            Alarm("border_integrity", 2, False),
            Alarm("blocking_within_border", 4, False),
            Alarm("blur", 12, False),
            Alarm("glare", 71, True),
        ),
    )
    return FictionalCard(encoded(shot.image, "jpg"), truth, reading)


@dataclass
class Endpoint:
    """address: without a path. answer: called with each request; may raise any KhidError. asked: what came in."""

    address: str
    answer: Callable[[contract.CardRequest], CardReading]
    token: str = TOKEN
    asked: list[contract.CardRequest] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(reading: CardReading) -> Iterator[Endpoint]:
    """An endpoint that takes TOKEN (or any signature) and answers every good photo with that reading."""
    endpoint = Endpoint("", lambda _request: reading)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.headers.append(dict(self.headers.items()))
            status, answer = _answer(
                endpoint, self.headers.get("X-Auth-Token", ""), self.headers.get("Authorization", ""), body
            )
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("X-Request-Id", "request-1")
            self.send_header("Server-Timing", "engine;dur=120")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(endpoint: Endpoint, token: str, signature: str, body: bytes) -> tuple[int, bytes]:
    import json

    try:
        if token != endpoint.token and not signature.startswith("SDK-HMAC-SHA256"):
            raise contract.refusal("APIG.0301", "Incorrect IAM authentication information: decrypt token fail")
        request = contract.CardRequest.from_body(body)
        endpoint.asked.append(request)
        if request.photo is not None:
            photo_file.check(request.photo)
        return 200, contract.body_of_answer(endpoint.answer(request), request.options)
    except KhidError as error:
        return contract.status_of(error), json.dumps(contract.body_of(error, "request-1")).encode()
