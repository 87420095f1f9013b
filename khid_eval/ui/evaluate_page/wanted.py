"""The way from one part of the page to another: which view, run or field is wanted next.

Widgets that are drawn already cannot be set, so wishes are kept and obeyed at the start of the next run of the page.
"""

from __future__ import annotations

import streamlit as st

VIEW_KEY = "evaluate_view"
FIELD_KEY = "evaluate_failure_field"
RUN_KEY = "evaluate_run"
OVERVIEW, FAILURES = "overview", "failures"
_NEXT = "evaluate_next"


def show(view: str, *, field: str | None = None, run: str | None = None) -> None:
    """Notes what to show next; takes effect when the page runs again."""
    wishes = {VIEW_KEY: view, FIELD_KEY: field, RUN_KEY: run}
    st.session_state[_NEXT] = {key: value for key, value in wishes.items() if value is not None}


def obey() -> None:
    """Call it before the widgets are drawn."""
    st.session_state.update(st.session_state.pop(_NEXT, {}))


__all__ = ["FAILURES", "FIELD_KEY", "OVERVIEW", "RUN_KEY", "VIEW_KEY", "obey", "show"]
