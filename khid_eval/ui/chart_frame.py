"""A chart on a page: in the visitor's theme and language, with how to read it and its data below."""

from __future__ import annotations

from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from khid_eval import charts
from khid_eval.records import FIELD_NAMES
from khid_eval.ui.words import catalogue, language, t

_PREFIX = "charts."


def theme() -> charts.Theme:
    """The chart colours of the visitor's theme."""
    return charts.THEMES.get(str(st.context.theme.type), charts.LIGHT)


@cache
def _khmer() -> dict[str, str]:
    return {words["en"]: words["km"] for key, words in catalogue().items() if key.startswith(_PREFIX)}


def say(phrase: str) -> str:
    """A chart's English phrase in the visitor's language, where the catalogue has it."""
    return _khmer().get(phrase, phrase) if language() == "km" else phrase


def captions() -> dict[str, str]:
    """Field name -> its words and its name in the API."""
    return {name: f"{t(f'fields.{name}')} · {name}" for name in FIELD_NAMES}


def draw(made: go.Figure, key: str, *, selects: bool = False) -> Any:
    """Draws it; selects: a click on a point reruns the page and gives its customdata, else None."""
    chosen = None
    settings: dict[str, Any] = {"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2}}
    if selects:
        state = st.plotly_chart(
            made, key=key, theme=None, config=settings, on_select="rerun", selection_mode="points"
        )
        points = state["selection"]["points"] if state else []
        chosen = points[0].get("customdata") if points else None
    else:
        st.plotly_chart(made, key=key, theme=None, config=settings)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(str(made.layout.meta["about"]))
        st.download_button(
            t("evaluate.data"),
            charts.table_of(made),
            file_name=f"{key}.csv",
            mime="text/csv",
            key=f"{key}_csv",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )
    return chosen


__all__ = ["captions", "draw", "say", "theme"]
