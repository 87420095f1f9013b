"""The product's own server on loopback, in front of a reader with one prepared reading of one fictional card.

It stands in for the vendor's cloud and for a server with an engine: the code under test sends real requests to it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import uvicorn

from khid_eval.records import FIELD_NAMES, Alarm, CardReading, FieldReading, ReadOptions
from khid_eval.server import Access, ServerSettings, create_app
from khid_eval.server.access import AccessKey, Grant, User
from khid_eval.server.serving import listen
from khid_eval.synth.cards import PORTRAIT, render_card
from khid_eval.synth.generate import controlled_pose, encoded
from khid_eval.synth.persons import random_person
from khid_eval.synth.photos import take_photo
from khid_eval.synth.styles import nominal_style

TOKEN = "a-token-for-tests"
ACCESS_KEY, SECRET_KEY = "AKFORTESTS", "a-secret-key-for-tests"
USER = User("tester", "test-account", "a-password-for-tests", {"project-1": "ap-southeast-3"})
READ_WRONG = {"height": "១៩៩ ស.ម"}


@dataclass(frozen=True, slots=True)
class FictionalCard:
    """A photo, its truth, and a reading of it that is right but for READ_WRONG."""

    photo: bytes
    truth: Mapping[str, str | None]
    reading: CardReading


def fictional_card(seed: int = 7) -> FictionalCard:
    """The same card for the same seed."""
    rng = np.random.default_rng(seed)
    person = random_person(rng, "validation")
    flat = render_card(person, nominal_style(900), rng)
    shot = take_photo(flat, rng, pose=controlled_pose(rng, 1000))
    truth: dict[str, str | None] = dict(person.fields())
    texts = truth | READ_WRONG
    fields = tuple(
        FieldReading(
            name, texts.get(name) or "", 0.62 if name in READ_WRONG else 0.99 - number / 100, shot.quads.get(name)
        )
        for number, name in enumerate(FIELD_NAMES)
    )
    reading = CardReading(
        fields,
        portrait_jpeg=encoded(flat.image[60:330, 30:210], "jpg"),
        portrait_quad=shot.quads[PORTRAIT],
        idcard_type="normal",
        idcard_type_confidence=0.998,
        idcard_type_score=3,
        alarms=(Alarm("border_integrity", 2, False), Alarm("blur", 12, False), Alarm("glare", 71, True)),
    )
    return FictionalCard(encoded(shot.image, "jpg"), truth, reading)


Answer = Callable[[bytes, ReadOptions], CardReading]


@dataclass
class Endpoint:
    """address: without a path. answer: may be replaced, and may raise any KhidError. photos: what it was sent."""

    address: str
    answer: Answer
    photos: list[bytes] = field(default_factory=list)

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        self.photos.append(photo)
        return self.answer(photo, options)


@contextmanager
def serving(reading: CardReading, access: Access | None = None) -> Iterator[Endpoint]:
    """A server that answers every good photo with that reading. access: by default TOKEN, the access key, the user."""
    endpoint = Endpoint("", lambda _photo, _options: reading)
    access = access or Access(
        tokens={hashlib.sha256(TOKEN.encode()).hexdigest(): Grant()},
        access_keys={ACCESS_KEY: AccessKey(SECRET_KEY)},
        users=(USER,),
    )
    listener = listen("127.0.0.1", 0, open_access=access.open)
    listener.listen(128)  # from now on a call waits for the server instead of being refused
    endpoint.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(endpoint, ServerSettings(access=access))
    server = uvicorn.Server(uvicorn.Config(app, ws="none", access_log=False, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
