"""The request: what the client writes the server reads, and what no server should take gets the API's own code."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from huaweicloudsdkocr.v1 import CambodianIdCardRequestBody
from hypothesis import given
from hypothesis import strategies as st

from khid_eval import contract
from khid_eval.card.photo import MAX_BASE64_CHARS
from khid_eval.contract import CardRequest
from khid_eval.errors import KhidError
from khid_eval.records import ReadOptions

OPTIONS = st.builds(ReadOptions, **dict.fromkeys(contract.SWITCHES, st.booleans()))


@given(photo=st.binary(min_size=1, max_size=200), options=OPTIONS)
def test_a_photo_goes_over_the_wire_and_comes_back(photo: bytes, options: ReadOptions) -> None:
    request = CardRequest(photo=photo, options=options)
    assert CardRequest.from_body(request.to_body()) == request


@given(options=OPTIONS)
def test_a_url_goes_over_the_wire_and_comes_back(options: ReadOptions) -> None:
    request = CardRequest(url="https://bucket.example.com/card%20one.jpg?x=1", options=options)
    assert CardRequest.from_body(request.to_body()) == request


def test_switches_that_are_off_are_left_out() -> None:
    body = json.loads(CardRequest(photo=b"abc", options=ReadOptions(detect_blur=True)).to_body())
    assert body == {"image": "YWJj", "detect_blur": True}


def test_the_parameters_are_those_of_the_official_sdk_and_our_extension() -> None:
    official = set(CambodianIdCardRequestBody.attribute_map.values())
    assert {"image", "url", *contract.SWITCHES} == official | {"return_text_location"}


def test_unknown_keys_null_and_line_breaks_are_taken() -> None:
    body = {"image": "YW\r\nJj\n", "url": None, "detect_blur": None, "detect_rain": "often"}
    assert CardRequest.from_body(json.dumps(body).encode()) == CardRequest(photo=b"abc")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "AIS.0101"),
        ({"image": ""}, "AIS.0101"),
        ({"image": "YWJj", "url": "https://a.example/b.jpg"}, "AIS.0101"),
        ({"image": 5}, "AIS.0101"),
        ({"url": ["https://a.example/b.jpg"]}, "AIS.0101"),
        ({"image": "YWJj", "return_idcard_type": "true"}, "AIS.0101"),
        ({"image": "YWJj", "detect_blur": 1}, "AIS.0101"),
        ({"image": "YWJ"}, "AIS.0102"),
        ({"image": "YW*Jj"}, "AIS.0102"),
        ({"image": "ខ្មែរ"}, "AIS.0102"),
        ({"image": "data:image/png;base64,YWJj"}, "AIS.0102"),
        ({"image": "DATA:YWJj"}, "AIS.0102"),
        ({"url": "bucket/card.jpg"}, "ModelArts.4601"),
        ({"url": "ftp://a.example/b.jpg"}, "ModelArts.4601"),
        ({"url": "file:///etc/hosts"}, "ModelArts.4601"),
        ({"url": "https://"}, "ModelArts.4601"),
        ({"url": "https://a.example/ខ្មែរ.jpg"}, "ModelArts.4601"),
        ({"url": "https://a.example/a b.jpg"}, "ModelArts.4601"),
        ({"url": "https://a.example:99999/a.jpg"}, "ModelArts.4601"),
        ({"url": "https://[::1/a.jpg"}, "ModelArts.4601"),
        ({"url": "https://a.example/" + "a" * 9000}, "ModelArts.4601"),
        ([], "ModelArts.4105"),
        ("text", "ModelArts.4105"),
        (None, "ModelArts.4105"),
    ],
)
def test_a_bad_request_has_the_apis_code(body: Any, code: str) -> None:
    with pytest.raises(KhidError) as caught:
        CardRequest.from_body(json.dumps(body).encode())
    assert caught.value.code == code
    assert caught.value.advice
    assert contract.status_of(caught.value) == 400


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\xfd", b"[" * 100_000])
def test_what_is_no_json_has_the_apis_code(body: bytes) -> None:
    with pytest.raises(KhidError) as caught:
        CardRequest.from_body(body)
    assert caught.value.code == "ModelArts.4105"


def test_the_longest_image_is_taken_and_one_more_is_not() -> None:
    longest = base64.b64encode(bytes(MAX_BASE64_CHARS // 4 * 3)).decode()
    assert len(contract.photo_from_base64(longest)) == MAX_BASE64_CHARS // 4 * 3
    with pytest.raises(KhidError) as caught:
        contract.photo_from_base64(longest + "AAAA")
    assert caught.value.code == "ModelArts.4104"


def test_the_path_has_the_project() -> None:
    assert contract.path_for("0a1b") == "/v2/0a1b/ocr/cambodian-idcard"
    assert contract.path_for("a/b c") == "/v2/a%2Fb%20c/ocr/cambodian-idcard"
    with pytest.raises(ValueError, match="project_id"):
        contract.path_for("")


@pytest.mark.parametrize("both", [{}, {"photo": b"a", "url": "https://a.example/b.jpg"}])
def test_a_request_is_a_photo_or_a_url(both: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either"):
        CardRequest(**both)
