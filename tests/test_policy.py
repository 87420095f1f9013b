"""Policies: decisions are pure and total, and another version is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khid_eval.errors import BadData
from khid_eval.policy import (
    DOCUMENT,
    Certificate,
    Cutoffs,
    Policy,
    Reason,
    Recalibration,
    decide,
    from_json,
    load,
    save,
    to_json,
)
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading

CERTIFICATE = Certificate(max_error=0.01, confidence=0.95, cards=1200, accepted=700, wrong=1, upper_bound=0.0068)
POLICY = Policy(
    name="Counter, daylight",
    scope="document",
    required=("id_number", "name_kh"),
    max_error=0.01,
    confidence=0.95,
    cutoffs=Cutoffs({"id_number": 0.9, "name_kh": 0.8, "address": None}, {DOCUMENT: CERTIFICATE}),
    conditions={"lighting=dark": Cutoffs({"id_number": 0.99, "name_kh": None})},
    recalibration={"name_kh": Recalibration("isotonic", (0.5, 0.4, 0.9, 0.8, 1.0, 0.95))},
    run_id="2026-05-01-daylight",
)

units = st.floats(0.0, 1.0)
readings = st.builds(
    CardReading,
    st.lists(st.builds(FieldReading, st.sampled_from(FIELD_NAMES), st.text(max_size=3), units), max_size=6).map(tuple),
)
maps = st.one_of(
    st.builds(lambda t: Recalibration("temperature", (t,)), st.floats(1e-3, 1e3)),
    st.builds(lambda a, b, m: Recalibration("beta", (a, b, m)), *[st.floats(0, 1e3)] * 2, st.floats(-1e3, 1e3)),
    st.lists(st.tuples(units, units), min_size=1, max_size=5).map(
        lambda knots: Recalibration(
            "isotonic",
            tuple(
                value
                for pair in zip(sorted({x for x, _ in knots}), sorted(y for _, y in knots), strict=False)
                for value in pair
            ),
        )
    ),
)
cutoffs = st.builds(
    Cutoffs,
    st.dictionaries(st.sampled_from(FIELD_NAMES), st.none() | st.floats(0.0, 1.0, exclude_min=True)),
    st.dictionaries(st.sampled_from([*FIELD_NAMES, DOCUMENT]), st.just(CERTIFICATE), max_size=2),
)
policies = st.builds(
    Policy,
    name=st.text(max_size=5),
    scope=st.sampled_from(["document", "field"]),
    required=st.lists(st.sampled_from(FIELD_NAMES), min_size=1, max_size=4, unique=True).map(tuple),
    max_error=st.floats(0.001, 0.5),
    confidence=st.floats(0.5, 0.99),
    cutoffs=cutoffs,
    conditions=st.dictionaries(st.text(max_size=4), cutoffs, max_size=2),
    recalibration=st.dictionaries(st.sampled_from(FIELD_NAMES), maps, max_size=3),
)


def reading(**fields: tuple[str, float]) -> CardReading:
    return CardReading(tuple(FieldReading(name, *value) for name, value in fields.items()))


def test_accepts_when_every_required_field_passes() -> None:
    decision = decide(POLICY, reading(id_number=("123456789", 0.9), name_kh=("សុខ", 0.9), sex=("ស្រី", 1.0)))
    assert decision.accept
    assert decision.to_review == ()
    assert [(one.name, one.reason) for one in decision.fields] == [
        ("id_number", Reason.ACCEPTED),
        ("name_kh", Reason.ACCEPTED),
        ("sex", Reason.NOT_COVERED),
    ]


@pytest.mark.parametrize(
    ("fields", "condition", "to_review"),
    [
        ({"id_number": ("1", 0.89), "name_kh": ("a", 1.0)}, None, ("id_number",)),
        ({"id_number": ("1", 1.0), "name_kh": ("a", 0.89)}, None, ("name_kh",)),  # 0.89 maps to 0.79
        ({"id_number": ("1", 1.0)}, None, ("name_kh",)),
        ({"id_number": (" ", 1.0), "name_kh": ("a", 1.0)}, None, ("id_number",)),
        ({}, None, ("id_number", "name_kh")),
        ({"id_number": ("1", 1.0), "name_kh": ("a", 1.0)}, "lighting=dark", ("name_kh",)),
        ({"id_number": ("1", 1.0), "name_kh": ("a", 1.0)}, "never heard of", ()),
    ],
)
def test_sends_to_a_person(
    fields: dict[str, tuple[str, float]], condition: str | None, to_review: tuple[str, ...]
) -> None:
    decision = decide(POLICY, reading(**fields), condition)
    assert decision.to_review == to_review
    assert decision.accept == (not to_review)


def test_a_field_without_certified_cutoff_never_passes() -> None:
    decision = decide(POLICY, reading(address=("ភ្នំពេញ", 1.0)))
    found = decision.get("address")
    assert found is not None
    assert (found.reason, found.accept, found.required) == (Reason.NOT_CERTIFIED, False, False)
    assert decision.get("height") is None


@given(policies, readings, st.none() | st.text(max_size=4))
def test_decide_is_total_and_pure(policy: Policy, card: CardReading, condition: str | None) -> None:
    decision = decide(policy, card, condition)
    assert decision == decide(policy, card, condition)
    assert decision.accept == (not decision.to_review)
    assert {one.name for one in decision.fields} == set(policy.required) | {one.name for one in card.fields}


@given(policies, readings, st.sampled_from(FIELD_NAMES), units)
def test_more_confidence_never_turns_acceptance_into_review(
    policy: Policy, card: CardReading, name: str, confidence: float
) -> None:
    surer = CardReading(
        tuple(
            FieldReading(one.name, one.text, max(one.confidence, confidence)) if one.name == name else one
            for one in card.fields
        )
    )
    assert decide(policy, surer).accept >= decide(policy, card).accept


@given(policies)
def test_json_keeps_everything(policy: Policy) -> None:
    assert from_json(to_json(policy)) == policy


@given(maps, units, units)
def test_maps_stay_in_range_and_never_fall(change: Recalibration, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert 0.0 <= change(low) <= change(high) <= 1.0


def test_saves_and_loads(tmp_path: Path) -> None:
    save(POLICY, tmp_path / "policy.json")
    assert load(tmp_path / "policy.json") == POLICY
    assert [one.name for one in tmp_path.iterdir()] == ["policy.json"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="Cannot write"):
        save(POLICY, tmp_path / "none" / "policy.json")


@pytest.mark.parametrize("version", [0, 2, "1", None, True])
def test_another_version_is_refused(version: object) -> None:
    content = json.loads(to_json(POLICY)) | {"schema_version": version}
    with pytest.raises(BadData, match=r"schema version .* reads version 1 only"):
        from_json(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        {"required": []},
        {"required": ["sex", "sex"]},
        {"required": [1]},
        {"scope": "card"},
        {"max_error": 0},
        {"max_error": "0.1"},
        {"confidence": True},
        {"confidence": math.nan},
        {"name": 3},
        {"cutoffs": {"fields": {"sex": 0}, "certificates": {}}},
        {"cutoffs": {"fields": {"sex": 1.1}, "certificates": {}}},
        {"cutoffs": {"fields": {}}},
        {"cutoffs": None},
        {"conditions": []},
        {"recalibration": {"sex": {"kind": "spline", "values": [1]}}},
        {"recalibration": {"sex": {"kind": "isotonic", "values": [0.5, 0.9, 0.4, 1.0]}}},
        {"recalibration": {"sex": {"kind": "temperature", "values": [-1]}}},
        {"surprise": 1},
        {"surprise": "text"},
    ],
)
def test_a_damaged_policy_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadData, match="damaged"):
        from_json(json.dumps(json.loads(to_json(POLICY)) | change))


def test_certificate_counts_must_add_up() -> None:
    content = json.loads(to_json(POLICY))
    content["cutoffs"]["certificates"][DOCUMENT]["wrong"] = 701
    with pytest.raises(BadData, match="damaged"):
        from_json(json.dumps(content))
    content["cutoffs"]["certificates"][DOCUMENT]["wrong"] = 1.0
    with pytest.raises(BadData, match="damaged"):
        from_json(json.dumps(content))


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"format": "other"}', "[" * 100_000])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(BadData):
        from_json(text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="Cannot read"):
        load(tmp_path / "none.json")


def test_a_policy_out_of_a_begun_run_says_so_and_an_older_reader_would_refuse_it() -> None:
    begun = replace(POLICY, unread=312)
    assert from_json(to_json(begun)) == begun
    assert "unread" not in json.loads(to_json(POLICY))  # the format of a finished run's policy is what it was
    with pytest.raises(BadData, match="damaged"):
        from_json(to_json(begun).replace("312", "-1"))
