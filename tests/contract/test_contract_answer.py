"""The answer: the vendor's example goes through unchanged; a broken one is refused by the key, never by the value."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from huaweicloudsdkocr.v1 import CambodianIdCardResult, CambodianIdCardScoreInformationResult
from hypothesis import given
from hypothesis import strategies as st

from khid_eval import contract
from khid_eval.errors import ContractError
from khid_eval.records import ALARM_NAMES, FIELD_NAMES, Alarm, CardReading, FieldReading, Quad, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = (Path(__file__).parent / "data" / "vendor_example.json").read_bytes()
EXAMPLE_OPTIONS = ReadOptions(return_portrait_image=True, return_portrait_location=True, return_idcard_type=True)
EVERYTHING = ReadOptions.everything()
POINT = st.tuples(*[st.integers(-100, 9000).map(float)] * 2)
QUAD: st.SearchStrategy[Quad] = st.tuples(POINT, POINT, POINT, POINT)
RATE = st.floats(0, 1)
SCORE = st.integers(0, 99)


def readings() -> st.SearchStrategy[CardReading]:
    fields = [st.builds(FieldReading, st.just(name), st.text(), RATE, st.none() | QUAD) for name in FIELD_NAMES]
    alarms = [st.builds(Alarm, st.just(name), SCORE, st.booleans()) for name in ALARM_NAMES]
    return st.builds(
        CardReading,
        fields=st.tuples(*fields),
        portrait_jpeg=st.none() | st.binary(min_size=1),
        portrait_quad=st.none() | QUAD,
        idcard_type=st.none() | st.sampled_from(["normal", "copy"]),
        idcard_type_confidence=st.none() | RATE,
        idcard_type_score=st.none() | SCORE,
        adjusted_jpeg=st.none() | st.binary(min_size=1),
        alarms=st.tuples(*alarms),
    )


def whole_answer() -> dict[str, Any]:
    """An answer with every part in it."""
    quad: Quad = ((1, 2), (30, 2), (30, 9), (1, 9))
    reading = CardReading(
        fields=tuple(FieldReading(name, f"secret {name}", 0.5, quad) for name in FIELD_NAMES),
        portrait_jpeg=b"portrait",
        portrait_quad=quad,
        idcard_type="copy",
        idcard_type_confidence=0.9,
        idcard_type_score=80,
        adjusted_jpeg=b"card",
        alarms=tuple(Alarm(name, 60, True) for name in ALARM_NAMES),
    )
    return contract.answer_of(reading, EVERYTHING)


def read(answer: object, options: ReadOptions = EVERYTHING) -> CardReading:
    return contract.reading_from(json.dumps(answer).encode(), options)


def test_the_vendors_example_goes_through_unchanged() -> None:
    reading = contract.reading_from(EXAMPLE, EXAMPLE_OPTIONS)
    assert contract.answer_of(reading, EXAMPLE_OPTIONS) == json.loads(EXAMPLE)
    assert [field.name for field in reading.fields] == list(FIELD_NAMES)
    sex = reading.get("sex")
    assert sex is not None
    assert (sex.text, sex.confidence) == ("ស្រី", 0.8216)
    assert reading.portrait_quad == ((53, 341), (185, 340), (179, 504), (42, 505))
    assert (reading.idcard_type, reading.idcard_type_confidence) == ("normal", 0.998)


@given(readings())
def test_every_reading_goes_over_the_wire_and_comes_back(reading: CardReading) -> None:
    assert contract.reading_from(contract.body_of_answer(reading, EVERYTHING), EVERYTHING) == reading


def test_the_keys_are_those_of_the_official_sdk_and_our_extension() -> None:
    result = whole_answer()["result"]
    assert set(result) == set(CambodianIdCardResult.attribute_map.values()) | {"text_location"}
    assert set(result["score_info"]) == set(CambodianIdCardScoreInformationResult.attribute_map.values())


@pytest.mark.parametrize("switch", contract.SWITCHES)
def test_a_part_is_there_only_when_asked(switch: str) -> None:
    reading = read(whole_answer())
    nothing = contract.answer_of(reading, ReadOptions())["result"]
    one = contract.answer_of(reading, ReadOptions(**{switch: True}))["result"]
    part = switch.removeprefix("return_") if switch.startswith("return_") else f"{switch}_result"
    assert set(nothing) == {*FIELD_NAMES, "confidence"}
    assert set(one) - set(nothing) - {"score_info"} == {part}


def test_a_part_that_was_asked_and_not_found_is_empty() -> None:
    fields = tuple(FieldReading(name, "", 0.0) for name in FIELD_NAMES)
    result = contract.answer_of(CardReading(fields), EVERYTHING)["result"]
    assert (result["portrait_image"], result["portrait_location"], result["idcard_type"]) == ("", [], "")
    assert result["text_location"] == {name: [] for name in FIELD_NAMES}
    assert read({"result": result}) == CardReading(fields)


def test_a_field_without_a_reading_is_empty_with_no_confidence() -> None:
    result = contract.answer_of(CardReading((FieldReading("sex", "ប្រុស", 0.9),)), ReadOptions())["result"]
    assert [result[name] for name in FIELD_NAMES if name != "sex"] == [""] * 13
    assert (result["confidence"]["height"], result["confidence"]["sex"]) == (0.0, 0.9)


def test_unknown_keys_are_kept_where_they_were() -> None:
    answer = whole_answer()
    answer["request_id"] = "r-1"
    answer["result"]["watermark"] = {"seen": [1, None]}
    answer["result"]["confidence"]["watermark"] = 0.25
    answer["result"]["score_info"]["watermark_score"] = 7
    reading = read(answer)
    assert reading.extra == {
        "request_id": "r-1",
        "result": {
            "watermark": {"seen": [1, None]},
            "confidence": {"watermark": 0.25},
            "score_info": {"watermark_score": 7},
        },
    }
    assert contract.answer_of(reading, EVERYTHING) == answer


def test_parts_that_an_older_endpoint_does_not_know_may_be_absent() -> None:
    reading = contract.reading_from(EXAMPLE, EVERYTHING)
    assert reading.alarms == ()
    assert reading.adjusted_jpeg is None


@pytest.mark.parametrize(
    "path",
    [
        "result",
        "result.confidence",
        *(f"result.{name}" for name in FIELD_NAMES),
        *(f"result.confidence.{name}" for name in FIELD_NAMES),
        "result.portrait_image",
        "result.portrait_location",
        "result.idcard_type",
        "result.score_info",
        "result.score_info.blur_score",
    ],
)
def test_a_missing_key_is_named(path: str) -> None:
    for damage in (lambda parent, key: parent.pop(key), lambda parent, key: parent.update({key: None})):
        with pytest.raises(ContractError) as caught:
            read(damaged(path, damage))
        assert f"has no {path}." in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("result", ["secret"]),
        ("result.id_number", 12345678),
        ("result.name_kh", ["secret"]),
        ("result.confidence", [0.5]),
        ("result.confidence.sex", "0.5"),
        ("result.confidence.sex", True),
        ("result.confidence.sex", 1.01),
        ("result.confidence.sex", -0.01),
        ("result.confidence.idcard_type", 12),
        ("result.portrait_image", 12),
        ("result.portrait_location", "secret"),
        ("result.portrait_location", [[1, 2], [3, 4], [5, 6]]),
        ("result.portrait_location", [[1, 2], [3, 4], [5, 6], [7, 8, 9]]),
        ("result.portrait_location", [[1, 2], [3, 4], [5, 6], [7, 8.5]]),
        ("result.portrait_location", [[1, 2], [3, 4], [5, 6], [7, True]]),
        ("result.portrait_location", [[1, 2], [3, 4], [5, 6], [7, 10**400]]),
        ("result.idcard_type", False),
        ("result.detect_blur_result", "false"),
        ("result.score_info", "secret"),
        ("result.score_info.blur_score", 0.5),
        ("result.score_info.blur_score", 100),
        ("result.score_info.idcard_type_score", -1),
        ("result.text_location", []),
        ("result.text_location.sex", [1, 2, 3, 4]),
    ],
)
def test_a_wrong_value_is_named_by_its_key_alone(path: str, value: object) -> None:
    with pytest.raises(ContractError) as caught:
        read(damaged(path, lambda parent, key: parent.update({key: value})))
    assert f"In the answer, {path} is not" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "12345678" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"text"', b'{"result": NaN}', b"\xff", b"[" * 100_000])
def test_what_is_no_answer_is_a_contract_error(body: bytes) -> None:
    with pytest.raises(ContractError):
        contract.reading_from(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_nothing_but_a_contract_error_comes_of_any_json(value: object) -> None:
    answer = whole_answer()
    answer["result"]["portrait_location"] = value
    answer["result"]["confidence"] = value
    with pytest.raises(ContractError):
        read(answer)


def damaged(path: str, damage: Callable[[dict[str, Any], str], object]) -> dict[str, Any]:
    answer = deepcopy(whole_answer())
    *above, key = path.split(".")
    parent = answer
    for step in above:
        parent = parent[step]
    damage(parent, key)
    return answer
