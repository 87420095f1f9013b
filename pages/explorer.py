"""The API itself: its form, its raw answers, code samples, errors, tokens."""

from __future__ import annotations

import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.records import ReadOptions
from khid_eval.ui import error_table, explorer, frame, samples_view, session, token_tool
from khid_eval.ui.words import t

frame.guard(__file__)
frame.heading("explorer")

try:
    target = session.target()
except KhidError as error:
    frame.failed(error)
    st.stop()

left, right = st.columns([2, 3], gap="medium")
with left:
    st.subheader(t("explorer.request"), anchor=False)
    request = explorer.form(target)
    explorer.send_button(target, request)
asked = request.options if request else ReadOptions()
with right:
    st.subheader(t("explorer.exchange"), anchor=False)
    explorer.show()
    st.subheader(t("explorer.samples"), anchor=False)
    samples_view.draw(samples_view.call_of(target, asked, (request.url or "") if request else ""), key="explorer_code")

st.subheader(t("explorer.errors"), anchor=False)
error_table.draw(target)

st.subheader(t("token.title"), anchor=False)
token_tool.draw()
