"""What is wrong with a dataset: the validator's findings as a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pandas as pd
import streamlit as st

from khid_eval.datasets import Dataset, Fault, check
from khid_eval.ui import frame, told
from khid_eval.ui.dataset_page import shelf
from khid_eval.ui.words import has, t

_MOST = 5000


def draw(dataset: Dataset) -> None:
    """A button first: checking opens every photo. Then the findings."""
    asked = st.button(t("datasets.check_now"), key="datasets_check", type="primary", icon=":material/rule:")
    if not asked and not shelf.is_kept("faults", dataset):
        return
    with st.spinner(t("datasets.checking")):
        found = shelf.kept("faults", dataset, lambda: tuple(islice(check(dataset), _MOST)))
    table(found, key="datasets_faults")
    if len(found) == _MOST:
        frame.note("datasets.fault_limit", shown=_MOST)


def table(found: Sequence[Fault], *, key: str) -> None:
    """The faults, errors first, with their number; or the sentence that there are none."""
    if not found:
        st.success(t("datasets.sound"), icon=":material/check_circle:")
        return
    errors = sum(fault.level == "error" for fault in found)
    said = counts(found)
    (st.error if errors else st.warning)(said, icon=":material/error:" if errors else ":material/warning:")
    rows = as_table(sorted(found, key=lambda fault: fault.level))
    st.dataframe(rows, hide_index=True, key=key, height="auto")
    st.download_button(
        t("datasets.faults_csv"),
        rows.to_csv(index=False).encode("utf-8-sig"),
        file_name="faults.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"{key}_csv",
        on_click="ignore",
    )


def counts(found: Sequence[Fault]) -> str:
    """How many errors and warnings, in words."""
    errors = sum(fault.level == "error" for fault in found)
    each = {"error": errors, "warning": len(found) - errors}
    return ", ".join(t(f"datasets.{name}{'s' if n > 1 else ''}", n=f"{n:,}") for name, n in each.items() if n)


def state(dataset: Dataset) -> str:
    """What the last check of this session found, in a few words."""
    if not shelf.is_kept("faults", dataset):
        return t("datasets.not_checked")
    found: tuple[Fault, ...] = shelf.kept("faults", dataset, tuple)
    return counts(found) or t("datasets.no_faults")


def kind(code: str) -> str:
    """A fault's code in words; the code itself where it has none."""
    key = f"datasets.kind_{code.replace('-', '_')}"
    return t(key) if has(key) else code


def as_table(found: Sequence[Fault]) -> pd.DataFrame:
    """One row a fault: level, line, photo, kind, message, and last the file, which nearly always is the same."""
    rows = [
        (
            t(f"datasets.level_{fault.level}"),
            fault.line,
            fault.photo,
            kind(fault.code),
            told.say(fault.message) or fault.message,
            fault.file,
        )
        for fault in found
    ]
    names = ("level", "line", "photo", "code", "message", "file")
    table = pd.DataFrame(rows, columns=[t(f"datasets.{name}") for name in names])
    return table.astype({t("datasets.line"): "Int64"})


__all__ = ["as_table", "counts", "draw", "kind", "state", "table"]
