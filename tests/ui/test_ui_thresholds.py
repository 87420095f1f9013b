"""The page Thresholds, driven through Streamlit's own test runner on generated runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from khid_eval.metrics.fields import Level
from khid_eval.metrics.study import Question, study
from khid_eval.metrics.trials import Promise
from khid_eval.policy import Cutoffs, Policy, build
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import Store
from khid_eval.runs.labelled import labelled_cards
from khid_eval.runs.query import Tables
from khid_eval.ui import run_shelf, session, words
from khid_eval.ui.threshold_page import drift, policy_out
from tests.runs import generated

REQUIRED = ("id_number", "name_kh")


def page() -> None:
    """The page as app.py runs it; AppTest follows no navigation from one run to the next."""
    import runpy
    from pathlib import Path

    import khid_eval
    from khid_eval.ui import frame

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
    app.multiselect(key="thresholds_required").set_value(list(fields))
    app.select_slider(key="thresholds_error").set_value(error)
    return app.run()


def told(app: AppTest) -> str:
    boxes = [*app.success, *app.warning, *app.info, *app.error]
    return "\n".join(str(one.value) for one in boxes)


def test_opens_with_an_answer(app: AppTest) -> None:
    assert not app.exception
    table = next(one.value for one in app.markdown if one.value.startswith("| "))
    for key in ("accepted", "reviewed", "wrong_accepted", "hours", "money"):
        assert f"| {said(key)} | " in table


def test_a_kept_promise_and_a_cutoff_too_loose(app: AppTest) -> None:
    ask(app, 0.05)
    assert said("holds", error="5.0 %", confidence="95 %") in told(app)
    ask(app, 0.01, FIELD_NAMES)
    steps = app.select_slider(key="thresholds_step")
    steps.set_value(steps.options and len(steps.options) - 1).run()
    assert not app.exception
    assert said("too_loose", error="1.0 %") in told(app) or "certified at" in told(app)


def test_nothing_certified_is_said_plainly(app: AppTest) -> None:
    ask(app, 0.001, FIELD_NAMES)
    assert said("nothing_certified", error="0.1 %") in told(app)
    app.segmented_control(key="thresholds_view").set_value("policy").run()
    assert said("policy_reviews_all") in told(app)


@pytest.mark.parametrize("view", ["fields", "conditions", "causes", "cost", "labels", "drift", "policy"])
def test_every_view_draws(app: AppTest, view: str) -> None:
    ask(app, 0.05)
    app.selectbox(key="thresholds_column").set_value("lighting").run()
    app.segmented_control(key="thresholds_view").set_value(view).run()
    assert not app.exception
    assert not app.error


def test_by_field_one_is_looked_at(app: AppTest) -> None:
    app.segmented_control(key="thresholds_scope").set_value("field").run()
    ask(app, 0.05)
    assert app.selectbox(key="thresholds_sequence").options == [
        "ID number · id_number", "Name in Khmer · name_kh"
    ]  # fmt: skip
    app.selectbox(key="thresholds_sequence").set_value("name_kh").run()
    assert not app.exception


def test_confidence_behind_the_cutoff(app: AppTest) -> None:
    before = len(app.get("plotly_chart"))
    app.toggle(key="thresholds_linked").set_value(True).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == before + 2


def test_use_on_recognise(app: AppTest) -> None:
    ask(app, 0.05)
    app.segmented_control(key="thresholds_view").set_value("policy").run()
    app.text_input(key="thresholds_name").set_value("Counter").run()
    app.button(key="thresholds_use").click().run()
    policy = app.session_state[session.POLICY_KEY]
    assert isinstance(policy, Policy)
    assert (policy.name, policy.required, policy.run_id) == ("Counter", REQUIRED, "first")
    assert said("in_use", name="Counter") in told(app)
    app.segmented_control(key="thresholds_view").set_value("drift").run()
    assert said("same_run") in told(app)


def test_no_field_and_no_run(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app.multiselect(key="thresholds_required").set_value([]).run()
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
