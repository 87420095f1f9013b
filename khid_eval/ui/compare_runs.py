"""The parts of the Compare page: verdict in words, forest plot, table, flipped photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from khid_eval import charts
from khid_eval.errors import BadData
from khid_eval.metrics.compare import FieldVerdict
from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.records import FIELD_NAMES
from khid_eval.runs import Store
from khid_eval.runs.compare import CARDS, Comparison, Flip, Pair
from khid_eval.ui import charting, choice, frame, run_shelf, session
from khid_eval.ui.evaluate_page import evidence, pager
from khid_eval.ui.words import t

_A_PAGE = 6
_FOREST, _FIELD = "compare_forest", "compare_field"
A_KEY = "compare_a_run"
_B_WAS, _INTERSECT = "compare_b_was", "compare_intersect"
_SIDES = ("", "A", "B")
_SMALLEST_P = 0.001


def draw(a: run_shelf.Shelved, b: run_shelf.Shelved) -> None:
    """Raises BadData for two sets without a photo in common."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = choice.segmented(
            t("evaluate.level"),
            list(Level),
            default=DEFAULT_LEVEL,
            format_func=lambda one: t(f"evaluate.level_{one}"),
            key="compare_level",
        )
        intersect = st.toggle(
            t("compare.intersect"), key=_INTERSECT, help=t("compare.intersect_help"), persist_state="session"
        )
    found = _comparison(a.path, b.path, f"{a.stamp} {b.stamp}", level, intersect)
    _verdict(found)
    made = charts.forest(found.fields, captions=charting.captions(), **charting.style())
    charting.show(made, _FOREST, on_select=_open_flips)
    st.dataframe(table(found, _shares(a, found, "a"), _shares(b, found, "b")), hide_index=True, key="compare_table")
    if not (found.only_a or found.only_b):
        frame.note("compare.shares")
    _flips(a, b, found, intersect)


@st.cache_data(show_spinner=False, max_entries=24)
def _comparison(a: str, b: str, stamps: str, level: Level, intersect: bool) -> Comparison:
    """Counts and verdicts only; kept for pairs that were looked at lately."""
    with Pair(Store(a), Store(b), intersect=intersect) as pair:
        return pair.compare(level)


def choose() -> tuple[run_shelf.Shelved | None, run_shelf.Shelved | None]:
    """Two menus. B is the run that the other pages look at; A starts as the newest that can stand against it."""
    left, right = st.columns(2)
    with right:  # drawn first: A depends on it
        b = run_shelf.choose("compare_b", label=t("compare.run_b"))
    if b is None:
        return None, None
    found = {one.path: one for one in run_shelf.shelf()}
    _follow(b, found)
    with left:
        a = choice.select(
            t("compare.run_a"), list(found), format_func=lambda one: found[one].title, key=A_KEY, default=b.path
        )
    return found[a], b


def _follow(b: run_shelf.Shelved, found: Mapping[str, run_shelf.Shelved]) -> None:
    """Another B over another dataset gets another A; photos in part the same are compared on those from the start."""
    before, st.session_state[_B_WAS] = st.session_state.get(_B_WAS), b.path
    kept = found.get(st.session_state.get(A_KEY, ""))
    if kept and (before in (None, b.path) or _dataset(kept) == _dataset(b)):
        return
    a = partner(b, list(found.values()))
    st.session_state[A_KEY] = a.path if a else b.path
    st.session_state[_INTERSECT] = a is not None and _differ(a, b)


def partner(b: run_shelf.Shelved, shelf: Sequence[run_shelf.Shelved]) -> run_shelf.Shelved | None:
    """The newest other run over B's dataset, before others one over the same photos of it; else the newest that has
    photos of B; None where there is none. shelf: newest first.
    """
    others = [one for one in shelf if one.path != b.path]
    same = [one for one in others if _dataset(one) == _dataset(b)]
    alike = [one for one in same if _photos(one) == _photos(b)]
    sharing = (one for one in others if _overlap(one.path, b.path, f"{one.stamp} {b.stamp}")[0])
    return next((one for one in (*alike, *same)), None) or next(sharing, None)


def _dataset(run: run_shelf.Shelved) -> str:
    return str(run.info.dataset.get("fingerprint", ""))


def _photos(run: run_shelf.Shelved) -> tuple[object, ...]:
    sweep = run.info.sweep or {}
    return run.info.dataset.get("limit"), sweep.get("asked"), run.info.counts.done


def _differ(a: run_shelf.Shelved, b: run_shelf.Shelved) -> bool:
    return any(_overlap(a.path, b.path, f"{a.stamp} {b.stamp}")[1:])


@st.cache_data(show_spinner=False, max_entries=256)
def _overlap(a: str, b: str, stamps: str) -> tuple[int, int, int]:
    """Photos in both, in A alone, in B alone; (0, 0, 0) for two that cannot stand side by side."""
    try:
        with Pair(Store(a), Store(b), intersect=True) as pair:
            return pair.photos, pair.only_a, pair.only_b
    except BadData:
        return 0, 0, 0


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


def table(found: Comparison, in_a: Mapping[str, str], in_b: Mapping[str, str]) -> pd.DataFrame:
    """One row a field and one for whole cards. in_a, in_b: field -> share right in each run, in words."""
    return pd.DataFrame(
        [
            {
                t("evaluate.field"): name_of(one).replace("`", ""),
                "A": in_a.get(one.pair.name, "–"),
                "B": in_b.get(one.pair.name, "–"),
                t("compare.only_b"): one.pair.only_b,
                t("compare.only_a"): one.pair.only_a,
                t("compare.p"): _p_value(one.adjusted),
                t("compare.verdict"): words(one),
            }
            for one in (*found.fields, found.cards)
        ]
    )


def _shares(run: run_shelf.Shelved, found: Comparison, side: str) -> dict[str, str]:
    """Of each field and of whole cards: as on Evaluate, with intervals that know which photos show the same card.
    Where the comparison is over part of the run's photos, only their number stands beside the share.
    """
    if found.only_a or found.only_b:
        pairs = [one.pair for one in (*found.fields, found.cards)]
        return {
            one.name: f"{charts.share(getattr(one, f'right_{side}') / one.n)} (n {one.n:,})" for one in pairs if one.n
        }
    whole = run_shelf.all_figures(run, found.level)
    rates = {one.field: one.exact[found.level] for one in whole.fields} | {CARDS: whole.cards_right}
    return {name: charts.rate_text(one.value, one.low, one.high, one.total) for name, one in rates.items()}


def _p_value(p: float) -> str:
    """Three decimals say all that a decision needs."""
    return f"< {_SMALLEST_P}" if p < _SMALLEST_P else f"{p:.3f}"


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
        field = choice.select(
            t("evaluate.field"),
            ["", *FIELD_NAMES],
            format_func=lambda one: charting.captions()[one] if one else t("evaluate.all_fields"),
            key=_FIELD,
        )
        better = choice.segmented(
            t("compare.better_in"),
            _SIDES,
            format_func=lambda one: one or t("evaluate.all"),
            key="compare_side",
        )
    return field, better


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
            st.html(
                evidence.two_readings(one.field, one.truth or "", (("A", one.text_a or ""), ("B", one.text_b or "")))
            )
            st.caption(f"`{one.file_name}`{evidence.step_in_words(one.step)}")


__all__ = ["A_KEY", "choose", "draw", "flipped", "name_of", "partner", "table", "words"]
