"""The one tree of errors that leaves a room of khid_eval.

KhidError
├── BadPhoto        the photo cannot be read: take or send another (AIS.01xx)
├── BadRequest      the caller asked in a way the API refuses (AIS.0101, ModelArts.41xx, ModelArts.46xx …)
├── Unreachable     no answer: DNS, refused, timed out
├── ContractError   an answer that breaks the contract: a bug on one side
├── BadData         a dataset, run or policy on disk that cannot be used as it is
└── ApiError        the API refused; has .status
    ├── AuthError   401, 403: fix the credentials
    └── Busy        429, 503: try again later

Every error has `code` (the API's own code, "" where it has none) and `advice` (one sentence: what to do next).
"""

from __future__ import annotations


class KhidError(Exception):
    """Base of all expected errors.

    message: what happened, in one sentence, without any card content or secret.
    code: the API's error code, such as "AIS.0103", or "".
    advice: what the person can do about it, or "".
    """

    def __init__(self, message: str, code: str = "", advice: str = "") -> None:
        # Every argument goes up: that is what pickle calls the class with on the way back from a worker.
        super().__init__(message, code, advice)
        self.message = message
        self.code = code
        self.advice = advice

    def __str__(self) -> str:
        head = f"{self.code}: {self.message}" if self.code else self.message
        stop = "" if head.endswith((".", "!", "?")) else "."  # some of the API's own messages have none
        return f"{head}{stop} {self.advice}" if self.advice else head


class BadPhoto(KhidError):
    """The photo itself cannot be read."""


class BadRequest(KhidError):
    """The request is malformed, whatever the photo."""


class Unreachable(KhidError):
    """No answer came."""


class ContractError(KhidError):
    """An answer came that the contract does not allow."""


class BadData(KhidError):
    """A dataset, run or policy on disk cannot be used as it is."""


class ApiError(KhidError):
    """The API answered with a refusal. status: HTTP status, 400..599."""

    def __init__(
        self, message: str, code: str = "", advice: str = "", status: int = 400, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, code, advice)
        self.args = (message, code, advice, status, retry_after_s)
        self.status = status
        self.retry_after_s = retry_after_s


class AuthError(ApiError):
    """401 or 403: the credentials are wrong, expired or not allowed."""


class Busy(ApiError):
    """429 or 503: the same request may succeed later."""


__all__ = [
    "ApiError",
    "AuthError",
    "BadData",
    "BadPhoto",
    "BadRequest",
    "Busy",
    "ContractError",
    "KhidError",
    "Unreachable",
]
