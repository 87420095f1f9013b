"""The parts of the Compare page: verdict in words, forest plot, table, flipped photos."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from khid_eval import charts
from khid_eval.metrics.compare import FieldVerdict
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import Store
from khid_eval.runs.compare import CARDS, Comparison, Flip, Pair
from khid_eval.ui import charting, frame, run_shelf, session
from khid_eval.ui.evaluate_page import evidence, pager
from khid_eval.ui.words import t

_A_PAGE = 6
_FOREST, _FIELD = "compare_forest", "compare_field"
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
    made = charts.forest(found.fields, captions=charting.captions(), **charting.style())
    charting.show(made, _FOREST, on_select=_open_flips)
    st.dataframe(table(found), hide_index=True, key="compare_table")
    _flips(a, b, found, intersect)


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
    if found.only_a or found.only_b:
        frame.note("compare.left_out", only_a=f"{found.only_a:,}", only_b=f"{found.only_b:,}")
    frame.note("compare.photos", photos=f"{found.photos:,}")


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


def _flips(a: run_shelf.Shelved, b: run_shelf.Shelved, compared: Comparison, intersect: bool) -> None:
    st.subheader(t("compare.flips"), anchor=False)
    field, better = _choices()
    if session.masked():
        frame.note("evaluate.hidden")
        return
    total = flipped(compared, field, better)
    if not total:
        frame.empty("compare.no_flips")
        return
    shown = (a.path, b.path, compared.level, field, better)
    page = pager.turn(total, shown, key="compare", a_page=_A_PAGE, caption="compare.page")
    with Pair(a.store, b.store, intersect=intersect) as pair:
        found = pair.flips(compared.level, field=field, better=better, limit=_A_PAGE, offset=page * _A_PAGE)
    for one in found:
        _flip(a, one)


def _choices() -> tuple[str, str]:
    """Which field, and right in which run; "" for all."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field = st.selectbox(
            t("evaluate.field"),
            ["", *FIELD_NAMES],
            format_func=lambda one: charting.captions()[one] if one else t("evaluate.all_fields"),
            key=_FIELD,
        )
        better = st.segmented_control(
            t("compare.better_in"),
            _SIDES,
            default="",
            required=True,
            format_func=lambda one: one or t("evaluate.all"),
            key="compare_side",
        )
    return field or "", better or ""


def flipped(compared: Comparison, field: str, better: str) -> int:
    """How many readings flipped: the discordant pairs that the test counts. field, better: "" for all."""
    pairs = [one.pair for one in compared.fields if field in ("", one.pair.name)]
    return sum((pair.only_a if better != "B" else 0) + (pair.only_b if better != "A" else 0) for pair in pairs)


def _open_flips() -> None:
    """A clicked point shows what flipped in its field."""
    for point in st.session_state[_FOREST]["selection"]["points"][:1]:
        st.session_state[_FIELD] = point["customdata"][0]


def _flip(run: run_shelf.Shelved, one: Flip) -> None:
    with st.container(border=True):
        left, right = st.columns([2, 3], gap="medium", vertical_alignment="center")
        with left:
            evidence.picture(run.dataset_root, one.file_name, one.step, one.quad)
        with right:
            st.markdown(f"**{t(f'fields.{one.field}')}** `{one.field}` · {t('compare.right_in', side=one.better)}")
            st.html(evidence.two_readings(one.truth or "", (("A", one.text_a or ""), ("B", one.text_b or ""))))
            st.caption(f"`{one.file_name}`{evidence.step_in_words(one.step)}")


__all__ = ["draw", "flipped", "name_of", "table", "words"]
