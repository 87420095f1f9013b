"""Access-key signatures, SDK-HMAC-SHA256: what the client puts into Authorization and the server computes again.

The algorithm is the vendor's public one: a canonical text of the request is hashed, the hash and the time are signed
with HMAC-SHA256 and the secret key itself as the key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

ALGORITHM = "SDK-HMAC-SHA256"
DATE_HEADER = "X-Sdk-Date"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
"""UTC. The API refuses a date more than 15 minutes away from its own clock."""
CONTENT_HEADER = "X-Sdk-Content-Sha256"
SECURITY_TOKEN_HEADER = "X-Security-Token"
PROJECT_HEADER = "X-Project-Id"

_AUTHORIZATION = re.compile(rf"{ALGORITHM} Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class Authorization:
    """An Authorization header, taken apart. signed_headers: lower case, sorted. signature: 64 hexadecimal digits."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str

    def __str__(self) -> str:
        names = ";".join(self.signed_headers)
        return f"{ALGORITHM} Access={self.access_key}, SignedHeaders={names}, Signature={self.signature}"

    @classmethod
    def parse(cls, header: str) -> Authorization | None:
        """None when the header is no signature of this algorithm."""
        found = _AUTHORIZATION.fullmatch(header.strip())
        return cls(found[1], tuple(found[2].split(";")), found[3]) if found else None


def sign(
    access_key: str, secret_key: str, *, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> Authorization:
    """Sign a request.

    url: whole, or path and query only, as it stands in the request. headers: exactly those to sign, host and x-sdk-date
    among them; names in any case, one with an underscore is left out as gateways drop it. body: as sent.
    Raises ValueError when x-sdk-date is missing.
    """
    lower = {name.lower(): str(value).strip() for name, value in headers.items() if "_" not in name}
    date = lower.get(DATE_HEADER.lower())
    if date is None:
        raise ValueError(f"{DATE_HEADER} must be among the signed headers")
    names = tuple(sorted(lower))
    canonical = "\n".join(
        (
            method.upper(),
            _canonical_path(url),
            _canonical_query(url),
            "".join(f"{name}:{lower[name]}\n" for name in names),
            ";".join(names),
            _payload_hash(lower, body),
        )
    )
    to_sign = "\n".join((ALGORITHM, date, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return Authorization(access_key, names, signature)


def _canonical_path(url: str) -> str:
    """Every segment decoded and encoded again, with a slash at the end."""
    path = "/".join(quote(segment, safe="~") for segment in unquote(urlsplit(url).path).split("/"))
    return path if path.endswith("/") else f"{path}/"


def _canonical_query(url: str) -> str:
    pairs = sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def _payload_hash(lower: Mapping[str, str], body: bytes) -> str:
    given = lower.get(CONTENT_HEADER.lower())
    return given if given and body else hashlib.sha256(body).hexdigest()


__all__ = [
    "ALGORITHM",
    "CONTENT_HEADER",
    "DATE_FORMAT",
    "DATE_HEADER",
    "PROJECT_HEADER",
    "SECURITY_TOKEN_HEADER",
    "Authorization",
    "sign",
]
