"""The API as a form, and the raw exchange beside it."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from khid_eval import contract, readers
from khid_eval.client import Exchange
from khid_eval.errors import KhidError
from khid_eval.records import ReadOptions
from khid_eval.ui import choice, data, exchanges, exports, frame, options, session
from khid_eval.ui.words import t

_LAST_KEY = "explorer_last"
_PENDING_KEY = "explorer_pending"
PROVOKED_KEY = "explorer_provoked"
"""Session state key of the row in the list of errors that the exchange on the screen came from."""
_SOURCES = ("sample", "upload", "url")
_FIRST_ERROR_STATUS = 400
_BODY_HEIGHT_PX = 360
_SHORT_LINES = 12


def form(target: readers.Target) -> contract.CardRequest | None:
    """Every part of the request; None while there is no photo."""
    with st.container(border=True):
        lines = [f"{name}: {value}" for name, value in _headers(target).items()]
        st.code("\n".join([f"{contract.METHOD} {_address(target)}", *lines]), language="http", wrap_lines=True)
        frame.note("explorer.headers_here" if target.kind == readers.EMBEDDED else "explorer.headers_hint")
        source = choice.segmented(
            t("explorer.source"),
            _SOURCES if data.sample_cards() else _SOURCES[1:],
            format_func=lambda one: t(f"explorer.source_{one}"),
            key="explorer_source",
        )
        photo, url = _source(source)
        asked = options.choose("explorer", as_parameters=True)
    return _request(photo, url, asked)


def _address(target: readers.Target) -> str:
    if target.kind == readers.EMBEDDED:
        return contract.PATH_TEMPLATE
    return target.endpoint + contract.path_for(target.project_id or "default")


def _headers(target: readers.Target) -> dict[str, str]:
    proof = session.credentials()
    shown = {"Content-Type": contract.MEDIA_TYPE}
    if target.kind == readers.API and (proof.token or proof.user):
        shown[contract.TOKEN_HEADER] = "***"
    if target.kind == readers.API and proof.access_key:
        shown["Authorization"] = "SDK-HMAC-SHA256 …"
    if target.enterprise_project_id:
        shown[contract.ENTERPRISE_PROJECT_HEADER] = target.enterprise_project_id
    return shown


def _source(source: str) -> tuple[bytes | None, str]:
    if source == "url":
        return None, st.text_input(
            "url", key="explorer_url", placeholder="https://…", help=t("intake.url_help")
        ).strip()
    if source == "upload":
        file = st.file_uploader(
            "image", type="image", key=f"explorer_upload_{session.epoch()}", help=t("intake.upload_help")
        )
        return (file.getvalue() if file else None), ""
    names = [one.name for one in data.sample_cards()]
    name = st.selectbox("image", names, key="explorer_sample")
    return (data.sample_photo(name) if name else None), ""


def _request(photo: bytes | None, url: str, asked: ReadOptions) -> contract.CardRequest | None:
    if url:
        return contract.CardRequest(url=url, options=asked)
    return contract.CardRequest(photo=photo, options=asked) if photo else None


def ask(target: readers.Target, body: bytes, credentials: readers.Credentials | None = None) -> None:
    """Has `show` send that body where the exchange appears, so that waiting is seen there. credentials: others than
    the panel's.
    """
    st.session_state[_PENDING_KEY] = (target, body, credentials)
    st.session_state.pop(PROVOKED_KEY, None)


def _send(target: readers.Target, body: bytes, credentials: readers.Credentials | None) -> None:
    try:
        if credentials is None or target.kind == readers.EMBEDDED:
            reader = session.reader_of(target)
        else:
            reader = readers.build(target, credentials, retrier=readers.Retrier(readers.NO_RETRY))
        st.session_state[_LAST_KEY] = exchanges.exchange(reader, body)
    except KhidError as error:
        st.session_state[_LAST_KEY] = error


def keep(exchange: Exchange) -> None:
    """Shows an exchange that was made elsewhere."""
    st.session_state[_LAST_KEY] = exchange


def headline() -> str:
    """The last exchange in a few words: status and code."""
    last = st.session_state.get(_LAST_KEY)
    if not isinstance(last, Exchange):
        return str(getattr(last, "message", ""))
    code = ""
    if last.status >= _FIRST_ERROR_STATUS:
        code = contract.error_from(last.status, last.answer_body).code
    return f"HTTP {last.status} {code}".strip()


def show() -> None:
    """Sends what was asked for, and shows the last exchange: status, time, headers, bodies. Secrets are masked always,
    card content where masking is on.
    """
    with st.container(key="explorer_exchange"):
        if pending := st.session_state.pop(_PENDING_KEY, None):
            with st.spinner(t("explorer.sending"), show_time=True):
                _send(*pending)
        last = st.session_state.get(_LAST_KEY)
        if last is None:
            frame.empty("explorer.nothing_yet")
        elif isinstance(last, KhidError):
            frame.failed(last)
        else:
            _exchange(last)


def _exchange(last: Exchange) -> None:
    good = last.status < _FIRST_ERROR_STATUS
    with st.container(horizontal=True, vertical_alignment="center"):
        icon = ":material/check_circle:" if good else ":material/error:"
        st.badge(f"HTTP {last.status}", icon=icon, color="green" if good else "red")
        st.markdown(f"**{last.network_s * 1000:.0f} ms**")
        st.caption(t("explorer.in_process") if last.url == exchanges.IN_PROCESS else f"`{last.url}`")
        if last.request_id:
            st.caption(f"{contract.REQUEST_ID_HEADER} {last.request_id}")
    side = choice.segmented(
        t("explorer.side"),
        ("answer", "request"),
        format_func=lambda one: t(f"explorer.side_{one}"),
        key="explorer_side",
        label_visibility="collapsed",
    )
    is_answer = side == "answer"
    headers = last.answer_headers if is_answer else last.request_headers
    st.code("\n".join(f"{name}: {value}" for name, value in headers.items()), language="http", wrap_lines=True)
    text = _text(last, is_answer=is_answer)
    long = text.count("\n") > _SHORT_LINES
    with st.container(height=_BODY_HEIGHT_PX if long else "content", border=False):
        st.code(text, language="json", wrap_lines=True)


def _text(last: Exchange, *, is_answer: bool) -> str:
    body = last.answer_body if is_answer else last.request_body
    if not session.masked():
        return last.answer_text() if is_answer else last.request_text()
    return _hidden(body)


def _hidden(body: bytes) -> str:
    try:
        return exports.as_json(exports.hidden(json.loads(body)))
    except (ValueError, AttributeError):
        return t("explorer.hidden")


def send_button(target: readers.Target, request: contract.CardRequest | None) -> None:
    """Asks for the request to be sent."""
    action: Callable[[], None] | None = (lambda: ask(target, request.to_body())) if request else None
    st.button(
        t("explorer.send"),
        key="explorer_send",
        type="primary",
        icon=":material/send:",
        disabled=request is None,
        on_click=action,
        width="stretch",
    )


__all__ = ["PROVOKED_KEY", "ask", "form", "headline", "keep", "send_button", "show"]
