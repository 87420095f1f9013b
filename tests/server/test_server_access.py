"""Who may call: token files, access keys, users; refusals in the gateway's words; locks; a log without secrets."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from khid_eval.errors import BadData, BadRequest
from khid_eval.server import Access, ServerSettings, listen, load_access, url_of
from khid_eval.server.serving import is_loopback

if TYPE_CHECKING:
    from tests.server.conftest import Api, Running, Serve

Refused = Callable[[requests.Response], tuple[int, str, str]]
TOKENS = """
# a comment
bare-token
{"token": "this-project", "project_id": "project-1"}
{"token": "other-project", "project_id": "project-2"}
{"token": "expired", "expires_at": "2020-01-01T00:00:00Z"}
{"token": "lasting", "expires_at": "2999-01-01T00:00:00"}
{"token": "not-subscribed", "subscribed": false}
"""
KEYS = '{"access_key": "AK1", "secret_key": "secret-of-ak1"}'
USERS = json.dumps(
    {"name": "dara", "domain": "bank", "password": "password-of-dara", "projects": {"project-1": "ap-southeast-3"}}
)
INCORRECT = "Incorrect IAM authentication information: "


def files(folder: Path, **texts: str) -> dict[str, Path]:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in texts}


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Access:
    folder = tmp_path_factory.mktemp("access")
    return load_access(**files(folder, token_file=TOKENS, access_keys=KEYS, users=USERS))


@pytest.fixture(scope="module")
def api(running: Running, access: Access) -> Iterator[Api]:
    with running(ServerSettings(access=access)) as api:
        yield api


@pytest.mark.parametrize("token", ["bare-token", "this-project", "lasting"])
def test_a_right_token_passes(api: Api, image: str, token: str) -> None:
    assert api.post({"image": image}, headers={"X-Auth-Token": token}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (401, "APIG.0301", INCORRECT + "x-auth-token not found")),
        ({"X-Auth-Token": "", "Authorization": ""}, (401, "APIG.0301", INCORRECT + "x-auth-token not found")),
        ({"X-Auth-Token": "other-project"}, (403, "APIG.0302", "The IAM user is not authorized to access the API.")),
        ({"X-Auth-Token": "expired"}, (401, "APIG.0307", "The token must be updated.")),
        ({"X-Auth-Token": "not-subscribed"}, (400, "ModelArts.4204", "Access api error! Not subscribe this api.")),
        ({"Authorization": "Basic YTpi"}, (401, "APIG.0301", INCORRECT + "verify aksk signature fail")),
    ],
)
def test_what_is_refused(
    api: Api, image: str, refused: Refused, headers: dict[str, str], expected: tuple[int, str, str]
) -> None:
    assert refused(api.post({"image": image}, headers=headers)) == expected


def test_a_stranger_is_refused_before_the_body_is_taken(api: Api, refused: Refused) -> None:
    """The body never comes: only its length is announced."""
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(b"POST /v2/p/ocr/cambodian-idcard HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 401")


def test_guessing_locks_the_address_but_not_those_who_know(serve: Serve, access: Access, image: str) -> None:
    api = serve(ServerSettings(access=access))

    def message(token: str) -> str:
        return str(api.post({"image": image}, headers={"X-Auth-Token": token}).json().get("error_msg", "passed"))

    assert [message(f"guess {n}") for n in range(5)] == [INCORRECT + "decrypt token fail"] * 5
    assert message("guess 6") == INCORRECT + "AK access failed to reach the limit,forbidden"
    assert message("bare-token") == "passed"


def test_calls_a_minute_are_limited_for_each_caller(serve: Serve, access: Access, image: str, refused: Refused) -> None:
    api = serve(ServerSettings(access=access, per_minute=3))

    def post(token: str) -> requests.Response:
        return api.post({"image": image}, headers={"X-Auth-Token": token})

    assert [post("bare-token").status_code for _ in range(3)] == [200] * 3
    answer = post("bare-token")
    words = "The throttling threshold has been reached: policy user over ratelimit,limit:3,time:1 minute"
    assert refused(answer) == (429, "APIG.0308", words)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert post("lasting").status_code == 200


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def ask(api: Api, **changes: Any) -> requests.Response:
    user = {"name": "dara", "domain": {"name": "bank"}, "password": "password-of-dara"}
    scope = changes.pop("scope", {"project": {"name": "ap-southeast-3"}})
    identity = {"methods": ["password"], "password": {"user": user | changes}}
    body = {"auth": {"identity": identity} | ({} if scope is None else {"scope": scope})}
    return api.session.post(f"{api.url}/v3/auth/tokens", params={"nocatalog": "true"}, json=body, timeout=60)


def test_a_user_gets_a_token_for_a_day_that_opens_the_project(api: Api, image: str) -> None:
    for scope in ({"project": {"name": "ap-southeast-3"}}, {"project": {"id": "project-1"}}):
        answer = ask(api, scope=scope)
        token = answer.json()["token"]
        assert answer.status_code == 201
        assert token["project"]["id"] == "project-1"
        assert token["methods"] == ["password"]
        assert token["user"]["name"] == "dara"
        assert moment(token["expires_at"]) - moment(token["issued_at"]) == timedelta(hours=24)
        assert answer.headers["X-Request-Id"]
        headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
        assert api.post({"image": image}, headers=headers).status_code == 200
        elsewhere = api.card_url.replace("project-1", "project-2")
        assert api.session.post(elsewhere, json={}, headers=headers, timeout=60).json()["error_code"] == "APIG.0302"


@pytest.mark.parametrize("scope", [None, {"domain": {"name": "bank"}}])
def test_a_token_of_the_whole_domain_does_not_open_the_api(api: Api, image: str, scope: dict[str, Any] | None) -> None:
    token = ask(api, scope=scope).headers["X-Subject-Token"]
    answer = api.post({"image": image}, headers={"X-Auth-Token": token})
    assert (answer.status_code, answer.json()["error_code"]) == (401, "ModelArts.0212")


@pytest.mark.parametrize(
    ("changes", "status", "message", "title"),
    [
        ({"password": "wrong"}, 401, "The username or password is wrong.", "Unauthorized"),
        ({"name": "nobody"}, 401, "The username or password is wrong.", "Unauthorized"),
        ({"domain": {"name": "other"}}, 401, "The username or password is wrong.", "Unauthorized"),
        ({"scope": {"project": {"id": "project-2"}}}, 403, "The user has no right to this project.", "Forbidden"),
        ({"scope": {"project": {}}}, 400, "The request body is invalid", "Bad Request"),
        ({"scope": {"project": {"name": None}}}, 400, "The request body is invalid", "Bad Request"),
        ({"scope": {}}, 400, "The request body is invalid", "Bad Request"),
        ({"scope": {"domain": 5}}, 400, "The request body is invalid", "Bad Request"),
        ({"scope": []}, 400, "The request body is invalid", "Bad Request"),
        ({"name": ""}, 400, "The request body is invalid", "Bad Request"),
        ({"name": "\ud800"}, 400, "The request body is invalid", "Bad Request"),
        ({"password": 5}, 400, "The request body is invalid", "Bad Request"),
    ],
)
def test_errors_of_the_token_service_are_iams(
    api: Api, changes: dict[str, Any], status: int, message: str, title: str
) -> None:
    answer = ask(api, **changes)
    assert answer.json() == {"error": {"code": status, "message": message, "title": title}}
    assert answer.status_code == status
    assert "X-Subject-Token" not in answer.headers


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"auth": 1}', b'{"auth": {"identity": []}}', b"[" * 60_000])
def test_any_other_body_is_invalid(api: Api, body: bytes) -> None:
    assert api.session.post(f"{api.url}/v3/auth/tokens", data=body, timeout=60).status_code == 400


def test_a_large_body_is_no_password(api: Api) -> None:
    assert api.session.post(f"{api.url}/v3/auth/tokens", data=b"x" * 100_000, timeout=60).status_code == 413


def test_guessing_a_password_locks(serve: Serve, access: Access) -> None:
    api = serve(ServerSettings(access=access))
    assert [ask(api, password=f"guess {n}").status_code for n in range(5)] == [401] * 5
    assert ask(api).status_code == 403


def test_an_open_server_takes_anything_and_listens_here_only(serve: Serve, image: str) -> None:
    api = serve()
    assert api.post({"image": image}, headers={"X-Auth-Token": "any", "Authorization": "x"}).status_code == 200
    token = ask(api, name="any").headers["X-Subject-Token"]
    assert api.post({"image": image}, headers={"X-Auth-Token": token}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "name.invalid"])
def test_an_open_server_binds_no_other_address(host: str) -> None:
    with pytest.raises(BadRequest, match="Without credentials"):
        listen(host, 0, open_access=True)
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_loopback_may_be_bound(host: str) -> None:
    with listen(host, 0, open_access=True) as listener:
        assert url_of(listener).startswith("http://127.0.0.")
        assert listener.proto == socket.IPPROTO_TCP  # else asyncio leaves the delay of small packets on


def test_a_taken_port_and_a_foreign_address_are_said() -> None:
    with listen("127.0.0.1", 0, open_access=True) as listener, pytest.raises(BadRequest, match="cannot be used"):
        listen("127.0.0.1", listener.getsockname()[1], open_access=True)
    with pytest.raises(BadRequest, match="cannot be used"):
        listen("192.0.2.1", 0, open_access=False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("token_file", ""),
        ("token_file", "# only a comment"),
        ("token_file", '{"tokn": "secret-1"}'),
        ("token_file", '{"token": "secret-1", "expires_at": "tomorrow"}'),
        ("token_file", '{"token": "secret-1", "subscribed": "false"}'),
        ("access_keys", '{"access_key": "a", "secret_key": "secret-1", "subscribed": 0}'),
        ("access_keys", "secret-1"),
        ("access_keys", '{"access_key": "a"}'),
        ("access_keys", '{"access_key": "a", "secret_key": ""}'),
        ("users", '{"name": "a", "password": "secret-1", "domain": "d"}'),
        ("users", '{"name": "a", "password": "secret-1", "domain": "d", "projects": []}'),
        ("users", USERS[:-1] + ', "subscribed": null}'),
    ],
)
def test_a_wrong_file_is_said_without_its_secrets(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(BadData) as caught:
        load_access(**files(tmp_path, **{name: text}))
    assert str(tmp_path / name) in str(caught.value)
    assert "secret-1" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="cannot be read"):
        load_access(token_file=tmp_path / "missing")


def test_no_secret_and_nothing_of_a_card_in_the_log(
    serve: Serve, access: Access, image: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything is logged at the finest level here, of a call that works, calls that fail and a bug in the reader."""
    caplog.set_level(logging.DEBUG)
    api = serve(ServerSettings(access=access))
    token = ask(api).headers["X-Subject-Token"]
    api.post({"image": image}, headers={"X-Auth-Token": token})
    api.post({"image": image}, headers={"X-Auth-Token": "a-wrong-token"})
    api.post({"image": "!" + image}, headers={"X-Auth-Token": "bare-token"})
    ask(api, password="wrong-password")
    api.reader.error = ValueError("name_kh: ឈ្មោះ on the card")
    assert api.post({"image": image}, headers={"X-Auth-Token": "bare-token"}).status_code == 500
    formatter = logging.Formatter()
    server_side = [formatter.format(one) for one in caplog.records if not one.name.startswith("urllib3")]
    log = "\n".join(server_side)
    assert "unexpected ValueError at conftest.py" in log
    secrets = ["bare-token", "a-wrong-token", "password-of-dara", "wrong-password", "secret-of-ak1", token]
    assert not [one for one in [*secrets, "ឈ្មោះ", "តម្លៃ", image[:24]] if one in log]
    assert not [one for one in secrets if one in repr(access)]
