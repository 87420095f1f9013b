"""Region -> addresses of the vendor's cloud."""

from __future__ import annotations

import re

DEFAULT_REGION = "ap-southeast-3"
"""AP-Singapore, the only region that offers Cambodian ID Card OCR."""
REGIONS: tuple[str, ...] = (
    "ap-southeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "cn-north-1",
    "cn-north-4",
    "cn-east-3",
    "cn-south-1",
    "cn-southwest-2",
    "la-north-2",
    "la-south-2",
    "af-south-1",
)
"""Regions with any OCR service."""

_REGION = re.compile(r"[a-z]{2}(-[a-z0-9]+){1,3}")


def ocr_endpoint(region: str = DEFAULT_REGION) -> str:
    """Address of the OCR service of a region. Raises ValueError for what cannot be a region's name."""
    return f"https://ocr.{_checked(region)}.myhuaweicloud.com"


def iam_endpoint(region: str = DEFAULT_REGION) -> str:
    """Address that hands out tokens; a token works in its own region only. Raises ValueError as ocr_endpoint."""
    return f"https://iam.{_checked(region)}.myhuaweicloud.com"


def is_region(text: str) -> bool:
    """Whether the text has the form of a region's name, known or not."""
    return _REGION.fullmatch(text) is not None


def _checked(region: str) -> str:
    if not is_region(region):
        raise ValueError(f"{region!r} is not the name of a region, such as {DEFAULT_REGION}")
    return region


__all__ = ["DEFAULT_REGION", "REGIONS", "iam_endpoint", "is_region", "ocr_endpoint"]
