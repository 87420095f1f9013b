"""Menus keep the option, not its words: over a switch of language, other options, and a value set by the script."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from khid_eval.ui.words import say

WIDGETS = {"select": "selectbox", "segmented": "segmented_control", "radio": "radio", "slider": "select_slider"}


def _page() -> None:
    import streamlit as st

    from khid_eval.ui import choice, words

    st.segmented_control("Language", words.LANGUAGES, key=words.LANGUAGE_KEY)
    st.button("Last", key="last", on_click=lambda: st.session_state.update(menu="c"))
    offered = st.session_state.get("offered", ["a", "b", "c"])
    menu = getattr(choice, st.session_state.widget)
    with st.form("form") if st.session_state.in_form else st.container():
        st.session_state.got = menu(
            "Menu",
            offered,
            key="menu",
            default=st.session_state.default,
            format_func=lambda one: f"{one} {words.language()}",
            in_form=st.session_state.in_form,
        )
        if st.session_state.in_form:
            st.form_submit_button("Send", key="send")


def _open(widget: str, default: Any, *, in_form: bool = False) -> AppTest:
    app = AppTest.from_function(_page)
    for key, value in {"widget": widget, "default": default, "in_form": in_form, "lang": "en"}.items():
        app.session_state[key] = value
    return app.run()


@pytest.mark.parametrize(("widget", "found"), WIDGETS.items())
def test_a_choice_survives_a_switch_of_language_and_can_be_changed_in_it(widget: str, found: str) -> None:
    app = _open(widget, "b")
    assert app.session_state.got == "b"
    getattr(app, found)(key="menu_en").set_value("c").run()
    app.segmented_control(key="lang").set_value("km").run()
    assert (app.session_state.got, app.session_state.menu) == ("c", "c")
    getattr(app, found)(key="menu_km").set_value("a").run()
    assert app.session_state.got == "a"
    app.segmented_control(key="lang").set_value("en").run()
    assert (app.session_state.got, getattr(app, found)(key="menu_en").value) == ("a", "a")
    app.button(key="last").click().run()
    assert (app.session_state.got, getattr(app, found)(key="menu_en").value) == ("c", "c")
    assert not app.exception


@pytest.mark.parametrize(("widget", "found"), WIDGETS.items())
def test_a_choice_that_has_gone_becomes_the_default(widget: str, found: str) -> None:
    app = _open(widget, "b")
    getattr(app, found)(key="menu_en").set_value("c").run()
    app.session_state.offered = ["a", "b"]
    assert app.run().session_state.got == "b"
    app.session_state.offered = ["a"]
    assert app.run().session_state.got == "a"
    assert not app.exception


def test_several_choices_survive_as_well() -> None:
    app = _open("several", ["b"])
    app.multiselect(key="menu_en").set_value(["a", "c"]).run()
    app.segmented_control(key="lang").set_value("km").run()
    assert app.session_state.got == ["a", "c"]
    app.session_state.offered = ["b", "c"]
    assert app.run().session_state.got == ["c"]
    app.multiselect(key="menu_km").set_value([]).run()
    assert app.session_state.got == []
    app.session_state.menu = ["a"]
    assert app.run().session_state.got == ["b"]
    assert not app.exception


def _numbers() -> None:
    import streamlit as st

    from khid_eval.ui import choice, words

    st.segmented_control("Language", words.LANGUAGES, key=words.LANGUAGE_KEY)
    st.button("None", key="none", on_click=lambda: st.session_state.update(one=0, both=(0, 9)))
    if st.toggle("Shown", True, key="shown"):
        st.session_state.got = (
            choice.amount("One", 0, 9, key="one", default=3),
            choice.between("Both", 0, 9, key="both", default=(1, 8)),
        )


def test_numbers_survive_as_well_and_come_back_when_they_are_shown_again() -> None:
    app = AppTest.from_function(_numbers).run()
    assert app.session_state.got == (3, (1, 8))
    app.slider(key="one_en").set_value(5).run()
    app.slider(key="both_en").set_value((2, 4)).run()
    app.toggle(key="shown").set_value(False).run()
    app.segmented_control(key="lang").set_value("km").run()
    app.toggle(key="shown").set_value(True).run()
    assert app.session_state.got == (5, (2, 4)) == (app.slider(key="one_km").value, app.slider(key="both_km").value)
    app.button(key="none").click().run()
    assert app.session_state.got == (0, (0, 9)) == (app.slider(key="one_km").value, app.slider(key="both_km").value)
    assert not app.exception


def test_an_empty_menu_asks_in_the_visitors_language() -> None:
    app = _open("several", [])
    assert app.multiselect(key="menu_en").placeholder == "Choose"
    app.segmented_control(key="lang").set_value("km").run()
    assert app.multiselect(key="menu_km").placeholder == say("km", "shell.choose")


def test_a_choice_in_a_form_counts_when_the_form_is_sent() -> None:
    app = _open("several", ["b"], in_form=True)
    app.multiselect(key="menu_en").set_value(["a"])
    app.button(key="send").click().run()
    assert app.session_state.menu == ["a"]
    app.segmented_control(key="lang").set_value("km").run()
    assert app.session_state.got == ["a"]
    app.multiselect(key="menu_km").set_value(["c"])
    app.button(key="send").click().run()
    assert app.session_state.got == ["c"]
    assert not app.exception
