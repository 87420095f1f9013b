"""A token from the identity service (IAM), and its use in this session."""

from __future__ import annotations

import streamlit as st

from khid_eval import readers
from khid_eval.client import DEFAULT_REGION, REGIONS, IamAccount, IamTokens, iam_endpoint
from khid_eval.errors import KhidError
from khid_eval.ui import choice, frame, session
from khid_eval.ui.words import t

_RESULT_KEY = "explorer_token_result"
_LOCAL = "local"


def draw() -> None:
    """The form, and what came of it."""
    frame.note("token.hint")
    left, right = st.columns(2)
    with left:
        region = choice.select(
            t("token.region"), (*REGIONS, _LOCAL), key="explorer_token_region", format_func=_region_name
        )
        if region == _LOCAL:
            st.text_input(t("token.endpoint"), key="explorer_token_endpoint", placeholder="http://127.0.0.1:8000")
        st.text_input(
            t("token.project"), value=DEFAULT_REGION, key="explorer_token_project", help=t("token.project_help")
        )
    with right:
        st.text_input(t("panel.domain"), key="explorer_token_domain", autocomplete="off")
        st.text_input(t("panel.user"), key="explorer_token_user", autocomplete="off")
        st.text_input(t("panel.password"), type="password", key="explorer_token_password", autocomplete="off")
    st.button(t("token.get"), key="explorer_token_get", icon=":material/key:", on_click=_get)
    result = st.session_state.get(_RESULT_KEY)
    if isinstance(result, KhidError):
        frame.failed(result)
    elif result:
        st.success(t("token.got", characters=len(result)), icon=":material/check_circle:")


def _region_name(region: str) -> str:
    return t("token.local") if region == _LOCAL else region


def _given(name: str) -> str:
    return str(st.session_state.get(f"explorer_token_{name}") or "").strip()


def _get() -> None:
    """Gets a token and puts it into the reader panel."""
    region = _given("region")
    try:
        endpoint = _given("endpoint") if region == _LOCAL else iam_endpoint(region)
        account = IamAccount(_given("domain"), _given("user"), _given("password"), project_name=_given("project"))
        token = IamTokens(account, endpoint).token()
    except ValueError:
        st.session_state[_RESULT_KEY] = KhidError(t("token.incomplete"))
    except KhidError as error:
        st.session_state[_RESULT_KEY] = error
    else:
        st.session_state[_RESULT_KEY] = token
        st.session_state["target_token"] = token
        st.session_state[session.AUTH_KEY] = "token"
        st.session_state[session.KIND_KEY] = readers.API
        if region != _LOCAL:
            st.session_state[session.ADDRESS_KEY] = region


__all__ = ["draw"]
