"""Addresses: region -> endpoint, URL -> endpoint and project."""

from __future__ import annotations

import pytest

from khid_eval.client import DEFAULT_REGION, REGIONS, iam_endpoint, is_region, ocr_endpoint, region_of, split_url


def test_the_default_region_is_the_one_that_offers_the_api() -> None:
    assert ocr_endpoint() == "https://ocr.ap-southeast-3.myhuaweicloud.com"
    assert iam_endpoint() == "https://iam.ap-southeast-3.myhuaweicloud.com"
    assert DEFAULT_REGION in REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_known_regions_are_regions(region: str) -> None:
    assert is_region(region)


@pytest.mark.parametrize(
    "text", ["", "embedded", "localhost", "ap-southeast-3.evil.example", "AP-southeast-3", "a-b/c"]
)
def test_other_words_are_not(text: str) -> None:
    assert not is_region(text)
    with pytest.raises(ValueError, match="region"):
        ocr_endpoint(text)


@pytest.mark.parametrize("region", REGIONS)
def test_an_endpoint_of_the_vendor_tells_its_region(region: str) -> None:
    assert region_of(ocr_endpoint(region)) == region
    assert region_of(ocr_endpoint(region).replace(".com", ".cn")) == region


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:1", "https://ocr.ap-southeast-3.myhuaweicloud.com.evil.example"]
)
def test_another_endpoint_has_no_region(endpoint: str) -> None:
    assert region_of(endpoint) == ""


def test_a_url_is_taken_apart() -> None:
    assert split_url("https://a.example/gate/v2/p%201/ocr/cambodian-idcard") == ("https://a.example/gate", "p 1")
    assert split_url("http://a.example:80/") == ("http://a.example:80", "")
