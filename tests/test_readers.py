"""Targets and credentials: what a person writes, what is built of it, and that no secret stands anywhere."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from khid_eval import readers
from khid_eval.client import ApiReader
from khid_eval.errors import AuthError, BadData, BadRequest
from khid_eval.readers import ENVIRONMENT, Credentials, Target
from khid_eval.records import CardReader, CardReading, ReadOptions

if TYPE_CHECKING:
    from tests.conftest import LocalApi

CLOUD = "https://ocr.ap-southeast-3.myhuaweicloud.com"
KEYS = Credentials(access_key="AK", secret_key="SK-secret")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variables in ENVIRONMENT.values():
        for name in variables:
            monkeypatch.delenv(name, raising=False)


@contextmanager
def built(target: Target, credentials: Credentials | None = None) -> Iterator[ApiReader]:
    reader = readers.build(target, credentials)
    assert isinstance(reader, ApiReader)
    with reader:
        yield reader


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("embedded", Target()),
        ("", Target()),
        ("tesseract", Target("tesseract")),
        ("ap-southeast-3", Target("api", CLOUD, region="ap-southeast-3")),
        (CLOUD, Target("api", CLOUD, region="ap-southeast-3")),
        (f" {CLOUD}/ ", Target("api", CLOUD, region="ap-southeast-3")),
        (f"{CLOUD}/v2/0a1b/ocr/cambodian-idcard", Target("api", CLOUD, "0a1b", region="ap-southeast-3")),
        ("http://127.0.0.1:8000", Target("api", "http://127.0.0.1:8000")),
        ("http://[::1]:8000", Target("api", "http://[::1]:8000")),
        ("https://gate.example/ocr/", Target("api", "https://gate.example/ocr")),
        ("https://gate.example/x/v2/p%201/ocr/cambodian-idcard/", Target("api", "https://gate.example/x", "p 1")),
    ],
)
def test_what_a_person_may_write(text: str, expected: Target) -> None:
    assert Target.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "cloud",
        "ocr.example.com",
        "ftp://ocr.example.com",
        "https://",
        "https://user:secret@ocr.example.com",
        "https://ocr.example.com/?token=secret",
        "https://ocr.example.com/#secret",
        "https://ocr.example.com:99999",
    ],
)
def test_what_a_person_may_not_write(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Target.parse(text)
    assert "secret" not in str(caught.value)
    assert caught.value.advice


def test_a_target_travels_and_is_saved() -> None:
    target = Target.parse(
        CLOUD, project_id="p-1", enterprise_project_id="eps-1", options=ReadOptions(return_idcard_type=True)
    )
    assert pickle.loads(pickle.dumps(target)) == target
    assert Target.from_dict(json.loads(json.dumps(target.as_dict()))) == target
    assert hash(target) == hash(replace(target))
    assert (str(target), str(Target())) == (CLOUD, "embedded")


@pytest.mark.parametrize(
    "wrong", [Target.as_dict(Target()) | {"kind": "api"}, Target.as_dict(Target()) | {"kind": "x"}]
)
def test_a_target_makes_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        Target.from_dict(wrong)


def test_credentials_come_from_the_environment_ours_first() -> None:
    given = {"HUAWEICLOUD_SDK_AK": "theirs", "KHID_AK": "ours", "HUAWEICLOUD_SDK_SK": "sk", "KHID_TOKEN": ""}
    found = Credentials.from_environment(given)
    assert (found.access_key, found.secret_key, found.token) == ("ours", "sk", "")
    assert found
    assert not Credentials.from_environment({"KHID_AK": "half"})


def test_credentials_show_nothing() -> None:
    assert repr(replace(KEYS, token="tok-secret", password="pw-secret")) == "Credentials()"


def test_each_way_to_prove_who_calls(local_api: LocalApi, jpeg: bytes) -> None:
    target = Target.parse(local_api.url, project_id="p-1")
    local_iam = Credentials(domain="d", user="u", password="pw", iam_endpoint=local_api.url)
    times = {"issued_at": "2026-11-23T09:00:00Z", "expires_at": "2026-11-24T09:00:00Z"}
    for credentials in (Credentials(), Credentials(token="tok"), KEYS):
        with built(target, credentials) as reader:
            reader.read(jpeg)
    local_api.queue(201, {"token": times}, X_Subject_Token="fetched")
    with built(target, local_iam) as reader:
        reader.read(jpeg)
    nothing, token, keys, _, fetched = [seen.headers for seen in local_api.seen]
    assert not {"X-Auth-Token", "Authorization"} & set(nothing)
    assert token["X-Auth-Token"] == "tok"
    assert keys["Authorization"].startswith("SDK-HMAC-SHA256 Access=AK, ")
    assert keys["X-Project-Id"] == "p-1"
    assert fetched["X-Auth-Token"] == "fetched"


def test_the_environment_is_read_only_when_nothing_is_given(
    local_api: LocalApi, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHID_TOKEN", "of-the-operator")
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", "p-9")
    for credentials in (None, Credentials()):
        with built(Target.parse(local_api.url), credentials) as reader:
            reader.read(jpeg)
    first, second = local_api.seen
    assert (first.path, first.headers["X-Auth-Token"]) == ("/v2/p-9/ocr/cambodian-idcard", "of-the-operator")
    assert second.path == "/v2/default/ocr/cambodian-idcard"
    assert "X-Auth-Token" not in second.headers


@pytest.mark.parametrize(
    ("target", "credentials", "words"),
    [
        (Target.parse(CLOUD), KEYS, "project"),
        (Target.parse(CLOUD, project_id="p"), Credentials(), "KHID_TOKEN"),
        (Target.parse(CLOUD, project_id="p"), Credentials(access_key="half"), "KHID_TOKEN"),
        (Target.parse(CLOUD, project_id="p"), Credentials(user="u", password="pw"), "KHID_DOMAIN"),
        (Target.parse("http://127.0.0.1:1"), Credentials(user="u", password="pw", domain="d"), "KHID_IAM_ENDPOINT"),
    ],
)
def test_what_is_missing_is_said(target: Target, credentials: Credentials, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        readers.build(target, credentials)


def test_a_broken_token_is_said_before_any_call() -> None:
    with pytest.raises(AuthError):
        readers.build(Target.parse("http://127.0.0.1:1"), Credentials(token="a\nb"))


@pytest.mark.parametrize(
    ("endpoint", "warned"),
    [("http://ocr.example.com", True), ("https://ocr.example.com", False), ("http://localhost:1", False)],
)
def test_credentials_over_an_open_line_are_warned_of(
    endpoint: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), built(Target.parse(endpoint), Credentials(token="tok-secret")):
        pass
    assert ("unencrypted" in caplog.text) == warned
    assert "tok-secret" not in caplog.text


def test_the_embedded_target_is_the_engine(embedded: CardReader) -> None:
    from khid_eval.engine import EngineReader

    assert isinstance(embedded, EngineReader)


def test_missing_models_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from khid_eval import engine

    def without_models(threads: int) -> CardReader:
        raise FileNotFoundError("models/locator.onnx")

    monkeypatch.setattr(engine, "EngineReader", without_models)
    with pytest.raises(BadData, match="models"):
        readers.build(Target())


def test_options_of_a_target_are_those_of_its_readings(local_api: LocalApi, jpeg: bytes) -> None:
    target = Target.parse(local_api.url, options=ReadOptions(return_idcard_type=True))
    with built(target) as reader:
        reading: CardReading = reader.read(jpeg, target.options)
    assert reading.idcard_type == "normal"
    assert reading.portrait_jpeg is None
