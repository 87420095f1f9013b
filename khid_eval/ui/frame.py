"""What surrounds every page: the guard, the heading, and the states a page can be in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from khid_eval.errors import KhidError
from khid_eval.ui import told
from khid_eval.ui.words import has, language, t

_inside_app: ContextVar[bool] = ContextVar("khid_inside_app", default=False)
_WANTED = "frame_wanted_page"
_PAGE = "frame_page"
_LEFT = "frame_left_in_address"


@contextmanager
def inside_app() -> Iterator[None]:
    """Marks the script run as one that came through app.py."""
    token = _inside_app.set(True)
    try:
        yield
    finally:
        _inside_app.reset(token)


def guard(page_file: str) -> None:
    """Sends a page that runs without app.py through it, and remembers which page was wanted.

    Until a session of a fresh server has called `st.navigation`, Streamlit runs a deep-linked page file by itself.
    """
    page = Path(page_file).stem
    if not _inside_app.get():
        st.session_state[_WANTED] = page
        go("app.py")
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state.pop(_LEFT, None)


def go(page: str | Page) -> None:
    """To another page, with the address's parameters: Streamlit drops them otherwise."""
    st.switch_page(page, query_params=st.query_params.to_dict())


def wanted_page() -> str | None:
    """The page a deep link asked for before app.py ran; told once."""
    wanted = st.session_state.pop(_WANTED, None)
    return wanted if isinstance(wanted, str) else None


def leave_in_address(words: dict[str, str]) -> None:
    """Notes which of a page's words stand in the address at the end of its run."""
    st.session_state[_LEFT] = words


def left_in_address() -> dict[str, str] | None:
    """What the last run of this page left there; None for a visitor who comes from elsewhere."""
    left: dict[str, str] | None = st.session_state.get(_LEFT)
    return left


def heading(page: str) -> None:
    """The page's title and its one sentence."""
    st.title(t(f"{page}.title"), anchor=False)
    st.markdown(t(f"{page}.sentence"))


def empty(key: str) -> None:
    """Nothing here yet: the phrase says what to do to change that."""
    st.info(t(key), icon=":material/inbox:")


def note(key: str, /, **values: object) -> None:
    """A quiet line under something."""
    st.caption(t(key, **values))


def is_code(field: str) -> bool:
    """Whether a field is read sign by sign, so that its text stands in a monospace: the number and the MRZ."""
    return field == "id_number" or field.startswith("machine_code")


def explain(error: KhidError) -> tuple[str, str]:
    """What happened and what to do about it, in the visitor's language as far as the catalogue knows the words: names
    and figures of the error itself are never lost.
    """
    kind = type(error).__name__
    own = f"errors.{error.code}" if error.code and has(f"errors.{error.code}") else ""
    what = told.say(error.message) or error.message
    if language() != "en" and own:
        what = t(own)
    elif language() != "en" and what == error.message and has(f"errors.{kind}"):
        what = f"{t(f'errors.{kind}')} {what}"
    usual = next((key for key in (f"{own}.advice", f"errors.{kind}.advice") if has(key)), "")
    if usual and (not error.advice or (own and language() != "en")):
        return what, t(usual)
    return what, told.say(error.advice) or error.advice


def failed(error: KhidError) -> None:
    """What went wrong, why, what next, and the API's code."""
    what, advice = explain(error)
    code = f" `{error.code}`" if error.code else ""
    st.error(f"**{what}**{code}\n\n{advice}".strip(), icon=":material/error:")


__all__ = [
    "empty",
    "explain",
    "failed",
    "go",
    "guard",
    "heading",
    "inside_app",
    "is_code",
    "leave_in_address",
    "left_in_address",
    "note",
    "wanted_page",
]
