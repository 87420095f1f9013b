"""Fetching a photo by address: what is allowed, what is refused, and that nothing can hold or flood us."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module

import pytest

from khid_eval.errors import KhidError
from khid_eval.server.fetch import FetchRules, fetch, is_public

OPEN = FetchRules(allow_private=True, total_s=1.0, max_bytes=100_000)


class Site(BaseHTTPRequestHandler):
    """A small web site with every kind of trouble."""

    stop = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/photo":
            self._answer(200, b"photo")
        elif self.path == "/large":
            self._answer(200, b"x" * 200_000)
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"photo")
        elif self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            self._drip(b"x")
        elif self.path == "/endless-head":
            self._drip(b"X")
        else:
            self._answer(404, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, byte: bytes) -> None:
        with suppress(ConnectionError):
            while not self.stop.wait(0.05):
                self.wfile.write(byte)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Site.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


def code(url: str, rules: FetchRules = OPEN, **kwargs: object) -> str:
    with pytest.raises(KhidError) as caught:
        fetch(url, rules, **kwargs)  # type: ignore[arg-type]  # resolver only
    return caught.value.code


def test_a_photo_is_fetched_directly_and_over_a_redirect(site: str) -> None:
    assert fetch(f"{site}/photo", OPEN) == b"photo"
    assert fetch(f"{site}/to//photo", OPEN) == b"photo"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/missing", "ModelArts.4603"),
        ("/large", "ModelArts.4705"),
        ("/endless", "ModelArts.4603"),
        ("/endless-head", "ModelArts.4603"),
        ("/short", "ModelArts.4603"),
        ("/to/" * 9 + "/photo", "ModelArts.4603"),
        ("/to/file:///etc/passwd", "ModelArts.4601"),
    ],
)
def test_trouble_has_its_code(site: str, path: str, expected: str) -> None:
    assert code(site + path) == expected


def test_nothing_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert code(f"http://127.0.0.1:{free.getsockname()[1]}/") == "ModelArts.4603"


def test_private_addresses_are_refused(site: str) -> None:
    assert code(f"{site}/photo", FetchRules()) == "ModelArts.4601"


def test_one_private_address_among_public_ones_is_enough() -> None:
    assert code("http://two.example/", FetchRules(), resolver=lambda host, port: ["93.184.216.34", "10.0.0.1"]) == (
        "ModelArts.4601"
    )


def test_a_redirect_is_checked_like_the_first_address(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small site stands for a public one; what it redirects to does not."""
    monkeypatch.setattr(import_module("khid_eval.server.fetch"), "is_public", lambda address: address == "127.0.0.1")
    port = site.rpartition(":")[2]

    def resolver(host: str, port: int) -> list[str]:
        return {"good.example": ["127.0.0.1"], "evil.example": ["10.0.0.1"]}[host]

    to = f"http://good.example:{port}/to/http://"
    assert fetch(f"{to}good.example:{port}/photo", FetchRules(), resolver=resolver) == b"photo"
    assert code(f"{to}evil.example:{port}/photo", FetchRules(), resolver=resolver) == "ModelArts.4601"


def test_the_next_address_of_a_host_is_tried(site: str) -> None:
    port = site.rpartition(":")[2]
    assert fetch(f"http://two.example:{port}/photo", OPEN, resolver=lambda host, port: ["127.9.9.9", "127.0.0.1"])


def test_https_needs_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=lambda: listener.accept()[0].close())
        thread.start()
        assert code(f"https://127.0.0.1:{port}/photo") == "ModelArts.4603"
        thread.join()


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "file:///etc/passwd", "http://", "javascript:1", "http://a b/", "http:///x"]
)
def test_only_complete_web_addresses(url: str) -> None:
    assert code(url) == "ModelArts.4601"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("168.63.129.16", False),
        ("100.100.100.200", False),
        ("fd00:ec2::254", False),
        ("::127.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
    ],
)
def test_public_or_not(address: str, public: bool) -> None:
    assert is_public(address) is public
