"""Requests that must be refused are refused with just the code they stand for: in this process and by the server."""

from __future__ import annotations

import json

import pytest

from khid_eval import readers
from khid_eval.client import ApiReader
from khid_eval.contract import ERROR_CODES, ErrorCode
from khid_eval.errors import BadPhoto
from khid_eval.records import CardReading, ReadOptions
from khid_eval.ui import error_table, exchanges, provoke
from tests.ui.fixed_endpoint import TOKEN, Endpoint


def refuse_everything(photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
    raise BadPhoto("The image is not supported or the image quality is poor.", "AIS.0104")


class BlindReader:
    """Finds no card, on a blank photo rightly so."""

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        return refuse_everything(photo, options)


def code_of(body: bytes) -> str:
    return str(json.loads(body)["error_code"])


@pytest.mark.parametrize("code", provoke.BODIES)
def test_refused_in_this_process(code: str) -> None:
    exchange = exchanges.exchange(BlindReader(), provoke.BODIES[code]())
    assert code_of(exchange.answer_body) == code
    assert exchange.status >= 400


@pytest.mark.parametrize("code", provoke.BODIES)
def test_refused_by_the_server(code: str, endpoint: Endpoint) -> None:
    endpoint.answer = refuse_everything
    target = readers.Target.parse(endpoint.address)
    reader = readers.build(target, readers.Credentials(token=TOKEN))
    assert isinstance(reader, ApiReader)
    with reader:
        assert code_of(exchanges.exchange(reader, provoke.BODIES[code]()).answer_body) == code


def test_wrong_token_is_refused_by_the_server(endpoint: Endpoint) -> None:
    reader = readers.build(readers.Target.parse(endpoint.address), readers.Credentials(token=provoke.WRONG_TOKEN))
    assert isinstance(reader, ApiReader)
    with reader:
        exchange = exchanges.exchange(reader, provoke.BODIES["AIS.0104"]())
    assert exchange.status == 401
    assert code_of(exchange.answer_body) in provoke.BY_TOKEN


@pytest.mark.parametrize("entry", ERROR_CODES, ids=lambda one: f"{one.code}-{one.status}")
def test_every_code_has_an_example(entry: ErrorCode) -> None:
    exchange = exchanges.refused(entry.code, entry.status)
    assert code_of(exchange.answer_body) == entry.code
    assert exchange.status == entry.status
    assert error_table.way(entry, readers.Target()) in ("send", "show")
