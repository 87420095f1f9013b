"""All error codes of the API, each with a button that provokes it, or shows how it would look."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from khid_eval import readers
from khid_eval.contract import ERROR_CODES, CardRequest, ErrorCode
from khid_eval.ui import exchanges, explorer, frame, provoke, session
from khid_eval.ui.words import language, t

_KEY = "explorer_errors"
_ASSETS = Path(__file__).parent / "assets"

_component = st.components.v2.component(
    "khid_error_list",
    html='<ul class="el"></ul>',
    css=(_ASSETS / "error_list.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "error_list.js").read_text(encoding="utf-8"),
)


def way(entry: ErrorCode, target: readers.Target) -> str:
    """ "send" where a request to this target provokes the code, else "show"."""
    over_http = target.kind == readers.API
    if entry.code in provoke.BODIES or (over_http and entry.code in provoke.BY_TOKEN):
        return "send"
    return "send" if over_http and (entry.code, entry.status) == provoke.TOO_LARGE else "show"


def draw(target: readers.Target) -> None:
    """The list."""
    frame.note("explorer.errors_hint")
    _component(
        key=_KEY,
        data={
            "lang": language(),
            "words": {"title": t("explorer.errors"), "came": t("explorer.came"), "look": t("explorer.look")},
            "entries": [_entry(one, target) for one in ERROR_CODES],
            "outcome": _outcome(),
        },
        on_provoke_change=_clicked,
    )
    frame.note("explorer.assumed")


def _outcome() -> dict[str, object] | None:
    """The row that was pressed last, and what came of it."""
    index = st.session_state.get(explorer.PROVOKED_KEY)
    return None if index is None else {"index": index, "text": explorer.headline()}


def _entry(entry: ErrorCode, target: readers.Target) -> dict[str, str]:
    return {
        "way": t(f"explorer.provoke_{way(entry, target)}"),
        "code": entry.code,
        "status": f"{entry.status}{'' if entry.status_documented else ' *'}",
        "message": entry.message,
        "advice": frame.explain(entry.kind(entry.message, entry.code, entry.advice))[1],
    }


def _clicked() -> None:
    index = st.session_state[_KEY].get("provoke")
    if index is not None:
        run(ERROR_CODES[int(index)], session.target())
        st.session_state[explorer.PROVOKED_KEY] = int(index)


def run(entry: ErrorCode, target: readers.Target) -> None:
    """Have the code provoked, or show its example; the exchange appears above."""
    if way(entry, target) == "show":
        explorer.keep(exchanges.refused(entry.code, entry.status))
    elif entry.code in provoke.BODIES:
        explorer.ask(target, provoke.BODIES[entry.code]())
    elif entry.code in provoke.BY_TOKEN:
        body = CardRequest(photo=provoke.blank_photo()).to_body()
        explorer.ask(target, body, readers.Credentials(token=provoke.WRONG_TOKEN))
    else:
        explorer.ask(target, provoke.too_large())


__all__ = ["draw", "run", "way"]
