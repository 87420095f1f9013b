"""Which run the pages look at, as session state and the address name it. Light: the menu of all pages needs it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

RUN_KEY = "evaluate_run"
"""Session state key of the run that Evaluate, Conditions, Thresholds and Compare (as B) look at: its folder."""
ADDRESS = "run"
"""Its folder's name in the address, so that a link leads to the same run."""
_LAST = "run_address_last"


def last() -> tuple[str | None, str | None]:
    """What the address asked for and which folder was shown when a page last looked at a run."""
    kept: tuple[str | None, str | None] = st.session_state.get(_LAST, (None, None))
    return kept


def note(asked: str | None, path: str) -> None:
    """For `last`."""
    st.session_state[_LAST] = (asked, path)


def current() -> str:
    """Name of the run that a page would look at now; "" where none was looked at yet. Whatever changed last counts:
    the choice or the address."""
    asked = st.query_params.get(ADDRESS)
    if asked and asked != last()[0]:
        return asked
    return Path(st.session_state.get(RUN_KEY) or "").name


__all__ = ["ADDRESS", "RUN_KEY", "current", "last", "note"]
