"""Pages of a gallery, turned by buttons, by the arrow keys, and where there are many by their number."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from khid_eval.ui.words import t

_MANY = 10


def turn(total: int, of: object, *, key: str, a_page: int, caption: str) -> int:
    """The page's number, from 0; a change of what is shown goes back to the first.

    of: what is shown, for comparing. key: start of the widgets' keys. caption: phrase with page, pages and total.
    """
    pages = max(1, -(-total // a_page))
    kept = f"{key}_page"
    kept_of, page = st.session_state.get(kept, (None, 0))
    page = min(page, pages - 1) if kept_of == of else 0
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


__all__ = ["turn"]
