"""Access-key signatures: the same as the official SDK's own for the same request, however odd it is."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.contract.signing import Authorization, sign

AK, SK = "AKTEST", "SKTEST/secret+key="
DATE = "20261122T063433Z"
CARD = "/v2/p-1/ocr/cambodian-idcard"
HEADERS = {"Host": "127.0.0.1:8080", "X-Sdk-Date": DATE, "Content-Type": "application/json"}
WORD = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)


def officially(path: str, query: list[tuple[str, str]], headers: dict[str, str], body: bytes, method: str) -> str:
    """The Authorization header that the official SDK makes."""
    request = SdkRequest(
        method=method,
        schema="https",
        host=headers["Host"],
        resource_path=path,
        query_params=list(query),
        header_params=dict(headers),
        body=body,
    )
    signed = Signer(BasicCredentials(AK, SK, "p-1")).sign(request)
    return str(signed.header_params["Authorization"])


def ours(path: str, query: list[tuple[str, str]], headers: dict[str, str], body: bytes, method: str) -> str:
    written = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    url = f"https://{headers['Host']}{path}" + (f"?{written}" if written else "")
    return str(sign(AK, SK, method=method, url=url, headers=headers, body=body))


@pytest.mark.parametrize(
    ("path", "query", "headers", "body", "method"),
    [
        (CARD, [], {}, b'{"image": "QUJD"}', "POST"),
        (CARD, [], {}, b"", "POST"),
        (CARD + "/", [], {}, b"{}", "post"),
        ("/", [], {}, b"", "GET"),
        ("/v2/%7Bproject_id%7D/ocr/cambodian-idcard", [], {}, b"{}", "POST"),
        ("/v2/a%20b/~tilde/x+y/%E1%9E%81/(z)!*'", [], {}, b"{}", "POST"),
        ("/a//b/../c;d=1", [], {}, b"", "GET"),
        (CARD, [("b", "2"), ("a", "1"), ("a", "0"), ("c", "")], {}, b"", "GET"),
        (CARD, [("q", "a b+c/ខ~*"), ("ខ", "&=")], {}, b"", "GET"),
        (CARD, [], {"X-Project-Id": "p-1", "Enterprise-Project-Id": "  eps 1 "}, b"{}", "POST"),
        (CARD, [], {"X-Security-Token": "sts", "left_out": "x", "User-Agent": "a/1 (b)"}, b"{}", "POST"),
        (CARD, [], {"Content-Type": "application/json;charset=utf-8"}, "ខ្មែរ".encode(), "POST"),
        (CARD, [], {"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}, b"{}", "POST"),
        (CARD, [], {"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}, b"", "POST"),
    ],
)
def test_a_signature_is_the_official_one(
    path: str, query: list[tuple[str, str]], headers: dict[str, str], body: bytes, method: str
) -> None:
    request = (path, query, HEADERS | headers, body, method)
    assert ours(*request) == officially(*request)


@given(
    segments=st.lists(WORD.map(lambda word: quote(word, safe="")), max_size=4),
    query=st.lists(st.tuples(WORD.filter(bool), WORD), max_size=4),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    body=st.binary(max_size=40),
)
def test_any_signature_is_the_official_one(
    segments: list[str], query: list[tuple[str, str]], value: str, body: bytes
) -> None:
    request = ("/" + "/".join(segments), query, HEADERS | {"X-Note": value}, body, "POST")
    assert ours(*request) == officially(*request)


def test_an_authorization_header_is_read_back() -> None:
    made = sign(AK, SK, method="POST", url=CARD, headers=HEADERS, body=b"{}")
    assert Authorization.parse(str(made)) == made
    assert made.signed_headers == ("content-type", "host", "x-sdk-date")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer abc",
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=b, Signature=12",
        "V11-HMAC-SHA256 x",
    ],
)
def test_another_header_is_none(header: str) -> None:
    assert Authorization.parse(header) is None


def test_a_signature_needs_a_date() -> None:
    with pytest.raises(ValueError, match="X-Sdk-Date"):
        sign(AK, SK, method="POST", url=CARD, headers={"Host": "a"}, body=b"")
