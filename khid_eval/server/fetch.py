"""Fetches the photo behind a `url` without letting the caller reach into this network.

The host is resolved once, every address is checked, and the connection goes to a checked address itself, so that a
second answer of the name server cannot swap it. Redirects are followed by hand and checked each time.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3

from khid_eval.contract import checked_url, refusal

Resolve = Callable[[str, int], list[str]]
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FetchRules:
    """What may be fetched. max_bytes: of the file; total_s: for everything, redirects included.

    allow_private: addresses that are not public (loopback, private, link-local, metadata services) are allowed too;
    for tests and closed networks.
    """

    max_bytes: int = 10 * 1024 * 1024
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
        address = _allowed_address(parts, rules, resolver)
        status, location, body = _get(parts, address, rules, deadline)
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
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _allowed_address(parts: SplitResult, rules: FetchRules, resolver: Resolve) -> str:
    """One checked address. All must be public: a host with a private one among them is refused whole."""
    host = parts.hostname or ""
    try:
        found = resolver(host, _port(parts))
    except (OSError, UnicodeError) as exc:
        raise refusal("ModelArts.4603", "The host of the address is not known.") from exc
    if not found:
        raise refusal("ModelArts.4603", "The host of the address is not known.")
    if not rules.allow_private and not all(map(is_public, found)):
        raise refusal("ModelArts.4601", "The address leads into a private network.")
    return found[0]


def _get(parts: SplitResult, address: str, rules: FetchRules, deadline: float) -> tuple[int, str, bytes]:
    """(status, Location header, body) of one GET to the checked address, under the host's own name."""
    timeout = urllib3.Timeout(connect=_left(deadline), read=_left(deadline))
    if parts.scheme == "https":
        pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
            address, _port(parts), timeout=timeout, server_hostname=parts.hostname, assert_hostname=parts.hostname
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, _port(parts), timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "image/*", "Accept-Encoding": "identity"}
    try:
        with pool:
            answer = pool.request(
                "GET", path, headers=headers, redirect=False, retries=False, preload_content=False, decode_content=False
            )
            try:
                return answer.status, answer.headers.get("Location", ""), _body(answer, rules, deadline)
            finally:
                answer.close()
    except (urllib3.exceptions.HTTPError, OSError) as exc:
        raise refusal("ModelArts.4603", f"The address does not answer: {type(exc).__name__}.") from exc


def _left(deadline: float) -> float:
    return max(deadline - monotonic(), 0.01)


def _body(answer: urllib3.BaseHTTPResponse, rules: FetchRules, deadline: float) -> bytes:
    """The whole body of a 200, read in pieces so that neither size nor slowness can hold us."""
    if answer.status != 200:
        return b""
    parts: list[bytes] = []
    size = 0
    while chunk := answer.read1(_CHUNK_BYTES):  # read() would wait for a whole chunk, however slowly it drips in
        parts.append(chunk)
        size += len(chunk)
        if size > rules.max_bytes:
            raise refusal("ModelArts.4705", f"The file is larger than {rules.max_bytes // 1024**2} MB.")
        if monotonic() > deadline:
            raise refusal("ModelArts.4603", f"The file did not arrive within {rules.total_s:g} seconds.")
    return b"".join(parts)


__all__ = ["FetchRules", "Resolve", "fetch", "is_public", "resolve"]
