"""Cut-offs: what each accepts and risks, what it costs, and how many labels a promise takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from khid_eval.charts import style
from khid_eval.charts.style import LIGHT, NO_CAPTIONS, Captions, Say, Theme, english
from khid_eval.metrics.cost import Consequences
from khid_eval.metrics.naive import Naive
from khid_eval.metrics.review import ReviewCause
from khid_eval.metrics.selective import RiskCoverage
from khid_eval.metrics.trials import LabelsTable, Promise
from khid_eval.records import FloatArray

_DRAWN = 1500
_FEW = 5
"""Up to so many shares accepted, a band says nothing: each point gets an interval of its own."""

_WITH_BAND = "Each point is a cut-off. Shaded: 95 % interval of the error. Green: cut-offs that the cards certify."
_WITH_BARS = (
    "Each point is a cut-off; its bar is the 95 % interval of the error. Green: cut-offs that the cards certify."
)


def risk_coverage(
    curve: RiskCoverage,
    promise: Promise,
    *,
    certified_coverage: float = 0.0,
    naive: Naive | None = None,
    chosen: int | None = None,
    labels: Sequence[str] | None = None,
    theme: Theme = LIGHT,
    say: Say = english,
) -> go.Figure:
    """Error among accepted against share accepted.

    certified_coverage: share accepted by the certified cut-offs, 0 where there are none. chosen: index of the point
    that a person looks at. labels: one a point, for the pointer; the cut-off itself where absent.
    """
    made = style.figure(
        say("How often is an accepted reading wrong?"),
        say(_WITH_BARS if _few(curve) else _WITH_BAND),
        theme,
        height_px=460,
    )
    if not curve.cutoff.size or not curve.total:
        return style.empty(made, say("No labelled card yet."), theme)
    made.add_traces(_drawn(curve, labels, theme, say))
    made.add_hline(y=promise.max_error, line={"color": theme.review, "dash": "dot"})
    style.label(made, 0.0, promise.max_error, say("promised"), theme.review, yanchor="bottom", xshift=2)
    _certified_region(made, certified_coverage, promise, theme, say)
    if naive is not None and naive.point.accepted and naive.chance_of_breaking == naive.chance_of_breaking:
        _naive_point(made, naive, promise, theme, say)
    if chosen is not None:
        _chosen_point(made, curve, chosen, theme)
    top = max(2.5 * promise.max_error, 1.3 * float(curve.risk[-1]), 0.01)
    if _few(curve):
        top = max(top, float(curve.interval()[1].max()))
    made.update_xaxes(title=say("Share accepted"), **style.percent_axis())
    made.update_yaxes(title=say("Wrong among accepted"), **style.percent_axis(min(top, 1.0)))
    return made


def _few(curve: RiskCoverage) -> bool:
    return np.unique(curve.accepted).size <= _FEW


def _drawn(curve: RiskCoverage, labels: Sequence[str] | None, theme: Theme, say: Say) -> list[go.Scatter]:
    kept = np.unique(np.linspace(0, curve.cutoff.size - 1, min(_DRAWN, curve.cutoff.size)).round().astype(int))
    low, high = (bound[kept] for bound in curve.interval())
    x, risk = curve.coverage[kept], curve.risk[kept]
    few = _few(curve)
    line = go.Scatter(
        x=x,
        y=risk,
        mode="lines+markers" if few or kept.size < 60 else "lines",
        line={"color": theme.accent, "width": 2},
        marker={"size": 9 if few else 6},
        error_y=style.bars(high - risk, risk - low, color=theme.accent) if few else None,
        text=[labels[i] for i in kept] if labels else [f"{say('cut-off')} {one:.3f}" for one in curve.cutoff[kept]],
        customdata=np.stack([curve.wrong[kept], curve.accepted[kept], kept], axis=1),
        hovertemplate="%{text}<br>"
        + say("accepted")
        + " %{x:.1%}<br>"
        + say("wrong")
        + " %{y:.2%} (%{customdata[0]:,} / %{customdata[1]:,})<extra></extra>",
        name=say("wrong among accepted"),
    )
    return [line] if few else [*_band(x, low, high, theme), line]


def _band(x: FloatArray, low: FloatArray, high: FloatArray, theme: Theme) -> list[go.Scatter]:
    look = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        go.Scatter(y=low, **look),
        go.Scatter(y=high, fill="tonexty", fillcolor=style.translucent(theme.accent, 0.15), **look),
    ]


def _certified_region(made: go.Figure, coverage: float, promise: Promise, theme: Theme, say: Say) -> None:
    if coverage <= 0.0:
        return
    made.add_shape(
        type="rect",
        x0=0.0,
        x1=coverage,
        y0=0.0,
        y1=promise.max_error,
        line={"width": 0},
        fillcolor=style.translucent(theme.accept, 0.14),
        layer="below",
    )
    made.add_vline(x=coverage, line={"color": theme.accept, "width": 2})
    words = f"✓ {say('certified')} {style.share(coverage)}"
    style.label(made, coverage, 0.97, words, theme.accept, yref="paper", xanchor="right", xshift=-6)


def _naive_point(made: go.Figure, naive: Naive, promise: Promise, theme: Theme, say: Say) -> None:
    point = naive.point
    words = f"{say('naive')}: {style.share(naive.chance_of_breaking, 0)} {say('chance of breaking')}"
    made.add_scatter(
        x=[point.coverage],
        y=[point.risk],
        mode="markers",
        marker={"symbol": "x", "size": 11, "color": theme.wrong},
        hovertemplate=f"{words}<br>{say('cut-off')} {point.cutoff:.3f}<extra></extra>",
        name=say("naive"),
    )
    short = f"{say('naive')} ({style.share(naive.chance_of_breaking, 0)})"  # all of it stands in the pointer's box
    if point.risk < promise.max_error / 2.0:  # off the axis, and inside the chart
        side, shift = ("left", 10) if point.coverage < 0.8 else ("right", -10)
        place = {"xanchor": side, "yanchor": "bottom", "xshift": shift, "yshift": 16}
    elif point.coverage < 0.8:  # beside the curve and inside the chart: below it on the right, or above it on the left
        place = {"xanchor": "left", "yanchor": "top", "xshift": 10, "yshift": -4}
    else:
        place = {"xanchor": "right", "yanchor": "bottom", "xshift": -10, "yshift": 4}
    style.label(made, point.coverage, point.risk, short, theme.wrong, **place)


def _chosen_point(made: go.Figure, curve: RiskCoverage, chosen: int, theme: Theme) -> None:
    made.add_scatter(
        x=[curve.coverage[chosen]],
        y=[curve.risk[chosen]],
        mode="markers",
        marker={"symbol": "circle-open", "size": 16, "color": theme.text, "line": {"width": 3}},
        hoverinfo="skip",
    )
    if not _few(curve):  # the point's own interval stands there
        made.add_vline(x=float(curve.coverage[chosen]), line={"color": theme.text, "width": 1, "dash": "dash"})


def labels_needed(
    table: LabelsTable, promise: Promise, *, accepted: int = 0, theme: Theme = LIGHT, say: Say = english
) -> go.Figure:
    """Accepted cards that certify an error, by how many of them are wrong. accepted: how many there are now."""
    made = style.figure(
        say("How many labelled cards does a promise take?"),
        say("Accepted cards needed to certify an error at this confidence level, by how many of them are wrong."),
        theme,
    )
    last = int(np.argmax(table.max_error))
    right = float(np.log10(table.max_error[last]))  # a log axis counts powers
    ends = []
    for i, wrong in enumerate(table.wrong):
        colour, name = theme.palette[i % len(theme.palette)], f"{wrong} {say('wrong')}"
        made.add_scatter(
            x=table.max_error,
            y=table.needed[i],
            mode="lines",
            line={"color": colour, "dash": ("solid", "dash", "dot", "dashdot")[i % 4]},
            hovertemplate=f"{name}<br>%{{x:.2%}}: %{{y:,}}<extra></extra>",
            name=name,
        )
        ends.append((name, colour, right, float(np.log10(table.needed[i, last]))))
    style.end_labels(made, ends, float(np.log10(table.needed.max() / table.needed.min())))
    made.add_vline(x=promise.max_error, line={"color": theme.review, "dash": "dot"})
    if accepted > 0:
        made.add_hline(y=accepted, line={"color": theme.accent, "dash": "dash"})
        words = f"{say('now')}: {accepted:,}"
        style.label(made, 0.0, float(np.log10(accepted)), words, theme.accent, xref="paper", yanchor="bottom")
    ticks = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]
    made.update_xaxes(title=say("Promised error"), type="log", tickformat=".1%", tickvals=ticks)
    made.update_yaxes(title=say("Accepted labelled cards"), type="log")
    return made


def costs(
    coverage: FloatArray,
    month: Consequences,
    *,
    chosen: int | None = None,
    currency: str = "",
    theme: Theme = LIGHT,
    say: Say = english,
) -> go.Figure:
    """Money a month against share accepted: review falls, errors rise. currency: of the prices, for the axis."""
    made = style.figure(
        say("What does each cut-off cost a month?"),
        say("Review, calls and undetected errors at your prices; the lowest total is marked."),
        theme,
    )
    if not coverage.size:
        return style.empty(made, say("No labelled card yet."), theme)
    _cost_lines(made, coverage, month, theme, say)
    _cost_marks(made, coverage, month, chosen, theme, say)
    made.update_xaxes(title=say("Share accepted"), **style.percent_axis())
    made.update_yaxes(title=say("Money a month") + (f" ({currency})" if currency else ""), rangemode="tozero")
    return made


def _cost_lines(made: go.Figure, coverage: FloatArray, month: Consequences, theme: Theme, say: Say) -> None:
    parts = (
        (say("review"), month.review, theme.palette[2], "dash"),
        (say("undetected errors"), month.errors, theme.wrong, "dot"),
        (say("total"), month.total, theme.text, "solid"),
    )
    for name, values, colour, dash in parts:
        made.add_scatter(
            x=coverage,
            y=values,
            mode="lines+markers" if np.unique(coverage).size <= _FEW else "lines",
            line={"color": colour, "dash": dash},
            hovertemplate=f"{name}<br>%{{x:.1%}}: %{{y:,.0f}}<extra></extra>",
            name=name,
        )
    ends = [(name, colour, float(coverage[-1]), float(values[-1])) for name, values, colour, _ in parts]
    style.end_labels(made, ends, float(month.total.max()))


def _cost_marks(
    made: go.Figure, coverage: FloatArray, month: Consequences, chosen: int | None, theme: Theme, say: Say
) -> None:
    marks = [(month.best, theme.accept, "star", say("cheapest"))]
    if chosen is not None:
        marks.append((chosen, theme.text, "circle-open", say("chosen")))
    for at, colour, symbol, name in marks:
        x, y = float(coverage[at]), float(month.total[at])
        made.add_scatter(
            x=[x],
            y=[y],
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 13},
            hovertemplate=f"{name}<br>%{{x:.1%}}: %{{y:,.0f}}<extra></extra>",
            name=name,
        )
        lines = 2 if symbol == "star" and chosen == at else 1  # two names of one point stand above each other
        style.label(made, x, y, name, colour, xanchor="center", yanchor="bottom", xshift=0, yshift=-8 + 17 * lines)


def review_causes(
    causes: Sequence[ReviewCause], *, captions: Captions = NO_CAPTIONS, theme: Theme = LIGHT, say: Say = english
) -> go.Figure:
    """Which fields send cards to review: alone, or with others."""
    made = style.figure(
        say("Which fields cause reviews?"),
        say("Cards under review in which a field is below its cut-off; the full colour: no other field is."),
        theme,
        height_px=110 + 26 * max(len(causes), 4),
    )
    shown = [cause for cause in causes if cause.fails]
    if not shown:
        return style.empty(made, say("No card goes to review."), theme)
    names = [captions.get(cause.field, cause.field) for cause in shown]
    counts = (
        (say("alone"), [c.alone for c in shown], 1.0),
        (say("with others"), [c.fails - c.alone for c in shown], 0.4),
    )
    for name, values, alpha in counts:
        made.add_bar(
            x=[value / shown[0].of for value in values],
            y=names,
            orientation="h",
            marker={"color": style.translucent(theme.review, alpha)},
            customdata=[[value, shown[0].of] for value in values],
            hovertemplate=f"%{{y}}<br>{name}: %{{customdata[0]:,}} / %{{customdata[1]:,}}<extra></extra>",
            name=name,
        )
    made.update_layout(barmode="stack")
    style.legend(made)
    made.update_xaxes(title=say("Share of reviewed cards"), tickformat=".0%")
    made.update_yaxes(autorange="reversed")
    return made


__all__ = ["costs", "labels_needed", "review_causes", "risk_coverage"]
