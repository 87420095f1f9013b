"""Pictures pasted anywhere on the page go into an uploader."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_SCRIPT = Path(__file__).parent / "assets" / "paste.js"

_component = st.components.v2.component("khid_paste", js=_SCRIPT.read_text(encoding="utf-8"))


def into(uploader: str) -> None:
    """uploader: the key of a `st.file_uploader` on this page."""
    _component(key=f"{uploader}_paste", data={"target": uploader}, height="content")


__all__ = ["into"]
