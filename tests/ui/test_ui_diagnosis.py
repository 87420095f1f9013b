"""Test connection names the one thing that is wrong."""

from __future__ import annotations

import socket

import pytest

from khid_eval.errors import BadPhoto
from khid_eval.readers import Credentials, Target
from khid_eval.records import CardReading, ReadOptions
from khid_eval.ui import diagnosis
from khid_eval.ui.words import has
from tests.ui.fixed_endpoint import ACCESS_KEY, SECRET_KEY, TOKEN, USER, Endpoint


def last(address: str, credentials: Credentials) -> diagnosis.Step:
    return diagnosis.diagnose(Target.parse(address), credentials)[-1]


def no_card(photo: bytes, options: ReadOptions) -> CardReading:
    raise BadPhoto("no card", "AIS.0104")


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials(token=TOKEN),
        Credentials(access_key=ACCESS_KEY, secret_key=SECRET_KEY),
    ],
)
def test_all_is_well(endpoint: Endpoint, credentials: Credentials) -> None:
    endpoint.answer = no_card
    steps = diagnosis.diagnose(Target.parse(endpoint.address), credentials)
    assert [one.name for one in steps] == ["name", "port", "credentials", "api"]
    assert all(one.passed for one in steps)


def test_password_gets_a_token(endpoint: Endpoint) -> None:
    endpoint.answer = no_card
    address = endpoint.address
    proof = Credentials(domain=USER.domain, user=USER.name, password="a-password-for-tests", iam_endpoint=address)
    assert diagnosis.diagnose(Target.parse(address, project_id="project-1"), proof)[-1].passed


@pytest.mark.parametrize(
    ("credentials", "step"),
    [
        (Credentials(token="wrong"), "accepted"),
        (Credentials(access_key=ACCESS_KEY, secret_key="wrong"), "accepted"),
        (Credentials(user="someone", password="secret"), "credentials"),
        (Credentials(), "accepted"),
    ],
)
def test_wrong_credentials(endpoint: Endpoint, credentials: Credentials, step: str) -> None:
    found = last(endpoint.address, credentials)
    assert (found.name, found.passed) == (step, False)
    assert found.error is not None


def test_unknown_name() -> None:
    assert last("http://no-such-host.invalid", Credentials()).name == "name"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = last(f"http://127.0.0.1:{port}", Credentials())
    assert (found.name, found.passed) == ("port", False)


def test_https_to_a_plain_server(endpoint: Endpoint) -> None:
    found = last(endpoint.address.replace("http://", "https://"), Credentials())
    assert (found.name, found.passed) == ("tls", False)


@pytest.mark.parametrize("name", ["models", "name", "port", "timeout", "tls", "credentials", "accepted", "api"])
def test_every_failure_has_words(name: str) -> None:
    assert has(f"panel.step_{name}_failed")
