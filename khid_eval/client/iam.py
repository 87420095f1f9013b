"""Tokens from the vendor's identity service (IAM), fetched with a password and renewed in time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from khid_eval import contract
from khid_eval.client import http
from khid_eval.client.auth import ApiAuth, header_safe
from khid_eval.errors import AuthError, ContractError, KhidError

PATH = "/v3/auth/tokens"
TOKEN_HEADER = "X-Subject-Token"
_USED_OF_LIFE = 0.9
"""A token is renewed after this part of its life (24 h): 2.4 h of reserve for long calls and slow clocks."""


@dataclass(frozen=True, slots=True)
class IamAccount:
    """Who asks for a token, and for which project; give project_name (such as "ap-southeast-3") or project_id."""

    domain: str
    user: str
    password: str = field(repr=False)
    project_name: str = ""
    project_id: str = ""

    def __post_init__(self) -> None:
        if not (self.domain and self.user and self.password and (self.project_name or self.project_id)):
            raise ValueError("an IAM account needs domain, user, password and a project's name or ID")


class IamTokens:
    """A TokenSource. Threads share one token; while one of them fetches a new one, the others wait for it."""

    def __init__(
        self,
        account: IamAccount,
        endpoint: str,
        *,
        timeout_s: float = http.DEFAULT_TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._account = account
        self._url = endpoint.rstrip("/") + PATH
        self._timeout_s = timeout_s
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def token(self) -> str:
        """Raises AuthError (wrong account), ApiError, Unreachable, ContractError."""
        with self._lock:
            if not self._token or self._clock() >= self._renew_at:
                self._token, life_s = self._fetch()
                self._renew_at = self._clock() + _USED_OF_LIFE * life_s
            return self._token

    def renew(self, refused: str) -> bool:
        """Forget the refused token, unless another thread already did. Always worth another try."""
        with self._lock:
            if self._token == refused:
                self._token = ""
        return True

    def _fetch(self) -> tuple[str, float]:
        """Token and its life in seconds."""
        call = requests.Request("POST", self._url, params={"nocatalog": "true"}, json=_body(self._account))
        with http.punctual_session() as session:
            call.auth = ApiAuth()  # no .netrc
            answer = http.send(session, session.prepare_request(call), self._timeout_s)
        if answer.status != 201:
            raise _refused(answer)
        token = answer.headers.get(TOKEN_HEADER, "")
        if not token:
            raise ContractError(f"The identity service sent no {TOKEN_HEADER}.", advice="Check its address.")
        return header_safe(token, "token"), _life_s(answer.body)


def _body(account: IamAccount) -> dict[str, Any]:
    user = {"name": account.user, "password": account.password, "domain": {"name": account.domain}}
    project = {"id": account.project_id} if account.project_id else {"name": account.project_name}
    identity = {"methods": ["password"], "password": {"user": user}}
    return {"auth": {"identity": identity, "scope": {"project": project}}}


def _refused(answer: http.Answer) -> KhidError:
    """400, 401, 403 and 404 all mean that the account's data are wrong."""
    error = contract.error_from(answer.status, answer.body, http.retry_after_s(answer.headers))
    if answer.status in (400, 401, 403, 404):
        return AuthError(
            f"The identity service refused: {error.message}",
            "",
            "Check domain, user, password and project; the password is that of an IAM user.",
            answer.status,
        )
    return error


def _life_s(body: bytes) -> float:
    """From the answer's own two times, so that a wrong clock here does not matter."""
    try:
        token = json.loads(body)["token"]
        issued, expires = (datetime.fromisoformat(token[key]) for key in ("issued_at", "expires_at"))
        life_s = (expires - issued).total_seconds()
    except (ValueError, KeyError, TypeError) as exc:
        raise ContractError(
            "The identity service sent no readable token.issued_at and token.expires_at.", advice="Check its address."
        ) from exc
    return max(0.0, life_s)


__all__ = ["IamAccount", "IamTokens"]
