"""The way from one part of the page to another: which view, run or field is wanted next.

Widgets that are drawn already cannot be set, so wishes are kept and obeyed at the start of the next run of the page.
"""

from __future__ import annotations

import streamlit as st

VIEW_KEY = "evaluate_view"
RUN_KEY = "evaluate_run"
SLICE_KEY = "evaluate_slice"
FIELD_KEY = "evaluate_failure_field"
CONFIDENCE_KEY = "evaluate_failure_confidence"
LETTERS_KEY = "evaluate_failure_letters"
OVERVIEW, FAILURES = "overview", "failures"
_NEXT = "evaluate_next"
_IN_ADDRESS = "view"


def value_key(column: str) -> str:
    """The key of the widget that chooses a value of that condition column."""
    return f"evaluate_value_{column}"


def show(view: str, **choices: object) -> None:
    """Notes what to show next; takes effect when the page runs again. choices: widget key -> value.

    Letters that were clicked before are put away: the next click asks something else.
    """
    st.session_state[_NEXT] = {VIEW_KEY: view, LETTERS_KEY: ("", ""), **choices}


def obey() -> None:
    """Call it before the widgets are drawn. A new visitor gets the view that the address names."""
    if _IN_ADDRESS in st.query_params:
        st.session_state.setdefault(VIEW_KEY, st.query_params[_IN_ADDRESS])
    st.session_state.update(st.session_state.pop(_NEXT, {}))


def remember(view: str) -> None:
    """Into the address, for the next load of the page; the usual view needs no word there."""
    if view != OVERVIEW:
        st.query_params[_IN_ADDRESS] = view
    elif _IN_ADDRESS in st.query_params:
        del st.query_params[_IN_ADDRESS]


__all__ = [
    "CONFIDENCE_KEY",
    "FAILURES",
    "FIELD_KEY",
    "LETTERS_KEY",
    "OVERVIEW",
    "RUN_KEY",
    "SLICE_KEY",
    "VIEW_KEY",
    "obey",
    "remember",
    "show",
    "value_key",
]
