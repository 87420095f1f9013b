"""Navigation: the one script that Streamlit starts; every page runs inside it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from khid_eval.ui import frame, session, shell
from khid_eval.ui.words import t

PAGES = {
    "nav.section_read": {
        "recognise": ":material/badge:",
        "explorer": ":material/code:",
    },
    "nav.section_measure": {
        "evaluate": ":material/query_stats:",
        "conditions": ":material/rotate_90_degrees_cw:",
        "compare": ":material/compare_arrows:",
        "datasets": ":material/photo_library:",
    },
    "nav.section_decide": {
        "thresholds": ":material/rule:",
    },
}
HOME = "recognise"
FOLDER = Path(__file__).parent / "pages"

shell.configure()
# Streamlit answers for the default page at "/" only. So that its own name in an address works as well, the home page is
# registered twice: as the default, and hidden under its name.
pages = {
    name: st.Page(
        FOLDER / f"{name}.py",
        title=t(f"nav.{name}"),
        icon=icon,
        url_path="home" if name == HOME else name,
        default=name == HOME,
    )
    for section in PAGES.values()
    for name, icon in section.items()
}
home_by_name = st.Page(FOLDER / f"{HOME}.py", title=t(f"nav.{HOME}"), url_path=HOME, visibility="hidden")
menu = {t(title): [pages[name] for name in section] for title, section in PAGES.items()}
page = st.navigation([page for section in menu.values() for page in section] + [home_by_name], position="hidden")
wanted = frame.wanted_page()
if wanted in pages and pages[wanted] is not page:
    frame.go(pages[wanted])
shell.name_page(page)
shell.menu(menu)
shell.language_switch()
if session.is_forgetting():
    shell.forget()
    st.stop()
shell.sidebar()
with frame.inside_app():
    page.run()
