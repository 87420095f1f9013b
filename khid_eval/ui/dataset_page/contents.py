"""What is in a dataset: counts, labels, conditions, and its rows as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from khid_eval.conditions import CONDITIONS
from khid_eval.datasets import Dataset, Summary, fingerprint, summary
from khid_eval.datasets.export import export_csv
from khid_eval.datasets.summary import NO_SPLIT, UNKNOWN
from khid_eval.ui.dataset_page import shelf
from khid_eval.ui.words import language, t

_SHORT_FINGERPRINT = 12
NAMED = ("clean", UNKNOWN, "not_a_card", "too_small")
"""Names that stand where a condition does, and have words of their own."""


def draw(dataset: Dataset) -> None:
    """Counts first, then three tables."""
    counts = shelf.kept("summary", dataset, lambda: summary(dataset))
    identity = shelf.kept("fingerprint", dataset, lambda: fingerprint(dataset))
    figures = (
        ("photos", counts.photos),
        ("cards", counts.cards),
        ("labelled", counts.fully_labelled),
        ("real", counts.capture.get("real", 0)),
    )
    with st.container(horizontal=True, gap="medium"):
        for key, value in figures:
            st.metric(t(f"datasets.{key}"), f"{value:,}".replace(",", " "), width="content")
    st.caption(t("datasets.fingerprint", fingerprint=f"`{identity[:_SHORT_FINGERPRINT]}`"))
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(t("datasets.by_condition"), anchor=False)
        st.dataframe(conditions_table(counts), hide_index=True, key="datasets_by_condition")
    with right:
        st.subheader(t("datasets.by_split"), anchor=False)
        st.dataframe(splits_table(counts), hide_index=True, key="datasets_by_split")
    st.subheader(t("datasets.by_field"), anchor=False)  # the width of the page: its headings are long
    st.dataframe(fields_table(counts), hide_index=True, key="datasets_by_field")
    _download(dataset)


def condition_name(name: str) -> str:
    """A condition's title for people; names that are no condition of ours stay as they are."""
    if name in CONDITIONS:
        return CONDITIONS[name].title_km if language() == "km" else CONDITIONS[name].title_en
    return t(f"datasets.{name}") if name in NAMED else name


def split_name(name: str) -> str:
    """A split for people: the dataset's own word, or that there is none."""
    return t("datasets.no_split") if name == NO_SPLIT else name


def conditions_table(counts: Summary) -> pd.DataFrame:
    """A row a condition, a column a severity; severity-less photos stand in the column "–"."""
    rows = [
        (condition_name(one.name), "–" if one.severity is None else str(one.severity), one.photos)
        for one in counts.conditions
    ]
    table = pd.DataFrame(rows, columns=["name", "severity", "photos"])
    table = table.pivot_table(index="name", columns="severity", values="photos", aggfunc="sum", sort=True)
    table = table.fillna(0).astype("int64").rename_axis(columns=None).reset_index()
    return table.rename(columns={"name": t("datasets.condition")})


def splits_table(counts: Summary) -> pd.DataFrame:
    """Photos and cards of each split."""
    rows = [(split_name(one.split), one.photos, one.cards) for one in counts.splits]
    return pd.DataFrame(rows, columns=[t("datasets.split"), t("datasets.photos"), t("datasets.cards")])


def fields_table(counts: Summary) -> pd.DataFrame:
    """How each of the 14 fields is labelled."""
    rows = [(t(f"fields.{one.name}"), one.name, one.text, one.absent, one.not_labelled) for one in counts.fields]
    names = ["text", "absent", "not_labelled"]
    return pd.DataFrame(rows, columns=[t("datasets.field"), "API", *(t(f"datasets.{name}") for name in names)])


def _download(dataset: Dataset) -> None:
    st.download_button(
        t("datasets.csv"),
        data=lambda: rows_csv(dataset),
        file_name=f"{dataset.name}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="datasets_csv",
        on_click="ignore",
    )


def rows_csv(dataset: Dataset) -> bytes:
    """All rows as one CSV file."""
    with tempfile.TemporaryDirectory(prefix="khid-export-") as folder:
        file = Path(folder) / "rows.csv"
        export_csv(dataset, file)
        return file.read_bytes()


__all__ = [
    "NAMED",
    "condition_name",
    "conditions_table",
    "draw",
    "fields_table",
    "rows_csv",
    "split_name",
    "splits_table",
]
