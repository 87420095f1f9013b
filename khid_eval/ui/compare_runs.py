"""The parts of the Compare page: verdict in words, forest plot, table, flipped photos."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from khid_eval import charts
from khid_eval.errors import KhidError
from khid_eval.metrics.compare import FieldVerdict
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import Store
from khid_eval.runs.compare import CARDS, Comparison, Flip, Pair
from khid_eval.runs.failures import photo_of
from khid_eval.ui import charting, frame, photos, run_shelf, session
from khid_eval.ui.evaluate_page.failures import difference
from khid_eval.ui.words import t

_A_PAGE = 6
_SIDES = ("", "A", "B")


def draw(a: run_shelf.Shelved, b: run_shelf.Shelved) -> None:
    """Raises BadData for two sets without a photo in common."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = st.segmented_control(
            t("evaluate.level"),
            list(Level),
            default=DEFAULT_LEVEL,
            required=True,
            format_func=lambda one: t(f"evaluate.level_{one}"),
            key="compare_level",
        )
        intersect = st.toggle(t("compare.intersect"), key="compare_intersect", help=t("compare.intersect_help"))
    found = _comparison(a.path, b.path, f"{a.stamp} {b.stamp}", level or DEFAULT_LEVEL, intersect)
    _verdict(found)
    charting.show(charts.forest(found.fields, captions=charting.captions(), **charting.style()), "compare_forest")
    st.dataframe(table(found), hide_index=True, key="compare_table")
    _flips(a, b, found.level, intersect)


@st.cache_data(show_spinner=False, max_entries=24)
def _comparison(a: str, b: str, stamps: str, level: Level, intersect: bool) -> Comparison:
    """Counts and verdicts only; kept for pairs that were looked at lately."""
    with Pair(Store(a), Store(b), intersect=intersect) as pair:
        return pair.compare(level)


def _verdict(found: Comparison) -> None:
    decided = [one for one in (*found.fields, found.cards) if one.verdict != "not decisive"]
    st.markdown(f"**{t('compare.cards')}: {words(found.cards)}**")
    lines = [f"- {name_of(one)}: {words(one)}" for one in found.fields if one in decided]
    st.markdown("\n".join(lines) if lines else t("compare.nothing_decided"))
    frame.note("compare.photos", photos=f"{found.photos:,}", only_a=found.only_a, only_b=found.only_b)


def name_of(one: FieldVerdict) -> str:
    """The field's words, or those for whole cards."""
    name = one.pair.name
    return t("compare.cards") if name == CARDS else f"{t(f'fields.{name}')} · `{name}`"


def words(one: FieldVerdict) -> str:
    """The verdict in the visitor's language."""
    pair = one.pair
    if one.verdict == "not decisive":
        return t("compare.not_decisive", b=pair.only_b, a=pair.only_a)
    low, high = sorted((abs(pair.low), abs(pair.high)))
    return t(
        "compare.better",
        side=one.verdict[0],
        points=f"{abs(pair.delta) * 100:.1f}",
        low=f"{low * 100:.1f}",
        high=f"{high * 100:.1f}",
        n=f"{pair.n:,}",
    )


def table(found: Comparison) -> pd.DataFrame:
    """One row a field and one for whole cards."""
    return pd.DataFrame(
        [
            {
                t("evaluate.field"): name_of(one).replace("`", ""),
                "A": charts.share(one.pair.right_a / one.pair.n if one.pair.n else float("nan")),
                "B": charts.share(one.pair.right_b / one.pair.n if one.pair.n else float("nan")),
                t("compare.only_b"): one.pair.only_b,
                t("compare.only_a"): one.pair.only_a,
                t("compare.p"): f"{one.adjusted:.3g}",
                t("compare.verdict"): words(one),
            }
            for one in (*found.fields, found.cards)
        ]
    )


def _flips(a: run_shelf.Shelved, b: run_shelf.Shelved, level: Level, intersect: bool) -> None:
    st.subheader(t("compare.flips"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field = st.selectbox(
            t("evaluate.field"),
            ["", *FIELD_NAMES],
            format_func=lambda one: charting.captions()[one] if one else t("evaluate.all_fields"),
            key="compare_field",
        )
        better = st.segmented_control(
            t("compare.better_in"),
            _SIDES,
            default="",
            required=True,
            format_func=lambda one: one or t("evaluate.all"),
            key="compare_side",
        )
        page = st.number_input(t("compare.page"), 1, 10_000, 1, key=f"compare_page_{field}_{better}", width=140)
    if session.masked():
        frame.note("evaluate.hidden")
        return
    with Pair(a.store, b.store, intersect=intersect) as pair:
        found = pair.flips(level, field=field or "", better=better or "", limit=_A_PAGE, offset=(page - 1) * _A_PAGE)
    if not found:
        frame.empty("compare.no_flips")
    for one in found:
        _flip(a, one)


def _flip(run: run_shelf.Shelved, one: Flip) -> None:
    with st.container(border=True):
        left, right = st.columns([2, 3], gap="medium", vertical_alignment="center")
        with left:
            try:
                photo = photo_of(run.dataset_root, one.file_name, one.step)
                st.image(photos.jpeg(photos.shown(photo, 900).image), width="stretch")
            except KhidError:
                st.caption(t("evaluate.photo_gone"))
        with right:
            st.markdown(f"**{t(f'fields.{one.field}')}** `{one.field}` · {t('compare.right_in', side=one.better)}")
            for side, text in (("A", one.text_a), ("B", one.text_b)):
                st.caption(side)
                st.html(difference(one.truth or "", text or ""))
            st.caption(f"`{one.file_name}`")


__all__ = ["draw", "name_of", "table", "words"]
