"""Make it harder: the same card under worse conditions, read again, with a chart of what that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from khid_eval import conditions
from khid_eval.card import photo as header
from khid_eval.conditions import Picture
from khid_eval.engine.photo_decode import decode
from khid_eval.errors import BadPhoto, KhidError
from khid_eval.metrics import fields as scoring
from khid_eval.records import CardReading
from khid_eval.ui import choice, photos, session
from khid_eval.ui.photos import Photo
from khid_eval.ui.reading import Read
from khid_eval.ui.words import language, t

SLIDERS = ("rotation", "dark", "bright", "glare", "defocus", "jpeg")
_ORDER = ("glare", "dark", "bright", "defocus", "rotation", "jpeg")
"""In which they happen to a photo: light on the card, lens, camera held askew, file."""
_TRIES_KEY = "recognise_tries"
_KEPT_TRIES = 40
_SHOWN_TRIES = 6  # room on the axis from the start, so that a second try does not move the first
_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Try:
    """One reading under conditions. amounts: condition -> 0..1. confidence: mean over fields. right: of `judged`."""

    amounts: tuple[tuple[str, float], ...]
    confidence: float
    right: int
    judged: int


def controls(photo: Photo) -> tuple[dict[str, float], DeltaGenerator | None]:
    """The sliders' amounts, and where the chart goes. Nothing while the drawer is closed: the photo is as it is then,
    and a browser that never opens it need not load the charts, which weigh more than all else. No drawer at all for
    what is no picture here.
    """
    if not _is_picture(photo):
        return {}, None
    drawer = st.expander(t("harder.title"), icon=":material/exercise:", key="recognise_harder", on_change="rerun")
    if not drawer.open:
        return {}, None
    with drawer:
        return sliders(), st.container()


def _is_picture(photo: Photo) -> bool:
    try:
        header.check(photo.data)
    except KhidError:
        return False
    return True


def sliders() -> dict[str, float]:
    """Condition -> amount in [0, 1], of those that are not zero."""
    columns = st.columns(2)
    amounts = {}
    for number, name in enumerate(SLIDERS):
        with columns[number % 2]:
            if amount := _slider(name):
                amounts[name] = amount
    st.button(t("harder.reset"), key="recognise_harder_reset", on_click=reset)
    return amounts


def _slider(name: str) -> float:
    """Amount in [0, 1]. A turn is chosen in degrees; what has no unit that people know, in percent."""
    condition = conditions.CONDITIONS[name]
    in_degrees = condition.unit == "degrees"
    chosen = choice.amount(
        _label(name),
        0,
        round(condition.levels[-1]) if in_degrees else 100,
        default=0,
        step=5,
        format="%d°" if in_degrees else "%d %%",
        key=f"recognise_harder_{name}",
        help=_help(condition),
    )
    if not in_degrees:
        return chosen / 100.0
    return float(np.interp(chosen, (condition.neutral, *condition.levels), np.linspace(0.0, 1.0, 6)))


def reset() -> None:
    """All sliders back to nothing."""
    for name in SLIDERS:
        st.session_state[f"recognise_harder_{name}"] = 0
    st.session_state.pop(_TRIES_KEY, None)


def _label(name: str) -> str:
    condition = conditions.CONDITIONS[name]
    return condition.title_km if language() == "km" else condition.title_en


def _help(condition: conditions.Condition) -> str:
    return condition.about_km if language() == "km" else condition.about_en


def changed(photo: Photo, amounts: Mapping[str, float]) -> Photo:
    """The photo under the conditions, one after the other; the same amounts give the same photo.

    A photo that cannot be decoded stays as it is: reading it says why.
    """
    if not amounts or not photo.data:
        return photo
    try:
        picture = Picture(decode(photo.data).image)
    except BadPhoto:
        return photo
    key = session.fingerprint(photo.data)
    for name in (one for one in _ORDER if one in amounts):
        picture = conditions.apply_amount(picture, name, amounts[name], conditions.seeded(key, name))
    return replace(photo, data=photos.jpeg(picture.image, _JPEG_QUALITY))


def judge(reading: CardReading, truth: Mapping[str, str | None] | None) -> tuple[int, int]:
    """Fields read right, and fields whose truth is known."""
    if not truth:
        return 0, 0
    outcomes = [
        scoring.score_field(name, expected, found.text if (found := reading.get(name)) else "").canonical
        for name, expected in truth.items()
    ]
    return sum(one.is_right for one in outcomes), len(outcomes)


def remember(photo: Photo, read: Read, amounts: Mapping[str, float]) -> Sequence[Try]:
    """Adds this reading to the tries with this photo, and gives them all back."""
    name = session.fingerprint(photo.data)
    kept = st.session_state.get(_TRIES_KEY)
    tries = kept[1] if kept and kept[0] == name else []
    one = _try(photo, read, amounts)
    if not tries or tries[-1].amounts != one.amounts:
        tries = [*tries, one][-_KEPT_TRIES:]
    st.session_state[_TRIES_KEY] = (name, tries)
    return tries


def _try(photo: Photo, read: Read, amounts: Mapping[str, float]) -> Try:
    known = len(photo.truth or {})
    if read.reading is None:
        return Try(tuple(amounts.items()), 0.0, 0, known)
    confidence = float(np.mean([one.confidence for one in read.reading.fields])) if read.reading.fields else 0.0
    right, judged = judge(read.reading, photo.truth)
    return Try(tuple(amounts.items()), confidence, right, judged)


def follow(trace: DeltaGenerator | None, photo: Photo, read: Read, amounts: Mapping[str, float]) -> None:
    """Remembers this reading, and draws all of them where there is a place for the chart."""
    tries = remember(photo, read, amounts)
    if trace is not None:
        trace.plotly_chart(chart(tries), key="recognise_trace")


def _conditions_of(one: Try) -> str:
    return ", ".join(_amount_of(name, amount) for name, amount in one.amounts) or t("harder.as_it_is")


def _amount_of(name: str, amount: float) -> str:
    condition = conditions.CONDITIONS[name]
    value = f"{condition.value_at(amount):.0f}°" if condition.unit == "degrees" else f"{amount:.0%}"
    return f"{_label(name)} {value}"


def chart(tries: Sequence[Try]) -> go.Figure:
    """Mean confidence, and where the truth is known the share of fields read right, try by try."""
    steps = list(range(1, len(tries) + 1))
    hover = [_conditions_of(one) for one in tries]
    figure = go.Figure()
    confidences: list[float | None] = [one.confidence for one in tries]
    lines = [(t("harder.confidence"), confidences, "#0b6b6e", "solid", "circle")]
    if tries and tries[-1].judged:
        shares = [one.right / one.judged if one.judged else None for one in tries]
        lines.append((t("harder.right"), shares, "#d17c00", "dash", "square"))
    for name, values, colour, dash, symbol in lines:
        figure.add_scatter(
            x=steps,
            y=values,
            name=name,
            text=hover,
            mode="lines+markers",
            line={"color": colour, "dash": dash},
            marker={"symbol": symbol},
            hovertemplate="%{text}<br>%{y:.1%}",
        )
    figure.update_layout(
        title={"text": t("harder.chart"), "x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "font": {"size": 15}},
        height=300,
        margin={"l": 0, "r": 0, "t": 60, "b": 0},
        showlegend=True,  # a single line too has to say what it is
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
    )
    figure.update_yaxes(
        title=t("harder.share"), range=[-0.03, 1.05], tickformat=".0%", ticks="", fixedrange=True, automargin=True
    )
    shown = max(_SHOWN_TRIES, len(steps))
    figure.update_xaxes(title=t("harder.tries"), dtick=max(1, shown // 10), range=[0.5, shown + 0.5], fixedrange=True)
    return figure


__all__ = ["SLIDERS", "Try", "changed", "chart", "controls", "follow", "judge", "remember", "reset", "sliders"]
