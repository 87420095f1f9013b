"""Ways to prove who calls: a token, a pair of keys, or nothing. Objects, so that no .netrc can replace them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from khid_eval.contract import ENTERPRISE_PROJECT_HEADER, TOKEN_HEADER
from khid_eval.contract.signing import DATE_FORMAT, DATE_HEADER, PROJECT_HEADER, SECURITY_TOKEN_HEADER, sign
from khid_eval.errors import AuthError

_SIGNED = ("Content-Type", ENTERPRISE_PROJECT_HEADER, "Host", PROJECT_HEADER, DATE_HEADER, SECURITY_TOKEN_HEADER)
"""Headers that nothing on the way changes."""


def header_safe(secret: str, name: str) -> str:
    """The secret without white space around it. Raises AuthError when it cannot stand in a header; it is not shown."""
    trimmed = secret.strip()
    if not trimmed or not trimmed.isascii() or not trimmed.isprintable():
        raise AuthError(
            f"The {name} is empty or has characters that none has.", "", "Copy it once more, whole and alone.", 401
        )
    return trimmed


class ApiAuth(AuthBase):
    """Puts credentials on a request. This one has none to put: for a server that asks for none."""

    def __call__(self, call: PreparedRequest) -> PreparedRequest:
        return call

    def renew(self, refused: PreparedRequest) -> bool:
        """After the API refused this request's credentials: True if the same request is worth another try."""
        return False


class TokenSource(Protocol):
    """Where a token comes from."""

    def token(self) -> str:
        """A token that is good now. Raises KhidError when there is none to be had."""
        ...

    def renew(self, refused: str) -> bool:
        """The API refused that token. True when token() will give another one."""
        ...


class FixedToken:
    """A token from somewhere else, for as long as it lasts."""

    def __init__(self, token: str) -> None:
        self._token = header_safe(token, "token")

    def token(self) -> str:
        """The one there is."""
        return self._token

    def renew(self, refused: str) -> bool:
        """There is no other one."""
        return False


class TokenAuth(ApiAuth):
    """X-Auth-Token."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    def __call__(self, call: PreparedRequest) -> PreparedRequest:
        call.headers[TOKEN_HEADER] = self._source.token()
        return call

    def renew(self, refused: PreparedRequest) -> bool:
        """Whether the source has another token than this request's."""
        return self._source.renew(str(refused.headers.get(TOKEN_HEADER, "")))


class KeyAuth(ApiAuth):
    """Access key and secret key (AK/SK): each request is signed, no token is needed.

    project_id goes along as X-Project-Id, as in the official SDK. security_token: only with temporary keys.
    """

    def __init__(
        self,
        access_key: str,
        secret_key: str,
        *,
        project_id: str = "",
        security_token: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._access_key = header_safe(access_key, "access key")
        self._secret_key = header_safe(secret_key, "secret key")
        self._constant = {PROJECT_HEADER: project_id, SECURITY_TOKEN_HEADER: security_token}
        self._clock = clock

    def __call__(self, call: PreparedRequest) -> PreparedRequest:
        url = call.url or ""
        # The Host header is set here because it is signed: what goes out must be what was signed.
        call.headers["Host"] = urlsplit(url).netloc.rpartition("@")[2]
        call.headers[DATE_HEADER] = self._clock().astimezone(UTC).strftime(DATE_FORMAT)
        call.headers.update({name: value for name, value in self._constant.items() if value})
        call.headers["Authorization"] = str(
            sign(
                self._access_key,
                self._secret_key,
                method=call.method or "",
                url=url,
                headers={name: call.headers[name] for name in _SIGNED if name in call.headers},
                body=_bytes(call.body),
            )
        )
        return call


def _bytes(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else b""


__all__ = ["ApiAuth", "FixedToken", "KeyAuth", "TokenAuth", "TokenSource", "header_safe"]
