"""Lets a request in or says why not: token, signature, project, subscription, lock-out, calls a minute."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from khid_eval.contract import TOKEN_HEADER, refusal
from khid_eval.contract.signing import CONTENT_HEADER, DATE_FORMAT, DATE_HEADER, Authorization, sign
from khid_eval.errors import KhidError
from khid_eval.server.access import Access, AccessKey, Grant, token_key
from khid_eval.server.brakes import Lockout, Throttle

CLOCK_SKEW = timedelta(minutes=15)
"""A signature is good this long before and after its own date; later it cannot be replayed. Within it the same one may
come twice: clients date to the second and send the same request again after a lost answer."""
_MOST_ISSUED = 10_000
_ANYBODY = Grant()
_MUST_SIGN = frozenset({"host", DATE_HEADER.lower()})
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Incoming:
    """The head of a request. headers: lower-case names. target: path and query exactly as sent: signatures cover it."""

    method: str
    target: str
    headers: Mapping[str, str]
    project_id: str
    address: str

    @property
    def token(self) -> str:
        """The X-Auth-Token; "" without one."""
        return self.headers.get(TOKEN_HEADER.lower(), "")

    @property
    def authorization(self) -> str:
        """The Authorization header; "" without one."""
        return self.headers.get("authorization", "")


class Gate:
    """Decides about every call; also keeps the tokens that the token service gives out."""

    def __init__(self, access: Access, *, per_minute: int = 0, clock: Clock = lambda: datetime.now(UTC)) -> None:
        """per_minute: calls of one caller; 0 for no limit."""
        self.access = access
        self.clock = clock
        self.lockout = Lockout()
        self._throttle = Throttle(per_minute)
        self._issued: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def issue(self, token: str, grant: Grant) -> None:
        """Let a fresh token in until it expires. Tokens that expired a day ago are forgotten, and so are the oldest
        when there are very many.
        """
        long_ago = self.clock() - timedelta(days=1)
        with self._lock:
            self._issued = {key: one for key, one in self._issued.items() if not one.expired(long_ago)}
            for oldest in list(islice(self._issued, max(0, len(self._issued) + 1 - _MOST_ISSUED))):
                del self._issued[oldest]
            self._issued[token_key(token)] = grant

    def check_head(self, request: Incoming) -> None:
        """What the head alone decides, before any byte of the body is taken from a stranger.

        Raises AuthError and Busy with the API's code when the request may not be served.
        """
        if self.access.open:
            self._admit(_ANYBODY, request, f"address {request.address}")
        elif request.token:
            self._admit(self._of_token(request), request, token_key(request.token))
        elif request.authorization:
            self._guarded(_key_name(request), lambda: self._key_of(request))
        else:
            raise _refused("x-auth-token not found")

    def check_body(self, request: Incoming, body: bytes) -> None:
        """What the body decides: a signature covers it. Raises as check_head, which must have passed."""
        if self.access.open or request.token:
            return
        grant = self._guarded(_key_name(request), lambda: self._of_signature(request, body))
        self.lockout.passed(_key_name(request))
        self._admit(grant, request, _key_name(request))

    def _admit(self, grant: Grant, request: Incoming, caller: str) -> None:
        if grant.expired(self.clock()):
            raise refusal("APIG.0307")
        if not grant.scoped:
            raise refusal("ModelArts.0212")
        if grant.project_id and grant.project_id != request.project_id:
            raise refusal("APIG.0302")
        if not grant.subscribed:
            raise refusal("ModelArts.4204")
        self._throttle.count(grant.owner or caller, self.clock())

    def _guarded(self, name: str, find: Callable[[], Grant]) -> Grant:
        """Credentials that can be guessed at: failures in a row count, and too many lock that name."""
        if self.lockout.locked(name, self.clock()):
            raise _refused("AK access failed to reach the limit,forbidden")
        try:
            return find()
        except KhidError:
            self.lockout.failed(name, self.clock())
            raise

    def _of_token(self, request: Incoming) -> Grant:
        """A right token passes even where others at that address have guessed."""
        with self._lock:
            known = self._issued.get(token_key(request.token)) or self.access.token(request.token)
        return known or self._guarded(f"address {request.address}", _no_such_token)

    def _key_of(self, request: Incoming) -> Grant:
        return self._signer(request)[1].grant

    def _signer(self, request: Incoming) -> tuple[Authorization, AccessKey]:
        given = Authorization.parse(request.authorization)
        if given is None:
            raise _refused("verify aksk signature fail")
        key = self.access.access_keys.get(given.access_key)
        if key is None:
            raise _refused("Get secretKey failed,ak:***,err:ak not exist")
        if not _MUST_SIGN.issubset(given.signed_headers) or not self._fresh(request.headers):
            raise _refused("verify aksk signature fail")
        return given, key

    def _of_signature(self, request: Incoming, body: bytes) -> Grant:
        given, key = self._signer(request)
        hashed = request.headers.get(CONTENT_HEADER.lower())
        if hashed is not None and not hmac.compare_digest(hashed.encode(), hashlib.sha256(body).hexdigest().encode()):
            raise _refused("verify aksk signature fail")  # the signature would cover that hash in place of the body
        expected = sign(
            given.access_key,
            key.secret_key,
            method=request.method,
            url=request.target,
            headers={name: request.headers.get(name, "") for name in given.signed_headers},
            body=body,
        )
        if not hmac.compare_digest(expected.signature, given.signature):
            raise _refused("verify aksk signature fail")
        return key.grant

    def _fresh(self, headers: Mapping[str, str]) -> bool:
        try:
            signed_at = datetime.strptime(headers.get(DATE_HEADER.lower(), ""), DATE_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            return False
        return abs(self.clock() - signed_at) <= CLOCK_SKEW


def _key_name(request: Incoming) -> str:
    """Locked together with the address, so that a stranger who knows a key's name cannot lock its owner out."""
    given = Authorization.parse(request.authorization)
    return f"key {given.access_key if given else ''} {request.address}"


def _no_such_token() -> Grant:
    raise _refused("decrypt token fail")


def _refused(detail: str) -> KhidError:
    return refusal("APIG.0301", f"Incorrect IAM authentication information: {detail}")


__all__ = ["CLOCK_SKEW", "Clock", "Gate", "Incoming"]
