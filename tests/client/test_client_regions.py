"""Region -> addresses."""

from __future__ import annotations

import pytest

from khid_eval.client import DEFAULT_REGION, REGIONS, iam_endpoint, is_region, ocr_endpoint


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
