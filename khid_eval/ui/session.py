"""What belongs to one visitor, and how to forget it.

Everything lives in `st.session_state` under the keys below: in this process's memory, for this browser session alone.
"""

from __future__ import annotations

import hashlib
import os

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from khid_eval import readers
from khid_eval.client import DEFAULT_REGION, ApiReader
from khid_eval.errors import BadRequest
from khid_eval.policy import Policy
from khid_eval.records import CardReader
from khid_eval.ui import data
from khid_eval.ui.words import LANGUAGE_KEY

MASKED_KEY = "session_masked"
POLICY_KEY = "session_policy"
CUTOFF_KEY = "session_cutoff"
DEFAULT_CUTOFF_PERCENT = 90
_EPOCH_KEY = "session_epoch"
_FORGETTING_KEY = "session_forgetting"
_READER_KEY = "session_reader"
_KEPT = (LANGUAGE_KEY, MASKED_KEY)  # choices of how to look, not content

TARGET_VARIABLE = "KHID_TARGET"
"""Environment variable with the target that the panel proposes: "embedded", a region or an address; no secrets."""
KIND_KEY = "target_kind"
ADDRESS_KEY = "target_address"
AUTH_KEY = "target_auth"
TIMEOUT_KEY = "target_timeout"
DEFAULT_TIMEOUT_S = 30
WAYS = {
    "none": (),
    "token": ("token",),
    "password": ("domain", "user", "password"),
    "keys": ("access_key", "secret_key", "security_token"),
}
"""How to prove who calls -> the secrets that takes."""


def masked() -> bool:
    """Whether field values, portrait and secrets are hidden on the screen."""
    return bool(st.session_state.get(MASKED_KEY, False))


def epoch() -> int:
    """Part of the keys of upload and camera widgets: after a wipe they are new widgets, without the old files."""
    return int(st.session_state.get(_EPOCH_KEY, 0))


def policy() -> Policy | None:
    """The active policy; None until one is loaded here or chosen on Thresholds."""
    chosen = st.session_state.get(POLICY_KEY)
    return chosen if isinstance(chosen, Policy) else None


def cutoff() -> float | None:
    """The cut-off that decides while no policy is active, in (0, 1); None where the visitor wants no decision."""
    percent = int(st.session_state.get(CUTOFF_KEY, DEFAULT_CUTOFF_PERCENT))
    return percent / 100.0 if percent else None


def use_policy(chosen: Policy | None) -> None:
    """Makes that policy the active one for this visitor, or none."""
    st.session_state[POLICY_KEY] = chosen


def drop_upload(upload: UploadedFile) -> None:
    """Takes a file out of Streamlit's own store, which otherwise keeps it until the session ends."""
    run = get_script_run_ctx()
    if run is not None and isinstance(run.uploaded_file_mgr, MemoryUploadedFileManager):
        run.uploaded_file_mgr.remove_file(run.session_id, upload.file_id)


def wipe() -> None:
    """Forgets photos, readings, credentials, targets and choices of this visitor, those in the address too.

    The browser keeps what stands in its fields until it has seen a page without them: see `is_forgetting`.
    """
    following = epoch() + 1
    for key in [key for key in st.session_state if key not in _KEPT]:
        del st.session_state[key]
    st.session_state[_EPOCH_KEY] = following
    st.session_state[_FORGETTING_KEY] = True
    st.query_params.from_dict({key: word for key, word in st.query_params.items() if key in _KEPT})


def is_forgetting() -> bool:
    """Whether the next page has to be one without fields, or the browser would send their old contents back."""
    return bool(st.session_state.get(_FORGETTING_KEY))


def forgotten() -> None:
    """Such a page was drawn."""
    st.session_state.pop(_FORGETTING_KEY, None)


def _given(name: str) -> str:
    return str(st.session_state.get(f"target_{name}") or "").strip()


def proposed_address() -> str:
    """What the panel's address field holds at first."""
    given = os.environ.get(TARGET_VARIABLE, "").strip()
    return given if given and given != readers.EMBEDDED else DEFAULT_REGION


def proposed_kind() -> str:
    """The reader that is in use at first."""
    return readers.EMBEDDED if os.environ.get(TARGET_VARIABLE, "").strip() in ("", readers.EMBEDDED) else readers.API


def embedded_target() -> readers.Target:
    """The engine on this machine."""
    return readers.Target()


def endpoint_target() -> readers.Target:
    """The endpoint of the sidebar's panel. Raises BadRequest where its address is none."""
    address = _given("address") or proposed_address()
    target = readers.Target.parse(
        address, project_id=_given("project_id"), enterprise_project_id=_given("enterprise_project_id")
    )
    if target.kind == readers.EMBEDDED:
        raise BadRequest("The address names no endpoint.", advice=f"Give a region such as {DEFAULT_REGION} or a URL.")
    return target


def target() -> readers.Target:
    """The target in use. Raises BadRequest where the endpoint's address is none."""
    kind = st.session_state.get(KIND_KEY) or proposed_kind()
    return endpoint_target() if kind == readers.API else embedded_target()


def credentials() -> readers.Credentials:
    """Of the way to sign in that is chosen in the panel; typed for this session alone."""
    way = str(st.session_state.get(AUTH_KEY, "token"))
    given = {name: _given(name) for name in WAYS.get(way, ())}
    return readers.Credentials(**given, iam_endpoint=_own_identity_service() if way == "password" else "")


def _own_identity_service() -> str:
    """A server of one's own hands out tokens at its own address; the vendor's region is known by the client."""
    try:
        chosen = endpoint_target()
    except BadRequest:
        return ""
    return "" if chosen.region else chosen.endpoint


def reader_of(chosen: readers.Target) -> CardReader:
    """The reader for a target: the shared engine, or this visitor's own client. Raises what `readers.build` raises."""
    if chosen.kind == readers.EMBEDDED:
        return data.engine()
    proof = credentials()
    wanted = (chosen, proof, timeout_s())
    kept = st.session_state.get(_READER_KEY)
    if kept and kept[0] == wanted:
        return kept[1]  # type: ignore[no-any-return]  # session state is untyped
    reader = readers.build(chosen, proof, retrier=readers.Retrier(readers.NO_RETRY), timeout_s=timeout_s())
    if kept and isinstance(kept[1], ApiReader):
        kept[1].close()
    st.session_state[_READER_KEY] = (wanted, reader)
    return reader


def timeout_s() -> float:
    """How long an endpoint may take for one answer."""
    return float(st.session_state.get(TIMEOUT_KEY) or DEFAULT_TIMEOUT_S)


def fingerprint(content: bytes) -> str:
    """Name of a photo within this session."""
    return hashlib.sha256(content).hexdigest()


__all__ = [
    "ADDRESS_KEY",
    "AUTH_KEY",
    "CUTOFF_KEY",
    "DEFAULT_CUTOFF_PERCENT",
    "DEFAULT_TIMEOUT_S",
    "KIND_KEY",
    "MASKED_KEY",
    "POLICY_KEY",
    "TARGET_VARIABLE",
    "TIMEOUT_KEY",
    "WAYS",
    "credentials",
    "cutoff",
    "drop_upload",
    "embedded_target",
    "endpoint_target",
    "epoch",
    "fingerprint",
    "forgotten",
    "is_forgetting",
    "masked",
    "policy",
    "proposed_address",
    "proposed_kind",
    "reader_of",
    "target",
    "timeout_s",
    "use_policy",
    "wipe",
]
