"""A real server on a free port, in front of any CardReader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from khid_eval.records import FIELD_NAMES, CardReader, CardReading, FieldReading, ReadOptions
from khid_eval.server import ServerSettings, listen, url_of
from khid_eval.server.serving import configuration

Serve = Callable[..., str]


class FixedReader:
    """Answers every photo alike; `gate`, when given, holds each reading until it is set."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate
        self.reads = 0

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        self.reads += 1
        if self.gate:
            self.gate.wait(30)
        return CardReading(tuple(FieldReading(name, f"value of {name}", 0.5) for name in FIELD_NAMES))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(reader, settings) -> address; stopped at the end of the test."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(reader: CardReader, settings: ServerSettings | None = None) -> str:
        listener = listen("127.0.0.1", 0, open_access=True)
        server = uvicorn.Server(configuration(reader, settings or ServerSettings()))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread))
        return url_of(listener)

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(20)
