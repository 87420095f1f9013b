"""Code samples of the current call, on the screen."""

from __future__ import annotations

import streamlit as st

from khid_eval import readers
from khid_eval.contract import SWITCHES
from khid_eval.records import ReadOptions
from khid_eval.ui import frame, session
from khid_eval.ui.snippets import SAMPLES, Auth, Call
from khid_eval.ui.words import t

_LOCAL_ENDPOINT = "http://127.0.0.1:8000"
_HIDDEN_ADDRESS = "https://example.com/card.jpg"
_AUTHS: dict[str, Auth] = {"token": "token", "password": "token", "keys": "keys", "none": "none"}


def call_of(target: readers.Target, options: ReadOptions, url: str = "") -> Call:
    """The call that this target and these options mean; for the reader on this machine, one to one's own server."""
    url = _HIDDEN_ADDRESS if url and session.masked() else url
    switches = tuple(name for name in SWITCHES if getattr(options, name))
    if target.kind == readers.EMBEDDED:
        return Call(_LOCAL_ENDPOINT, "default", switches, url, auth="none")
    auth = _AUTHS.get(str(st.session_state.get(session.AUTH_KEY, "token")), "token")
    return Call(
        target.endpoint, target.project_id or "default", switches, url,
        enterprise_project_id=target.enterprise_project_id, auth=auth,
    )  # fmt: skip


def draw(call: Call, *, key: str) -> None:
    """One language at a time."""
    name = st.segmented_control(
        t("samples.language"), tuple(SAMPLES), default="curl", required=True, key=key, label_visibility="collapsed"
    )
    language, write = SAMPLES[name or "curl"]
    if call.endpoint == _LOCAL_ENDPOINT:
        frame.note("samples.local")
    st.code(write(call), language=language, wrap_lines=True)
    frame.note("samples.secrets" if call.auth != "none" else "samples.no_secrets")


__all__ = ["call_of", "draw"]
