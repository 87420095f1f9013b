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
        say("Each point is a cut-off. Shaded: 95 % interval of the error. Green: cut-offs that the cards certify."),
        theme,
        height_px=460,
    )
    if not curve.cutoff.size or not curve.total:
        return style.empty(made, say("No labelled card yet."), theme)
    drawn = _drawn(curve, promise, labels, theme, say)
    made.add_traces(drawn)
    made.add_hline(y=promise.max_error, line={"color": theme.review, "dash": "dot"})
    style.label(made, 0.0, promise.max_error, say("promised"), theme.review, yanchor="bottom", xshift=2)
    _certified_region(made, certified_coverage, promise, theme, say)
    if naive is not None and naive.point.accepted:
        _naive_point(made, naive, promise, theme, say)
    if chosen is not None:
        _chosen_point(made, curve, chosen, theme)
    top = max(2.5 * promise.max_error, 1.3 * float(curve.risk[-1]), 0.01)
    made.update_xaxes(title=say("Share accepted"), **style.percent_axis())
    made.update_yaxes(title=say("Wrong among accepted"), **style.percent_axis(min(top, 1.0)))
    return made


def _drawn(
    curve: RiskCoverage, promise: Promise, labels: Sequence[str] | None, theme: Theme, say: Say
) -> list[go.Scatter]:
    kept = np.unique(np.linspace(0, curve.cutoff.size - 1, min(_DRAWN, curve.cutoff.size)).round().astype(int))
    low, high = curve.interval()
    x, cutoffs = curve.coverage[kept], curve.cutoff[kept]
    words = [labels[i] for i in kept] if labels else [f"{say('cut-off')} {cutoff:.4f}" for cutoff in cutoffs]
    counts = np.stack([curve.wrong[kept], curve.accepted[kept], kept], axis=1)
    band = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        go.Scatter(y=low[kept], **band),
        go.Scatter(y=high[kept], fill="tonexty", fillcolor=style.translucent(theme.accent, 0.15), **band),
        go.Scatter(
            x=x,
            y=curve.risk[kept],
            mode="lines+markers" if kept.size < 60 else "lines",
            line={"color": theme.accent, "width": 2},
            text=words,
            customdata=counts,
            hovertemplate="%{text}<br>"
            + say("accepted")
            + " %{x:.1%}<br>"
            + say("wrong")
            + " %{y:.2%} (%{customdata[0]:,} / %{customdata[1]:,})<extra></extra>",
            name=say("wrong among accepted"),
        ),
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
        hovertemplate=f"{words}<br>{say('cut-off')} {point.cutoff:.4f}<extra></extra>",
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
    for i, wrong in enumerate(table.wrong):
        made.add_scatter(
            x=table.max_error,
            y=table.needed[i],
            mode="lines",
            line={"color": theme.palette[i % len(theme.palette)], "dash": ("solid", "dash", "dot", "dashdot")[i % 4]},
            hovertemplate=f"{wrong} {say('wrong')}<br>%{{x:.2%}}: %{{y:,}}<extra></extra>",
            name=f"{wrong} {say('wrong')}",
        )
    made.add_vline(x=promise.max_error, line={"color": theme.review, "dash": "dot"})
    if accepted > 0:
        made.add_hline(y=accepted, line={"color": theme.accent, "dash": "dash"})
        right, level = float(np.log10(table.max_error.max())), float(np.log10(accepted))  # a log axis counts powers
        words = f"{say('now')}: {accepted:,}"
        style.label(made, right, level, words, theme.accent, xanchor="right", yanchor="bottom")
    style.legend(made)
    ticks = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]
    made.update_xaxes(title=say("Promised error"), type="log", tickformat=".1%", tickvals=ticks)
    made.update_yaxes(title=say("Accepted labelled cards"), type="log")
    return made


def costs(
    coverage: FloatArray, month: Consequences, *, chosen: int | None = None, theme: Theme = LIGHT, say: Say = english
) -> go.Figure:
    """Money a month against share accepted: review falls, errors rise."""
    made = style.figure(
        say("What does each cut-off cost a month?"),
        say("Review, calls and undetected errors at your prices; the lowest total is marked."),
        theme,
    )
    if not coverage.size:
        return style.empty(made, say("No labelled card yet."), theme)
    parts = (
        (say("review"), month.review, theme.palette[2], "dash"),
        (say("undetected errors"), month.errors, theme.wrong, "dot"),
        (say("total"), month.total, theme.text, "solid"),
    )
    for name, values, colour, dash in parts:
        made.add_scatter(
            x=coverage,
            y=values,
            mode="lines",
            line={"color": colour, "dash": dash},
            hovertemplate=f"{name}<br>%{{x:.1%}}: %{{y:,.0f}}<extra></extra>",
            name=name,
        )
    marks = [(month.best, theme.accept, "star", say("cheapest"))]
    if chosen is not None:
        marks.append((chosen, theme.text, "circle-open", say("chosen")))
    for at, colour, symbol, name in marks:
        made.add_scatter(
            x=[coverage[at]],
            y=[month.total[at]],
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 13},
            hovertemplate=f"{name}<br>%{{x:.1%}}: %{{y:,.0f}}<extra></extra>",
            name=name,
        )
    style.legend(made)
    made.update_xaxes(title=say("Share accepted"), **style.percent_axis())
    made.update_yaxes(title=say("Money a month"), rangemode="tozero")
    return made


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
