"""Charts on a page: in the visitor's language and theme, each with how to read it and its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypedDict

import plotly.graph_objects as go
import streamlit as st

from khid_eval import charts
from khid_eval.records import FIELD_NAMES
from khid_eval.ui.words import catalogue, language, t

_NO_BUTTONS = ("zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "select2d", "lasso2d")
"""What dragging and clicking twice do anyway: saving the picture, resetting and the full screen are left."""


class Style(TypedDict):
    """The keyword arguments that every chart takes."""

    theme: charts.Theme
    say: Callable[[str], str]


def theme() -> charts.Theme:
    """Light or dark, as the visitor's browser shows the app."""
    return charts.DARK if st.context.theme.type == "dark" else charts.LIGHT


@cache
def _khmer() -> Mapping[str, str]:
    return {phrase["en"]: phrase["km"] for key, phrase in catalogue().items() if key.startswith("charts.")}


def say(phrase: str) -> str:
    """A chart's English phrase in the visitor's language."""
    return _khmer().get(phrase, phrase) if language() == "km" else phrase


def style() -> Style:
    """What to hand to any chart: `charts.forest(verdicts, **charting.style())`."""
    return Style(theme=theme(), say=say)


def captions() -> dict[str, str]:
    """Field name -> its words, for charts by field."""
    return {name: t(f"fields.{name}") for name in FIELD_NAMES}


def show(figure: go.Figure, key: str, *, on_select: Callable[[], None] | None = None, bare: bool = False) -> Any:
    """Draw a chart with its explanation and its data. key: of the widget. on_select: called when a point is clicked.

    bare: the chart alone, as one of several that are explained together by `about`.
    """
    state = st.plotly_chart(
        figure,
        theme=None,
        key=key,
        config=_config(key),
        on_select=on_select or "ignore",
        selection_mode="points",
        alt=f"{figure.layout.title.text} {figure.layout.meta['about']}",
    )
    if not bare:
        about(figure, key)
    return state


def _config(key: str) -> dict[str, Any]:
    picture = {"format": "png", "filename": key, "scale": 2}
    return {"displaylogo": False, "modeBarButtonsToRemove": list(_NO_BUTTONS), "toImageButtonOptions": picture}


def about(figure: go.Figure, key: str) -> None:
    """How to read a chart, and its data as a file. key: as in `show`."""
    with st.container(horizontal=True, vertical_alignment="top"):
        st.caption(figure.layout.meta["about"])
        st.download_button(
            t("charts.about_data"),
            lambda: charts.table_of(figure).encode(),
            file_name=f"{key}.csv",
            mime="text/csv",
            key=f"{key}_csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


__all__ = ["Style", "about", "captions", "say", "show", "style", "theme"]
