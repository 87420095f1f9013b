"""Test connection: step by step, so that the first step that fails is exactly what is wrong."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from PIL import Image

from khid_eval import contract, readers
from khid_eval.client import ApiReader, reading_of
from khid_eval.errors import ApiError, AuthError, BadPhoto, KhidError
from khid_eval.records import CardReader

_TIMEOUT_S = 5.0
_ANSWER_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Step:
    """name: models, address, name, port, tls, credentials or api. detail: what was seen; error: why it failed."""

    name: str
    passed: bool
    detail: str = ""
    error: KhidError | None = None


def diagnose(target: readers.Target, credentials: readers.Credentials) -> tuple[Step, ...]:
    """The steps up to and including the first that failed. Sends one blank 64 x 64 photo to an endpoint."""
    steps: list[Step] = []
    for step in _steps(target, credentials):
        steps.append(step)
        if not step.passed:
            break
    return tuple(steps)


def _steps(target: readers.Target, credentials: readers.Credentials) -> Iterator[Step]:
    if target.kind == readers.EMBEDDED:
        yield _built("models", target, credentials)[0]
        return
    parts = urlsplit(target.endpoint)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    yield _name(host, port)
    yield _port(host, port)
    if parts.scheme == "https":
        yield _tls(host, port)
    step, reader = _built("credentials", target, credentials)
    yield step
    if isinstance(reader, ApiReader):
        with reader:
            yield from _call(reader)


def _name(host: str, port: int) -> Step:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return Step("name", False, host)
    return Step("name", True, str(found[0][4][0]))


def _port(host: str, port: int) -> Step:
    try:
        socket.create_connection((host, port), _TIMEOUT_S).close()
    except TimeoutError:
        return Step("timeout", False, f"{host}:{port}")
    except OSError:
        return Step("port", False, f"{host}:{port}")
    return Step("port", True, f"{host}:{port}")


def _tls(host: str, port: int) -> Step:
    try:
        with (
            socket.create_connection((host, port), _TIMEOUT_S) as line,
            ssl.create_default_context().wrap_socket(line, server_hostname=host) as secured,
        ):
            return Step("tls", True, secured.version() or "")
    except OSError as exc:  # ssl.SSLError is one
        return Step("tls", False, getattr(exc, "verify_message", "") or type(exc).__name__)


def _built(name: str, target: readers.Target, credentials: readers.Credentials) -> tuple[Step, CardReader | None]:
    try:
        reader = readers.build(
            target, credentials, retrier=readers.Retrier(readers.NO_RETRY), timeout_s=_ANSWER_TIMEOUT_S
        )
    except KhidError as error:
        return Step(name, False, error=error), None
    return Step(name, True), reader


def _call(reader: ApiReader) -> Iterator[Step]:
    """A blank photo: "there is no card" is the answer of an API that works."""
    try:
        exchange = reader.exchange(contract.CardRequest(photo=_blank()))
    except AuthError as error:
        yield Step("accepted", False, error=error)
        return
    except KhidError as error:
        yield Step("api", False, error=error)
        return
    detail = f"HTTP {exchange.status}, {exchange.network_s:.2f} s"
    try:
        reading_of(exchange)
    except BadPhoto:
        yield Step("api", True, detail)
    except ApiError as error:
        yield Step("accepted" if isinstance(error, AuthError) else "api", False, detail, error)
    except KhidError as error:
        yield Step("api", False, detail, error)
    else:
        yield Step("api", True, detail)


def _blank() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(file, "PNG")
    return file.getvalue()


__all__ = ["Step", "diagnose"]
