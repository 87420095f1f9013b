"""What confidence is worth: reliability, and where right and wrong readings lie."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from khid_eval.charts import style
from khid_eval.charts.style import LIGHT, Say, Theme, english
from khid_eval.metrics.calibration import Reliability
from khid_eval.metrics.tally import Tally

_BINS = 25


def reliability(
    shown: Reliability, *, colour: str | None = None, theme: Theme = LIGHT, say: Say = english
) -> go.Figure:
    """Accuracy against confidence; the shaded band is where a perfectly calibrated reader would be."""
    made = style.figure(
        say("Is a confidence of 90 % right nine times in ten?"),
        say(
            "Bins of equal size; bars are 95 % intervals; the band is what chance gives a perfectly calibrated reader."
        ),
        theme,
    )
    if not shown.count.size:
        return style.empty(made, say("No judged reading yet."), theme)
    x = shown.mean_confidence
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": x}
    made.add_scatter(y=shown.null_low, **band)
    made.add_scatter(y=shown.null_high, fill="tonexty", fillcolor=style.translucent(theme.muted, 0.18), **band)
    made.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": theme.muted, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    made.add_scatter(
        x=x,
        y=shown.accuracy,
        mode="lines+markers",
        line={"color": colour or theme.accent},
        marker={"size": 8},
        error_y=style.bars(shown.high - shown.accuracy, shown.accuracy - shown.low),
        text=[
            style.rate_text(float(a), float(low), float(high), int(n))
            for a, low, high, n in zip(shown.accuracy, shown.low, shown.high, shown.count, strict=True)
        ],
        hovertemplate=say("confidence") + " %{x:.1%}<br>" + say("right") + " %{text}<extra></extra>",
        name=say("right"),
    )
    floor = float(max(0.0, min(x.min(), shown.low.min(), shown.null_low.min()) - 0.05))
    made.update_xaxes(title=say("Mean confidence"), tickformat=".0%", range=[floor, 1.02])
    made.update_yaxes(title=say("Right"), tickformat=".0%", range=[floor, 1.02])
    return made


def confidences(counted: Tally, *, cutoff: float | None = None, theme: Theme = LIGHT, say: Say = english) -> go.Figure:
    """Where right and wrong readings lie, each as shares of its own kind, so that few errors stay visible."""
    made = style.figure(
        say("Does confidence tell right from wrong?"),
        say("Each kind adds up to 100 %: the more the two overlap, the less any cut-off helps."),
        theme,
    )
    if not counted.n:
        return style.empty(made, say("No judged reading yet."), theme)
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    kinds = ((say("right"), counted.right, theme.accept), (say("wrong"), counted.wrong, theme.wrong))
    for name, counts, colour in kinds:
        total = int(counts.sum())
        if not total:
            style.label(made, 0.02, 0.95, say("none") + f": {name}", colour, yref="paper")
            continue
        heights, _ = np.histogram(counted.confidence, edges, weights=counts)
        made.add_bar(
            x=(edges[:-1] + edges[1:]) / 2.0,
            y=heights / total,
            marker={"color": style.translucent(colour, 0.65), "line": {"color": colour, "width": 1}},
            customdata=heights,
            hovertemplate=f"{name}<br>%{{x:.0%}}: %{{customdata:,.0f}} / {total:,}<extra></extra>",
            name=f"{name} (n {total:,})",
        )
    if cutoff is not None:
        made.add_vline(x=cutoff, line={"color": theme.accent, "dash": "dash"})
    made.update_layout(barmode="overlay")
    style.legend(made)
    made.update_xaxes(title=say("Confidence"), tickformat=".0%", range=[-0.01, 1.01])
    made.update_yaxes(title=say("Share of its kind"), tickformat=".0%")
    return made


__all__ = ["confidences", "reliability"]
