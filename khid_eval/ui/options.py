"""What is asked of the reader beside the 14 fields: every switch of the API, with a sentence of help."""

from __future__ import annotations

import streamlit as st

from khid_eval.contract import SWITCHES
from khid_eval.records import ReadOptions
from khid_eval.ui.words import t

USUAL = ReadOptions(
    return_portrait_image=True,
    return_portrait_location=True,
    return_idcard_type=True,
    return_text_location=True,
    detect_border_integrity=True,
    detect_blocking_within_border=True,
    detect_blur=True,
    detect_glare=True,
)
"""Asked for until a person chooses otherwise."""


def choose(page: str, *, as_parameters: bool = False) -> ReadOptions:
    """A toggle for each switch. page: beginning of the widgets' keys. as_parameters: under the API's own names."""
    chosen = {}
    left, right = (st.container(gap="xsmall"),) * 2 if as_parameters else st.columns(2)
    for number, name in enumerate(SWITCHES):
        with left if number < (len(SWITCHES) + 1) // 2 else right:
            chosen[name] = st.toggle(
                f"`{name}`" if as_parameters else t(f"options.{name}"),
                value=getattr(USUAL, name),
                key=f"{page}_{name}",
                help=f"{t(f'options.{name}')} · `{name}` — {t(f'options.{name}_help')}",
                persist_state="session",
                wrap=True,
            )
    return ReadOptions(**chosen)


__all__ = ["USUAL", "choose"]
