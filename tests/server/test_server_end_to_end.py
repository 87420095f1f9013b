"""The whole product behind the contract: `khid-eval serve` with the embedded engine and a sample card."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image

from khid_eval import readers
from khid_eval.contract import SWITCHES
from khid_eval.errors import BadData
from khid_eval.records import ALARM_NAMES, FIELD_NAMES

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
COMMAND = (sys.executable, "-c", "from khid_eval.cli import main; main()", "serve", "--port", "0")


def truth_of(name: str) -> dict[str, str | None]:
    rows = map(json.loads, (SAMPLES / "metadata.jsonl").read_text(encoding="utf-8").splitlines())
    fields: dict[str, str | None] = next(row["fields"] for row in rows if row["file_name"] == name)
    return fields


@pytest.fixture(scope="module")
def _models() -> None:
    try:
        readers.build(readers.Target())
    except BadData as error:
        pytest.skip(f"NOT TESTED: the server with the embedded engine. {error}")


@pytest.mark.usefixtures("_models")
def test_a_sample_card_is_read_behind_the_contract() -> None:
    name = "01-clean.jpg"
    image = base64.b64encode((SAMPLES / name).read_bytes()).decode()
    with subprocess.Popen(COMMAND, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stderr is not None
            announced = process.stderr.readline()
            url = announced.partition(" at ")[2].partition(". ")[0] + "/v2/p/ocr/cambodian-idcard"
            everything = {"image": image} | dict.fromkeys(SWITCHES, True)
            answer = requests.post(url, json=everything, timeout=120)
            no_card = requests.post(url, json={"image": blank()}, timeout=120)
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert process.returncode == 0
    assert announced.startswith("Serving embedded at http://127.0.0.1:")
    result = answer.json()["result"]
    truth = truth_of(name)
    assert {key: result[key] for key in ("id_number", "birth_date", "sex")} == {
        key: truth[key] for key in ("id_number", "birth_date", "sex")
    }
    assert set(result["confidence"]) == {*FIELD_NAMES, "idcard_type"}
    assert base64.b64decode(result["portrait_image"]).startswith(b"\xff\xd8\xff")
    assert len(result["portrait_location"]) == 4
    assert all(isinstance(result[f"detect_{alarm}_result"], bool) for alarm in ALARM_NAMES)
    assert (no_card.status_code, no_card.json()["error_code"]) == (400, "AIS.0104")


def blank() -> str:
    file = BytesIO()
    Image.new("RGB", (640, 480), "grey").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
