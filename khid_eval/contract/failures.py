"""An error answer of the API <-> an error of khid_eval.errors, in both directions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from khid_eval.contract.codes import ERROR_CODES, ErrorCode, lookup
from khid_eval.errors import ApiError, AuthError, Busy, ContractError, KhidError

_LONGEST_MESSAGE = 300
_CODE_KEYS = ("error_code", "errorCode", "code")
_MESSAGE_KEYS = ("error_msg", "errorMsg", "message")


def refusal(
    code: str, message: str = "", *, status: int | None = None, retry_after_s: float | None = None
) -> KhidError:
    """The error for one of the API's known codes, ready to raise.

    message: what happened in this case; without it the API's own words. status: only for a code with several.
    Raises ValueError for an unknown code: the caller has it from the table.
    """
    entry = lookup(code, status)
    if entry is None:
        raise ValueError(f"{code} is not in the table of error codes")
    return _error(entry.kind, message or entry.message, code, entry.advice, status or entry.status, retry_after_s)


def error_from(status: int, body: bytes, retry_after_s: float | None = None) -> KhidError:
    """The error that an answer with this HTTP status and body stands for; returned, not raised.

    Understands the API's flat form, the nested form of IAM and answers that are no JSON. A status outside 400..599 is
    a ContractError: the API answers 200 or an error, and a redirect is never followed.
    """
    if not 400 <= status <= 599:
        return ContractError(
            f"The endpoint answered HTTP {status}, which this API never does.",
            advice="Check the endpoint's address: a redirect or a web page answered in place of the API.",
        )
    code, message = _code_and_message(body)
    entry = lookup(code, status)
    if entry is None:
        text = message or f"The endpoint answered HTTP {status} without saying why."
        return _error(_kind_of(status), text, code, _advice_of(status), status, retry_after_s)
    return _error(entry.kind, message or entry.message, code, entry.advice, status, retry_after_s)


def body_of(error: KhidError, request_id: str = "") -> dict[str, str]:
    """The JSON error body for that error: error_code and error_msg, and request_id where the gateway's codes have one.

    error_msg is in the API's own words where the code is known. An error without an API code (no answer came, a broken
    answer …) gets "KHID." and the name of its class, so that error_code is never empty.
    """
    entry = _entry_of(error)
    body = {"error_code": error.code or f"KHID.{type(error).__name__}", "error_msg": _message_for_wire(error, entry)}
    if request_id and error.code.startswith("APIG"):
        body["request_id"] = request_id
    return body


def status_of(error: KhidError) -> int:
    """The HTTP status to answer that error with: its own, else that of its code in the table, else 500."""
    if isinstance(error, ApiError):
        return error.status
    entry = _entry_of(error)
    return entry.status if entry else 500


def _entry_of(error: KhidError) -> ErrorCode | None:
    """Of a code with several statuses: by the error's status, or by its words where it is of a kind that has none."""
    same_words = [one for one in ERROR_CODES if one.code == error.code and one.message == error.message]
    if same_words and not isinstance(error, ApiError):
        return same_words[0]
    return lookup(error.code, getattr(error, "status", None))


def _message_for_wire(error: KhidError, entry: ErrorCode | None) -> str:
    """The gateway's two open messages keep the details that were given after their fixed beginning."""
    if entry is None or error.message.startswith(entry.message):
        return error.message
    return entry.message


def _error(
    kind: type[KhidError], message: str, code: str, advice: str, status: int, retry_after_s: float | None
) -> KhidError:
    if issubclass(kind, ApiError):
        return kind(message, code, advice, status, retry_after_s)
    return kind(message, code, advice)


def _kind_of(status: int) -> type[KhidError]:
    if status in (401, 403):
        return AuthError
    return Busy if status in (429, 503) else ApiError


def _advice_of(status: int) -> str:
    if status in (401, 403):
        return "Check the credentials and that they are meant for this endpoint."
    if status in (429, 503):
        return "Wait a few seconds and send the same request again."
    if status == 404:
        return "Check the endpoint, the project ID and the path."
    return "Check that the address is an OCR endpoint; if it is, try again later."


def _code_and_message(body: bytes) -> tuple[str, str]:
    """Code and message of an error body, "" for what it does not say. Never raises."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):  # HTML of a proxy, nothing at all …
        return "", ""
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        answer = answer["error"]
    if not isinstance(answer, dict):
        return "", ""
    return _first_text(answer, _CODE_KEYS), _first_text(answer, _MESSAGE_KEYS)


def _first_text(answer: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """A code that is a number (IAM repeats the HTTP status there) is no code of this API."""
    text = next((answer[key] for key in keys if isinstance(answer.get(key), str)), "")
    printable = "".join(one if one.isprintable() else " " for one in text)  # no line breaks: it goes to logs
    return printable[:_LONGEST_MESSAGE].strip()


__all__ = ["body_of", "error_from", "refusal", "status_of"]
