"""The way from one part of the page to another: which view, run or field is wanted next.

Widgets that are drawn already cannot be set, so wishes are kept and obeyed at the start of the next run of the page.
"""

from __future__ import annotations

import streamlit as st

from khid_eval.ui.run_address import RUN_KEY

VIEW_KEY = "evaluate_view"
LEVEL_KEY = "evaluate_level"
SLICE_KEY = "evaluate_slice"
CHARTED_KEY = "evaluate_confidence_field"
FIELD_KEY = "evaluate_failure_field"
OUTCOME_KEY = "evaluate_failure_outcome"
ERROR_KEY = "evaluate_failure_error"
ORDER_KEY = "evaluate_order"
CONFIDENCE_KEY = "evaluate_failure_confidence"
ANY_CONFIDENCE = (0, 100)
LETTERS_KEY = "evaluate_failure_letters"
ANY_LETTERS = ("", "")
PAGES_KEY = "evaluate"
"""Start of the pager's keys."""
OVERVIEW, FAILURES = "overview", "failures"
FORM = "new"
"""The view in which a run is started."""
_NEXT = "evaluate_next"
_STARTED = "evaluate_started"


def value_key(column: str) -> str:
    """Session state key of the chosen value of that condition column, in its `word`."""
    return f"evaluate_value_{column}"


def word(value: str | float | None) -> str:
    """A value of a condition column for session state and the address; "" is "not stated"."""
    return "" if value is None else str(value)


def show(view: str, **choices: object) -> None:
    """Notes what to show next; takes effect when the page runs again. choices: widget key -> value.

    Letters that were clicked before are put away: the next click asks something else.
    """
    st.session_state[_NEXT] = {VIEW_KEY: view, LETTERS_KEY: ANY_LETTERS, **choices}


def show_started(run: str) -> None:
    """Notes that a run was started in the form, and is to be shown. run: its folder."""
    show(OVERVIEW, **{RUN_KEY: run})
    st.session_state[_STARTED] = True


def just_started() -> bool:
    """Whether a run was started and the browser may still name the form, which it left: no way back then."""
    if st.query_params.get("view") != FORM:
        st.session_state.pop(_STARTED, None)
    return _STARTED in st.session_state


def obey() -> None:
    """Call it before the widgets are drawn."""
    st.session_state.update(st.session_state.pop(_NEXT, {}))


__all__ = [
    "ANY_CONFIDENCE",
    "ANY_LETTERS",
    "CHARTED_KEY",
    "CONFIDENCE_KEY",
    "ERROR_KEY",
    "FAILURES",
    "FIELD_KEY",
    "FORM",
    "LETTERS_KEY",
    "LEVEL_KEY",
    "ORDER_KEY",
    "OUTCOME_KEY",
    "OVERVIEW",
    "PAGES_KEY",
    "SLICE_KEY",
    "VIEW_KEY",
    "just_started",
    "obey",
    "show",
    "show_started",
    "value_key",
    "word",
]
