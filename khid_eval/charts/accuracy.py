"""How well fields are read: shares with intervals, confusions, latency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from khid_eval.charts import style
from khid_eval.charts.style import LIGHT, NO_CAPTIONS, Captions, Say, Theme, english
from khid_eval.metrics.intervals import Rate
from khid_eval.metrics.tally import IntArray
from khid_eval.metrics.text import Confusion
from khid_eval.records import FloatArray

_ROW_PX = 26
_FEW = 10
"""So few are counted one by one."""


def accuracy_per_field(
    rates: Sequence[tuple[str, Rate]], *, captions: Captions = NO_CAPTIONS, theme: Theme = LIGHT, say: Say = english
) -> go.Figure:
    """One row a field, the first on top: share read exactly, with its 95 % interval."""
    made = style.figure(
        say("How often is each field read exactly?"),
        say("Share of judged fields whose text is exactly the truth; bars are 95 % intervals."),
        theme,
        height_px=110 + _ROW_PX * max(len(rates), 4),
    )
    known = [(name, rate) for name, rate in rates if rate.total]
    if not known:
        return style.empty(made, say("No labelled field yet."), theme)
    names = [captions.get(name, name) for name, _ in known]
    made.add_scatter(
        x=[rate.value for _, rate in known],
        y=names,
        mode="markers",
        error_x=style.bars(
            [rate.high - rate.value for _, rate in known],
            [rate.value - rate.low for _, rate in known],
            color=theme.muted,
            thickness=1.5,
        ),
        marker={
            "color": [style.mark(name, theme).colour for name, _ in known],
            "symbol": [style.mark(name, theme).symbol for name, _ in known],
            "size": 10,
        },
        customdata=[[name] for name, _ in known],
        text=[
            f"{style.rate_text(rate.value, rate.low, rate.high, rate.total)}<br>{rate.part:,} / {rate.total:,}"
            for _, rate in known
        ],
        hovertemplate="%{y}<br>%{text}<extra></extra>",
        name=say("exact"),
    )
    made.update_xaxes(title=say("Read exactly"), **_up_to_all(min(rate.low for _, rate in known)))
    made.update_traces(cliponaxis=False)
    made.update_yaxes(autorange="reversed")
    return made


def _up_to_all(lowest: float) -> dict[str, Any]:
    """An axis without a tick beyond 100 %, and with no room to the left that neither an interval nor a point at 0
    needs."""
    spread = 1.0 - lowest
    return {
        "tickformat": ".1%" if spread < 0.04 else ".0%",
        "range": [max(-0.02, lowest - 0.08 * spread - 0.001), 1.0 + 0.01 * spread],
    }


def confusions(rows: Sequence[Confusion], *, theme: Theme = LIGHT, say: Say = english) -> go.Figure:
    """The most frequent cluster errors, the first on top."""
    made = style.figure(
        say("Which letters are taken for which?"),
        say("Orthographic clusters of the truth and what was read instead; ∅ is nothing, ␣ a space."),
        theme,
        height_px=110 + _ROW_PX * max(len(rows), 4),
    )
    if not rows:
        return style.empty(made, say("No confusion seen."), theme)
    thickness = 0.7 * min(1.0, len(rows) / 4)  # a single row is no block
    names = [f"{visible(row.truth)} → {visible(row.reading)}" for row in rows]
    made.add_bar(
        x=[row.count for row in rows],
        y=names,
        orientation="h",
        width=thickness,
        marker={"color": theme.accent},
        customdata=[[row.truth, row.reading] for row in rows],
        text=[style.share(row.share) if row.of else "" for row in rows],
        textposition="auto",
        textfont={"size": 12},
        insidetextfont={"color": theme.paper},
        constraintext="none",  # on the thin bars of a single row it would shrink beyond reading
        hovertemplate="%{y}<br>%{x:,} ×<br>%{text}<extra></extra>",
        name=say("errors"),
    )
    made.update_xaxes(
        title=say("Errors (count; label: share of that cluster)"), **_whole(max(row.count for row in rows))
    )
    made.update_yaxes(autorange="reversed", tickfont={"size": 15, "color": theme.text})
    return made


def visible(letters: str) -> str:
    """Letters as they can be seen: ∅ for none, ␣ for a space."""
    return letters.replace(" ", "␣") or "∅"


def _whole(most: int) -> dict[str, Any]:
    """An axis of counts: no tick between two whole numbers."""
    return {"dtick": 1} if most <= _FEW else {}


def latency(
    edges_s: FloatArray, counts: IntArray, p50_s: float, p95_s: float, *, theme: Theme = LIGHT, say: Say = english
) -> go.Figure:
    """How long an answer took. edges_s: (k+1,) rising, seconds; counts: (k,) photos in each step."""
    made = style.figure(
        say("How long does an answer take?"),
        say("Photos by the seconds their answer took, the last attempt only."),
        theme,
        height_px=280,
    )
    if not counts.size or not counts.sum():
        return style.empty(made, say("No answer yet."), theme)
    made.add_bar(
        x=(edges_s[:-1] + edges_s[1:]) / 2.0,
        y=counts,
        width=edges_s[1:] - edges_s[:-1],
        marker={"color": theme.accent, "line": {"width": 0}},
        hovertemplate="%{x:.3g} s<br>%{y:,}<extra></extra>",
        name=say("photos"),
    )
    _percentiles(made, p50_s, p95_s, float(edges_s[-1]), theme)
    made.update_xaxes(title=say("Seconds"), rangemode="tozero")
    made.update_yaxes(title=say("Photos"), **_whole(int(counts.max())))
    return made


def _percentiles(made: go.Figure, p50_s: float, p95_s: float, end_s: float, theme: Theme) -> None:
    """A line each; the names stand on the outer sides, so that they cannot meet however near the lines are."""
    for value, name, side, shift in ((p50_s, "p50", "right", -4), (p95_s, "p95", "left", 4)):
        if value == value:
            made.add_vline(x=value, line={"color": theme.review, "dash": "dot"})
            words = f"{name} {value * 1000:.0f} ms" if value < 1.0 else f"{name} {value:.2f} s"
            at_the_edge = side == "left" and value > 0.9 * end_s
            place = {"xanchor": "right", "yshift": 14} if at_the_edge else {"xanchor": side, "xshift": shift}
            style.label(made, value, 1.0, words, theme.review, yref="paper", yanchor="bottom", **place)


__all__ = ["accuracy_per_field", "confusions", "latency", "visible"]
