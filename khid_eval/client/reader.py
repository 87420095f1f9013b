"""A CardReader over HTTP."""

from __future__ import annotations

import logging
from http.cookiejar import DefaultCookiePolicy

import requests

from khid_eval import __version__, contract
from khid_eval.card import photo as photo_file
from khid_eval.client import http
from khid_eval.client.auth import ApiAuth
from khid_eval.client.exchange import Exchange, masked
from khid_eval.client.retry import Retrier
from khid_eval.contract import CardRequest
from khid_eval.errors import BadRequest, ContractError
from khid_eval.records import CardReading, ReadOptions

_log = logging.getLogger(__name__)
_NOTHING_ASKED = ReadOptions()


class ApiReader:
    """Reads cards at an endpoint of the API: the vendor's cloud or anything that speaks the same contract.

    Owns a connection pool: one reader a process, safe to share between threads, never pickled. Close it, or use it
    in a with statement.
    endpoint: scheme, host and port, such as "https://ocr.ap-southeast-3.myhuaweicloud.com".
    timeout_s: from sending to the whole answer. retrier: without one, the default policy of RetryPolicy.
    Raises ValueError for an endpoint that is no http or https address and for an empty project_id, BadRequest for an
    enterprise_project_id that cannot stand in a header.
    """

    def __init__(
        self,
        endpoint: str,
        project_id: str,
        auth: ApiAuth | None = None,
        *,
        enterprise_project_id: str = "",
        timeout_s: float = http.DEFAULT_TIMEOUT_S,
        retrier: Retrier | None = None,
        pool_size: int = 32,
    ) -> None:
        if not endpoint.startswith(("http://", "https://")):
            raise ValueError("the endpoint must start with http:// or https://")
        if "@" in endpoint:
            raise ValueError("credentials do not belong into the endpoint")
        self._url = endpoint.rstrip("/") + contract.path_for(project_id)
        self._auth = auth or ApiAuth()
        self._timeout_s = timeout_s
        self._retrier = retrier or Retrier()
        self._session = http.punctual_session(pool_size)
        self._session.headers.update({"Content-Type": contract.MEDIA_TYPE, "User-Agent": f"khid-eval/{__version__}"})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))  # one call tells nothing of another
        if not (enterprise_project_id.isascii() and enterprise_project_id.isprintable()):
            raise BadRequest("The enterprise project ID has characters that none has.", advice="Copy it once more.")
        if enterprise_project_id:
            self._session.headers[contract.ENTERPRISE_PROJECT_HEADER] = enterprise_project_id

    def read(self, photo: bytes, options: ReadOptions = _NOTHING_ASKED) -> CardReading:
        """As CardReader.read. What the API would refuse by the photo's header alone is refused here, without a call.

        Raises BadPhoto, BadRequest, ApiError (AuthError, Busy), Unreachable, ContractError.
        """
        photo_file.check(photo)
        return self._read(CardRequest(photo=photo, options=options))

    def read_url(self, url: str, options: ReadOptions = _NOTHING_ASKED) -> CardReading:
        """Read a photo that the endpoint fetches from that address itself. Raises as read."""
        return self._read(CardRequest(url=contract.checked_url(url), options=options))

    def exchange(self, request: CardRequest) -> Exchange:
        """Send the request once and give back what went over the wire, whatever the answer. No check, no retry.

        Only when the API refuses the token and the auth can get a new one, the call is made once more.
        Raises Unreachable, ContractError (an answer over 64 MB), and what getting a token raises.
        """
        return self.exchange_body(request.to_body())

    def exchange_body(self, body: bytes) -> Exchange:
        """The same with any body, also one that the API must refuse: for looking at how it refuses."""
        sent, answer = self._send(body)
        if answer.status == 401 and _asks_for_new_token(answer) and self._auth.renew(sent):
            sent, answer = self._send(body)
        return Exchange(
            method=contract.METHOD,
            url=self._url,
            request_headers=masked(sent.headers),
            request_body=body,
            status=answer.status,
            answer_headers=masked(answer.headers),
            answer_body=answer.body,
            network_s=answer.seconds,
            request_id=answer.headers.get(contract.REQUEST_ID_HEADER, ""),
            retry_after_s=http.retry_after_s(answer.headers),
        )

    def close(self) -> None:
        """Close the connections. The reader must not be used any more."""
        self._session.close()

    def __enter__(self) -> ApiReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _read(self, request: CardRequest) -> CardReading:
        return self._retrier(lambda: reading_of(self.exchange(request), request.options))

    def _send(self, body: bytes) -> tuple[requests.PreparedRequest, http.Answer]:
        call = requests.Request(contract.METHOD, self._url, data=body, auth=self._auth)
        try:
            prepared = self._session.prepare_request(call)
        except requests.RequestException as exc:
            raise BadRequest(
                f"No request can be made for {http.origin(self._url)} ({type(exc).__name__}).",
                advice="Check the endpoint and the enterprise project ID.",
            ) from exc
        return prepared, http.send(self._session, prepared, self._timeout_s)


def reading_of(exchange: Exchange, options: ReadOptions = _NOTHING_ASKED) -> CardReading:
    """The reading in an exchange's answer. Raises the error that the answer stands for, and ContractError."""
    if exchange.status == 200:
        return contract.reading_from(exchange.answer_body, options)
    error = contract.error_from(exchange.status, exchange.answer_body, exchange.retry_after_s)
    if exchange.status >= 500 or isinstance(error, ContractError):
        _log.info("HTTP %d, request ID %s", exchange.status, exchange.request_id or "not given")
    raise error


def _asks_for_new_token(answer: http.Answer) -> bool:
    return contract.error_from(answer.status, answer.body).code in contract.RENEW_TOKEN_CODES


__all__ = ["ApiReader", "reading_of"]
