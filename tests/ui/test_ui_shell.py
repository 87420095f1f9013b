"""The frame around all pages, driven through Streamlit's own test runner."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from khid_eval.errors import BadData, BadPhoto, BadRequest, KhidError
from khid_eval.ui import frame, run_address, run_shelf, session, words

APP = str(Path(__file__).parents[2] / "app.py")


def started(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_opens_in_english_and_says_so_in_the_address() -> None:
    app = started()
    assert not app.exception
    assert app.title[0].value == words.say("en", "recognise.title")
    assert app.query_params[words.LANGUAGE_KEY] == "en"


def test_language_of_the_address_wins_at_first() -> None:
    assert started(lang="km").title[0].value == words.say("km", "recognise.title")


def test_foreign_language_in_the_address_is_english() -> None:
    assert started(lang="<b>").title[0].value == words.say("en", "recognise.title")


def test_wipe_forgets_all_but_how_to_look() -> None:
    app = started(lang="km")
    app.session_state["anything"] = b"a photo"
    app.button(key="shell_wipe").click().run()
    assert "anything" not in app.session_state
    assert app.session_state[words.LANGUAGE_KEY] == "km"
    assert app.session_state["session_epoch"] == 1
    assert session.MASKED_KEY in app.session_state
    assert not app.title  # the browser sees a page without fields, and comes back at once
    assert app.run().title[0].value == words.say("km", "recognise.title")


CHECK = "Run `khid-eval dataset check` for the full list of faults."
NEW_FAULT = "7 rows of b.csv (line 3) are odd."


@pytest.mark.parametrize(
    ("error", "what", "advice"),
    [
        (
            BadData("a/b.jsonl line 3: the line is not JSON", advice=CHECK),
            "a/b.jsonl បន្ទាត់ 3៖ បន្ទាត់នេះមិនមែន JSON",
            "told.check",
        ),
        (BadData(NEW_FAULT), f"errors.BadData {NEW_FAULT}", ""),
        (BadData(NEW_FAULT, advice="Count them."), f"errors.BadData {NEW_FAULT}", "Count them."),
        (BadRequest(NEW_FAULT), f"errors.BadRequest {NEW_FAULT}", "errors.BadRequest.advice"),
        (BadPhoto("in English", "AIS.0103", "in English"), "errors.AIS.0103", "errors.AIS.0103.advice"),
    ],
)
def test_an_error_in_khmer_keeps_what_happened(
    error: KhidError, what: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamlit.session_state", {words.LANGUAGE_KEY: "km"})
    in_words = [
        " ".join(words.say("km", one) if words.has(one) else one for one in said.split(" ")) for said in (what, advice)
    ]
    assert frame.explain(error) == tuple(in_words)


def test_an_error_in_english_gives_no_advice_for_a_terminal() -> None:
    assert frame.explain(BadData(NEW_FAULT)) == (NEW_FAULT, "")
    assert frame.explain(BadData(NEW_FAULT, advice=CHECK)) == (NEW_FAULT, words.say("en", "told.check"))


def test_missing_models_are_told_apart_from_other_data() -> None:
    what, advice = frame.explain(
        BadData("The models of the embedded engine are missing.", advice="Install khid-eval again, whole.")
    )
    assert (what, advice) == (words.say("en", "told.models_missing"), words.say("en", "told.reinstall"))


def test_the_run_that_was_chosen_is_looked_at_on_the_next_page() -> None:
    app = started()
    app.session_state[run_address.RUN_KEY] = run_shelf.shelf()[-1].path
    for page in ("evaluate", "conditions", "thresholds", "compare"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert app.selectbox(key=f"{run_address.RUN_KEY}_en").value == run_shelf.shelf()[-1].path
        assert app.query_params["run"] == run_shelf.shelf()[-1].name
