"""The vendor's own SDK, unmodified, against this server: sync and async, with access keys and with a token."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ServiceResponseException
from huaweicloudsdkocr.v1 import (
    CambodianIdCardRequestBody,
    OcrAsyncClient,
    OcrClient,
    RecognizeCambodianIdCardRequest,
)
from huaweicloudsdkocr.v1.region.ocr_region import OcrRegion
from PIL import Image

from khid_eval.contract import ERROR_CODES, ErrorCode
from khid_eval.records import ALARM_NAMES, FIELD_NAMES
from khid_eval.server import ServerSettings, load_access
from khid_eval.server.faults import Fault

if TYPE_CHECKING:
    from tests.server.conftest import Api, OrderedFaults, Running

Recognise = Callable[..., Any]
SWITCHES = [name for name in CambodianIdCardRequestBody.openapi_types if name not in ("image", "url")]
PART_OF = {
    "return_portrait_image": "portrait_image",
    "return_portrait_location": "portrait_location",
    "return_idcard_type": "idcard_type",
    "return_adjusted_image": "adjusted_image",
    **{f"detect_{name}": f"detect_{name}_result" for name in ALARM_NAMES},
}
TOKENS: list[str | dict[str, Any]] = [
    "good",
    {"token": "expired", "expires_at": "2020-01-01T00:00:00Z"},
    {"token": "idle", "subscribed": False},
    {"token": "elsewhere", "project_id": "other"},
]
KEYS: list[str | dict[str, Any]] = [
    {"access_key": "AK", "secret_key": "SK"},
    {"access_key": "OLD", "secret_key": "SK", "subscribed": False},
]


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The SDK keeps an id of its own in the home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def api(running: Running, ordered: OrderedFaults, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("credentials")
    lines = {"tokens": TOKENS, "keys": KEYS}
    for name, rows in lines.items():
        texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (folder / name).write_text("\n".join(texts), encoding="utf-8")
    access = load_access(folder / "tokens", folder / "keys")
    with running(ServerSettings(access=access, faults=ordered)) as api:
        yield api


def call(url: str, form: str, body: Any, *, keys: tuple[str, str] = ("AK", "SK"), token: str = "") -> Any:
    kind = OcrAsyncClient if form == "async" else OcrClient
    credentials = BasicCredentials(*keys, "project-1")
    client = kind.new_builder().with_credentials(credentials).with_endpoint(url).build()
    if token:
        client.preset_headers = {"X-Auth-Token": token, "Authorization": ""}
    request = RecognizeCambodianIdCardRequest(body=body)
    if form == "async":
        return client.recognize_cambodian_id_card_async(request).result()
    return client.recognize_cambodian_id_card(request)


@pytest.fixture(params=["sync", "async"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["keys", "token"])
def recognise(request: pytest.FixtureRequest, api: Api, form: str) -> Recognise:
    token = "good" if request.param == "token" else ""
    return lambda **asked: call(api.url, form, CambodianIdCardRequestBody(**asked), token=token)


def refusal_of(act: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ServiceResponseException) as caught:
        act()
    error = caught.value
    assert isinstance(error, ClientRequestException) == (error.status_code < 500)
    assert len(error.request_id) == 32
    return error.status_code, error.error_code, error.error_msg


def test_the_fields(recognise: Recognise, image: str) -> None:
    answer = recognise(image=image)
    assert [getattr(answer.result, name) for name in FIELD_NAMES] == [f"តម្លៃ {name}" for name in FIELD_NAMES]
    assert {name: float(value) for name, value in answer.result.confidence.items()} == dict.fromkeys(FIELD_NAMES, 0.5)
    assert len(answer.x_request_id) == 32
    assert [part for part in PART_OF.values() if getattr(answer.result, part) is not None] == []
    assert answer.result.score_info is None


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_option(recognise: Recognise, image: str, switch: str) -> None:
    result = recognise(image=image, **{switch: True}).result
    assert [part for part in PART_OF.values() if getattr(result, part) is not None] == [PART_OF[switch]]
    off = recognise(image=image, **{switch: False}).result
    assert [part for part in PART_OF.values() if getattr(off, part) is not None] == []


def test_all_options(recognise: Recognise, image: str) -> None:
    result = recognise(image=image, **dict.fromkeys(SWITCHES, True)).result
    assert base64.b64decode(result.portrait_image) == b"portrait"
    assert result.portrait_location == [[53, 341], [185, 340], [179, 504], [42, 505]]
    assert result.idcard_type == "normal"
    alarms = [getattr(result, f"detect_{name}_result") for name in ALARM_NAMES]
    assert alarms == [False, False, False, True, True, True]
    assert result.score_info.reproduce_score == 95
    assert result.score_info.idcard_type_score == 3


def small_picture() -> str:
    file = BytesIO()
    Image.new("RGB", (10, 40)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 400, "AIS.0101"),
        ({"image": "QUJD", "url": "https://example.com/a.jpg"}, 400, "AIS.0101"),
        ({"image": "QUJD", "detect_blur": "true"}, 400, "AIS.0101"),
        ({"image": "data:image/png;base64,QUJD"}, 400, "AIS.0102"),
        ({"image": "QUJ"}, 400, "AIS.0102"),
        ({"image": "QUJD"}, 400, "AIS.0102"),
        ({"image": small_picture()}, 400, "AIS.0103"),
        ({"image": "A" * (10 * 1024 * 1024 + 4)}, 400, "ModelArts.4104"),
        ({"image": "A" * (12 * 1024 * 1024 + 4)}, 413, "APIG.0201"),
        ({"url": "ftp://example.com/a.jpg"}, 400, "ModelArts.4601"),
        ({"url": "http://127.0.0.1/a.jpg"}, 400, "ModelArts.4601"),
        ({"url": "http://name.invalid/a.jpg"}, 400, "ModelArts.4603"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_refused(recognise: Recognise, asked: dict[str, Any], status: int, code: str) -> None:
    assert refusal_of(lambda: recognise(**asked))[:2] == (status, code)


@pytest.mark.parametrize("entry", ERROR_CODES, ids=lambda entry: f"{entry.code}-{entry.status}")
def test_every_code_is_understood(recognise: Recognise, ordered: OrderedFaults, image: str, entry: ErrorCode) -> None:
    ordered.next = [Fault(entry.code, entry.status)]
    status, code, message = refusal_of(lambda: recognise(image=image))
    assert (status, code) == (entry.status, entry.code)
    assert message.startswith(entry.message)


@pytest.mark.parametrize(
    ("token", "status", "code", "message"),
    [
        ("wrong", 401, "APIG.0301", "Incorrect IAM authentication information: decrypt token fail"),
        ("expired", 401, "APIG.0307", "The token must be updated."),
        ("elsewhere", 403, "APIG.0302", "The IAM user is not authorized to access the API."),
        ("idle", 400, "ModelArts.4204", "Access api error! Not subscribe this api."),
    ],
)
def test_tokens_that_do_not_open(api: Api, form: str, token: str, status: int, code: str, message: str) -> None:
    body = CambodianIdCardRequestBody(image="QUJD")
    assert refusal_of(lambda: call(api.url, form, body, token=token)) == (status, code, message)


@pytest.mark.parametrize(
    ("keys", "status", "code", "message"),
    [
        (("AK", "wrong"), 401, "APIG.0301", "Incorrect IAM authentication information: verify aksk signature fail"),
        (
            ("UNKNOWN", "SK"),
            401,
            "APIG.0301",
            "Incorrect IAM authentication information: Get secretKey failed,ak:***,err:ak not exist",
        ),
        (("OLD", "SK"), 400, "ModelArts.4204", "Access api error! Not subscribe this api."),
    ],
)
def test_keys_that_do_not_open(
    api: Api, form: str, keys: tuple[str, str], status: int, code: str, message: str
) -> None:
    body = CambodianIdCardRequestBody(image="QUJD")
    assert refusal_of(lambda: call(api.url, form, body, keys=keys)) == (status, code, message)


def test_a_token_beside_a_signature_is_what_counts(api: Api, image: str) -> None:
    client = (
        OcrClient.new_builder().with_credentials(BasicCredentials("ANY", "KEY", "p")).with_endpoint(api.url).build()
    )
    client.preset_headers = {"X-Auth-Token": "good"}
    request = RecognizeCambodianIdCardRequest(body=CambodianIdCardRequestBody(image=image))
    assert client.recognize_cambodian_id_card(request).result.sex


def test_a_program_written_for_the_cloud_is_pointed_here_by_its_environment(
    api: Api, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_OCR_AP_SOUTHEAST_3", api.url)
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "AK")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "SK")
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", "project-1")
    client = OcrClient.new_builder().with_region(OcrRegion.value_of("ap-southeast-3")).build()
    body = CambodianIdCardRequestBody(image=image, return_idcard_type=True)
    request = RecognizeCambodianIdCardRequest(enterprise_project_id="eps-1", body=body)
    assert client.recognize_cambodian_id_card(request).result.idcard_type == "normal"


def test_without_a_project_id_and_with_temporary_keys(api: Api, image: str) -> None:
    credentials = BasicCredentials("AK", "SK").with_security_token("temporary")
    client = OcrClient.new_builder().with_credentials(credentials).with_endpoint(api.url).build()
    request = RecognizeCambodianIdCardRequest(body=CambodianIdCardRequestBody(image=image))
    assert client.recognize_cambodian_id_card(request).result.sex
