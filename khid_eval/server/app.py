"""The API's contract over HTTP in front of any CardReader. Knows no OCR."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from khid_eval import __version__
from khid_eval.card import photo as photo_file
from khid_eval.contract import (
    MAX_BODY_BYTES,
    PATH_TEMPLATE,
    REQUEST_ID_HEADER,
    CardRequest,
    body_of,
    body_of_answer,
    refusal,
    status_of,
)
from khid_eval.errors import ApiError, ContractError, KhidError, Unreachable
from khid_eval.records import CardReader
from khid_eval.server import iam, openapi
from khid_eval.server.access import Access
from khid_eval.server.bodies import BodyBudget, read_body
from khid_eval.server.desk import ClientGone, Desk
from khid_eval.server.faults import Fault, Faults
from khid_eval.server.fetch import FetchRules, fetch
from khid_eval.server.figures import Figures
from khid_eval.server.gate import Gate, Incoming

log = logging.getLogger("khid_eval.server")
_CLIENT_GONE = 499  # what proxies log for a client that left; nobody receives it


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """workers: readings at a time. queue: requests that may wait. body_timeout_s: to receive a body.

    body_memory_bytes: for all bodies together. fetch: rules for `url`. faults: None for none.
    """

    workers: int = 2
    queue: int = 16
    body_timeout_s: float = 15.0
    body_memory_bytes: int = 512 * 1024 * 1024
    fetch: FetchRules = field(default_factory=FetchRules)
    faults: Faults | None = None
    access: Access = field(default_factory=Access)


class CardService:
    """What the routes share: gate, desk, budget, figures."""

    def __init__(self, reader: CardReader, settings: ServerSettings) -> None:
        self.settings = settings
        self.gate = Gate(settings.access)
        self.desk = Desk(reader, workers=settings.workers, queue=settings.queue)
        self.budget = BodyBudget(settings.body_memory_bytes)
        self.figures = Figures()

    async def read_card(self, request: Request, project_id: str) -> Response:
        """Answer one card request, whatever it is; every answer is counted and has a request id."""
        started, request_id = perf_counter(), uuid.uuid4().hex
        code = ""
        fault = self.settings.faults.draw() if self.settings.faults else Fault()
        try:
            await asyncio.sleep(fault.delay_s)
            if fault.code:
                raise refusal(fault.code)
            response = Response(await self._answer(request, project_id), media_type="application/json")
        except ClientGone:
            response, code = Response(status_code=_CLIENT_GONE), "client gone"
        except KhidError as error:
            response = error_response(backend_error(error), request_id)
            code = backend_error(error).code
        except Exception as exc:  # a bug: the client gets the API's own code, the log the kind and no content
            log.error("unexpected %s while answering request %s", type(exc).__name__, request_id, exc_info=exc)
            response, code = error_response(refusal("APIG.0601"), request_id), "APIG.0601"
        seconds = perf_counter() - started
        self.figures.record(response.status_code, code, seconds)
        log.info("%s %s %s %.3f s", request_id, response.status_code, code or "read", seconds)
        response.headers[REQUEST_ID_HEADER] = request_id
        return Dropped(response) if fault.drop else response

    async def _answer(self, request: Request, project_id: str) -> bytes:
        body = await read_body(request, self.budget, max_bytes=MAX_BODY_BYTES, timeout_s=self.settings.body_timeout_s)
        try:
            return await self._answer_body(request, project_id, body)
        finally:
            self.budget.give_back(len(body))

    async def _answer_body(self, request: Request, project_id: str, body: bytes) -> bytes:
        self.gate.admit(incoming(request, project_id, body))
        asked = await asyncio.to_thread(CardRequest.from_body, body)
        photo = asked.photo
        if photo is None:
            photo = await asyncio.to_thread(fetch, asked.url or "", self.settings.fetch)
        await asyncio.to_thread(photo_file.check, photo)
        gone = asyncio.ensure_future(disconnected(request))
        try:
            reading = await self.desk.read(photo, asked.options, gone)
        finally:
            gone.cancel()
        return await asyncio.to_thread(body_of_answer, reading, asked.options)


class Dropped(Response):
    """An answer that is cut off in the middle, as a failing network would."""

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code, dict(whole.headers))

    async def __call__(self, scope: object, receive: object, send: Callable[..., Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body)[: len(self.body) // 2], "more_body": True})
        # The server closes a connection whose answer ends before its announced length.


def incoming(request: Request, project_id: str, body: bytes) -> Incoming:
    """What the gate needs to know, with the target exactly as the client sent it: signatures cover it."""
    raw = bytes(request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    headers = {name.lower(): value for name, value in request.headers.items()}
    address = request.client.host if request.client else ""
    return Incoming(request.method, f"{raw}?{query}" if query else raw, headers, body, project_id, address)


async def disconnected(request: Request) -> None:
    """Returns when the client has left; the body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def backend_error(error: KhidError) -> KhidError:
    """Errors of a target behind us, in the gateway's words: no answer is 502, a broken one is the backend's fault."""
    if isinstance(error, Unreachable):
        return refusal("APIG.0201", "Backend unavailable.", status=502)
    if isinstance(error, ContractError):
        return refusal("ModelArts.4502")
    return error


def error_response(error: KhidError, request_id: str) -> Response:
    response = JSONResponse(body_of(error, request_id), status_of(error))
    if isinstance(error, ApiError) and error.retry_after_s is not None:
        response.headers["Retry-After"] = str(round(error.retry_after_s))
    return response


def create_app(reader: CardReader, settings: ServerSettings = ServerSettings()) -> FastAPI:
    """The whole application. The reader is used from `settings.workers` threads at a time."""
    service = CardService(reader, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(service.desk.close)

    app = FastAPI(
        title="Cambodian ID Card OCR",
        version=__version__,
        description=openapi.DESCRIPTION,
        docs_url=None,  # the bundled pages load scripts from outside
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    _add_routes(app, service)
    app.add_exception_handler(HTTPException, _no_such_api)
    return app


def _add_routes(app: FastAPI, service: CardService) -> None:
    @app.post(PATH_TEMPLATE, openapi_extra=openapi.CARD, responses=openapi.CARD_RESPONSES, summary="Read a card")
    async def card(request: Request, project_id: str) -> Response:
        return await service.read_card(request, project_id)

    @app.post(iam.PATH, openapi_extra=openapi.TOKEN, responses=openapi.TOKEN_RESPONSES, summary="Get a token")
    async def token(request: Request) -> Response:
        return await _token(request, service)

    @app.get("/healthz", summary="Whether the server takes requests")
    async def health() -> Response:
        return JSONResponse({"status": "ok", "in_flight": service.desk.in_flight, "capacity": service.desk.capacity})

    @app.get("/metrics", response_class=PlainTextResponse, summary="Figures for Prometheus")
    async def metrics() -> Response:
        text = service.figures.text(service.desk.in_flight, service.desk.capacity)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


async def _token(request: Request, service: CardService) -> Response:
    request_id = uuid.uuid4().hex
    try:
        body = await read_body(request, service.budget, max_bytes=iam.MAX_BODY_BYTES, timeout_s=10.0)
    except ClientGone:
        return Response(status_code=_CLIENT_GONE)
    except KhidError as error:
        return error_response(error, request_id)
    service.budget.give_back(len(body))
    answer = await asyncio.to_thread(iam.answer, service.gate, body, request.client.host if request.client else "")
    headers = {REQUEST_ID_HEADER: request_id} | ({iam.SUBJECT_TOKEN_HEADER: answer.token} if answer.token else {})
    return JSONResponse(answer.body, answer.status, headers)


async def _no_such_api(request: Request, exc: Exception) -> Response:
    """Unknown paths and wrong methods: the gateway calls both an API that does not exist."""
    request_id = uuid.uuid4().hex
    response = error_response(refusal("APIG.0101"), request_id)
    response.headers[REQUEST_ID_HEADER] = request_id
    return response


__all__ = ["CardService", "ServerSettings", "create_app"]
