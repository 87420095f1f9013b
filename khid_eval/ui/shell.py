"""The frame around all pages: page settings, styles, language switch, sidebar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from khid_eval.ui import builtin, data, panel, run_address, session
from khid_eval.ui.words import LANGUAGE_KEY, LANGUAGES, Language, language, t

_ASSETS = Path(__file__).parent / "assets"
_ICON = str(_ASSETS / "img" / "icon.png")
_OF_A_RUN = ("evaluate", "conditions", "compare", "thresholds")
_MOMENT_S = 0.1
_LANGUAGE_NAMES = {"en": "English", "km": "ខ្មែរ"}


@cache
def _styles(lang: Language) -> str:
    return f"<style>{(_ASSETS / 'shell.css').read_text(encoding='utf-8')}\n{builtin.styles(lang)}</style>"


def configure() -> None:
    """Title, icon and styles: first call of every run."""
    st.set_page_config(page_title=t("nav.product"), page_icon=_ICON, layout="wide")
    data.forgetter()
    st.html(_styles(language()))
    st.logo(_ICON, size="large")


def name_page(page: Page) -> None:
    """The page's name on the browser's tab, and its language to screen readers, spell checkers and fonts."""
    st.set_page_config(page_title=f"{page.title} · {t('nav.product')}")
    st.html(f"<script>document.documentElement.lang = '{language()}'</script>", unsafe_allow_javascript=True)


def language_switch() -> None:
    """English or Khmer, kept in the address, so that a shared link opens in the same language."""
    asked = st.query_params.get(LANGUAGE_KEY)
    with st.sidebar:
        chosen = st.segmented_control(
            t("nav.language"),
            LANGUAGES,
            default=language(),
            required=True,
            format_func=_LANGUAGE_NAMES.__getitem__,
            key=LANGUAGE_KEY,
            label_visibility="collapsed",
        )
    if chosen and asked != chosen:  # a change of page drops the address's parameters
        st.query_params[LANGUAGE_KEY] = chosen


def menu(sections: Mapping[str, Sequence[Page]]) -> None:
    """Links to the pages under the names of their sections. Streamlit's own menu puts headers into a list of links,
    which screen readers trip over.

    A link names language and run: a page that put them into its address itself would take one step of the browser's
    way back for each.
    """
    run = run_address.current()
    with st.sidebar, st.container(key="shell_menu", gap=None):
        for title, pages in sections.items():
            st.caption(title)
            for page in pages:
                named = {run_address.ADDRESS: run} if run and page.url_path in _OF_A_RUN else {}
                st.page_link(page, width="stretch", query_params={LANGUAGE_KEY: language(), **named})


def sidebar() -> None:
    """Reader and privacy, on every page."""
    with st.sidebar:
        panel.draw()
        st.divider()
        _mask()
        st.button(
            t("shell.wipe"),
            key="shell_wipe",
            icon=":material/delete:",
            help=t("shell.wipe_help"),
            on_click=session.wipe,
            width="stretch",
        )


def _mask() -> None:
    st.toggle(t("shell.mask"), key=session.MASKED_KEY, help=t("shell.mask_help"))


def forget() -> None:
    """Instead of reader and page: the browser forgets what stood in fields that it is no longer shown, and comes back
    for the rest at once."""
    with st.sidebar:
        _mask()
    st.fragment(_go_on, run_every=_MOMENT_S)()
    session.forgotten()


def _go_on() -> None:
    if not session.is_forgetting():
        st.rerun()


__all__ = ["configure", "forget", "language_switch", "menu", "name_page", "sidebar"]
