"""The contract as a stranger's client meets it: every option, every error with its exact body, ids on all answers."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
import requests
from PIL import Image

from khid_eval.contract import SWITCHES
from khid_eval.errors import AuthError, BadData, BadPhoto, Busy, ContractError, Unreachable
from khid_eval.records import ALARM_NAMES, FIELD_NAMES, ReadOptions
from khid_eval.server import FetchRules, ServerSettings
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.server.conftest import Api, Running, Serve

Refused = Callable[[requests.Response], tuple[int, str, str]]
BASE_KEYS = {*FIELD_NAMES, "confidence"}
ADDED_KEYS: dict[str, set[str]] = {
    "return_portrait_image": {"portrait_image"},
    "return_portrait_location": {"portrait_location"},
    "return_idcard_type": {"idcard_type", "score_info"},
    "return_text_location": {"text_location"},
    "return_adjusted_image": {"adjusted_image"},
    **{f"detect_{name}": {f"detect_{name}_result", "score_info"} for name in ALARM_NAMES},
}


@pytest.fixture(scope="module")
def api(running: Running) -> Iterator[Api]:
    with running(ServerSettings(fetch=FetchRules(total_s=2.0))) as api:
        yield api


@pytest.fixture(autouse=True)
def _nothing_fails(api: Api) -> Iterator[None]:
    yield
    api.reader.error = None


def picture(kind: str, width: int = 64, height: int = 40) -> str:
    file = BytesIO()
    Image.new("RGB", (width, height)).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def test_without_options_there_are_the_14_fields_and_their_confidences(api: Api, image: str) -> None:
    answer = api.post({"image": image})
    assert answer.status_code == 200
    assert set(answer.json()) == {"result"}
    result = answer.json()["result"]
    assert set(result) == BASE_KEYS
    assert result["name_kh"] == "តម្លៃ name_kh"
    assert result["confidence"] == dict.fromkeys(FIELD_NAMES, 0.5)
    assert len(answer.headers["X-Request-Id"]) == 32


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_option_adds_its_parts_and_no_others(api: Api, image: str, switch: str) -> None:
    result = api.post({"image": image, switch: True}).json()["result"]
    assert set(result) == BASE_KEYS | ADDED_KEYS[switch]
    assert api.reader.seen[-1][1] == replace(ReadOptions(), **{switch: True})
    off = api.post({"image": image, switch: False}).json()["result"]
    assert set(off) == BASE_KEYS
    assert set(api.post({"image": image, switch: None}).json()["result"]) == BASE_KEYS


def test_all_options_together(api: Api, image: str) -> None:
    result = api.post({"image": image} | dict.fromkeys(SWITCHES, True)).json()["result"]
    assert set(result) == BASE_KEYS.union(*ADDED_KEYS.values())
    assert base64.b64decode(result["portrait_image"]) == b"portrait"
    assert result["portrait_location"] == [[53, 341], [185, 340], [179, 504], [42, 505]]
    assert result["confidence"]["idcard_type"] == 0.75
    assert [result[f"detect_{name}_result"] for name in ALARM_NAMES] == [False, False, False, True, True, True]
    assert set(result["score_info"]) == {"idcard_type_score", *(f"{name}_score" for name in ALARM_NAMES)}


def test_an_answer_says_what_time_was_the_readers(api: Api, image: str) -> None:
    """Held for a known time, so that there is something to say; what is left of the caller's time was the network's."""
    read_before = len(api.reader.seen)
    api.reader.gate.clear()
    started = perf_counter()
    with ThreadPoolExecutor(1) as caller:
        asked = caller.submit(api.post, {"image": image})
        wait_for(lambda: len(api.reader.seen) > read_before, "it is being read")
        held_from = perf_counter()
        threading.Event().wait(0.05)
        held_s = perf_counter() - held_from
        api.reader.gate.set()
    header = asked.result().headers["Server-Timing"]
    whole_s = perf_counter() - started
    found = re.fullmatch(r"wait;dur=([0-9.]+), engine;dur=([0-9.]+)", header)
    assert found
    wait_s, engine_s = (float(one) / 1000 for one in found.groups())
    assert held_s - 0.0001 <= engine_s
    assert wait_s + engine_s <= whole_s + 0.0001


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_the_photo_arrives_as_it_was_sent(api: Api, kind: str) -> None:
    photo = picture(kind)
    assert api.post({"image": photo}).status_code == 200
    assert api.reader.seen[-1][0] == base64.b64decode(photo)


def test_unknown_keys_headers_and_a_missing_media_type_do_no_harm(api: Api, image: str) -> None:
    body = json.dumps({"image": image, "url": None, "other": [1]}).encode()
    headers = {"Enterprise-Project-Id": "!!", "X-Auth-Token": "any", "Content-Type": ""}
    assert api.post(body, headers=headers).status_code == 200


ONE_OF = (400, "AIS.0101", "The input parameter is invalid.")
FORMAT = (400, "AIS.0102", "The image format is not supported.")
SIZE = (400, "AIS.0103", "The image size does not meet the requirements.")
LENGTH = (400, "ModelArts.4104", "Invalid Request Content Length.")
JSON = (400, "ModelArts.4105", "The JSON format of the input data is incorrect.")
URL = (400, "ModelArts.4601", "The URL is not allowed.")
NO_FILE = (400, "ModelArts.4603", "Obtaining the file from the URL failed.")
POOR = "The image is not supported or the image quality is poor."
OWN_TOKEN = "Have error when get ai-service admin token."
NO_API = "The API does not exist or has not been published in the environment."
TOO_LARGE = (413, "APIG.0201", "Request entity too large.")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ONE_OF),
        ({"image": ""}, ONE_OF),
        ({"image": "QUJD", "url": "https://example.com/a.jpg"}, ONE_OF),
        ({"image": 5}, ONE_OF),
        ({"url": ["https://example.com"]}, ONE_OF),
        *(({"image": "QUJD", switch: "true"}, ONE_OF) for switch in SWITCHES),
        ({"image": "QUJD", "detect_blur": 1}, ONE_OF),
        ({"image": "data:image/jpeg;base64,QUJD"}, FORMAT),
        ({"image": "not base64!"}, FORMAT),
        ({"image": "QUJ"}, FORMAT),
        ({"image": "ខ្មែរ"}, FORMAT),
        ({"image": "\ud800"}, FORMAT),
        ({"image": base64.b64encode(b"plain text").decode()}, FORMAT),
        ({"image": picture("GIF")}, FORMAT),
        ({"image": picture("WEBP")}, FORMAT),
        ({"image": picture("PNG")[:40]}, FORMAT),
        ({"image": picture("PNG", 14, 500)}, SIZE),
        ({"image": picture("PNG", 500, 14)}, SIZE),
        ({"image": picture("PNG", 8193, 20)}, SIZE),
        ({"image": "A" * (10 * 1024 * 1024 + 4)}, LENGTH),
        (b"", JSON),
        (b"{", JSON),
        (b"[]", JSON),
        (b'"text"', JSON),
        (b"\xff\xfe\x00", JSON),
        (b"[" * 100_000, JSON),
        ({"url": "no address"}, URL),
        ({"url": "ftp://example.com/a.jpg"}, URL),
        ({"url": "obs://bucket/a.jpg"}, URL),
        ({"url": "https://example.com/រូប.jpg"}, URL),
        ({"url": "http://127.0.0.1:9/a.jpg"}, URL),
        ({"url": "http://169.254.169.254/latest/meta-data/"}, URL),
        ({"url": "http://[::1]/a.jpg"}, URL),
        ({"url": "http://0x7f.1/a.jpg"}, URL),
        ({"url": "http://name.invalid/a.jpg"}, NO_FILE),
        (b"x" * (12 * 1024 * 1024 + 1), TOO_LARGE),
    ],
    ids=lambda value: repr(value)[:50] if not isinstance(value, tuple) else value[1],
)
def test_what_is_refused(api: Api, refused: Refused, body: Any, expected: tuple[int, str, str]) -> None:
    reads = len(api.reader.seen)
    assert refused(api.post(body)) == expected
    assert len(api.reader.seen) == reads


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            BadPhoto("no card", "AIS.0104"),
            (400, "AIS.0104", "The image is not supported or the image quality is poor."),
        ),
        (BadPhoto("no", "AIS.0105"), (400, "AIS.0105", "Recognition failed.")),
        (Unreachable("down"), (502, "APIG.0201", "Backend unavailable.")),
        (ContractError("odd"), (502, "ModelArts.4502", "Backend service response error.")),
        (
            AuthError("no", "APIG.0301", status=401),
            (500, "ModelArts.4301", OWN_TOKEN),
        ),
        (BadData("gone"), (500, "APIG.0601", "Internal server error.")),
        (RuntimeError("what stands on the card"), (500, "APIG.0601", "Internal server error.")),
        (MemoryError(), (500, "APIG.0601", "Internal server error.")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_reader_cannot_do(
    api: Api, image: str, refused: Refused, error: BaseException, expected: tuple[int, str, str]
) -> None:
    api.reader.error = error
    assert refused(api.post({"image": image})) == expected


def test_a_busy_target_passes_its_patience_on(api: Api, image: str, refused: Refused) -> None:
    api.reader.error = Busy("later", "APIG.0308", status=429, retry_after_s=6.2)
    answer = api.post({"image": image})
    assert refused(answer) == (429, "APIG.0308", "The throttling threshold has been reached")
    assert answer.headers["Retry-After"] == "7"
    api.reader.error = Busy("later", "APIG.0308", status=429, retry_after_s=float("inf"))
    assert "Retry-After" not in api.post({"image": image}).headers


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_no_api(api: Api, refused: Refused, method: str) -> None:
    answer = api.session.request(method, api.card_url, timeout=60)
    assert refused(answer) == (404, "APIG.0101", NO_API)


@pytest.mark.parametrize(
    "path", ["/", "/v2/p/ocr/id-card", "/v2/p/ocr/cambodian-idcard/", "/v2//ocr/cambodian-idcard", "/docs", "/redoc"]
)
def test_another_path_is_no_api(api: Api, refused: Refused, path: str) -> None:
    answer = api.session.post(api.url + path, json={}, allow_redirects=False, timeout=60)
    assert refused(answer) == (404, "APIG.0101", NO_API)


def test_the_sdk_without_a_project_id_is_served(api: Api, image: str) -> None:
    url = f"{api.url}/v2/%7Bproject_id%7D/ocr/cambodian-idcard"
    assert api.session.post(url, json={"image": image}, timeout=60).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/openapi.json"])
def test_every_answer_has_a_request_id(api: Api, path: str) -> None:
    ids = {api.session.get(api.url + path, timeout=60).headers["X-Request-Id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_probes_may_ask_for_the_head_alone(api: Api, path: str) -> None:
    answer = api.session.head(api.url + path, timeout=60)
    assert (answer.status_code, answer.content) == (200, b"")
    assert "X-Request-Id" in answer.headers


def test_health_tells_the_places(api: Api) -> None:
    assert api.session.get(f"{api.url}/healthz", timeout=60).json() == {"status": "ok", "taken": 0, "places": 18}


def test_metrics_count_by_status_and_code_and_know_nothing_of_cards(serve: Serve, image: str) -> None:
    api = serve()
    api.post({"image": image})
    api.post({"image": image})
    api.post({})
    api.reader.error = BadPhoto('a code of "its own"', 'NEW."1"')
    api.post({"image": image})
    found = api.metrics()
    assert found['khid_requests_total{status="200",error_code=""}'] == 2
    assert found['khid_requests_total{status="400",error_code="AIS.0101"}'] == 1
    assert found['khid_requests_total{status="500",error_code="other"}'] == 1
    assert found["khid_request_seconds_count"] == found['khid_request_seconds_bucket{le="+Inf"}'] == 4
    assert (found["khid_reading"], found["khid_waiting"], found["khid_places"], found["khid_body_bytes"]) == (
        0,
        0,
        18,
        0,
    )
    text = api.session.get(f"{api.url}/metrics", timeout=60)
    assert text.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "តម្លៃ" not in text.text
    assert image[:20] not in text.text


def test_a_photo_from_an_allowed_address(serve: Serve, jpeg: bytes, local_site: str) -> None:
    api = serve(ServerSettings(fetch=FetchRules(allow_private=True, total_s=5.0)))
    assert api.post({"url": f"{local_site}/photo"}).status_code == 200
    assert api.reader.seen[-1][0] == jpeg
    assert api.post({"url": f"{local_site}/text.jpg"}).json()["error_code"] == "AIS.0102"
    assert api.post({"url": f"{local_site}/missing.jpg"}).json()["error_code"] == "ModelArts.4603"
