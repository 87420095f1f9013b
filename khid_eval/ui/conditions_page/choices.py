"""What is looked at: made or captured conditions, how strictly, which field."""

from __future__ import annotations

import streamlit as st

from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.records import FIELD_NAMES
from khid_eval.ui import charting, choice, run_shelf
from khid_eval.ui.conditions_page import kept
from khid_eval.ui.words import t

VIEWS = ("made", "captured")


def draw(run: run_shelf.Shelved) -> tuple[str, kept.Asked]:
    """The chosen view and what to show in it."""
    photos = dict(zip(VIEWS, kept.counts(run), strict=True))
    _follow(run, photos)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = choice.segmented(
            t("conditions.view"),
            VIEWS,
            default="captured" if photos["captured"] > photos["made"] else "made",
            format_func=lambda one: f"{t(f'conditions.view_{one}')} · {photos[one]:,}",
            key="conditions_view",
            help=t("conditions.view_help"),
        )
        level = choice.segmented(
            t("evaluate.level"),
            list(Level),
            default=DEFAULT_LEVEL,
            format_func=lambda one: t(f"evaluate.level_{one}"),
            key="conditions_level",
            help=t("evaluate.level_help"),
        )
        field = choice.select(
            t("conditions.field"),
            ["", *FIELD_NAMES],
            format_func=lambda one: charting.captions()[one] if one else t("evaluate.all_fields"),
            key="conditions_field",
            width=260,
        )
    return view, kept.Asked(run, level, field)


def _follow(run: run_shelf.Shelved, photos: dict[str, int]) -> None:
    """Another run may have no photo of the kind that was looked at: then the page shows the other kind."""
    before, st.session_state["conditions_view_of"] = st.session_state.get("conditions_view_of"), run.path
    if before not in (None, run.path) and not photos.get(st.session_state.get("conditions_view", ""), 1):
        st.session_state["conditions_view"] = max(VIEWS, key=lambda one: photos[one])


__all__ = ["VIEWS", "draw"]
