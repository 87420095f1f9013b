"""What Evaluate shows stands in the address: a link leads to the same rows, the browser's way back to those before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from khid_eval import runs
from khid_eval.ui import run_shelf, words
from tests.runs import cards
from tests.ui.test_ui_evaluate import page

WORDS = ("view", "level", "charted", "slice", "value", "field", "outcome", "error", "order", "confidence")
MORE_WORDS = ("truth", "read", "page")
LINK = {"view": "failures", "slice": "lighting", "value": "dark", "field": "address", "confidence": "0-50"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs "stated", with lighting and errors, and "bare", without."""
    root = tmp_path_factory.mktemp("address")
    runs.start(runs.Job(str(cards.make_dataset(root / "set", 30)), cards.FakeSpec(refuse=7)), str(root / "runs/stated"))
    bare = str(cards.make_dataset(root / "few", 1))
    runs.start(runs.Job(bare, cards.FakeSpec()), str(root / "runs/bare"))
    return root / "runs"


@pytest.fixture(autouse=True)
def _home(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_shelf.ENVIRONMENT, str(shelf))


def visited(address: dict[str, str], *, run: str = "stated") -> AppTest:
    """A new visitor with that link."""
    app = AppTest.from_function(page, args=("evaluate",), default_timeout=60)
    return went(app, {"run": run, **address})


def went(app: AppTest, address: dict[str, str]) -> AppTest:
    """The browser leads to that address, by its way back or a link."""
    for name in list(app.query_params):
        del app.query_params[name]
    for name, word in address.items():
        app.query_params[name] = word
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def address_of(app: AppTest) -> dict[str, str]:
    """Without the run."""
    found: dict[str, Any] = {name: app.query_params[name] for name in app.query_params if name != "run"}
    return {name: one[0] if isinstance(one, list) else one for name, one in found.items()}


def rows_of(app: AppTest) -> list[str]:
    """What the gallery says of each photo, and how many there are."""
    return [one.value for one in (*app.caption, *app.markdown)]


def test_filters_go_into_the_address_and_a_link_shows_the_same_rows() -> None:
    app = visited({"view": "failures"})
    app.segmented_control(key="evaluate_level_en").set_value("semantic").run()
    app.selectbox(key="evaluate_slice_en").set_value("lighting").run()
    app.selectbox(key="evaluate_value_lighting_en").set_value("normal").run()
    app.selectbox(key="evaluate_failure_field_en").set_value("address").run()
    app.selectbox(key="evaluate_failure_outcome_en").set_value("wrong").run()
    app.selectbox(key="evaluate_order_en").set_value("unsure").run()
    app.slider(key="evaluate_failure_confidence_en").set_value((10, 100)).run()
    assert address_of(app) == {
        "view": "failures",
        "level": "semantic",
        "slice": "lighting",
        "value": "normal",
        "field": "address",
        "outcome": "wrong",
        "order": "unsure",
        "confidence": "10-100",
    }
    assert rows_of(visited(address_of(app))) == rows_of(app)


def test_show_all_clears_the_address() -> None:
    app = visited(LINK)
    assert address_of(app) == LINK
    app.button(key="evaluate_show_all").click().run()
    assert address_of(app) == {"view": "failures"}
    assert "evaluate_show_all" not in [one.key for one in app.button]
    assert app.slider(key="evaluate_failure_confidence_en").value == (0, 100)


def test_the_page_and_the_letters_are_in_the_address() -> None:
    app = visited({"view": "failures"})
    app.button(key="evaluate_to_next").click().run()
    assert address_of(app) == {"view": "failures", "page": "2"}
    again = visited(address_of(app))
    assert rows_of(again) == rows_of(app)
    app.selectbox(key="evaluate_failure_field_en").set_value("address").run()
    assert address_of(app) == {"view": "failures", "field": "address"}
    lettered = visited({"view": "failures", "truth": "ក", "read": "គ"})
    assert words.say("en", "evaluate.letters", truth="ក", read="គ") in rows_of(lettered)
    lettered.button(key="evaluate_all_letters").click().run()
    assert address_of(lettered) == {"view": "failures"}


def test_the_way_back_and_forward_leads_to_the_choices_of_then() -> None:
    app = visited({"view": "failures"})
    app.selectbox(key="evaluate_failure_field_en").set_value("address").run()
    app.segmented_control(key="evaluate_view_en").set_value("overview").run()
    went(app, {"run": "stated", "view": "failures", "field": "address"})
    assert app.selectbox(key="evaluate_failure_field_en").value == "address"
    went(app, {"run": "stated", "view": "failures"})
    assert app.selectbox(key="evaluate_failure_field_en").value == ""
    went(app, {"run": "stated", "view": "failures", "field": "address"})
    assert app.selectbox(key="evaluate_failure_field_en").value == "address"


def test_a_click_on_its_way_with_an_older_address_counts() -> None:
    app = visited({"view": "failures"})
    app.selectbox(key="evaluate_failure_field_en").set_value("address").run()
    del app.query_params["field"]  # the browser has not been told yet
    app.selectbox(key="evaluate_order_en").set_value("unsure").run()
    assert address_of(app) == {"view": "failures", "field": "address", "order": "unsure"}


def test_another_run_without_these_values_drops_them() -> None:
    app = visited(LINK | {"error": "AIS.0104"})
    went(app, address_of(app) | {"run": "bare"})
    assert address_of(app) == {"view": "failures", "field": "address", "confidence": "0-50"}
    went(app, {"run": "stated", **LINK})
    assert address_of(app) == LINK


def test_choices_outlive_a_look_at_another_page() -> None:
    app = AppTest.from_function(_either, default_timeout=60)
    app.session_state.page = "evaluate"
    went(app, {"run": "stated", **LINK})
    app.session_state.page = "datasets"
    went(app, {})
    app.session_state.page = "evaluate"
    went(app, {})  # the menu of pages says nothing but the page
    assert address_of(app) == LINK


def _either() -> None:
    import runpy
    from pathlib import Path

    import streamlit as st

    import khid_eval
    from khid_eval.ui import frame

    with frame.inside_app():
        runpy.run_path(str(Path(khid_eval.__file__).parents[1] / "pages" / f"{st.session_state.page}.py"))


@pytest.mark.parametrize("run", ["stated", "bare"])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=st.dictionaries(
        st.sampled_from((*WORDS, *MORE_WORDS)),
        st.sampled_from(
            ["", "failures", "overview", "dark", "lighting", "raw", "9-1", "-5-200", "0", "-1", "99999999", "ក"]
        )
        | st.text(max_size=6),
    )
)
def test_no_address_breaks_the_page(run: str, address: dict[str, str]) -> None:
    app = visited(address, run=run)
    assert not app.error
    settled = address_of(app)
    assert address_of(visited(settled, run=run)) == settled
