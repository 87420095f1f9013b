"""A strip of thumbnails to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from khid_eval.ui.words import language

_ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """picture: data: address."""

    name: str
    label: str
    picture: str


_component = st.components.v2.component(
    "khid_gallery",
    html='<div class="gl" role="group"></div>',
    css=(_ASSETS / "gallery.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "gallery.js").read_text(encoding="utf-8"),
)


def choose(label: str, thumbnails: Sequence[Thumbnail], *, key: str) -> str | None:
    """The name of the chosen one: the last clicked, else the first; None where there are none."""
    names = [one.name for one in thumbnails]
    if not names:
        return None
    kept = f"{key}_chosen"
    drawn = st.session_state.get(key)
    clicked = drawn.get("chosen") if drawn else None
    if clicked in names:
        st.session_state[kept] = clicked
    chosen = st.session_state.get(kept)
    chosen = chosen if chosen in names else names[0]
    items = [{"name": one.name, "label": one.label, "picture": one.picture} for one in thumbnails]
    _component(
        key=key,
        data={"label": label, "items": items, "chosen": chosen, "lang": language()},
        on_chosen_change=lambda: None,
    )
    return str(chosen)


__all__ = ["Thumbnail", "choose"]
