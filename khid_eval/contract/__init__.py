"""The HTTP contract of the Cambodian ID card OCR API, once, for client and server: path, request, answer, errors.

Client: `CardRequest.to_body` -> HTTP -> `reading_from` or `error_from`. Server: `CardRequest.from_body` -> a reader ->
`body_of_answer` or `body_of` with `status_of`.
"""

from khid_eval.contract.codes import ERROR_CODES, RENEW_TOKEN_CODES, ErrorCode, lookup
from khid_eval.contract.failures import body_of, error_from, refusal, status_of
from khid_eval.contract.parsing import reading_from
from khid_eval.contract.request import (
    ENTERPRISE_PROJECT_HEADER,
    MAX_BODY_BYTES,
    MEDIA_TYPE,
    METHOD,
    PATH_TEMPLATE,
    REQUEST_ID_HEADER,
    SWITCHES,
    TOKEN_HEADER,
    CardRequest,
    checked_url,
    path_for,
    photo_from_base64,
)
from khid_eval.contract.response import answer_of, body_of_answer

__all__ = [
    "ENTERPRISE_PROJECT_HEADER",
    "ERROR_CODES",
    "MAX_BODY_BYTES",
    "MEDIA_TYPE",
    "METHOD",
    "PATH_TEMPLATE",
    "RENEW_TOKEN_CODES",
    "REQUEST_ID_HEADER",
    "SWITCHES",
    "TOKEN_HEADER",
    "CardRequest",
    "ErrorCode",
    "answer_of",
    "body_of",
    "body_of_answer",
    "checked_url",
    "error_from",
    "lookup",
    "path_for",
    "photo_from_base64",
    "reading_from",
    "refusal",
    "status_of",
]
