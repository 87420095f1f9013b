"""The policy that comes out: file, code, and use on the Recognise page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import streamlit as st

from khid_eval.metrics.study import Study
from khid_eval.policy import Policy, build, to_json
from khid_eval.ui import session
from khid_eval.ui.threshold_page.ask import Asked
from khid_eval.ui.words import t

SNIPPET = """from khid_eval.policy import decide, load

policy = load("{file}")          # refused if another version wrote it
decision = decide(policy, reading)  # reading: a khid_eval.records.CardReading
if not decision.accept:
    send_to_review(decision.to_review)  # the fields to look at
"""


def draw(asked: Asked, found: Study) -> None:
    """Name it, save it, use it."""
    if st.session_state.get("thresholds_name_of") != asked.run.path:  # the policy of another run has another name
        st.session_state["thresholds_name_of"] = asked.run.path
        st.session_state["thresholds_name"] = asked.run.info.id
    name = st.text_input(t("thresholds.name"), max_chars=80, key="thresholds_name", persist_state="session")
    policy = _policy(asked, found, name.strip() or asked.run.info.id)
    if not found.certified:
        st.warning(t("thresholds.policy_reviews_all"), icon=":material/block:")
    file = _file_name(policy.name)
    with st.container(horizontal=True):
        st.download_button(
            t("thresholds.download"),
            to_json(policy),
            file_name=file,
            mime="application/json",
            key="thresholds_download",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )
        if st.button(t("thresholds.use"), key="thresholds_use", icon=":material/badge:"):
            session.use_policy(policy)
            st.session_state["thresholds_used"] = policy.name
    if st.session_state.get("thresholds_used") == policy.name and session.policy() == policy:
        st.success(t("thresholds.in_use", name=policy.name), icon=":material/check:")
    st.caption(t("thresholds.assumes"))
    with st.expander(t("thresholds.code")):
        st.code(SNIPPET.format(file=file), language="python")
        st.json(to_json(policy), expanded=1)


def _policy(asked: Asked, found: Study, name: str) -> Policy:
    kept = st.session_state.get("thresholds_made")
    if kept and kept[0] == (asked.identity, name):
        return kept[1]  # type: ignore[no-any-return]  # session state is untyped
    now = datetime.now(UTC).isoformat(timespec="seconds")
    policy = build(found, name=name, run_id=asked.run.info.id, level=str(asked.level), created_at=now)
    st.session_state["thresholds_made"] = ((asked.identity, name), policy)
    return policy


def _file_name(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-").lower()
    return f"{plain or 'policy'}.json"


__all__ = ["SNIPPET", "draw"]
