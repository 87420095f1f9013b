"""The sentence that names the worst slice, with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.intervals import Rate
from khid_eval.runs.condition_queries import Cell
from khid_eval.ui.words import t

FEWEST = 20
"""Judged fields; a slice with fewer says too little to be called the worst."""


def worst_of(cells: Sequence[Cell]) -> Cell | None:
    """The cell read worst among those with enough fields; None where there are not two to compare."""
    known = [cell for cell in cells if cell.right.total >= FEWEST]
    return min(known, key=lambda cell: (cell.right.value, -cell.right.total)) if len(known) > 1 else None


def say(cells: Sequence[Cell], names: Sequence[str], undisturbed: Rate | None = None) -> None:
    """names: of the cells, in their order. undisturbed: what to compare it with."""
    worst = worst_of(cells)
    if worst is None:
        return
    name = next(name for cell, name in zip(cells, names, strict=True) if cell is worst)
    compared = sum(cell.right.total >= FEWEST for cell in cells)
    sentence = t("conditions.worst", name=name, rate=in_words(worst.right), slices=compared)
    if undisturbed is not None and undisturbed.total:
        sentence += " " + t("conditions.worst_against", rate=in_words(undisturbed))
    st.markdown(f"**{sentence}** {trust_in_words(worst)}")
    st.caption(t("conditions.worst_note", slices=compared))


def trust_in_words(cell: Cell) -> str:
    """Whether confidence lies there, and which way."""
    if cell.right.low <= cell.mean_confidence <= cell.right.high:
        return t("conditions.trust_fits", confidence=charts.share(cell.mean_confidence))
    kind = "over" if cell.signed_error > 0 else "under"
    return t(
        f"conditions.trust_{kind}",
        confidence=charts.share(cell.mean_confidence),
        points=f"{abs(cell.signed_error) * 100:.1f}",
    )


def sign_in_words(cell: Cell) -> str:
    """The same for a table: fits, too sure or too modest, by how much."""
    if not cell.right.total:
        return "–"
    if cell.right.low <= cell.mean_confidence <= cell.right.high:
        return t("conditions.sign_fits")
    kind = "over" if cell.signed_error > 0 else "under"
    return t(f"conditions.sign_{kind}", points=f"{abs(cell.signed_error) * 100:.1f}")


def in_words(rate: Rate) -> str:
    return charts.rate_text(rate.value, rate.low, rate.high, rate.total)


__all__ = ["FEWEST", "in_words", "say", "sign_in_words", "trust_in_words", "worst_of"]
