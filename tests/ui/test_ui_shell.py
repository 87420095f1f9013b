"""The frame around all pages, driven through Streamlit's own test runner."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from khid_eval.ui import session, words

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
