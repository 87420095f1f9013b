"""The application: the API's contract over HTTP in front of any CardReader. Knows no OCR."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from khid_eval import __version__
from khid_eval.contract import PATH_TEMPLATE, refusal
from khid_eval.errors import KhidError
from khid_eval.records import CardReader
from khid_eval.server import iam, openapi
from khid_eval.server.bodies import read_body
from khid_eval.server.desk import ClientGone
from khid_eval.server.envelope import STATE_KEY, Envelope
from khid_eval.server.service import CardService, ServerSettings, error_response

METRICS_TYPE = "text/plain; version=0.0.4"


def create_app(reader: CardReader, settings: ServerSettings = ServerSettings()) -> FastAPI:
    """The whole application. The reader is used from `settings.workers` threads at a time."""
    service = CardService(reader, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="Cambodian ID Card OCR",
        version=__version__,
        description=openapi.DESCRIPTION,
        docs_url=None,  # the bundled pages load scripts from outside
        redoc_url=None,
        redirect_slashes=False,  # this API never redirects: clients do not follow
        lifespan=lifespan,
    )
    app.state.service = service
    _add_card_route(app, service)
    _add_token_route(app, service)
    _add_watch_routes(app, service)
    app.add_exception_handler(HTTPException, _no_such_api)
    app.add_middleware(Envelope)
    openapi.install(app)
    return app


def _add_card_route(app: FastAPI, service: CardService) -> None:
    @app.post(PATH_TEMPLATE, openapi_extra=openapi.CARD, responses=openapi.CARD_RESPONSES, summary="Read a card")
    async def card(request: Request, project_id: str) -> Response:
        return await service.read_card(request, project_id)


def _add_token_route(app: FastAPI, service: CardService) -> None:
    @app.post(
        iam.PATH,
        openapi_extra=openapi.TOKEN,
        responses=openapi.TOKEN_RESPONSES,
        status_code=201,
        summary="Get a token",
    )
    async def token(request: Request) -> Response:
        try:
            body = await read_body(
                request, service.budget, max_bytes=iam.MAX_BODY_BYTES, patience_s=service.settings.body_patience_s
            )
        except ClientGone:
            return Response(status_code=400)  # nobody receives it
        except KhidError as error:
            return error_response(error, request.scope["state"][STATE_KEY])
        service.budget.give_back(len(body))
        answer = iam.answer(service.gate, body, request.client.host if request.client else "")
        headers = {iam.SUBJECT_TOKEN_HEADER: answer.token} if answer.token else None
        return JSONResponse(answer.body, answer.status, headers)


def _add_watch_routes(app: FastAPI, service: CardService) -> None:
    desk = service.desk

    @app.head("/healthz", include_in_schema=False)  # what many load balancers ask
    @app.get("/healthz", responses=openapi.HEALTH_RESPONSES, summary="Whether the server takes requests")
    async def health() -> Response:
        return JSONResponse({"status": "busy" if desk.full else "ok", "taken": desk.taken, "places": desk.places})

    @app.head("/metrics", include_in_schema=False)
    @app.get("/metrics", response_class=PlainTextResponse, summary="Figures for Prometheus")
    async def metrics() -> Response:
        now = {
            "khid_reading": ("Requests that are being read.", desk.taken - desk.waiting),
            "khid_waiting": ("Requests that wait for their turn.", desk.waiting),
            "khid_places": ("Requests that may be read or wait at a time.", desk.places),
            "khid_fetching": ("Photos that are being fetched from a url.", service.fetches.taken),
            "khid_body_bytes": ("Memory of request bodies.", service.budget.used),
        }
        return PlainTextResponse(service.figures.text(now), media_type=METRICS_TYPE)


async def _no_such_api(request: Request, exc: Exception) -> Response:
    """Unknown paths and wrong methods: the gateway calls both an API that does not exist."""
    return error_response(refusal("APIG.0101"), request.scope["state"][STATE_KEY])


__all__ = ["create_app"]
