"""Two runs beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from khid_eval.charts import style
from khid_eval.charts.style import LIGHT, NO_CAPTIONS, Captions, Say, Theme, english
from khid_eval.metrics.compare import FieldVerdict

_ROW_PX = 28


def forest(
    verdicts: Sequence[FieldVerdict],
    *,
    margin: float | None = None,
    captions: Captions = NO_CAPTIONS,
    theme: Theme = LIGHT,
    say: Say = english,
) -> go.Figure:
    """B less A for each field with its interval; grey where nothing is decided. margin: of a release gate."""
    made = style.figure(
        say("Is B better than A, field by field?"),
        say(
            "Difference of the shares read exactly on the same photos, B less A; bars: 95 % intervals, cards resampled."
        ),
        theme,
        height_px=120 + _ROW_PX * max(len(verdicts), 4),
    )
    shown = [one for one in verdicts if one.pair.n]
    if not shown:
        return style.empty(made, say("The runs share no labelled photo."), theme)
    made.add_trace(_differences(shown, captions, theme, say))
    made.add_vline(x=0.0, line={"color": theme.text, "width": 1})
    if margin is not None:
        made.add_vline(x=-margin, line={"color": theme.review, "dash": "dot"})
    reach = max(0.01, *(abs(v) for one in shown for v in (one.pair.low, one.pair.high, one.pair.delta)))
    made.update_xaxes(
        title=say("← A better · B better →"),
        tickformat="+.0%" if reach > 0.05 else "+.1%",
        nticks=5,  # all that a phone has room for without turning them into the title
        tickangle=0,
        range=[-1.1 * reach, 1.1 * reach],
        zeroline=False,
    )
    made.update_yaxes(autorange="reversed")
    return made


def _differences(shown: Sequence[FieldVerdict], captions: Captions, theme: Theme, say: Say) -> go.Scatter:
    colours = {"B is better": theme.accept, "A is better": theme.wrong, "not decisive": theme.muted}
    symbols = {"B is better": "triangle-right", "A is better": "triangle-left", "not decisive": "circle"}
    return go.Scatter(
        x=[one.pair.delta for one in shown],
        y=[captions.get(one.pair.name, one.pair.name) for one in shown],
        mode="markers",
        marker={
            "size": 11,
            "color": [colours[one.verdict] for one in shown],
            "symbol": [symbols[one.verdict] for one in shown],
        },
        error_x=style.bars(
            [max(one.pair.high - one.pair.delta, 0.0) for one in shown],
            [max(one.pair.delta - one.pair.low, 0.0) for one in shown],
            color=theme.muted,
            thickness=2,
        ),
        customdata=[[one.pair.name] for one in shown],
        text=[
            f"{say(one.verdict)}<br>A {one.pair.right_a:,} · B {one.pair.right_b:,} / {one.pair.n:,}"
            f"<br>{say('only A')} {one.pair.only_a:,} · {say('only B')} {one.pair.only_b:,} · p {one.adjusted:.2g}"
            for one in shown
        ],
        hovertemplate="%{y}: %{x:+.2%}<br>%{text}<extra></extra>",
        name="B − A",
    )


__all__ = ["forest"]
