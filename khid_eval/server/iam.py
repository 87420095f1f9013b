"""`POST /v3/auth/tokens` for local users, in the shape of the vendor's IAM: 201 with X-Subject-Token, 24 hours."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    now = gate.clock()
    name = f"user {asked.domain}/{asked.name}"
    locked = f"{name} {address}"
    if gate.lockout.locked(locked, now):
        return _error(403, "The account is locked after repeated failures; try again in five minutes.")
    user = _user(gate, asked)
    if user is None:
        gate.lockout.failed(locked, now)
        return _error(401, "The username or password is wrong.")
    gate.lockout.passed(locked)
    if not asked.project:
        return _issue(gate, user, "", Grant("", now + LIFETIME, user.subscribed, scoped=False, owner=name), now)
    project_id = next((key for key, title in user.projects.items() if asked.project in (key, title)), None)
    if project_id is None:
        return _error(403, "The user has no right to this project.")
    return _issue(gate, user, project_id, Grant(project_id, now + LIFETIME, user.subscribed, owner=name), now)


def _user(gate: Gate, asked: _Asked) -> User | None:
    """An open server knows no users: anybody is one, with the project that was asked for."""
    if gate.access.open:
        project = asked.project or "open"
        return User(asked.name, asked.domain, "", {project: project})
    return gate.access.user(asked.name, asked.domain, asked.password)


def _issue(gate: Gate, user: User, project_id: str, grant: Grant, now: datetime) -> TokenAnswer:
    token = secrets.token_urlsafe(48)
    gate.issue(token, grant)
    return TokenAnswer(201, {"token": _token(user, project_id, now)}, token)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A password request. project: id or name of the scope; "" for a token of the whole domain."""

    name: str
    domain: str
    password: str = field(repr=False)
    project: str = ""


def _asked(body: bytes) -> _Asked | None:
    """None for a body that is no password request."""
    try:
        auth = json.loads(body)["auth"]
        identity = auth["identity"]
        user = identity["password"]["user"]
        project = _project_of(auth)
        found = (user["name"], user["domain"]["name"], user["password"])
        good = identity["methods"] == ["password"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not good or not all(map(_is_name, found)) or not (project == "" or _is_name(project)):
        return None
    return _Asked(*found, project=str(project))


def _project_of(auth: Mapping[str, Any]) -> object:
    """Id or name of the project in the scope; "" where the scope is the domain or not given."""
    scope = auth.get("scope", {"domain": {}})
    if "project" not in scope:
        return "" if isinstance(scope["domain"], dict) else None
    return scope["project"].get("id") or scope["project"]["name"] or None


def _is_name(part: object) -> bool:
    """Text that can be written again: JSON escapes may bring half a character."""
    return isinstance(part, str) and bool(part) and not any("\ud800" <= one <= "\udfff" for one in part)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _id(name: str) -> str:
    """A stable id for a name, in IAM's form of 32 hexadecimal digits."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name).hex


def _token(user: User, project_id: str, now: datetime) -> dict[str, Any]:
    """project_id: "" for a token of the whole domain."""
    domain = {"id": _id(user.domain), "name": user.domain}
    project = {"domain": domain, "id": project_id, "name": user.projects.get(project_id, "")}
    return {
        "catalog": [],
        "expires_at": _time(now + LIFETIME),
        "issued_at": _time(now),
        "methods": ["password"],
        **({"project": project} if project_id else {"domain": domain}),
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
