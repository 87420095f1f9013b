"""House style: one look for all charts, light and dark; a field or a run has the same mark everywhere.

Charts draw what they are given and compute nothing. Titles ask the question that the chart answers. `Say` turns an
English phrase into the reader's language.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from khid_eval.records import FIELD_NAMES

MAX_POINTS: Final = 5000
Say = Callable[[str], str]
"""An English phrase -> the same in the reader's language."""


def english(phrase: str) -> str:
    return phrase


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one theme, as in the app's own configuration. palette: told apart by colour-blind eyes too.

    scale: from none right, which stands out, to all right, which hardly does; lightness alone tells them apart.
    """

    name: str
    text: str
    muted: str
    grid: str
    paper: str
    accent: str
    accept: str
    review: str
    wrong: str
    palette: tuple[str, ...]
    scale: tuple[str, ...]


LIGHT: Final = Theme(
    name="light",
    text="#16282b",
    muted="#4d5f62",
    grid="#d5dfdf",
    paper="#ffffff",
    accent="#0b6b6e",
    accept="#1a7f4b",
    review="#b26a00",
    wrong="#c0362c",
    palette=("#0b6b6e", "#d17c00", "#4a6fb5", "#a83f6f", "#6b8e23", "#7d5ba6", "#8c5a3c"),
    scale=("#7a1f1a", "#b5493a", "#dd8f72", "#f0cfbb", "#f3f6f6"),
)
DARK: Final = Theme(
    name="dark",
    text="#e4eded",
    muted="#a9b8ba",
    grid="#2c3c40",
    paper="#0f1719",
    accent="#4cc0bb",
    accept="#4cc38a",
    review="#e0a13d",
    wrong="#ef6f64",
    palette=("#4cc0bb", "#e6a24a", "#86a6e8", "#e081ad", "#a9c864", "#b99be0", "#c99673"),
    scale=("#ffb4a2", "#d9705f", "#94453b", "#4d2f2e", "#182427"),
)
THEMES: Final = {theme.name: theme for theme in (LIGHT, DARK)}

_LABEL_SHARE = 0.08  # of the drawing's height: one line of a label
_WIDEST_LABEL_PX = 120

FONT: Final = "'Source Sans', 'Noto Sans Khmer', sans-serif"
MONO: Final = "'Source Code Pro', 'Noto Sans Khmer', monospace"


@dataclass(frozen=True, slots=True)
class Mark:
    """How a field is drawn: seven hues, and a second symbol and dash for the second seven."""

    colour: str
    symbol: str
    dash: str


def mark(field: str, theme: Theme = LIGHT) -> Mark:
    """The field's fixed mark; an unknown name gets the text's colour."""
    if field not in FIELD_NAMES:
        return Mark(theme.text, "circle", "solid")
    index = FIELD_NAMES.index(field)
    second = index >= len(theme.palette)
    return Mark(
        theme.palette[index % len(theme.palette)], "diamond" if second else "circle", "dash" if second else "solid"
    )


def figure(title: str, about: str, theme: Theme, *, height_px: int = 360) -> go.Figure:
    """An empty figure in the house style. about: how to read it, in `layout.meta["about"]` for the page to show."""
    made = go.Figure()
    made.update_layout(
        # A fixed place, whatever the margin: titles of neighbouring charts stand on one line, under plotly's buttons.
        title={
            "text": title,
            "x": 0.0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "top",
            "pad": {"t": 28},
            "font": {"size": 16, "color": theme.text},
        },
        font={"family": FONT, "size": 13, "color": theme.text},
        paper_bgcolor=theme.paper,  # as the page, so that a saved picture can be read anywhere
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=list(theme.palette),
        height=height_px,
        margin={"l": 8, "r": 16, "t": 66, "b": 8},
        hoverlabel={"font": {"family": FONT}, "bgcolor": theme.paper, "bordercolor": theme.grid},
        showlegend=False,
        modebar={"bgcolor": theme.paper, "color": theme.muted, "activecolor": theme.accent},
        meta={"about": about},
    )
    axis = {
        "gridcolor": theme.grid,
        "linecolor": theme.grid,
        "zerolinecolor": theme.grid,
        "automargin": True,
        "tickfont": {"color": theme.muted},
        "title": {"font": {"color": theme.muted}},
    }
    made.update_xaxes(**axis)
    made.update_yaxes(**axis)
    return made


def legend(made: go.Figure) -> None:
    """A legend between title and drawing, for lines that a direct label cannot name."""
    made.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        margin={"t": 94},
    )


def percent_axis(top: float = 1.0) -> dict[str, Any]:
    """Settings of an axis of shares: percent exist only on the screen."""
    return {"tickformat": ".0%" if top > 0.1 else ".1%", "range": [-0.02 * top, 1.04 * top]}


def empty(made: go.Figure, reason: str, theme: Theme) -> go.Figure:
    """A figure that says why there is nothing to draw, in the place of the drawing."""
    made.add_annotation(
        text=reason, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 14, "color": theme.muted}
    )
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False)
    return made


def bars(above: Iterable[float], below: Iterable[float], **look: Any) -> dict[str, Any]:
    """Interval bars: how far each reaches above and below its point, >= 0."""
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1, **look}


def label(made: go.Figure, x: float, y: float, text: str, colour: str, **more: Any) -> None:
    """A direct label beside a line or point, in place of a legend."""
    place = {"xanchor": "left", "yanchor": "middle", "xshift": 6} | more
    made.add_annotation(x=x, y=y, text=text, showarrow=False, font={"color": colour, "size": 12}, **place)


def end_labels(made: go.Figure, ends: Iterable[tuple[str, str, float, float]], span: float) -> None:
    """Names of lines where they end, in a margin on the right; those that would cover another are pushed up.

    ends: words, colour, x and y of the last point, as annotations take them (powers of ten on a log axis). span: of the
    y axis in the same units.
    """
    lowest, longest = float("-inf"), 0
    for words, colour, x, y in sorted(ends, key=lambda end: end[3]):
        lowest = max(y, lowest + _LABEL_SHARE * span)
        longest = max(longest, len(words))
        label(made, x, lowest, words, colour, xshift=10)
    made.update_layout(margin={"r": 16 + min(8 * longest, _WIDEST_LABEL_PX)})


def translucent(colour: str, alpha: float) -> str:
    """#rrggbb with an opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def share(value: float, digits: int = 1) -> str:
    """A share as percent, or a dash where there is none."""
    return "–" if value != value else f"{100 * value:.{digits}f} %"


def rate_text(value: float, low: float, high: float, n: int) -> str:
    """97.4 % (96.1–98.3, n 812): a figure never comes without its uncertainty."""
    if value != value:
        return f"– (n {n:,})"
    return f"{100 * value:.1f} % ({100 * low:.1f}–{100 * high:.1f}, n {n:,})"


def table_of(made: go.Figure) -> str:
    """The chart's data as CSV: one row a drawn point. For the download beside each chart."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["series", "x", "y"])
    for trace in made.data:
        if trace.hoverinfo == "skip":
            continue
        across, up = (trace.theta, trace.r) if trace.type == "scatterpolar" else (trace.x, trace.y)
        for x, y in zip(_listed(across), _listed(up), strict=False):
            writer.writerow([trace.name or "", x, y])
    return out.getvalue()


def _listed(values: Iterable[Any] | None) -> list[Any]:
    return [] if values is None else list(np.asarray(values).tolist())


Captions = Mapping[str, str]
"""Field name -> the words for it; a missing name stands for itself."""
NO_CAPTIONS: Final[Captions] = MappingProxyType({})

__all__ = [
    "DARK",
    "FONT",
    "LIGHT",
    "MAX_POINTS",
    "MONO",
    "NO_CAPTIONS",
    "THEMES",
    "Captions",
    "Mark",
    "Say",
    "Theme",
    "bars",
    "empty",
    "end_labels",
    "english",
    "figure",
    "label",
    "legend",
    "mark",
    "percent_axis",
    "rate_text",
    "share",
    "table_of",
    "translucent",
]
