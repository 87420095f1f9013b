"""`POST /v3/auth/tokens` for local users, in the shape of the vendor's IAM: 201 with X-Subject-Token, 24 hours."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from khid_eval.server.access import Grant, User
from khid_eval.server.gate import Gate

PATH = "/v3/auth/tokens"
SUBJECT_TOKEN_HEADER = "X-Subject-Token"
LIFETIME = timedelta(hours=24)
MAX_BODY_BYTES = 64 * 1024
_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """HTTP status, JSON body and, for 201, the token."""

    status: int
    body: Mapping[str, Any]
    token: str = ""


def answer(gate: Gate, body: bytes, address: str) -> TokenAnswer:
    """Give out a token for a local user's name, password and project; an open server gives one to anybody."""
    asked = _asked(body)
    if asked is None:
        return _error(400, "The request body is invalid")
    name, domain, password, project = asked
    now = gate.clock()
    locked = f"user {domain}/{name} {address}"
    if gate.lockout.locked(locked, now):
        return _error(403, "The account is locked after repeated failures; try again in five minutes.")
    user = gate.access.user(name, domain, password)
    if gate.access.open:
        user = User(name, domain, "", {"open": project or "open"})
    if user is None:
        gate.lockout.failed(locked, now)
        return _error(401, "The username or password is wrong.")
    gate.lockout.passed(locked)
    project_id = next((key for key, title in user.projects.items() if project in (key, title)), None)
    if project_id is None:
        return _error(403, "The user has no right to this project.")
    token = secrets.token_urlsafe(48)
    grant = Grant("" if gate.access.open else project_id, now + LIFETIME, user.subscribed)
    gate.issue(token, grant)
    return TokenAnswer(201, {"token": _token(user, project_id, now)}, token)


def _asked(body: bytes) -> tuple[str, str, str, str] | None:
    """(user, domain, password, project id or name) of a password request with project scope, or None."""
    try:
        auth = json.loads(body)["auth"]
        user = auth["identity"]["password"]["user"]
        project = auth["scope"]["project"]
        found = (user["name"], user["domain"]["name"], user["password"], project.get("id") or project.get("name"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if auth["identity"].get("methods") != ["password"]:
        return None
    if not all(isinstance(part, str) and part for part in found):
        return None
    return found


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _id(name: str) -> str:
    """A stable id for a name, in IAM's form of 32 hexadecimal digits."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name).hex


def _token(user: User, project_id: str, now: datetime) -> dict[str, Any]:
    domain = {"id": _id(user.domain), "name": user.domain}
    return {
        "catalog": [],
        "expires_at": _time(now + LIFETIME),
        "issued_at": _time(now),
        "methods": ["password"],
        "project": {"domain": domain, "id": project_id, "name": user.projects[project_id]},
        "roles": [],
        "user": {
            "domain": domain,
            "id": _id(f"{user.domain}/{user.name}"),
            "name": user.name,
            "password_expires_at": "",
        },
    }


def _error(status: int, message: str) -> TokenAnswer:
    return TokenAnswer(status, {"error": {"code": status, "message": message, "title": _TITLES[status]}})


__all__ = ["MAX_BODY_BYTES", "PATH", "SUBJECT_TOKEN_HEADER", "TokenAnswer", "answer"]
