"""Every error code of the API: message, HTTP status, the kind of our error it becomes, and what a person should do.

The vendor's page of this API names two codes under "Status code: 400" (AIS.0103, ModelArts.4204); the gateway's user
guide gives the statuses of the APIG codes. `status_documented` tells those from the ones assumed here after the meaning
of the code.
"""

from __future__ import annotations

from dataclasses import dataclass

from khid_eval.errors import ApiError, AuthError, BadPhoto, BadRequest, Busy, KhidError


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One error of the API.

    message: the API's exact words (for APIG.0301 and APIG.0308 their beginning: the gateway adds details).
    status: HTTP status, 400..599; status_documented: the vendor says so, otherwise it is assumed.
    kind: the class of khid_eval.errors that it becomes. advice: what a person should do, one sentence.
    """

    code: str
    message: str
    status: int
    status_documented: bool
    kind: type[KhidError]
    advice: str


_RETAKE = "Take a sharp photo of the whole front of the card in even light and try again."
_FORMAT = "Send a PNG, JPEG, BMP or TIFF file as plain Base64 text without a data: prefix."
_SIZE = "Send a photo with both sides between 15 and 8192 pixels."
_PARAMETERS = "Send either image or url, and true or false for every switch."
_TOKEN = "Get a new token for the project and region of the endpoint and put it into X-Auth-Token."
_SCOPE = "Get a token with project scope; a domain token does not open this API."
_KEYS = "Check access key, secret key and the clock of this computer; five wrong tries lock the key for five minutes."
_TOKEN_OR_KEYS = (
    "Get a new token for the endpoint's project and region; with an access key, check both keys and the clock."
)
_RIGHTS = "Ask the account's administrator to allow OCR for this user and project."
_SUBSCRIBE = "Subscribe to Cambodian ID Card OCR in the OCR console, in the region of the endpoint."
_ADDRESS = "Check the endpoint, the project ID and the path."
_SMALLER = "Send a file of up to 7 MB (10 MB as Base64)."
_JSON = "Send one JSON object as the body, encoded as UTF-8."
_URL = "Give a complete http or https address without spaces or unencoded characters."
_URL_FILE = "Check that the address opens without a login, answers fast and delivers a PNG, JPEG, BMP or TIFF file."
_OBS = "Check the bucket, the object's name and that OCR is allowed to read it."
_LATER = "Wait a few seconds and send the same request again."
_SUPPORT = "Try again later; if it stays, report the request ID to the service's support."


def _assumed(code: str, message: str, status: int, kind: type[KhidError], advice: str) -> ErrorCode:
    return ErrorCode(code, message, status, False, kind, advice)


def _documented(code: str, message: str, status: int, kind: type[KhidError], advice: str) -> ErrorCode:
    return ErrorCode(code, message, status, True, kind, advice)


# AIS.0117 to AIS.0122 are about templates, tax forms and two-sided cards: no answer of this API.
_OCR: tuple[ErrorCode, ...] = (
    _assumed("AIS.0101", "The input parameter is invalid.", 400, BadRequest, _PARAMETERS),
    _assumed("AIS.0102", "The image format is not supported.", 400, BadPhoto, _FORMAT),
    _documented("AIS.0103", "The image size does not meet the requirements.", 400, BadPhoto, _SIZE),
    _assumed("AIS.0104", "The image is not supported or the image quality is poor.", 400, BadPhoto, _RETAKE),
    _assumed("AIS.0105", "Recognition failed.", 400, BadPhoto, _RETAKE),
    _assumed("AIS.0106", "The image bit depth is not supported.", 400, BadPhoto, "Send a photo with 8 bits a channel."),
)

_MODELARTS: tuple[ErrorCode, ...] = (
    _assumed("ModelArts.0203", "Invalid token.", 401, AuthError, _TOKEN),
    _assumed("ModelArts.0212", "Invalid Token header. The Token not contain project item.", 401, AuthError, _SCOPE),
    _assumed("ModelArts.4101", "Token header cannot be empty.", 401, AuthError, _TOKEN),
    _assumed("ModelArts.4102", "Parse Token error.", 401, AuthError, _TOKEN),
    _assumed("ModelArts.4103", "Invalid Token header.", 401, AuthError, _TOKEN),
    _assumed("ModelArts.4104", "Invalid Request Content Length.", 400, BadRequest, _SMALLER),
    _assumed("ModelArts.4105", "The JSON format of the input data is incorrect.", 400, BadRequest, _JSON),
    _assumed("ModelArts.4106", "Invalid authorization request.", 403, AuthError, _RIGHTS),
    _assumed("ModelArts.4107", "Get user temp ak sk error.", 403, AuthError, _RIGHTS),
    _assumed("ModelArts.4201", "Request url need service id.", 400, BadRequest, _ADDRESS),
    _assumed("ModelArts.4202", "Request url format invalid.", 400, BadRequest, _ADDRESS),
    _assumed("ModelArts.4203", "Access denied! You do not have permission.", 403, AuthError, _RIGHTS),
    # Newer pages word it "Request api error! The API XXX is not subscribed."; XXX is filled in by the service.
    _documented("ModelArts.4204", "Access api error! Not subscribe this api.", 400, AuthError, _SUBSCRIBE),
    _assumed("ModelArts.4301", "Have error when get ai-service admin token.", 500, ApiError, _SUPPORT),
    _assumed("ModelArts.4302", "Gateway forwarding error.", 502, ApiError, _SUPPORT),
    _assumed("ModelArts.4401", "Max concurrency error.", 429, Busy, _LATER),
    _assumed("ModelArts.4402", "Backend service timeout error.", 504, ApiError, _SUPPORT),
    _assumed("ModelArts.4403", "Backend service unavailable error.", 503, Busy, _LATER),
    _assumed("ModelArts.4502", "Backend service response error.", 502, ApiError, _SUPPORT),
    _assumed("ModelArts.4503", "Backend service found error.", 500, ApiError, _SUPPORT),
    _assumed("ModelArts.4504", "Backend service api not found.", 404, ApiError, _ADDRESS),
    _assumed("ModelArts.4505", "Backend service internal error.", 500, ApiError, _SUPPORT),
    _assumed("ModelArts.4506", "SubService service found error.", 500, ApiError, _SUPPORT),
    _assumed("ModelArts.4507", "SubService service specification code find error.", 500, ApiError, _SUPPORT),
    _assumed("ModelArts.4508", "Service not start.", 503, Busy, _LATER),
    _assumed("ModelArts.4601", "The URL is not allowed.", 400, BadRequest, _URL),
    _assumed("ModelArts.4603", "Obtaining the file from the URL failed.", 400, BadRequest, _URL_FILE),
    _assumed("ModelArts.4702", "Query Obs agency failed.", 403, AuthError, _OBS),
    _assumed("ModelArts.4703", "The Obs URL is invalid.", 400, BadRequest, _OBS),
    _assumed("ModelArts.4704", "Obtaining the file from the OBS failed.", 400, BadRequest, _OBS),
    _assumed("ModelArts.4705", "The file stored on the OBS is oversized.", 400, BadRequest, _SMALLER),
    _assumed("ModelArts.4706", "The Obs file is not exist.", 404, BadRequest, _OBS),
)

_APIG: tuple[ErrorCode, ...] = (
    _documented(
        "APIG.0101",
        "The API does not exist or has not been published in the environment.",
        404,
        ApiError,
        _ADDRESS,
    ),
    _documented("APIG.0106", "Orchestration error.", 400, BadRequest, _PARAMETERS),
    _documented("APIG.0201", "API request error.", 400, BadRequest, _PARAMETERS),
    _documented("APIG.0201", "Request entity too large.", 413, BadRequest, _SMALLER),
    _documented("APIG.0201", "Request URI too large.", 414, BadRequest, _ADDRESS),
    _documented("APIG.0201", "Request headers too large.", 494, BadRequest, _TOKEN),
    _documented("APIG.0201", "Backend unavailable.", 502, ApiError, _SUPPORT),
    _documented("APIG.0201", "Backend timeout.", 504, ApiError, _SUPPORT),
    _documented("APIG.0301", "Incorrect IAM authentication information", 401, AuthError, _TOKEN_OR_KEYS),
    _documented("APIG.0302", "The IAM user is not authorized to access the API.", 403, AuthError, _RIGHTS),
    _documented("APIG.0307", "The token must be updated.", 401, AuthError, _TOKEN),
    _documented("APIG.0308", "The throttling threshold has been reached", 429, Busy, _LATER),
    _documented("APIG.0310", "The project is unavailable.", 403, AuthError, _RIGHTS),
    _documented("APIG.0601", "Internal server error.", 500, ApiError, _SUPPORT),
    _documented("APIG.0602", "Bad request.", 400, BadRequest, _PARAMETERS),
    _documented("APIG.0613", "The IAM service is currently unavailable.", 503, Busy, _LATER),
    _documented("APIG.0802", "The IAM user is forbidden in the currently selected region", 403, AuthError, _RIGHTS),
    # Of the newer gateway's table only these three could be confirmed.
    _documented(
        "APIGW.0101",
        "The API does not exist or has not been published in the environment.",
        404,
        ApiError,
        _ADDRESS,
    ),
    _assumed("APIGW.0301", "Incorrect IAM authentication information", 401, AuthError, _TOKEN_OR_KEYS),
    _assumed("APIGW.0303", "Incorrect app authentication information", 401, AuthError, _KEYS),
)

ERROR_CODES: tuple[ErrorCode, ...] = _OCR + _MODELARTS + _APIG
"""Every known code. APIG.0201 stands once for each of its statuses; elsewhere a code is unique."""

RENEW_TOKEN_CODES = frozenset({"APIG.0301", "APIG.0307", "APIGW.0301", "APIGW.0307"})
"""Codes that a fresh token may cure."""


def lookup(code: str, status: int | None = None) -> ErrorCode | None:
    """The entry of that code, of that status where the code has several; None when the code is unknown."""
    entries = [one for one in ERROR_CODES if one.code == code]
    exact = [one for one in entries if one.status == status]
    return next(iter(exact or entries), None)


__all__ = ["ERROR_CODES", "RENEW_TOKEN_CODES", "ErrorCode", "lookup"]
