"""The API's client: `ApiReader` is a CardReader over HTTP; the rest is who it is and when it tries again."""

from khid_eval.client.addresses import (
    DEFAULT_REGION,
    REGIONS,
    iam_endpoint,
    is_region,
    ocr_endpoint,
    region_of,
    split_url,
)
from khid_eval.client.auth import ApiAuth, FixedToken, KeyAuth, TokenAuth, TokenSource
from khid_eval.client.exchange import Exchange
from khid_eval.client.iam import IamAccount, IamTokens
from khid_eval.client.reader import ApiReader, reading_of
from khid_eval.client.retry import NO_RETRY, Retrier, RetryPolicy

__all__ = [
    "DEFAULT_REGION",
    "NO_RETRY",
    "REGIONS",
    "ApiAuth",
    "ApiReader",
    "Exchange",
    "FixedToken",
    "IamAccount",
    "IamTokens",
    "KeyAuth",
    "Retrier",
    "RetryPolicy",
    "TokenAuth",
    "TokenSource",
    "iam_endpoint",
    "is_region",
    "ocr_endpoint",
    "reading_of",
    "region_of",
    "split_url",
]
