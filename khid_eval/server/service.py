"""One card request from its first byte to its answer: gate, body, photo, reading, figures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil, isfinite
from time import perf_counter

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from khid_eval.card import photo as photo_file
from khid_eval.contract import MAX_BODY_BYTES, MEDIA_TYPE, CardRequest, body_of, body_of_answer, refusal, status_of
from khid_eval.errors import ApiError, AuthError, ContractError, KhidError, Unreachable
from khid_eval.records import CardReader, ReadOptions
from khid_eval.server.access import Access
from khid_eval.server.bodies import BodyBudget, read_body
from khid_eval.server.desk import ClientGone, Desk, busy
from khid_eval.server.envelope import STATE_KEY, kind_and_place
from khid_eval.server.faults import Fault, Faults
from khid_eval.server.fetch import FetchRules, fetch
from khid_eval.server.figures import CLIENT_GONE, Figures
from khid_eval.server.gate import Gate, Incoming

log = logging.getLogger("khid_eval.server")
_CLIENT_GONE_STATUS = 499  # what proxies log for a client that left; nobody receives it
_SMALL_BODY_BYTES = 64 * 1024
_FETCHES = 8
_LONGEST_RETRY_AFTER_S = 3600.0
_TIMING_HEADER = "Server-Timing"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """workers: readings at a time. queue: requests that may wait. per_minute: calls of one caller, 0 for no limit.

    body_patience_s: for a body that does not come. body_memory_bytes: for all bodies together. fetch: rules for `url`.
    faults: None for none.
    """

    workers: int = 2
    queue: int = 16
    per_minute: int = 0
    body_patience_s: float = 15.0
    body_memory_bytes: int = 256 * 1024 * 1024
    fetch: FetchRules = field(default_factory=FetchRules)
    faults: Faults | None = None
    access: Access = field(default_factory=Access)


@dataclass(frozen=True, slots=True)
class _Done:
    """One reading as it goes out. begun: when a thread took it up, by perf_counter; reader_s: seconds in the reader."""

    body: bytes
    begun: float
    reader_s: float


class CardService:
    """What the routes share: gate, desks, budget, figures. Lives in one event loop."""

    def __init__(self, reader: CardReader, settings: ServerSettings) -> None:
        self.settings = settings
        self.gate = Gate(settings.access, per_minute=settings.per_minute)
        self.desk = Desk("reader", workers=settings.workers, queue=settings.queue)
        # Slow web sites keep their own threads busy, not those that read.
        self.fetches = Desk("fetch", workers=_FETCHES, queue=settings.queue)
        self.budget = BodyBudget(settings.body_memory_bytes)
        self.figures = Figures()
        self._reader = reader
        # One at a time: 12 MB of hostile JSON may unpack to some hundred.
        self._parser = ThreadPoolExecutor(1, thread_name_prefix="parse")

    async def read_card(self, request: Request, project_id: str) -> Response:
        """Answer one card request, whatever it is; every answer is counted."""
        started = perf_counter()
        request_id = request.scope["state"][STATE_KEY]
        fault = self.settings.faults.draw() if self.settings.faults else Fault()
        try:
            response, code = await self._response(request, project_id, request_id, fault)
        except ClientGone:
            response, code = Response(status_code=_CLIENT_GONE_STATUS), CLIENT_GONE
        seconds = perf_counter() - started
        self.figures.record(response.status_code, code, seconds)
        log.info("%s %s %s %.3f s", request_id, response.status_code, code or "read", seconds)
        return Dropped(response) if fault.drop else response

    async def _response(self, request: Request, project_id: str, request_id: str, fault: Fault) -> tuple[Response, str]:
        """The answer and its error code, "" for a reading."""
        try:
            if fault.delay_s:
                await asyncio.sleep(fault.delay_s)
            if fault.code:
                raise injected(fault)
            return await self._answer(request, project_id), ""
        except KhidError as error:
            return error_response(error, request_id), error.code
        except ClientGone:
            raise
        except Exception as exc:  # a bug: the client gets the API's own code
            log.error("request %s: %s", request_id, kind_and_place(exc))
            return error_response(refusal("APIG.0601"), request_id), "APIG.0601"

    async def _answer(self, request: Request, project_id: str) -> Response:
        head = incoming(request, project_id)
        self.gate.check_head(head)
        if self.desk.full:
            raise busy(self.desk.places)
        asked = await self._asked(request, head)
        gone = asyncio.ensure_future(disconnected(request))
        try:
            photo = await self._fetched(asked.url or "", gone) if asked.photo is None else asked.photo
            at_the_desk = perf_counter()
            done = await self.desk.serve(lambda: self._read(photo, asked.options), gone)
        finally:
            gone.cancel()
        headers = {_TIMING_HEADER: timing(done.begun - at_the_desk, done.reader_s)}
        return Response(done.body, media_type=MEDIA_TYPE, headers=headers)

    async def _asked(self, request: Request, head: Incoming) -> CardRequest:
        body = await read_body(request, self.budget, max_bytes=MAX_BODY_BYTES, patience_s=self.settings.body_patience_s)
        try:
            if len(body) <= _SMALL_BODY_BYTES:
                return self._taken_apart(head, body)
            return await asyncio.get_running_loop().run_in_executor(self._parser, self._taken_apart, head, body)
        finally:
            self.budget.give_back(len(body))

    def _taken_apart(self, head: Incoming, body: bytes) -> CardRequest:
        self.gate.check_body(head, body)
        return CardRequest.from_body(body)

    async def _fetched(self, url: str, gone: asyncio.Future[None]) -> bytes:
        """The limit is for what fetch cannot bound itself: the system's resolver and the wait for a place."""
        try:
            async with asyncio.timeout(self.settings.fetch.total_s + 1.0):
                return await self.fetches.serve(lambda: fetch(url, self.settings.fetch), gone)
        except TimeoutError as exc:
            raise refusal("ModelArts.4603") from exc

    def _read(self, photo: bytes, options: ReadOptions) -> _Done:
        begun = perf_counter()
        photo_file.check(photo)
        try:
            reading = self._reader.read(photo, options)
        except KhidError as error:
            raise backend_error(error) from error
        reader_s = perf_counter() - begun
        return _Done(body_of_answer(reading, options), begun, reader_s)

    def close(self) -> None:
        """Finish what was begun, then stop the threads."""
        for desk in (self.fetches, self.desk):
            desk.close()
        self._parser.shutdown(wait=True)


class Dropped(Response):
    """An answer that is cut off in the middle, as a failing network would."""

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, dict(whole.headers))

    async def __call__(self, scope: object, receive: object, send: Callable[..., Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body)[: len(self.body) // 2], "more_body": True})
        # The server closes a connection whose answer ends before its announced length.


def incoming(request: Request, project_id: str) -> Incoming:
    """What the gate needs to know of a request."""
    raw = bytes(request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    address = request.client.host if request.client else ""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Incoming(request.method, f"{raw}?{query}" if query else raw, headers, project_id, address)


async def disconnected(request: Request) -> None:
    """Returns when the client has left; the body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def timing(wait_s: float, reader_s: float) -> str:
    """For Server-Timing, in milliseconds: a client sees how much of its time was the network's."""
    return f"wait;dur={1000 * wait_s:.1f}, engine;dur={1000 * reader_s:.1f}"


def injected(fault: Fault) -> KhidError:
    """A fault that was ordered, in the form in which the real one would come."""
    return busy(1) if fault.code == "APIG.0308" else refusal(fault.code, status=fault.status)


def backend_error(error: KhidError) -> KhidError:
    """Errors of a target behind us, in the gateway's words.

    No answer is 502 and a broken one the backend's fault; credentials that it refuses are ours, not the caller's.
    """
    if isinstance(error, Unreachable):
        return refusal("APIG.0201", "Backend unavailable.", status=502)
    if isinstance(error, ContractError):
        return refusal("ModelArts.4502")
    if isinstance(error, AuthError):
        log.warning("the target refuses this server's own credentials: %s", error.code)
        return refusal("ModelArts.4301")
    return error if error.code else refusal("APIG.0601")


def error_response(error: KhidError, request_id: str) -> Response:
    """The error as an answer in the API's form, with Retry-After where the error knows how long."""
    response = JSONResponse(body_of(error, request_id), status_of(error))
    wait_s = error.retry_after_s if isinstance(error, ApiError) else None
    if wait_s is not None and isfinite(wait_s):
        response.headers["Retry-After"] = str(ceil(min(max(wait_s, 0.0), _LONGEST_RETRY_AFTER_S)))
    return response


__all__ = ["CardService", "ServerSettings", "error_response"]
