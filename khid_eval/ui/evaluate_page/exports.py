"""The run's report as a file."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from khid_eval.runs import report
from khid_eval.runs.figures import Figures
from khid_eval.runs.query import Tables
from khid_eval.ui import frame, run_shelf
from khid_eval.ui.evaluate_page import overview
from khid_eval.ui.words import t

_MIME = {
    "html": ("html", "text/html"),
    "markdown": ("md", "text/markdown"),
    "junit": ("xml", "application/xml"),
    "csv": ("csv", "text/csv"),
    "parquet": ("parquet", "application/vnd.apache.parquet"),
}


def draw(run: run_shelf.Shelved) -> None:
    """One button a format, for the level and photos that are chosen."""
    level, where = overview.choices(run)
    found = run_shelf.all_figures(run, level, where)
    with st.container(horizontal=True):
        for form, (suffix, mime) in _MIME.items():
            st.download_button(
                t(f"evaluate.export_{form}"),
                partial(report.render, found, form),
                file_name=f"{_name(found)}.{suffix}",
                mime=mime,
                key=f"evaluate_export_{form}",
                on_click="ignore",
                icon=":material/download:",
            )
    st.divider()
    frame.note("evaluate.export_rows_note")
    st.download_button(
        t("evaluate.export_rows"),
        lambda: rows_of(run),
        file_name=f"{_name(found)}-rows.csv",
        mime="text/csv",
        key="evaluate_export_rows",
        on_click="ignore",
        icon=":material/download:",
    )
    st.code(f"khid-eval report {run.path} --html > report.html", language="bash")


def _name(found: Figures) -> str:
    return f"khid-eval-{found.info.id}"


def rows_of(run: run_shelf.Shelved) -> bytes:
    """Every reading with its truth, as CSV."""
    with tempfile.TemporaryDirectory(prefix="khid-rows-") as folder, Tables(run.store, run.info) as tables:
        path = Path(folder) / "rows.csv"
        report.export_rows(tables, str(path))
        return path.read_bytes()


__all__ = ["draw", "rows_of"]
