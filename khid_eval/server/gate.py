"""Lets a request in or says why not: token, signature, project, subscription, lock-out."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from khid_eval.contract import TOKEN_HEADER, refusal
from khid_eval.contract.signing import DATE_FORMAT, DATE_HEADER, Authorization, sign
from khid_eval.errors import KhidError
from khid_eval.server.access import Access, Grant, token_key

CLOCK_SKEW = timedelta(minutes=15)
"""A signature is good this long before and after its own date; later it cannot be replayed."""
FAILURES_BEFORE_LOCK = 5
LOCKED_FOR = timedelta(minutes=5)
_OPEN_TO_ANYBODY = Grant()
_MUST_SIGN = frozenset({"host", DATE_HEADER.lower()})
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Incoming:
    """The parts of a request that credentials are about. headers: lower-case names. target: path and query as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    project_id: str
    address: str


class Lockout:
    """After FAILURES_BEFORE_LOCK failures in a row a name is locked for LOCKED_FOR. Memory is bounded."""

    def __init__(self, *, most_names: int = 10_000) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[int, datetime]] = {}
        self._most = most_names

    def locked(self, name: str, now: datetime) -> bool:
        with self._lock:
            count, last = self._failures.get(name, (0, now))
            return count >= FAILURES_BEFORE_LOCK and now - last < LOCKED_FOR

    def failed(self, name: str, now: datetime) -> None:
        with self._lock:
            count, last = self._failures.pop(name, (0, now))
            self._failures[name] = (1 if now - last >= LOCKED_FOR else count + 1, now)
            while len(self._failures) > self._most:
                del self._failures[next(iter(self._failures))]

    def passed(self, name: str) -> None:
        with self._lock:
            self._failures.pop(name, None)


class Gate:
    """Decides about every call; also keeps the tokens that the token service gives out."""

    def __init__(self, access: Access, *, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.access = access
        self.clock = clock
        self.lockout = Lockout()
        self._issued: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def issue(self, token: str, grant: Grant) -> None:
        """Let a fresh token in until it expires; tokens that have expired for a day are forgotten."""
        now = self.clock()
        with self._lock:
            stale = [key for key, one in self._issued.items() if one.expired(now - timedelta(days=1))]
            for key in stale:
                del self._issued[key]
            self._issued[token_key(token)] = grant

    def admit(self, request: Incoming) -> None:
        """Raises AuthError with the API's code when the request may not be served."""
        if self.access.open:
            return
        token = request.headers.get(TOKEN_HEADER.lower(), "")
        authorization = request.headers.get("authorization", "")
        if not token and not authorization:
            raise _refused("x-auth-token not found")
        grant = self._known(token) if token else None
        if grant is None:  # a right token passes even where others of that address have guessed
            grant = self._tried(token, authorization, request)
        self._check(grant, request.project_id)

    def _tried(self, token: str, authorization: str, request: Incoming) -> Grant:
        """Credentials that can be guessed at: failures count, and too many lock the key or the address."""
        name = f"address {request.address}" if token else f"key {_access_key(authorization)}"
        if self.lockout.locked(name, self.clock()):
            raise _refused("AK access failed to reach the limit,forbidden")
        try:
            if token:
                raise _refused("decrypt token fail")
            grant = self._of_signature(authorization, request)
        except KhidError:
            self.lockout.failed(name, self.clock())
            raise
        self.lockout.passed(name)
        return grant

    def _check(self, grant: Grant, project_id: str) -> None:
        if grant.expired(self.clock()):
            raise refusal("APIG.0307")
        if grant.project_id and grant.project_id != project_id:
            raise refusal("APIG.0302")
        if not grant.subscribed:
            raise refusal("ModelArts.4204")

    def _known(self, token: str) -> Grant | None:
        with self._lock:
            return self._issued.get(token_key(token)) or self.access.token(token)

    def _of_signature(self, header: str, request: Incoming) -> Grant:
        given = Authorization.parse(header)
        if given is None:
            raise _refused("verify aksk signature fail")
        key = self.access.access_keys.get(given.access_key)
        if key is None:
            raise _refused("Get secretKey failed,ak:***,err:ak not exist")
        if not _MUST_SIGN.issubset(given.signed_headers) or not self._fresh(request.headers):
            raise _refused("verify aksk signature fail")
        signed = {name: request.headers.get(name, "") for name in given.signed_headers}
        expected = sign(
            given.access_key,
            key.secret_key,
            method=request.method,
            url=request.target,
            headers=signed,
            body=request.body,
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


def _access_key(header: str) -> str:
    given = Authorization.parse(header)
    return given.access_key if given else ""


def _refused(detail: str) -> KhidError:
    return refusal("APIG.0301", f"Incorrect IAM authentication information: {detail}")


__all__ = ["CLOCK_SKEW", "FAILURES_BEFORE_LOCK", "LOCKED_FOR", "Clock", "Gate", "Incoming", "Lockout"]
