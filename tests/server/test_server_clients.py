"""Clients that nobody here wrote: curl, fetch in Node, and whatever schemathesis makes of /openapi.json."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from khid_eval.contract import SWITCHES
from khid_eval.server import ServerSettings, create_app, load_access

if TYPE_CHECKING:
    from tests.server.conftest import Api, Running

NODE_SCRIPT = Path(__file__).with_name("read_card.mjs")


@pytest.fixture(scope="module")
def api(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    file = tmp_path_factory.mktemp("access") / "tokens"
    file.write_text("good", encoding="utf-8")
    with running(ServerSettings(access=load_access(file))) as api:
        yield api


def run(*command: str) -> str:
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def curl(api: Api, body: Path, *more: str, token: str = "good") -> tuple[dict[str, str], int, Any]:
    headers = ("-H", "Content-Type: application/json", "-H", f"X-Auth-Token: {token}")
    out = run("curl", "-sS", "-D", "-", *headers, *more, "--data-binary", f"@{body}", api.card_url)
    blocks = out.replace("\r\n", "\n").split("\n\n")
    head, text = blocks[-2], blocks[-1]  # before them, perhaps, 100 Continue
    status, *lines = head.splitlines()
    return dict(line.lower().split(": ", 1) for line in lines), int(status.split()[1]), json.loads(text)


def test_curl(api: Api, image: str, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"image": image, "detect_blur": True}), encoding="ascii")
    headers, status, answer = curl(api, body)
    assert status == 200
    assert answer["result"]["detect_blur_result"] is False
    assert len(headers["x-request-id"]) == 32
    assert curl(api, body, token="bad")[2]["error_code"] == "APIG.0301"
    assert curl(api, body, "-H", "Transfer-Encoding: chunked")[1] == 200
    assert curl(api, body, "-H", "Expect: 100-continue")[1] == 200
    assert curl(api, body, "--http1.0")[1] == 200


@pytest.mark.parametrize(("megabytes", "status", "code"), [(11, 400, "ModelArts.4104"), (13, 413, "APIG.0201")])
def test_curl_with_too_much(api: Api, tmp_path: Path, megabytes: int, status: int, code: str) -> None:
    """curl asks before it sends so much (Expect: 100-continue), and stops when it is refused."""
    body = tmp_path / "body.json"
    body.write_text('{"image": "' + "A" * (megabytes * 1024 * 1024) + '"}', encoding="ascii")
    _, found, answer = curl(api, body)
    assert (found, answer["error_code"]) == (status, code)


def test_fetch_in_node(api: Api, jpeg: bytes, tmp_path: Path) -> None:
    photo = tmp_path / "card.jpg"
    photo.write_bytes(jpeg)
    answer = json.loads(run("node", str(NODE_SCRIPT), api.url, "good", str(photo)))
    assert (answer["status"], answer["body"]["result"]["idcard_type"]) == (200, "normal")
    assert len(answer["requestId"]) == 32
    answer = json.loads(run("node", str(NODE_SCRIPT), api.url, "bad", str(photo)))
    assert (answer["status"], answer["body"]["error_code"]) == (401, "APIG.0301")


def test_the_description_names_every_option_and_answer(api: Api) -> None:
    document = api.session.get(f"{api.url}/openapi.json", timeout=60).json()
    card = document["paths"]["/v2/{project_id}/ocr/cambodian-idcard"]["post"]
    for form in card["requestBody"]["content"]["application/json"]["schema"]["oneOf"]:
        assert set(SWITCHES) < set(form["properties"])
    assert {"200", "400", "401", "403", "404", "413", "429", "500", "502"} <= set(card["responses"])
    assert "422" not in card["responses"]
    assert "http" not in json.dumps(document["info"])  # nothing is loaded from outside


class _Reader:
    """Reads nothing: schemathesis sends no photos, only what a photo is not."""

    def read(self, photo: bytes, options: object = None) -> Any:
        raise AssertionError("no generated request has a photo")


class _Endless:
    """The application without its end: schemathesis starts and stops it for every case, and it lives once."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})


schema = schemathesis.openapi.from_asgi("/openapi.json", _Endless(create_app(_Reader())))


@schema.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_schemathesis_finds_no_fault(case: schemathesis.Case[Any]) -> None:
    """Two of its checks do not fit: the real gateway answers another method with 404 and not 405, and no schema can say
    what text is the Base64 of a photo.
    """
    case.call_and_validate(excluded_checks=[unsupported_method, positive_data_acceptance])
