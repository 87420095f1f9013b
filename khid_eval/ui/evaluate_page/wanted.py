"""The way from a point of a chart to its photos: which view and which field are wanted next."""

from __future__ import annotations

import streamlit as st

VIEW_KEY = "evaluate_view"
FIELD_KEY = "evaluate_failure_field"
_NEXT = "evaluate_next"


def show_field(field: str) -> None:
    """Opens the failures of that field: at once, on a new run of the page, because the widgets are drawn already."""
    st.session_state[_NEXT] = field
    st.rerun()


def obey() -> None:
    """Call it before the widgets are drawn."""
    field = st.session_state.pop(_NEXT, None)
    if field is not None:
        st.session_state[VIEW_KEY] = "failures"
        st.session_state[FIELD_KEY] = field


__all__ = ["FIELD_KEY", "VIEW_KEY", "obey", "show_field"]
