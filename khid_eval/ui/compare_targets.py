"""The same card read by the engine on this machine and by the endpoint of the sidebar, side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.metrics.fields import Level, normalise
from khid_eval.records import FIELD_NAMES, ReadOptions
from khid_eval.ui import card_view, frame, session
from khid_eval.ui.photos import Photo
from khid_eval.ui.reading import Read, read
from khid_eval.ui.words import language, t

_SHARES = ("here_confidence", "there_confidence")


def draw(photo: Photo, options: ReadOptions) -> None:
    """Reads with both when asked to; an endpoint that cannot be used says why."""
    if not st.button(t("compare_targets.start"), key="recognise_compare", icon=":material/compare_arrows:"):
        frame.note("compare_targets.hint")
        return
    try:
        with st.spinner(t("recognise.reading"), show_time=True):
            here = read(session.reader_of(session.embedded_target()), photo, options)
            there = read(session.reader_of(session.endpoint_target()), photo, options)
    except KhidError as error:
        frame.failed(error)
        return
    for one in (here, there):
        if one.error:
            frame.failed(one.error)
    if here.reading and there.reading:
        _table(here, there)


def _table(here: Read, there: Read) -> None:
    rows = compared(here, there, masked=session.masked())
    rows[list(_SHARES)] *= 100.0
    same = int(rows["same"].sum())
    st.markdown(t("compare_targets.agree", same=same, all=len(rows), here=_seconds(here), there=_seconds(there)))
    names: dict[str, str | None] = {
        "field": t("compare_targets.field"),
        "here": t(f"panel.{readers.EMBEDDED}"),
        "here_confidence": t("compare_targets.confidence"),
        "there": t(f"panel.{readers.API}"),
        "there_confidence": t("compare_targets.confidence"),
        "same": t("compare_targets.same"),
    }
    shares: dict[str, ColumnConfig | str | None] = {
        name: st.column_config.NumberColumn(names[name], format="%.1f %%", width="small") for name in _SHARES
    }
    narrow = {name: st.column_config.Column(names[name], width="small") for name in ("field", "same")}
    st.dataframe(
        rows, hide_index=True, column_config={**names, **shares, **narrow}, key="recognise_compared", height="content"
    )


def compared(here: Read, there: Read, *, masked: bool) -> pd.DataFrame:
    """A row a field: both texts, both confidences, and whether the texts are canonically the same."""
    if here.reading is None or there.reading is None:
        raise ValueError("both reads must have a reading")
    rows = []
    for name in FIELD_NAMES:
        first, second = here.reading.get(name), there.reading.get(name)
        texts = [one.text if one else "" for one in (first, second)]
        same = normalise(name, texts[0], Level.CANONICAL) == normalise(name, texts[1], Level.CANONICAL)
        here_text, there_text = (card_view.MASKED_TEXT if masked and text else text for text in texts)
        rows.append(
            {
                "field": card_view.labels(name, language())[0],
                "here": here_text,
                "here_confidence": first.confidence if first else 0.0,
                "there": there_text,
                "there_confidence": second.confidence if second else 0.0,
                "same": same,
            }
        )
    return pd.DataFrame(rows)


def _seconds(one: Read) -> str:
    return f"{one.timing.total_s:.2f} s"


__all__ = ["compared", "draw"]
