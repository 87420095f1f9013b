"""Explorer and comparison, driven through Streamlit's own test runner against the product's server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from khid_eval.records import CardReading
from khid_eval.ui import compare_targets, session
from khid_eval.ui.reading import Read, Timing
from khid_eval.ui.words import say
from tests.ui.fixed_endpoint import TOKEN, USER, Endpoint, FictionalCard

# Streamlit's runner forgets what was typed on a page reached through navigation; the page's parts run alone instead.
PARTS = """
import streamlit as st
from khid_eval.ui import explorer, panel, session, token_tool
panel.draw()
st.toggle("masked", key=session.MASKED_KEY)
request = explorer.form(session.target())
explorer.send_button(session.target(), request)
explorer.show()
token_tool.draw()
"""


@pytest.fixture
def explorer(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(session.TARGET_VARIABLE, endpoint.address)
    return AppTest.from_string(PARTS, default_timeout=60).run()


def shown(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.code, *app.error, *app.success))


def test_token_tool_fills_the_panel_and_the_call_succeeds(explorer: AppTest, card: FictionalCard) -> None:
    explorer.selectbox(key="explorer_token_region_en").set_value("local").run()
    explorer.text_input(key="target_project_id").input("project-1")
    address = str(explorer.text_input(key=session.ADDRESS_KEY).value)
    for name, text in (
        ("endpoint", address),
        ("domain", USER.domain),
        ("user", USER.name),
        ("password", USER.password),
    ):
        explorer.text_input(key=f"explorer_token_{name}").input(text)
    explorer.button(key="explorer_token_get").click().run()
    assert not explorer.exception
    token = str(explorer.text_input(key="target_token").value)
    assert token
    assert token not in shown(explorer)
    explorer.button(key="explorer_send").click().run()
    assert str(card.truth["name_en"]) in shown(explorer)


def test_what_was_chosen_outlives_a_switch_of_language(explorer: AppTest, card: FictionalCard) -> None:
    explorer.text_input(key="target_token").input(TOKEN).run()
    explorer.button(key="explorer_send").click().run()
    explorer.segmented_control(key="explorer_side_en").set_value("request").run()
    explorer.selectbox(key="explorer_token_region_en").set_value("local").run()
    explorer.selectbox(key="target_auth_en").set_value("keys").run()
    explorer.session_state["lang"] = "km"
    explorer.run()
    explorer.segmented_control(key="explorer_source_km").set_value("url").run()
    assert not explorer.exception
    assert explorer.segmented_control(key="explorer_side_km").value == "request"
    assert explorer.selectbox(key="explorer_token_region_km").value == "local"
    assert explorer.selectbox(key="target_auth_km").value == "keys"
    assert explorer.segmented_control(key="target_kind_km").value == "api"


def test_the_form_opens_while_the_project_is_missing(explorer: AppTest) -> None:
    assert not explorer.expander[0].proto.expanded
    explorer.text_input(key=session.ADDRESS_KEY).set_value("ap-southeast-3").run()
    assert explorer.expander[0].proto.expanded
    explorer.button(key="explorer_send").click().run()
    assert say("en", "told.project") in shown(explorer)
    assert "KHID_" not in shown(explorer)
    explorer.text_input(key="target_project_id").set_value("p").run()
    assert explorer.expander[0].proto.expanded  # still being filled in
    explorer.segmented_control(key="target_kind_en").set_value("embedded").run()
    assert not explorer.expander[0].proto.expanded


def test_token_tool_says_what_is_missing(explorer: AppTest) -> None:
    explorer.button(key="explorer_token_get").click().run()
    assert "Fill in account" in shown(explorer)


def test_masking_hides_the_answer(explorer: AppTest, card: FictionalCard) -> None:
    explorer.text_input(key="target_token").input(TOKEN).run()
    explorer.button(key="explorer_send").click().run()
    assert str(card.truth["name_kh"]) in shown(explorer)
    explorer.toggle(key=session.MASKED_KEY).set_value(True).run()
    assert not any(value in shown(explorer) for value in card.truth.values() if value and len(value) > 3)


def test_comparison_sees_what_differs(card: FictionalCard) -> None:
    def read(reading: CardReading) -> Read:
        return Read(reading, None, Timing(1.0, 1.0, 0.0), {})

    changed = tuple(replace(one, text="other") if one.name == "sex" else one for one in card.reading.fields)
    rows = compare_targets.compared(read(card.reading), read(replace(card.reading, fields=changed)), masked=False)
    assert list(rows.loc[~rows["same"], "there"]) == ["other"]
    hidden = compare_targets.compared(read(card.reading), read(card.reading), masked=True)
    assert not set(hidden["here"]) & {value for value in card.truth.values() if value}
