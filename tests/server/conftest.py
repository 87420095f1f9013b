"""A real server on a free port, in front of a reader whose strings the test pulls."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import uvicorn

from khid_eval.records import (
    ALARM_NAMES,
    FIELD_NAMES,
    Alarm,
    CardReader,
    CardReading,
    FieldReading,
    ReadOptions,
)
from khid_eval.server import ServerSettings, listen, url_of
from khid_eval.server.faults import Fault, Faults
from khid_eval.server.serving import configuration

QUAD = ((53.0, 341.0), (185.0, 340.0), (179.0, 504.0), (42.0, 505.0))
READING = CardReading(
    fields=tuple(FieldReading(name, f"តម្លៃ {name}", 0.5, QUAD) for name in FIELD_NAMES),
    portrait_jpeg=b"portrait",
    portrait_quad=QUAD,
    idcard_type="normal",
    idcard_type_confidence=0.75,
    idcard_type_score=3,
    adjusted_jpeg=b"adjusted",
    alarms=tuple(Alarm(name, 19 * index, 19 * index > 50) for index, name in enumerate(ALARM_NAMES)),
)


class PulledReader:
    """Sees READING on every photo. error: raised in its place. gate: each reading waits until it is set.

    started is released at the beginning of each reading; photos and options of all of them are kept in `seen`.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Semaphore(0)
        self.seen: list[tuple[bytes, ReadOptions]] = []

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        self.seen.append((photo, options))
        self.started.release()
        assert self.gate.wait(60)
        if self.error:
            raise self.error
        return READING


class OrderedFaults(Faults):
    """Exactly the faults in `next`, in their order; then none."""

    def __init__(self) -> None:
        super().__init__({}, [], 0.0, 0)
        self.next: list[Fault] = []

    def draw(self) -> Fault:
        return self.next.pop(0) if self.next else Fault()


@dataclass
class Api:
    """A running server. url: scheme, host and port."""

    url: str
    reader: PulledReader
    server: uvicorn.Server
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def card_url(self) -> str:
        return f"{self.url}/v2/project-1/ocr/cambodian-idcard"

    def post(self, body: Any = None, **kwargs: Any) -> requests.Response:
        """POST a card request; body: an object for JSON, or bytes."""
        data = {"data": body} if isinstance(body, bytes) else {"json": body}
        return self.session.post(self.card_url, **{"timeout": 60, **data, **kwargs})

    def metrics(self) -> dict[str, float]:
        lines = self.session.get(f"{self.url}/metrics", timeout=60).text.splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


Serve = Callable[..., Api]
Running = Callable[..., AbstractContextManager[Api]]


@contextmanager
def _running(settings: ServerSettings = ServerSettings(), reader: CardReader | None = None) -> Iterator[Api]:
    pulled = PulledReader()
    with listen("127.0.0.1", 0, open_access=True) as listener:
        server = uvicorn.Server(configuration(reader or pulled, settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        api = Api(url_of(listener), pulled, server)
        try:
            yield api
        finally:
            pulled.gate.set()
            api.session.close()
            server.should_exit = True
            thread.join(60)


@pytest.fixture(scope="session")
def running() -> Running:
    """running(settings, reader) -> context manager of an Api, for fixtures of any scope."""
    return _running


@pytest.fixture(scope="module")
def ordered() -> OrderedFaults:
    return OrderedFaults()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(settings, reader) -> Api; stopped at the end of the test."""
    open_ones: list[AbstractContextManager[Api]] = []

    def start(*args: Any, **kwargs: Any) -> Api:
        manager = _running(*args, **kwargs)
        open_ones.append(manager)
        return manager.__enter__()

    yield start
    for manager in reversed(open_ones):
        manager.__exit__(None, None, None)


@pytest.fixture
def local_site(jpeg: bytes) -> Iterator[str]:
    """A web site with /photo, a photo, and /text.jpg, which is none."""
    files = {"/photo": jpeg, "/text.jpg": b"plain text"}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in files else 404)
            self.end_headers()
            self.wfile.write(files.get(self.path, b""))

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def image(jpeg: bytes) -> str:
    """A photo as the API takes it."""
    return base64.b64encode(jpeg).decode()


@pytest.fixture(scope="session")
def refused() -> Callable[[requests.Response], tuple[int, str, str]]:
    """(status, code, message) of an answer in the one form of all errors."""

    def check(answer: requests.Response) -> tuple[int, str, str]:
        body = answer.json()
        request_id = answer.headers["X-Request-Id"]
        assert len(request_id) == 32
        assert answer.headers["Content-Type"] == "application/json"
        gateway = body["error_code"].startswith("APIG")
        expected = {"error_code", "error_msg", "request_id"} if gateway else {"error_code", "error_msg"}
        assert set(body) == expected
        assert body.get("request_id", request_id) == request_id
        return answer.status_code, body["error_code"], body["error_msg"]

    return check
