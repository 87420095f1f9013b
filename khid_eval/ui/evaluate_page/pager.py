"""Pages of a gallery, turned by buttons and by the arrow keys."""

from __future__ import annotations

import streamlit as st

from khid_eval.ui.words import t


def turn(total: int, of: object, *, key: str, a_page: int, caption: str) -> int:
    """The page's number, from 0; a change of what is shown goes back to the first.

    of: what is shown, for comparing. key: start of the widgets' keys. caption: phrase with page, pages and total.
    """
    pages = max(1, -(-total // a_page))
    kept_of, page = st.session_state.get(f"{key}_page", (None, 0))
    page = min(page, pages - 1) if kept_of == of else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        back = st.button(t("evaluate.back"), key=f"{key}_back", disabled=not page, shortcut="left")
        on = st.button(t("evaluate.on"), key=f"{key}_on", disabled=page + 1 >= pages, shortcut="right")
        page += int(on) - int(back)
        st.caption(t(caption, page=page + 1, pages=pages, total=f"{total:,}"))
    st.session_state[f"{key}_page"] = (of, page)
    return page


__all__ = ["turn"]
