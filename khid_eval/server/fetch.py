"""Fetches the photo behind a `url` without letting the caller reach into this network.

The host is resolved once, every address is checked, and the connection goes to a checked address itself, so that a
second answer of the name server cannot swap it. Redirects are followed by hand and checked each time.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from time import monotonic
from urllib.parse import SplitResult, urljoin, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from khid_eval.card.photo import MAX_BASE64_CHARS
from khid_eval.contract import checked_url, refusal

Resolve = Callable[[str, int], list[str]]
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK_BYTES = 64 * 1024
_PUBLIC_YET_INSIDE = frozenset({"168.63.129.16"})
"""A cloud's own service to its machines, under an address of the public range."""


@dataclass(frozen=True, slots=True)
class FetchRules:
    """What may be fetched. max_bytes: of the file, by default as much as may be sent in Base64; total_s: for
    everything, redirects included.

    allow_private: addresses that are not public (loopback, private, link-local, metadata services) are allowed too;
    for tests and closed networks.
    """

    max_bytes: int = MAX_BASE64_CHARS // 4 * 3
    total_s: float = 10.0
    max_redirects: int = 3
    allow_private: bool = False


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, as the system's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch(url: str, rules: FetchRules = FetchRules(), *, resolver: Resolve = resolve) -> bytes:
    """The bytes behind an http or https address.

    Raises BadRequest: ModelArts.4601 for an address that is malformed or not allowed, ModelArts.4603 where the file
    cannot be had (no answer, another status than 200, too slow), ModelArts.4705 where it is too large.
    """
    deadline = monotonic() + rules.total_s
    for _ in range(rules.max_redirects + 1):
        parts = urlsplit(checked_url(url))
        addresses = _allowed_addresses(parts, rules, resolver)
        status, location, body = _get(parts, addresses, rules, deadline)
        if status in _REDIRECTS and location:
            url = urljoin(url, location)
            continue
        if status != 200:
            raise refusal("ModelArts.4603", f"The address answered HTTP {status}.")
        return body
    raise refusal("ModelArts.4603", f"The address redirects more than {rules.max_redirects} times.")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; addresses that wrap an IPv4 one are judged by it."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return (
        ip.is_global
        and str(ip) not in _PUBLIC_YET_INSIDE
        and not ip.is_multicast
        and not ip.is_reserved
        and not ip.is_unspecified
    )


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _allowed_addresses(parts: SplitResult, rules: FetchRules, resolver: Resolve) -> list[str]:
    """Checked addresses. All must be public: a host with a private one among them is refused whole."""
    host = parts.hostname or ""
    try:
        found = resolver(host, _port(parts))
    except (OSError, UnicodeError) as exc:
        raise refusal("ModelArts.4603", "The host of the address is not known.") from exc
    if not found:
        raise refusal("ModelArts.4603", "The host of the address is not known.")
    if not rules.allow_private and not all(map(is_public, found)):
        raise refusal("ModelArts.4601", "The address leads into a private network.")
    return found


def _get(parts: SplitResult, addresses: list[str], rules: FetchRules, deadline: float) -> tuple[int, str, bytes]:
    """(status, Location header, body) of one GET to a checked address, under the host's own name."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "image/*", "Accept-Encoding": "identity"}
    try:
        with closing(_connected(addresses, _port(parts), deadline)) as plain, _cut_at(deadline, plain):
            line = _tls().wrap_socket(plain, server_hostname=parts.hostname) if parts.scheme == "https" else plain
            with closing(HTTPConnection(parts.hostname or "", _port(parts))) as connection:
                connection.sock = line
                connection.request("GET", path, headers=headers)
                with closing(connection.getresponse()) as answer:
                    return answer.status, answer.headers.get("Location", ""), _body(answer, rules, deadline)
    except (HTTPException, OSError, ValueError) as exc:  # ValueError: a line that was cut under the TLS layer
        raise refusal("ModelArts.4603", f"The address does not answer: {type(exc).__name__}.") from exc


def _connected(addresses: list[str], port: int, deadline: float) -> socket.socket:
    """A connection to the first address that takes one. Raises OSError."""
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline) / 2)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), timeout=_left(deadline))


@contextmanager
def _cut_at(deadline: float, line: socket.socket) -> Iterator[None]:
    """Shut the connection at the deadline whatever it is doing: timeouts of a socket begin anew with every byte."""
    with line.dup() as same:  # the TLS layer takes the original over
        timer = threading.Timer(_left(deadline), _shut, (same,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    """Trusts what the machine trusts, and the usual authorities on a machine that came without any."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context


def _left(deadline: float) -> float:
    return max(deadline - monotonic(), 0.01)


def _body(answer: HTTPResponse, rules: FetchRules, deadline: float) -> bytes:
    """The whole body of a 200, read in pieces so that neither size nor slowness can hold us."""
    if answer.status != 200:
        return b""
    parts: list[bytes] = []
    size = 0
    while chunk := answer.read1(_CHUNK_BYTES):
        parts.append(chunk)
        size += len(chunk)
        if size > rules.max_bytes:
            raise refusal("ModelArts.4705")
    if answer.length or monotonic() > deadline:  # less than was announced, or cut by us
        raise refusal("ModelArts.4603", "The file did not arrive whole and in time.")
    return b"".join(parts)


__all__ = ["FetchRules", "Resolve", "fetch", "is_public", "resolve"]
