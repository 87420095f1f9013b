"""Addresses: of the vendor's cloud by region, and what the URL of an endpoint says."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from khid_eval.contract import PATH_TEMPLATE
from khid_eval.errors import BadRequest

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
_VENDOR_HOST = re.compile(r"ocr\.([a-z0-9-]+)\.myhuaweicloud\.(?:com|cn)")
_API_PATH = re.compile("(.*)" + re.escape(PATH_TEMPLATE).replace(re.escape("{project_id}"), "([^/]+)"))


def ocr_endpoint(region: str = DEFAULT_REGION) -> str:
    """Address of the OCR service of a region. Raises ValueError for what cannot be a region's name."""
    return f"https://ocr.{_checked(region)}.myhuaweicloud.com"


def iam_endpoint(region: str = DEFAULT_REGION) -> str:
    """Address that hands out tokens; a token works in its own region only. Raises ValueError as ocr_endpoint."""
    return f"https://iam.{_checked(region)}.myhuaweicloud.com"


def is_region(text: str) -> bool:
    """Whether the text has the form of a region's name, known or not."""
    return _REGION.fullmatch(text) is not None


def split_url(url: str) -> tuple[str, str]:
    """Endpoint and project ID that the URL of an endpoint or of a whole call says; "" where it has no project.

    Raises BadRequest for what is no http or https address, and for a URL with credentials, a query or a fragment in it;
    the URL itself is not shown then.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username is not None or parts.query or parts.fragment:
        raise BadRequest(
            "The target is neither embedded nor the address of an endpoint.",
            advice=f"Give embedded, a region such as {DEFAULT_REGION}, or an address such as {ocr_endpoint()}; "
            "credentials never belong into it.",
        )
    path = parts.path.rstrip("/")
    whole = _API_PATH.fullmatch(path)
    before, project_id = (whole[1], unquote(whole[2])) if whole else (path, "")
    return f"{parts.scheme}://{parts.netloc}{before}", project_id


def region_of(endpoint: str) -> str:
    """The region when the endpoint is the vendor's, else ""."""
    found = _VENDOR_HOST.fullmatch(urlsplit(endpoint).hostname or "")
    return found[1] if found else ""


def _checked(region: str) -> str:
    if not is_region(region):
        raise ValueError(f"{region!r} is not the name of a region, such as {DEFAULT_REGION}")
    return region


__all__ = ["DEFAULT_REGION", "REGIONS", "iam_endpoint", "is_region", "ocr_endpoint", "region_of", "split_url"]
