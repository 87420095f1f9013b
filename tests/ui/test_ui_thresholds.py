"""The page Thresholds, driven through Streamlit's own test runner on generated runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from khid_eval import charts
from khid_eval.metrics.fields import Level
from khid_eval.metrics.study import Question, smallest_error, study
from khid_eval.metrics.trials import Promise
from khid_eval.policy import Cutoffs, Policy, build
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import State, Store
from khid_eval.runs.labelled import labelled_cards
from khid_eval.runs.query import Tables
from khid_eval.runs.schema import FIELDS
from khid_eval.ui import run_address, run_shelf, session, words
from khid_eval.ui.threshold_page import drift, policy_out
from tests.runs import generated

REQUIRED = ("id_number", "name_kh")


def page() -> None:
    """The page as app.py runs it; AppTest follows no navigation from one run to the next."""
    import runpy
    from pathlib import Path

    import streamlit as st

    import khid_eval
    from khid_eval.ui import frame

    if st.session_state.get("elsewhere"):  # as if the visitor looked at another page
        return
    with frame.inside_app():
        runpy.run_path(str(Path(khid_eval.__file__).parents[1] / "pages" / "thresholds.py"))


def said(key: str, **values: object) -> str:
    return words.say("en", f"thresholds.{key}", **values)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("home")
    generated.make_run(root / "first", 2500)
    return root


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(home))
    return AppTest.from_function(page, default_timeout=60).run()


def ask(app: AppTest, error: float, fields: tuple[str, ...] = REQUIRED) -> AppTest:
    app.multiselect(key="thresholds_required_en").set_value(list(fields))
    app.select_slider(key="thresholds_error_en").set_value(error)
    return app.run()


def told(app: AppTest) -> str:
    boxes = [*app.success, *app.warning, *app.info, *app.error]
    return "\n".join(str(one.value) for one in boxes)


def test_opens_with_an_answer(app: AppTest) -> None:
    assert not app.exception
    table = next(one.value for one in app.markdown if one.value.startswith("| "))
    for key in ("accepted", "reviewed", "wrong_accepted", "hours", "money"):
        assert f"| {said(key)} | " in table
    steps = app.select_slider(key="thresholds_step_en").options
    assert len(set(steps)) == len(steps)  # the browser names a step by its words


def test_a_kept_promise_and_a_cutoff_too_loose(app: AppTest) -> None:
    ask(app, 0.05)
    assert said("holds", error="5.0 %", confidence="95 %") in told(app)
    ask(app, 0.01, FIELD_NAMES)
    steps = app.select_slider(key="thresholds_step_en")
    steps.set_value(steps.options and len(steps.options) - 1).run()
    assert not app.exception
    assert said("too_loose", error="1.0 %") in told(app) or "certified at" in told(app)


def test_nothing_certified_is_said_plainly(app: AppTest) -> None:
    ask(app, 0.001, FIELD_NAMES)
    assert said("nothing_certified", error="0.1 %") in told(app)
    app.segmented_control(key="thresholds_view_en").set_value("policy").run()
    assert said("policy_reviews_all") in told(app)


@pytest.mark.parametrize("view", ["fields", "conditions", "causes", "cost", "labels", "drift", "policy"])
def test_every_view_draws(app: AppTest, view: str) -> None:
    ask(app, 0.05)
    app.selectbox(key="thresholds_column_en").set_value("lighting").run()
    app.segmented_control(key="thresholds_view_en").set_value(view).run()
    assert not app.exception
    assert not app.error


def test_by_field_one_is_looked_at(app: AppTest) -> None:
    app.segmented_control(key="thresholds_scope_en").set_value("field").run()
    ask(app, 0.05)
    assert app.selectbox(key="thresholds_sequence_en").options == [
        "ID number · id_number", "Name in Khmer · name_kh"
    ]  # fmt: skip
    app.selectbox(key="thresholds_sequence_en").set_value("name_kh").run()
    assert not app.exception


def test_confidence_behind_the_cutoff(app: AppTest) -> None:
    before = len(app.get("plotly_chart"))
    app.toggle(key="thresholds_linked").set_value(True).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == before + 2


def test_use_on_recognise(app: AppTest) -> None:
    ask(app, 0.05)
    app.segmented_control(key="thresholds_view_en").set_value("policy").run()
    app.text_input(key="thresholds_name").set_value("Counter").run()
    app.button(key="thresholds_use").click().run()
    policy = app.session_state[session.POLICY_KEY]
    assert isinstance(policy, Policy)
    assert (policy.name, policy.required, policy.run_id) == ("Counter", REQUIRED, "first")
    assert said("in_use", name="Counter") in told(app)
    app.segmented_control(key="thresholds_view_en").set_value("drift").run()
    assert said("same_run") in told(app)
    app.segmented_control(key="thresholds_view_en").set_value("policy").run()
    assert app.text_input(key="thresholds_name").value == "Counter"


def test_no_field_and_no_run(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app.multiselect(key="thresholds_required_en").set_value([]).run()
    assert said("no_field") in told(app)
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    monkeypatch.setattr(run_shelf, "_EXAMPLES", tmp_path)
    nothing = AppTest.from_function(page, default_timeout=60).run()
    assert said("no_run") in told(nothing)


def cards_of(folder: Path):  # type: ignore[no-untyped-def]  # labelled cards
    with Tables(Store(str(folder))) as tables:
        return labelled_cards(tables, level=Level.CANONICAL, condition_column="lighting")


def test_drift_is_seen_on_a_worse_run(home: Path, tmp_path: Path) -> None:
    found = study(cards_of(home / "first"), Question(REQUIRED, Promise(0.02, 0.95)))
    policy = build(found, name="p", run_id="first", level="canonical", created_at="2026-01-01")
    same = cards_of(generated.make_run(tmp_path / "second", 2500, seed=5))
    worse = cards_of(generated.make_run(tmp_path / "third", 2500, seed=6, hard=200.0))
    assert drift.judge(policy, same).overall["document"].verdict == "holds"
    judged = drift.judge(policy, worse)
    assert judged.overall["document"].verdict == "broken"
    assert set(judged.conditions["document"]) == {"lighting=dark", "lighting=normal"}


def test_drift_without_cutoffs_or_labels(home: Path) -> None:
    cards = cards_of(home / "first")
    nothing = Policy("p", "field", ("sex",), 0.01, 0.95, Cutoffs({"sex": None}))
    assert drift.judge(nothing, cards).overall == {}
    other = Policy("p", "document", ("sex", "unheard_of"), 0.01, 0.95, Cutoffs({"sex": 0.5, "unheard_of": 0.5}))
    assert drift.judge(other, cards).unlabelled == ("unheard_of",)


def test_the_snippet_runs(tmp_path: Path, home: Path) -> None:
    found = study(cards_of(home / "first"), Question(REQUIRED, Promise(0.05, 0.95)))
    from khid_eval.policy import save
    from khid_eval.records import CardReading

    save(build(found, name="p", run_id="", level="canonical", created_at=""), tmp_path / "policy.json")
    sent: list[tuple[str, ...]] = []
    names: dict[str, object] = {"reading": CardReading(()), "send_to_review": sent.append}
    exec(policy_out.SNIPPET.format(file=tmp_path / "policy.json"), names)  # what we tell people must work
    assert sent == [REQUIRED]
    assert np.all([name in FIELD_NAMES for name in sent[0]])


def table_of(app: AppTest) -> str:
    return next(str(one.value) for one in app.markdown if str(one.value).startswith("| "))


def test_a_change_of_language_keeps_every_choice(app: AppTest) -> None:
    ask(app, 0.05)
    app.selectbox(key="thresholds_level_en").set_value(Level.SEMANTIC).run()
    app.selectbox(key="thresholds_column_en").set_value("lighting").run()
    app.session_state["lang"] = "km"
    app.run()
    app.segmented_control(key="thresholds_scope_km").set_value("field").run()
    app.segmented_control(key="thresholds_view_km").set_value("conditions").run()
    assert not app.exception
    assert app.session_state["thresholds_level"] == Level.SEMANTIC
    assert app.selectbox(key="thresholds_column_km").value == "lighting"
    assert app.select_slider(key="thresholds_error_km").value == 0.05
    assert tuple(app.multiselect(key="thresholds_required_km").value) == REQUIRED
    rows = str(app.dataframe[0].value)
    assert "lighting=" not in rows
    assert "ពន្លឺ: ងងឹត" in rows


def test_a_month_is_counts_with_their_money(app: AppTest) -> None:
    table = table_of(app)
    assert f"| {said('calls')} | **10,000** (USD\u00a0100) |" in table
    app.segmented_control(key="thresholds_view_en").set_value("cost").run()
    app.selectbox(key="thresholds_currency_en").set_value("KHR").run()
    assert app.number_input(key="thresholds_price_per_call_KHR").value == 40.0
    assert f"| {said('calls')} | **10,000** (KHR\u00a0400,000) |" in table_of(app)


def test_typed_prices_outlive_their_tab_and_the_page(app: AppTest) -> None:
    app.segmented_control(key="thresholds_view_en").set_value("cost").run()
    app.number_input(key="thresholds_volume").set_value(50_000.0).run()
    app.number_input(key="thresholds_price_per_call_USD").set_value(0.02).run()
    calls = f"| {said('calls')} | **50,000** (USD\u00a01,000) |"
    assert calls in table_of(app)
    app.segmented_control(key="thresholds_view_en").set_value("fields").run()
    assert calls in table_of(app)
    app.session_state["elsewhere"] = True
    app.run()
    app.session_state["elsewhere"] = False
    app.run()
    assert calls in table_of(app)
    app.segmented_control(key="thresholds_view_en").set_value("cost").run()
    assert app.number_input(key="thresholds_volume").value == 50_000.0


def test_a_run_that_was_cut_off_certifies_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(generated.make_run(tmp_path / "cut", 300)))
    store.save(replace(store.load(), state=State.CANCELLED))
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert words.say("en", "told.finish_the_run") in app.error[0].value


def test_a_run_too_small_says_how_many_cards_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))  # no run: the example that ships with the app
    app = AppTest.from_function(page, default_timeout=60).run()
    words = told(app)
    assert "takes at least 299 accepted cards without a single error" in words
    assert "12 labelled cards" in words
    assert f"| {said('accepted')} | **88.9 %** (8\u00a0/\u00a09) |" in table_of(app)
    assert not [one for one in app.caption if "would break its promise" in str(one.value)]
    drawn = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert drawn[0]["error_y"]["array"]
    assert "naive" not in [one.get("name") for one in drawn]


@pytest.mark.parametrize(
    ("silent", "key", "names"),
    [(FIELD_NAMES, "no_confidence", None), (("id_number",), "no_confidence_of", "ID number")],
)
def test_without_confidence_is_not_called_unread(
    silent: tuple[str, ...], key: str, names: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    store = Store(str(generated.make_run(tmp_path / "silent", 300)))
    fields = store.read_table("fields", "part-0.parquet").to_pandas()
    fields.loc[fields.field.isin(silent), "confidence"] = 0.0
    store.write_table("fields", "part-0.parquet", pa.Table.from_pandas(fields, schema=FIELDS, preserve_index=False))
    app = AppTest.from_function(page, default_timeout=60).run()
    for view in ("fields", "cost", "causes", "labels", "policy"):
        app.segmented_control(key="thresholds_view_en").set_value(view).run()
        assert not app.exception
        assert said(key, **({"names": names} if names else {})) in told(app)


def test_cutoffs_have_three_decimals(app: AppTest) -> None:
    ask(app, 0.05)
    for value in app.dataframe[0].value[said("cutoff")]:
        assert re.fullmatch(r"\d\.\d{3}", value)


@pytest.mark.parametrize("scope", ["document", "field"])
def test_the_smallest_error_is_said_and_a_button_goes_to_it(app: AppTest, scope: str, home: Path) -> None:
    app.segmented_control(key="thresholds_scope_en").set_value(scope)
    ask(app, 0.001)
    with Tables(Store(str(home / "first"))) as tables:
        cards = labelled_cards(tables)
    key = "document" if scope == "document" else "id_number"
    found = smallest_error(
        cards, Question(REQUIRED, Promise(0.001), "document" if scope == "document" else "field"), key
    )
    assert found
    error = charts.share(found.promise.max_error)
    counts = {"accepted": f"{found.accepted:,}", "total": f"{found.total:,}"}
    sentence = said("smallest", error=error, share=charts.share(found.coverage), **counts)
    assert sentence in [one.value for one in app.markdown]
    app.button(key="thresholds_smallest").click().run()
    assert not app.exception
    assert app.select_slider(key="thresholds_error_en").value == found.promise.max_error
    assert said("holds", error=error, confidence="95 %") in told(app)
    assert f"({found.accepted:,}\u00a0/\u00a0{found.total:,})" in table_of(app)
    app.session_state[words.LANGUAGE_KEY] = "km"
    app.run()
    assert app.select_slider(key="thresholds_error_km").value == found.promise.max_error
    app.select_slider(key="thresholds_error_km").set_value(0.05).run()
    assert app.session_state["thresholds_error"] == 0.05


def test_the_small_example_leads_to_one_that_certifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(tmp_path))
    app = AppTest.from_function(page, default_timeout=60).run()
    assert said("nothing_certified", error="1.0 %") in told(app)
    assert said("smallest_none", error="10.0 %") in [one.value for one in app.markdown]
    app.button(key="thresholds_larger_example").click().run()
    assert not app.exception
    assert app.session_state[run_address.RUN_KEY].endswith("example-thresholds")
    assert "thresholds_larger_example" not in [one.key for one in app.button]
    app.select_slider(key="thresholds_error_en").set_value(0.05).run()
    assert said("holds", error="5.0 %", confidence="95 %") in told(app)
