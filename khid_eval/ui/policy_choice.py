"""What decides: a policy loaded from a file, or, without one, a cut-off of the visitor's own."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.policy import from_json
from khid_eval.ui import choice, frame, session
from khid_eval.ui.words import t


def draw(page: str) -> None:
    """The active policy, a way to load another, and what decides without. page: beginning of the widgets' keys."""
    active = session.policy()
    st.markdown(t("policy.active", name=active.name) if active else t("policy.none"))
    if active is None:
        choice.amount(
            t("policy.cutoff"), 0, 99, default=session.DEFAULT_CUTOFF_PERCENT, format="%d %%", key=session.CUTOFF_KEY,
            help=t("policy.cutoff_help"),
        )  # fmt: skip
    file = st.file_uploader(t("policy.load"), type="json", key=f"{page}_policy_{session.epoch()}", max_upload_size=1)
    taken = f"{page}_policy_taken"
    if file and st.session_state.get(taken) != file.file_id:
        st.session_state[taken] = file.file_id
        try:
            session.use_policy(from_json(file.getvalue().decode("utf-8", errors="replace")))
        except KhidError as error:
            frame.failed(error)
        else:
            st.rerun()
    if active:
        st.button(t("policy.remove"), key=f"{page}_policy_remove", on_click=session.use_policy, args=(None,))


__all__ = ["draw"]
