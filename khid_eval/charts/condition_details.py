"""Conditions, closer: small angles, and where confidence lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from khid_eval.charts import style
from khid_eval.charts.conditions import Point, severity
from khid_eval.charts.style import LIGHT, Say, Theme, english
from khid_eval.metrics.intervals import Rate

_ROW_PX = 30


@dataclass(frozen=True, slots=True)
class Trust:
    """Confidence beside truth for one named group of readings. mean_confidence: in [0, 1]."""

    name: str
    right: Rate
    mean_confidence: float


def small_angles(points: Sequence[Point], *, theme: Theme = LIGHT, say: Say = english) -> go.Figure:
    """Share right with its interval and mean confidence over degrees either way of upright."""
    made = style.figure(
        say("And near upright, where most photos are?"),
        say("Full line: share right with its 95 % interval. Dashed: mean confidence."),
        theme,
        height_px=440,
    )
    shown = sorted((point for point in points if point.right.total), key=lambda point: point.at)
    if not shown:
        return style.empty(made, say("No rotated photo in this run."), theme)
    right, sure = _near_lines(shown, theme, say)
    made.add_traces([right, sure])
    style.legend(made)  # names at the lines' ends would take a third of a phone's width
    low = max(-0.02, min(min(point.right.low, point.mean_confidence) for point in shown) - 0.1)
    made.update_xaxes(title=say("Degrees clockwise"), ticksuffix="°", zeroline=False)
    made.update_yaxes(title=say("Right"), tickformat=".0%", range=[low, 1.04])
    return made


def _near_lines(shown: Sequence[Point], theme: Theme, say: Say) -> tuple[go.Scatter, go.Scatter]:
    x = [point.at for point in shown]
    right = go.Scatter(
        x=x,
        y=[point.right.value for point in shown],
        mode="lines+markers",
        line={"color": theme.accent},
        error_y=style.bars(
            [point.right.high - point.right.value for point in shown],
            [point.right.value - point.right.low for point in shown],
        ),
        text=[style.rate_text(p.right.value, p.right.low, p.right.high, p.right.total) for p in shown],
        hovertemplate="%{x:.0f}°: %{text}<extra></extra>",
        name=say("right"),
    )
    sure = go.Scatter(
        x=x,
        y=[point.mean_confidence for point in shown],
        mode="lines",
        line={"color": theme.palette[1], "dash": "dash"},
        hovertemplate="%{x:.0f}°: %{y:.1%}<extra></extra>",
        name=say("mean confidence"),
    )
    return right, sure


def severity_of_one(name: str, points: Sequence[Point], *, theme: Theme = LIGHT, say: Say = english) -> go.Figure:
    """One small multiple by itself, for pages that place them. name: of the condition, for its title."""
    made = severity({name: points}, theme=theme, say=say)
    made.layout.annotations = ()  # the title says it already
    made.update_layout(title={"text": name, "font": {"size": 14}}, height=230, margin={"t": 46})
    made.update_yaxes(title=None)
    return made


def trust(groups: Sequence[Trust], *, theme: Theme = LIGHT, say: Say = english) -> go.Figure:
    """Mean confidence less share right, a row a group: to the right of 0 the reader is too sure."""
    made = style.figure(
        say("Where is the reader too sure of itself?"),
        say("Mean confidence less the share right; bars are 95 % intervals. Right of 0: too sure. Left: too modest."),
        theme,
        height_px=150 + _ROW_PX * max(len(groups), 3),
    )
    shown = sorted((one for one in groups if one.right.total), key=lambda one: one.right.value - one.mean_confidence)
    if not shown:
        return style.empty(made, say("No condition in this run."), theme)
    made.add_scatter(
        x=[one.mean_confidence - one.right.value for one in shown],
        y=[one.name for one in shown],
        mode="markers",
        marker={"size": 10, "color": [_colour(one, theme) for one in shown], "symbol": [_symbol(one) for one in shown]},
        error_x=style.bars(
            [one.right.value - one.right.low for one in shown],
            [one.right.high - one.right.value for one in shown],
            color=theme.muted,
        ),
        text=[style.rate_text(o.right.value, o.right.low, o.right.high, o.right.total) for o in shown],
        customdata=[style.share(one.mean_confidence) for one in shown],
        hovertemplate="%{y}: %{x:+.1%}<br>%{text}<br>%{customdata}<extra></extra>",
        name=say("confidence less share right"),
    )
    made.add_vline(x=0, line={"color": theme.muted, "width": 1})
    made.update_xaxes(tickformat="+.0%", title=say("confidence less share right"), zeroline=False)
    made.update_yaxes(autorange="reversed", type="category")
    return made


def _sign(one: Trust) -> int:
    """+1 surely too sure, -1 surely too modest, 0 undecided at 95 %."""
    return int(one.mean_confidence > one.right.high) - int(one.mean_confidence < one.right.low)


def _colour(one: Trust, theme: Theme) -> str:
    return {1: theme.wrong, 0: theme.muted, -1: theme.accent}[_sign(one)]


def _symbol(one: Trust) -> str:
    return {1: "triangle-right", 0: "circle-open", -1: "triangle-left"}[_sign(one)]


__all__ = ["Trust", "severity_of_one", "small_angles", "trust"]
