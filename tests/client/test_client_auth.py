"""Who calls: tokens from IAM, renewed in time and once when refused; signatures that hold for what arrives."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from khid_eval.client import NO_RETRY, ApiReader, IamAccount, IamTokens, KeyAuth, Retrier, TokenAuth
from khid_eval.contract.signing import Authorization, sign
from khid_eval.errors import ApiError, AuthError, Busy, ContractError, KhidError, Unreachable

if TYPE_CHECKING:
    from tests.conftest import LocalApi

ACCOUNT = IamAccount("domain", "user", "pass-word", project_name="ap-southeast-3")
TOKEN_BODY = {"token": {"issued_at": "2026-11-23T09:00:00.701000Z", "expires_at": "2026-11-24T09:00:00.701000Z"}}
DAY_S = 24 * 3600.0


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(local_api: LocalApi, clock: Clock) -> IamTokens:
    return IamTokens(ACCOUNT, local_api.url, clock=clock)


@pytest.fixture
def reader(local_api: LocalApi, tokens: IamTokens) -> Iterator[ApiReader]:
    """Gets its tokens and its readings from the same local server."""
    with ApiReader(local_api.url, "p-1", TokenAuth(tokens), retrier=Retrier(NO_RETRY)) as made:
        yield made


def queue_token(api: LocalApi, token: str) -> None:
    api.queue(201, TOKEN_BODY, X_Subject_Token=token)


def test_a_token_is_asked_for_as_the_identity_service_wants(local_api: LocalApi, tokens: IamTokens) -> None:
    queue_token(local_api, "tok-1")
    assert tokens.token() == "tok-1"
    [seen] = local_api.seen
    assert seen.path == "/v3/auth/tokens?nocatalog=true"
    auth = json.loads(seen.body)["auth"]
    assert auth["identity"] == {
        "methods": ["password"],
        "password": {"user": {"name": "user", "password": "pass-word", "domain": {"name": "domain"}}},
    }
    assert auth["scope"] == {"project": {"name": "ap-southeast-3"}}


def test_a_token_is_used_again_until_most_of_its_day_is_gone(
    local_api: LocalApi, tokens: IamTokens, clock: Clock
) -> None:
    queue_token(local_api, "tok-1")
    queue_token(local_api, "tok-2")
    assert tokens.token() == "tok-1"
    clock.now += 0.89 * DAY_S
    assert tokens.token() == "tok-1"
    clock.now += 0.02 * DAY_S
    assert tokens.token() == "tok-2"
    assert len(local_api.seen) == 2


def test_threads_share_one_token(local_api: LocalApi, tokens: IamTokens) -> None:
    queue_token(local_api, "tok-1")
    start = threading.Barrier(8)

    def ask(_: int) -> str:
        start.wait()
        return tokens.token()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"tok-1"}
    assert len(local_api.seen) == 1


def test_a_late_refusal_does_not_drop_the_new_token(local_api: LocalApi, tokens: IamTokens) -> None:
    queue_token(local_api, "tok-1")
    queue_token(local_api, "tok-2")
    first = tokens.token()
    tokens.renew(first)
    second = tokens.token()
    tokens.renew(first)
    assert tokens.token() == second
    assert len(local_api.seen) == 2


@pytest.mark.parametrize("code", ["APIG.0307", "APIG.0301"])
def test_a_refused_token_is_renewed_once(local_api: LocalApi, reader: ApiReader, jpeg: bytes, code: str) -> None:
    queue_token(local_api, "tok-1")
    local_api.queue(401, {"error_code": code, "error_msg": "x"})
    queue_token(local_api, "tok-2")
    assert len(reader.read(jpeg).fields) == 14
    used = [seen.headers.get("X-Auth-Token") for seen in local_api.seen]
    assert used == [None, "tok-1", None, "tok-2"]


def test_a_token_that_is_refused_twice_is_an_error(local_api: LocalApi, reader: ApiReader, jpeg: bytes) -> None:
    for number in (1, 2):
        queue_token(local_api, f"tok-{number}")
        local_api.queue(401, {"error_code": "APIG.0307", "error_msg": "x"})
    with pytest.raises(AuthError) as caught:
        reader.read(jpeg)
    assert caught.value.code == "APIG.0307"
    assert len(local_api.seen) == 4


def test_a_missing_right_is_no_reason_for_a_new_token(local_api: LocalApi, reader: ApiReader, jpeg: bytes) -> None:
    queue_token(local_api, "tok-1")
    local_api.queue(403, {"error_code": "APIG.0302", "error_msg": "x"})
    with pytest.raises(AuthError):
        reader.read(jpeg)
    assert len(local_api.seen) == 2


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": {"code": 401, "message": "The username or password is wrong.", "title": "x"}}, AuthError),
        (400, {"error": {"code": 400, "message": "The request body is invalid", "title": "Bad Request"}}, AuthError),
        (403, {}, AuthError),
        (404, b"<html>", AuthError),
        (500, {}, ApiError),
        (503, {}, Busy),
        (302, {}, ContractError),
        (201, {}, ContractError),
        (201, {"token": {"issued_at": "yesterday", "expires_at": "tomorrow"}}, ContractError),
        (201, [], ContractError),
    ],
)
def test_what_the_identity_service_may_say(
    local_api: LocalApi, tokens: IamTokens, status: int, body: Any, kind: type[KhidError]
) -> None:
    local_api.queue(status, body, X_Subject_Token="tok-1")
    with pytest.raises(kind) as caught:
        tokens.token()
    assert type(caught.value) is kind
    assert caught.value.code == ""
    assert "pass-word" not in str(caught.value)


def test_an_answer_without_a_token(local_api: LocalApi, tokens: IamTokens) -> None:
    local_api.queue(201, TOKEN_BODY)
    with pytest.raises(ContractError, match="X-Subject-Token"):
        tokens.token()


def test_no_identity_service_at_all() -> None:
    with pytest.raises(Unreachable):
        IamTokens(ACCOUNT, "http://127.0.0.1:1").token()


def test_an_account_shows_no_password_and_is_complete() -> None:
    assert "pass-word" not in repr(ACCOUNT)
    with pytest.raises(ValueError, match="project"):
        IamAccount("domain", "user", "pass-word")


@pytest.mark.parametrize("security_token", ["", "sts-token"])
def test_the_signature_holds_for_what_arrives(local_api: LocalApi, jpeg: bytes, security_token: str) -> None:
    auth = KeyAuth("AK", "SK", project_id="p 1", security_token=security_token)
    with ApiReader(local_api.url, "p 1", auth, enterprise_project_id="eps-1") as reader:
        reader.read(jpeg)
    [seen] = local_api.seen
    arrived = {name.lower(): value for name, value in seen.headers.items()}
    given = Authorization.parse(arrived["authorization"])
    assert given is not None
    headers = {name: arrived[name] for name in given.signed_headers}
    assert given == sign("AK", "SK", method=seen.method, url=seen.path, headers=headers, body=seen.body)
    assert {"content-type", "enterprise-project-id", "host", "x-project-id", "x-sdk-date"} <= set(headers)
    assert headers.get("x-security-token", "") == security_token
    assert arrived["host"] == urlsplit(local_api.url).netloc
    assert "SK" not in str(given).replace("SDK", "")


def test_keys_cannot_be_renewed(local_api: LocalApi, jpeg: bytes) -> None:
    local_api.queue(401, {"error_code": "APIG.0301", "error_msg": "verify aksk signature fail"})
    with ApiReader(local_api.url, "p-1", KeyAuth("AK", "SK")) as reader, pytest.raises(AuthError):
        reader.read(jpeg)
    assert len(local_api.seen) == 1
