"""Who may call: tokens, access keys and local users, read once from files; compared in constant time.

Each file has one JSON object a line; a token file may also have bare tokens. With no file at all the server is open and
binds loopback only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from khid_eval.errors import BadData


@dataclass(frozen=True, slots=True)
class Grant:
    """What a credential opens. project_id: "" for any. expires_at: None for never. subscribed: to this API.

    scoped: False for a token of a whole domain, which this API refuses. owner: whose calls count together; "" for those
    of this credential alone.
    """

    project_id: str = ""
    expires_at: datetime | None = None
    subscribed: bool = True
    scoped: bool = True
    owner: str = ""

    def expired(self, now: datetime) -> bool:
        """Whether it opens nothing any more."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A secret key with what it opens."""

    secret_key: str = field(repr=False)
    grant: Grant = Grant()


@dataclass(frozen=True, slots=True)
class User:
    """A local user of the IAM-shaped token service. projects: id -> name."""

    name: str
    domain: str
    password: str = field(repr=False)
    projects: Mapping[str, str] = field(default_factory=dict)
    subscribed: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """All credentials. tokens: SHA-256 of a token -> grant, so that a look-up compares no secret byte by byte."""

    tokens: Mapping[str, Grant] = field(default_factory=dict)
    access_keys: Mapping[str, AccessKey] = field(default_factory=dict)
    users: tuple[User, ...] = ()

    @property
    def open(self) -> bool:
        """No credential is configured: anybody who reaches the server may call."""
        return not (self.tokens or self.access_keys or self.users)

    def token(self, token: str) -> Grant | None:
        """What that token opens; None for one that is not known."""
        return self.tokens.get(token_key(token))

    def user(self, name: str, domain: str, password: str) -> User | None:
        """The user with that password. Every user is compared, so that time does not tell which names exist."""
        found = None
        for user in self.users:
            same = _same(user.name, name) & _same(user.domain, domain) & _same(user.password, password)
            found = user if same else found
        return found


def token_key(token: str) -> str:
    """The token's digest, by which it is kept and looked up."""
    return _digest(token).hex()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(_digest(one), _digest(other))


def _digest(text: str) -> bytes:
    """JSON may bring half a character; it is as wrong as any other wrong text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def load_access(token_file: Path | None = None, access_keys: Path | None = None, users: Path | None = None) -> Access:
    """Read the credential files that are given.

    token_file: a bare token a line, or {"token", "project_id"?, "expires_at"?, "subscribed"?}.
    access_keys: {"access_key", "secret_key", "project_id"?, "expires_at"?, "subscribed"?} a line.
    users: {"name", "password", "domain", "projects": {id: name}, "subscribed"?} a line.
    Raises BadData naming file and line, never a secret.
    """
    tokens = {token_key(row["token"]): _grant(row, place) for place, row in _rows(token_file, "token")}
    keys = {
        row["access_key"]: AccessKey(row["secret_key"], _grant(row, place))
        for place, row in _rows(access_keys, "access_key", "secret_key")
    }
    people = tuple(
        User(row["name"], row["domain"], row["password"], _projects(row, place), _subscribed(row, place))
        for place, row in _rows(users, "name", "domain", "password")
    )
    return Access(tokens, keys, people)


def _rows(path: Path | None, *needed: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if path is None:
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise BadData(f"{path} cannot be read: {type(exc).__name__}.", advice="Check the path and its rights.") from exc
    found = False
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            found = True
            yield f"{path}:{number}", _row(text, f"{path}:{number}", needed)
    if not found:
        raise BadData(f"{path} holds no credential.", advice="Put one on a line, or start without this file.")


def _row(text: str, place: str, needed: tuple[str, ...]) -> dict[str, Any]:
    if not text.startswith("{") and needed == ("token",):
        return {"token": text}
    try:
        row = json.loads(text)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) and row[key] for key in needed):
        wanted = ", ".join(needed)
        raise BadData(f"{place} is not an object with {wanted}.", advice="See khid-eval serve --help for the form.")
    return row


def _grant(row: Mapping[str, Any], place: str) -> Grant:
    expires = None
    if row.get("expires_at") is not None:
        try:
            expires = datetime.fromisoformat(str(row["expires_at"]))
        except ValueError as exc:
            raise BadData(f"{place}: expires_at is no ISO time.", advice="Write it as 2030-01-31T12:00:00Z.") from exc
        expires = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
    return Grant(str(row.get("project_id", "")), expires, _subscribed(row, place))


def _subscribed(row: Mapping[str, Any], place: str) -> bool:
    """The text "false" counts as true in Python: it must not open what its writer meant to close."""
    subscribed = row.get("subscribed", True)
    if not isinstance(subscribed, bool):
        raise BadData(f"{place}: subscribed is neither true nor false.", advice="Write it without quotation marks.")
    return subscribed


def _projects(row: Mapping[str, Any], place: str) -> dict[str, str]:
    projects = row.get("projects", {})
    if not isinstance(projects, dict) or not projects:
        raise BadData(f"{place}: projects is empty.", advice='Write it as {"project id": "project name"}.')
    return {str(key): str(name) for key, name in projects.items()}


__all__ = ["Access", "AccessKey", "Grant", "User", "load_access", "token_key"]
