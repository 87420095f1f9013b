"""All datasets, a row each: the way into one of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from khid_eval.datasets import Dataset, summary
from khid_eval.errors import KhidError
from khid_eval.ui import frame
from khid_eval.ui.dataset_page import contents, faults, shelf
from khid_eval.ui.words import t

VIEW_KEY = "datasets_view"
_TABLE = "datasets_list"
_COUNTS = ("photos", "cards", "labelled", "real")


def draw(_chosen: Dataset) -> None:
    """The table; a chosen row opens its dataset."""
    names = shelf.names()
    with st.spinner(t("datasets.counting")):
        rows = table(names)
    st.dataframe(
        rows,
        hide_index=True,
        key=_TABLE,
        on_select=lambda: _open(names),
        selection_mode="single-row",
        column_config={t("datasets.conditions_in"): st.column_config.TextColumn(width="large")},
    )
    frame.note("datasets.list_note")


def table(names: Sequence[str]) -> pd.DataFrame:
    """Counts, conditions and the validator's last word in this session."""
    whole = {t(f"datasets.{key}"): "Int64" for key in _COUNTS}  # one that cannot be read has none
    return pd.DataFrame([_row(name) for name in names]).astype(whole)


def _row(name: str) -> dict[str, object]:
    dataset = shelf.open_named(name)
    row: dict[str, object] = {t("datasets.choose"): shelf.title(name)}
    counted: dict[str, int | None] = dict.fromkeys(_COUNTS)
    said, conditions = t("datasets.large"), ""
    try:
        if shelf.is_small(dataset) or shelf.is_kept("summary", dataset):
            counts = shelf.kept("summary", dataset, lambda: summary(dataset))
            figures = (counts.photos, counts.cards, counts.fully_labelled, counts.capture.get("real", 0))
            counted = dict(zip(counted, figures, strict=True))
            conditions = ", ".join(sorted({contents.condition_name(one.name) for one in counts.conditions}))
            said = faults.state(dataset)
    except KhidError as error:
        said = " ".join(frame.explain(error))
    row[t("datasets.view_check")] = said
    row |= {t(f"datasets.{key}"): value for key, value in counted.items()}
    return row | {t("datasets.conditions_in"): conditions}


def _open(names: Sequence[str]) -> None:
    for row in st.session_state[_TABLE]["selection"]["rows"][:1]:
        st.session_state[shelf.CHOSEN_KEY] = names[row]
        st.session_state[VIEW_KEY] = "contents"


__all__ = ["VIEW_KEY", "draw", "table"]
