"""Error codes: every documented one in the table, and the way from an HTTP answer to our errors and back."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval import contract
from khid_eval.contract import ERROR_CODES, ErrorCode
from khid_eval.errors import ApiError, AuthError, BadPhoto, BadRequest, Busy, ContractError, KhidError, Unreachable

DOCUMENTED = {
    "AIS": "0101 0102 0103 0104 0105 0106",
    "ModelArts": "0203 0212 4101 4102 4103 4104 4105 4106 4107 4201 4202 4203 4204 4301 4302 4401 4402 4403 4502 4503 "
    "4504 4505 4506 4507 4508 4601 4603 4702 4703 4704 4705 4706",
    "APIG": "0101 0106 0201 0301 0302 0307 0308 0310 0601 0602 0613 0802",
    "APIGW": "0101 0301 0303",
}


def test_the_table_has_every_documented_code() -> None:
    expected = {f"{family}.{number}" for family, numbers in DOCUMENTED.items() for number in numbers.split()}
    assert {entry.code for entry in ERROR_CODES} == expected


def test_an_entry_is_found_by_code_and_status() -> None:
    assert len({(entry.code, entry.status) for entry in ERROR_CODES}) == len(ERROR_CODES)
    for entry in ERROR_CODES:
        assert contract.lookup(entry.code, entry.status) is entry
        assert 400 <= entry.status <= 599
        assert entry.advice.endswith(".")
    assert contract.lookup("AIS.0103", 500) is contract.lookup("AIS.0103")
    assert contract.lookup("AIS.9999") is None


@pytest.mark.parametrize("entry", ERROR_CODES, ids=lambda one: f"{one.code}-{one.status}")
def test_a_code_goes_over_the_wire_and_comes_back(entry: ErrorCode) -> None:
    sent = contract.refusal(entry.code, status=entry.status, retry_after_s=2.0)
    body = json.dumps(contract.body_of(sent, request_id="r-1")).encode()
    status = contract.status_of(sent)
    came = contract.error_from(status, body, 2.0)
    assert (type(came), came.code, came.message, came.advice) == (entry.kind, entry.code, entry.message, entry.advice)
    assert ("request_id" in json.loads(body)) == entry.code.startswith("APIG")
    assert repr(pickle.loads(pickle.dumps(came))) == repr(came)
    if isinstance(came, ApiError):
        assert (came.status, came.retry_after_s) == (entry.status, 2.0)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, b'{"error_code": "AIS.0103", "error_msg": "x"}', BadPhoto, "AIS.0103"),
        (500, b'{"error_code": "AIS.0105", "error_msg": "x"}', BadPhoto, "AIS.0105"),
        (413, b'{"error_code": "APIG.0201", "error_msg": "x"}', BadRequest, "APIG.0201"),
        (504, b'{"error_code": "APIG.0201", "error_msg": "x"}', ApiError, "APIG.0201"),
        (401, b'{"errorCode": "APIG.0301", "errorMsg": "x"}', AuthError, "APIG.0301"),
        (429, b'{"code": "APIG.0308", "message": "x"}', Busy, "APIG.0308"),
        (400, b'{"error_code": "AIS.7777", "error_msg": "x"}', ApiError, "AIS.7777"),
        (403, b'{"error_code": "NEW.1", "error_msg": "x"}', AuthError, "NEW.1"),
        (401, b'{"error": {"code": 401, "message": "x", "title": "Unauthorized"}}', AuthError, ""),
        (400, b'{"error": {"code": "APIGW.0301", "message": "x"}}', AuthError, "APIGW.0301"),
        (502, b"<html>Bad Gateway</html>", ApiError, ""),
        (503, b"", Busy, ""),
        (429, b"[]", Busy, ""),
        (404, b'{"error_code": 7}', ApiError, ""),
        (302, b"", ContractError, ""),
        (204, b"", ContractError, ""),
        (777, b'{"error_code": "AIS.0103"}', ContractError, ""),
    ],
)
def test_an_error_answer_becomes_an_error_of_our_tree(
    status: int, body: bytes, kind: type[KhidError], code: str
) -> None:
    error = contract.error_from(status, body)
    assert type(error) is kind
    assert error.code == code
    assert error.message
    assert error.advice


@given(status=st.integers(100, 699), body=st.binary(max_size=60))
def test_no_answer_breaks_the_translation(status: int, body: bytes) -> None:
    assert isinstance(contract.error_from(status, body), KhidError)


def test_the_words_on_the_wire_are_the_apis_own() -> None:
    said = BadPhoto("The photo is 14 x 40 pixels.", "AIS.0103", "Send another.")
    assert contract.body_of(said) == {
        "error_code": "AIS.0103",
        "error_msg": "The image size does not meet the requirements.",
    }


def test_the_gateways_details_are_kept() -> None:
    details = "Incorrect IAM authentication information: x-auth-token not found"
    assert contract.body_of(contract.refusal("APIG.0301", details))["error_msg"] == details


def test_an_error_without_a_code_gets_its_kind() -> None:
    assert contract.body_of(Unreachable("No answer.")) == {"error_code": "KHID.Unreachable", "error_msg": "No answer."}
    assert contract.status_of(Unreachable("No answer.")) == 500


def test_a_long_message_with_line_breaks_is_made_fit_for_a_log() -> None:
    body = json.dumps({"error_code": "APIG.0301", "error_msg": "a\nb\x1b[31m" + "c" * 5000}).encode()
    message = contract.error_from(401, body).message
    assert message.startswith("a b [31mccc")
    assert len(message) == 300


def test_an_unknown_code_cannot_be_refused_with() -> None:
    with pytest.raises(ValueError, match="not in the table"):
        contract.refusal("AIS.9999")
