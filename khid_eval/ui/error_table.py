"""All error codes of the API, each with a button that provokes it, or shows how it would look."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from khid_eval import readers
from khid_eval.contract import ERROR_CODES, CardRequest, ErrorCode
from khid_eval.ui import exchanges, explorer, frame, provoke
from khid_eval.ui.words import t

_CLICK_KEY = "explorer_provoke"


def way(entry: ErrorCode, target: readers.Target) -> str:
    """ "send" where a request to this target provokes the code, else "show"."""
    over_http = target.kind == readers.API
    if entry.code in provoke.BODIES or (over_http and entry.code in provoke.BY_TOKEN):
        return "send"
    return "send" if over_http and (entry.code, entry.status) == provoke.TOO_LARGE else "show"


def draw(target: readers.Target) -> None:
    """The table."""
    frame.note("explorer.errors_hint")
    rows = pd.DataFrame(
        {
            "provoke": [t(f"explorer.provoke_{way(one, target)}") for one in ERROR_CODES],
            "code": [one.code for one in ERROR_CODES],
            "status": [f"{one.status}{'' if one.status_documented else ' *'}" for one in ERROR_CODES],
            "message": [one.message for one in ERROR_CODES],
            "advice": [_advice(one) for one in ERROR_CODES],
        }
    )
    st.dataframe(
        rows,
        hide_index=True,
        height=420,
        key="explorer_errors",
        column_config={
            "provoke": st.column_config.ButtonColumn(
                t("explorer.provoke"), key=_CLICK_KEY, on_click=_clicked, args=(target,), pinned=True
            ),
            "code": st.column_config.TextColumn(t("explorer.code"), pinned=True),
            "status": st.column_config.TextColumn("HTTP", width=70),
            "message": st.column_config.TextColumn(t("explorer.message"), width="large"),
            "advice": st.column_config.TextColumn(t("explorer.advice"), width="large"),
        },
    )
    frame.note("explorer.assumed")


def _advice(entry: ErrorCode) -> str:
    return frame.explain(entry.kind(entry.message, entry.code, entry.advice))[1]


def _clicked(target: readers.Target) -> None:
    click = st.session_state.get(_CLICK_KEY)
    if click is not None:
        run(ERROR_CODES[int(click["row"])], target)


def run(entry: ErrorCode, target: readers.Target) -> None:
    """Provoke the code, or show its example; the exchange appears above, and a short word of it where the eye is."""
    if way(entry, target) == "show":
        explorer.keep(exchanges.refused(entry.code, entry.status))
    elif entry.code in provoke.BODIES:
        explorer.send(target, provoke.BODIES[entry.code]())
    elif entry.code in provoke.BY_TOKEN:
        body = CardRequest(photo=provoke.blank_photo()).to_body()
        explorer.send(target, body, readers.Credentials(token=provoke.WRONG_TOKEN))
    else:
        explorer.send(target, provoke.too_large())
    st.toast(explorer.headline(), icon=":material/swap_vert:")


__all__ = ["draw", "run", "way"]
