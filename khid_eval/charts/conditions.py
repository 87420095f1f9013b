"""How conditions change reading: rotation, severity, and the field x condition matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from khid_eval.charts import style
from khid_eval.charts.style import LIGHT, NO_CAPTIONS, Captions, Say, Theme, english
from khid_eval.metrics.intervals import Rate

_COLUMNS = 3
_CELL_PX = 34
_FEWEST = 8
"""Columns for which the matrix has room at the least."""


@dataclass(frozen=True, slots=True)
class Point:
    """Readings at one value of a condition. at: degrees or severity. mean_confidence: in [0, 1]."""

    at: float
    right: Rate
    mean_confidence: float


def rotation_polar(points: Sequence[Point], *, theme: Theme = LIGHT, say: Say = english) -> go.Figure:
    """Accuracy and mean confidence around the circle: where confidence stands outside accuracy, it lies."""
    made = style.figure(
        say("Does turning the card change the reading?"),
        say("Distance from the centre: share right (full line) and mean confidence (dashed), by degrees of rotation."),
        theme,
        height_px=440,
    )
    shown = sorted((point for point in points if point.right.total), key=lambda point: point.at % 360)
    if not shown:
        return style.empty(made, say("No rotated photo in this run."), theme)
    closed = [*shown, shown[0]] if len(shown) > 2 else shown
    angles = [point.at % 360 for point in closed]
    lines = (
        (say("right"), [point.right.value for point in closed], theme.accent, "solid"),
        (say("mean confidence"), [point.mean_confidence for point in closed], theme.palette[1], "dash"),
    )
    words = [_rate_words(point.right) for point in closed]
    for name, values, colour, dash in lines:
        made.add_scatterpolar(
            r=values,
            theta=angles,
            mode="lines+markers",
            line={"color": colour, "dash": dash},
            marker={"size": 6},
            text=words,
            hovertemplate=f"%{{theta:.0f}}°<br>{name} %{{r:.1%}}<br>%{{text}}<extra></extra>",
            name=name,
        )
    lines_of = {"gridcolor": theme.grid, "linecolor": theme.grid, "tickfont": {"color": theme.muted}}
    made.update_layout(
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "radialaxis": lines_of | {"range": [0, 1.02], "tickformat": ".0%", "angle": 22.5},
            "angularaxis": lines_of | {"direction": "clockwise", "rotation": 90, "ticksuffix": "°"},
        },
    )
    style.legend(made)
    made.update_layout(margin={"l": 44, "r": 44, "t": 118, "b": 36}, legend={"y": 1.08})
    return made


def severity(curves: Mapping[str, Sequence[Point]], *, theme: Theme = LIGHT, say: Say = english) -> go.Figure:
    """Small multiples on shared axes: share right with its interval, and mean confidence, over severity."""
    title = say("How much does each condition cost, and does confidence notice?")
    about = say("Full line: share right with its 95 % interval. Dashed: mean confidence. Severity 0 is undisturbed.")
    known = {name: sorted(points, key=lambda p: p.at) for name, points in curves.items() if points}
    if not known:
        return style.empty(style.figure(title, about, theme), say("No condition in this run."), theme)
    rows = -(-len(known) // _COLUMNS)
    columns = min(_COLUMNS, len(known))
    base = style.figure(title, about, theme, height_px=120 + 200 * rows)
    made = make_subplots(rows, columns, shared_xaxes=True, shared_yaxes=True, subplot_titles=list(known))
    made.update_layout(base.layout.to_plotly_json() | {"annotations": made.layout.annotations})
    for i, points in enumerate(known.values()):
        for trace in _severity_lines(points, theme, say):
            made.add_trace(trace, row=i // _COLUMNS + 1, col=i % _COLUMNS + 1)
    quiet = {"gridcolor": theme.grid, "linecolor": theme.grid, "zerolinecolor": theme.grid, "automargin": True}
    made.update_xaxes(**quiet, dtick=1)
    made.update_yaxes(**quiet, tickformat=".0%", range=[-0.02, 1.04])
    made.update_xaxes(title=say("Severity"), row=rows)
    made.update_yaxes(title=say("Right"), col=1)
    return made


def _severity_lines(points: Sequence[Point], theme: Theme, say: Say) -> list[go.Scatter]:
    x = [point.at for point in points]
    return [
        go.Scatter(
            x=x,
            y=[point.right.value for point in points],
            mode="lines+markers",
            line={"color": theme.accent},
            error_y=style.bars(
                [point.right.high - point.right.value for point in points],
                [point.right.value - point.right.low for point in points],
            ),
            text=[_rate_words(point.right) for point in points],
            hovertemplate="%{x}: %{text}<extra></extra>",
            name=say("right"),
        ),
        go.Scatter(
            x=x,
            y=[point.mean_confidence for point in points],
            mode="lines",
            line={"color": theme.palette[1], "dash": "dash"},
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
            name=say("mean confidence"),
        ),
    ]


def condition_matrix(
    cells: Mapping[tuple[str, str], Rate],
    fields: Sequence[str],
    conditions: Sequence[str],
    *,
    captions: Captions = NO_CAPTIONS,
    theme: Theme = LIGHT,
    say: Say = english,
) -> go.Figure:
    """One square a field and condition, trouble stands out; each can be clicked (customdata: field, condition).

    cells: (field, condition) -> rate; a missing cell stays empty. Squares, because clicks on a heat map are not told.
    """
    made = style.figure(
        say("Which field fails under which condition?"),
        say("Share of judged fields read exactly. An empty place has no photo. Click a square for its photos."),
        theme,
        height_px=160 + _CELL_PX * max(len(fields), 3),
    )
    known = [(f, c, cells[f, c]) for f in fields for c in conditions if (f, c) in cells and cells[f, c].total]
    if not known:
        return style.empty(made, say("No condition in this run."), theme)
    made.add_trace(_cells(known, captions, theme, say))
    axis = {"type": "category", "showgrid": False, "showline": False}
    across = max(len(conditions), _FEWEST)  # a few columns stand close together, and the scale beside them
    made.update_xaxes(**axis, categoryarray=list(conditions), tickangle=-40, range=[-0.6, across - 0.4])
    made.update_traces(marker_colorbar_x=(len(conditions) + 0.3) / (across + 0.2))
    made.update_yaxes(**axis, categoryarray=[captions.get(f, f) for f in fields], autorange="reversed")
    return made


def _cells(known: Sequence[tuple[str, str, Rate]], captions: Captions, theme: Theme, say: Say) -> go.Scatter:
    values = [rate.value for _, _, rate in known]
    worst = min(0.9, *values)
    return go.Scatter(
        x=[c for _, c, _ in known],
        y=[captions.get(f, f) for f, _, _ in known],
        mode="markers+text",
        textfont={"size": 10, "color": [_ink(value, worst, theme) for value in values]},
        marker=_squares(values, worst, theme),
        customdata=[[f, c] for f, c, _ in known],
        text=[f"{100 * value:.0f}" for value in values],
        hovertext=[_rate_words(rate) for _, _, rate in known],
        hovertemplate="%{y} · %{x}<br>%{hovertext}<extra></extra>",
        name=say("read exactly"),
    )


def _squares(values: Sequence[float], worst: float, theme: Theme) -> dict[str, Any]:
    return {
        "symbol": "square",
        "size": _CELL_PX - 8,
        "color": values,
        "colorscale": [[i / (len(theme.scale) - 1), colour] for i, colour in enumerate(theme.scale)],
        "cmin": worst,
        "cmax": 1.0,
        "colorbar": {"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
        "line": {"color": theme.grid, "width": 1},
    }


def _ink(value: float, worst: float, theme: Theme) -> str:
    """A colour that can be read on the square of that share: squares of great shares look like the page."""
    return theme.text if value >= worst + 0.35 * (1.0 - worst) else theme.paper


def _rate_words(rate: Rate) -> str:
    return style.rate_text(rate.value, rate.low, rate.high, rate.total)


__all__ = ["Point", "condition_matrix", "rotation_polar", "severity"]
