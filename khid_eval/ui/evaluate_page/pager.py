"""Pages of a gallery, turned by buttons, by the arrow keys, and where there are many by their number."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from khid_eval.ui.words import t

_MANY = 10
_NOWHERE = (None, 0)
"""What is shown, and the page of it; None is anything."""


def page_of(key: str) -> int:
    """The page that was shown last, from 0. key: as in `turn`."""
    return int(st.session_state.get(_kept(key), _NOWHERE)[1])


def begin_at(page: int, key: str) -> None:
    """That page of whatever is shown next, or its last one. page: from 0. key: as in `turn`."""
    st.session_state[_kept(key)] = (None, max(0, page))


def _kept(key: str) -> str:
    return f"{key}_page"


def turn(total: int, of: object, *, key: str, a_page: int, caption: str) -> int:
    """The page's number, from 0; a change of what is shown goes back to the first.

    of: what is shown, for comparing. key: start of the widgets' keys. caption: phrase with page, pages and total.
    """
    pages = max(1, -(-total // a_page))
    kept = _kept(key)
    kept_of, page = st.session_state.get(kept, _NOWHERE)
    page = min(page, pages - 1) if kept_of in (None, of) else 0
    st.session_state[kept] = (of, page)

    def go(to: int) -> None:
        st.session_state[kept] = (of, to)

    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            _button("back", "left", page - 1, pages, key=key, go=go)
            _button("next", "right", page + 1, pages, key=key, go=go)
        if pages > _MANY:
            _number(page, pages, key=f"{key}_number", go=go)
        st.caption(t(caption, page=f"{page + 1:,}", pages=f"{pages:,}", total=f"{total:,}"))
    return page


def _button(word: str, arrow: str, to: int, pages: int, *, key: str, go: Callable[[int], None]) -> None:
    there = 0 <= to < pages
    st.button(
        t(f"evaluate.{word}"), key=f"{key}_to_{word}", disabled=not there, shortcut=arrow, on_click=go, args=(to,)
    )


def _number(page: int, pages: int, *, key: str, go: Callable[[int], None]) -> None:
    st.session_state[key] = page + 1
    st.number_input(
        t("evaluate.page_number"),
        1,
        pages,
        key=key,
        label_visibility="collapsed",
        width=130,
        on_change=lambda: go(st.session_state[key] - 1),
    )


__all__ = ["begin_at", "page_of", "turn"]
