"""Whatever stands in a line, it is read or refused with a reason; nothing else happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from khid_eval.datasets import Dataset, Sample
from khid_eval.datasets.check import check
from khid_eval.datasets.content import truth_problems
from khid_eval.datasets.schema import ROW_KEYS, path_problem, row_errors
from khid_eval.datasets.store import RawLine, format_line, parse_line
from khid_eval.errors import BadData
from khid_eval.records import FIELD_NAMES
from tests.datasets.dataset_helpers import row, truth

TEXT = st.text(max_size=30)
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.lists(st.integers(-5, 200), max_size=4),
    st.lists(st.lists(st.integers(-5, 200), min_size=2, max_size=2), min_size=4, max_size=4),
    st.dictionaries(TEXT, TEXT, max_size=3),
    st.dictionaries(st.sampled_from(FIELD_NAMES), st.none() | TEXT | st.integers(), max_size=5),
    st.fixed_dictionaries(
        {}, optional={key: st.none() | TEXT | st.floats() | st.integers() for key in ("severity", "capture", "blur")}
    ),
)
CHANGES = st.dictionaries(st.sampled_from(sorted(ROW_KEYS)), ODD, max_size=4)


@settings(max_examples=300, deadline=None)
@given(CHANGES)
def test_a_row_is_taken_exactly_when_the_schema_has_no_error(changes: dict[str, Any]) -> None:
    odd = row(0) | changes
    refused = any(row_errors(odd))
    try:
        sample = Sample.from_json(odd)
    except BadData:
        assert refused
    else:
        assert not refused
        again = Sample.from_json(json.loads(json.dumps(sample.to_json())))
        assert again == sample


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.builds(lambda one: json.dumps(one).encode(), ODD))
def test_any_bytes_are_a_row_or_a_fault(data: bytes) -> None:
    try:
        line = format_line(parse_line(RawLine("metadata.jsonl", 1, data)))
    except BadData:
        return
    assert line.endswith("\n")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELD_NAMES), st.none() | TEXT | st.text("0123456789<ABIDKHM.", max_size=31)))
def test_any_truth_can_be_judged(fields: dict[str, str | None]) -> None:
    texts = [problem.message for problem in truth_problems(truth() | fields)]
    assert all(texts)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("./\\abC:\0"), max_size=12))
def test_a_path_that_is_taken_stays_inside(name: str) -> None:
    if path_problem(name) is None:
        inside = Path("/root/of/set")
        assert (inside / name).resolve().is_relative_to(inside)
        assert (inside / name).resolve() != inside


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(CHANGES, max_size=4))
def test_the_validator_never_breaks(tmp_path_factory: Any, rows: list[dict[str, Any]]) -> None:
    root = tmp_path_factory.mktemp("odd")
    lines = [json.dumps(row(index) | changes) for index, changes in enumerate(rows)]
    (root / "metadata.jsonl").write_text("\n".join(lines))
    faults = list(check(Dataset(root)))
    assert {fault.line for fault in faults} >= set(range(1, len(rows) + 1))  # at least: the photo does not exist
