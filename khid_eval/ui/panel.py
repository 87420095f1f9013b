"""The reader panel of the sidebar: which reader is in use, its health, its credentials, a test."""

from __future__ import annotations

import streamlit as st

from khid_eval import readers
from khid_eval.errors import KhidError
from khid_eval.ui import choice, data, diagnosis, frame, session
from khid_eval.ui.words import t

_TESTED_KEY = "target_tested"
_ASKED_KEY = "target_test_asked"
_OPEN_KEY = "target_form_open"
_SECRET_FIELDS = {"token", "secret_key", "security_token", "password"}


def draw() -> None:
    """The whole panel."""
    choice.segmented(
        t("panel.reader"),
        (readers.EMBEDDED, readers.API),
        default=session.proposed_kind(),
        format_func=lambda kind: t(f"panel.{kind}"),
        key=session.KIND_KEY,
        width="stretch",
    )
    try:
        chosen = session.target()
        if st.session_state.pop(_ASKED_KEY, False):
            with st.spinner(t("panel.testing")):
                _test(chosen)
        _status(chosen)
    except KhidError as error:
        chosen = None
        frame.failed(error)
    with st.expander(t("panel.connection"), icon=":material/settings_ethernet:", expanded=_is_open(chosen)):
        _form()
    st.button(
        t("panel.test"),
        key="target_test",
        icon=":material/network_check:",
        width="stretch",
        disabled=chosen is None,
        on_click=_ask,
    )
    _report(chosen)


def _is_open(chosen: readers.Target | None) -> bool:
    """From when something is missing that only the form can give; it stays open while that is being filled in."""
    if chosen is None or (chosen.region and not chosen.project_id):
        st.session_state[_OPEN_KEY] = True
    elif chosen.kind == readers.EMBEDDED:
        st.session_state[_OPEN_KEY] = False
    return bool(st.session_state.get(_OPEN_KEY, False))


def _ask() -> None:
    """The test itself runs where the status is drawn, so that waiting is seen and the status already knows."""
    st.session_state[_ASKED_KEY] = True


def _test(chosen: readers.Target) -> None:
    proof = session.credentials()
    st.session_state[_TESTED_KEY] = (chosen, proof, diagnosis.diagnose(chosen, proof))


def _status(chosen: readers.Target) -> None:
    if chosen.kind == readers.EMBEDDED:
        try:
            data.engine()
        except KhidError:
            st.badge(t("panel.no_models"), icon=":material/error:", color="red")
            return
        st.badge(t("panel.ready"), icon=":material/check_circle:", color="green")
        frame.note("panel.stays_here")
        return
    steps = _tested(chosen)
    if steps is None:
        st.badge(t("panel.untested"), icon=":material/help:", color="gray")
    elif steps[-1].passed:
        st.badge(t("panel.works"), icon=":material/check_circle:", color="green")
    else:
        st.badge(t("panel.fails"), icon=":material/error:", color="red")
    st.caption(t("panel.goes_to", host=chosen.endpoint.partition("://")[2]))


def _tested(chosen: readers.Target | None) -> tuple[diagnosis.Step, ...] | None:
    """The last test, if it was of this target with these credentials."""
    tested = st.session_state.get(_TESTED_KEY)
    if not tested or tested[:2] != (chosen, session.credentials()):
        return None
    return tested[2]  # type: ignore[no-any-return]  # session state is untyped


def _form() -> None:
    frame.note("panel.session_only")
    st.text_input(
        t("panel.address"),
        value=session.proposed_address(),
        key=session.ADDRESS_KEY,
        help=t("panel.address_help"),
        persist_state="session",
    )
    st.text_input(t("panel.project_id"), key="target_project_id", help=t("panel.project_id_help"), autocomplete="off")
    st.text_input(
        t("panel.enterprise_project_id"),
        key="target_enterprise_project_id",
        help=t("panel.enterprise_project_id_help"),
        autocomplete="off",
    )
    way = choice.select(
        t("panel.auth"),
        ("token", "password", "keys", "none"),
        format_func=lambda one: t(f"panel.auth_{one}"),
        key=session.AUTH_KEY,
    )
    for name in session.WAYS[way]:
        st.text_input(
            t(f"panel.{name}"),
            key=f"target_{name}",
            type="password" if name in _SECRET_FIELDS else "default",
            autocomplete="off",
        )
    st.number_input(
        t("panel.timeout"), 1, 120, session.DEFAULT_TIMEOUT_S, key=session.TIMEOUT_KEY, help=t("panel.timeout_help")
    )


def _report(chosen: readers.Target | None) -> None:
    for step in _tested(chosen) or ():
        if step.passed:
            st.markdown(f":green[:material/check:] {t(f'panel.step_{step.name}')}")
            continue
        st.markdown(f":red[:material/close:] {t(f'panel.step_{step.name}_failed', detail=step.detail)}")
        if step.error:
            frame.failed(step.error)


__all__ = ["draw"]
