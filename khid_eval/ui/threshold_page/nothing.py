"""Why no card of a run passes any cut-off."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from khid_eval.ui.threshold_page import answers
from khid_eval.ui.threshold_page.ask import Asked
from khid_eval.ui.words import t


def draw(asked: Asked, required: Sequence[str]) -> None:
    """Says whether fields were not read, had no confidence, or too little of it."""
    st.warning(_why(asked, required), icon=":material/block:")


def _why(asked: Asked, required: Sequence[str]) -> str:
    silent = [name for name in answers.without_confidence(asked.run) if name in required]
    if len(silent) == len(required):
        return t("thresholds.no_confidence")
    if silent:
        return t("thresholds.no_confidence_of", names=", ".join(t(f"fields.{name}") for name in silent))
    cards = answers.cards(asked.run, asked.level, asked.column)
    columns = [cards.column(name) for name in required]
    read = bool((cards.confidence[:, columns] > 0.0).all(axis=1).any())
    return t("thresholds.too_unsure") if read else t("thresholds.nothing_accepted")


__all__ = ["draw"]
