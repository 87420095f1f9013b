"""What the tests of several rooms share: a card API on loopback, real HTTP, with answers under the test's control."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import hypothesis
import pytest
from PIL import Image

from khid_eval import contract, readers
from khid_eval.errors import BadData, KhidError
from khid_eval.records import ALARM_NAMES, FIELD_NAMES, Alarm, CardReader, CardReading, FieldReading, ReadOptions

# A busy machine must not fail a test: what takes long is a matter for the benchmarks.
hypothesis.settings.register_profile("khid", deadline=None)
hypothesis.settings.load_profile("khid")

PORTRAIT = b"\xff\xd8\xff a portrait"
READING = CardReading(
    fields=tuple(
        FieldReading(name, f"ខ្មែរ {name}", 0.5 + index / 100, ((1, 2), (30, 2), (30, 9), (1, 9)))
        for index, name in enumerate(FIELD_NAMES)
    ),
    portrait_jpeg=PORTRAIT,
    portrait_quad=((53, 341), (185, 340), (179, 504), (42, 505)),
    idcard_type="normal",
    idcard_type_confidence=0.998,
    idcard_type_score=3,
    adjusted_jpeg=b"\xff\xd8\xff a card",
    alarms=tuple(Alarm(name, 10 * index, 10 * index > 50) for index, name in enumerate(ALARM_NAMES, start=1)),
)


class FixedReader:
    """A CardReader that sees the same card on every photo, or fails the same way."""

    def __init__(self, reading: CardReading = READING, error: KhidError | None = None) -> None:
        self._reading = reading
        self._error = error

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        if self._error:
            raise self._error
        return self._reading


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    client_port: int


@dataclass
class Answer:
    """One answer to give. headers replace nothing: they are added."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class LocalApi:
    """A card API at `url`. Answers queued in `script` come first, then those of `reader` behind the contract."""

    url: str = ""
    reader: CardReader = field(default_factory=FixedReader)
    script: deque[Answer] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)

    def queue(self, status: int, body: object = None, **headers: str) -> None:
        """Answer the next unanswered request so; underscores in header names become dashes."""
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        self.script.append(Answer(status, raw, {name.replace("_", "-"): value for name, value in headers.items()}))

    def answer(self, request: Seen) -> Answer:
        self.seen.append(request)
        if self.script:
            return self.script.popleft()
        try:
            asked = contract.CardRequest.from_body(request.body)
            reading = self.reader.read(asked.photo or b"", asked.options)
            return Answer(200, contract.body_of_answer(reading, asked.options), {"X-Request-Id": "rid-1"})
        except KhidError as error:
            return Answer(contract.status_of(error), json.dumps(contract.body_of(error)).encode())


def _handler(api: LocalApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open, as in the real thing
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = api.answer(Seen("POST", self.path, dict(self.headers.items()), body, self.client_address[1]))
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test's output is the test's."""

    return Handler


@pytest.fixture(scope="module", autouse=True)
def no_event_loop_is_left_running() -> Iterator[None]:
    """Each module leaves its thread as it found it: beside a running loop any later `asyncio.run` would fail."""
    yield
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


@pytest.fixture(scope="module", autouse=True)
def the_main_module_stays() -> Iterator[None]:
    """Streamlit's AppTest puts each page in the place of __main__, and a process spawned later would run that page."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def local_api() -> Iterator[LocalApi]:
    """A card API on loopback, on a free port; it sees READING on every photo."""
    api = LocalApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    server.block_on_close = False
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield api
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A whole JPEG photo of nothing, 64 x 40 pixels."""
    file = BytesIO()
    Image.new("RGB", (64, 40), "white").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="session")
def embedded() -> CardReader:
    """The embedded engine; a checkout whose models were not trained yet says so and goes on."""
    try:
        return readers.build(readers.Target())
    except BadData as error:
        pytest.skip(str(error))
