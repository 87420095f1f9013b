"""The gallery of failures: a cut of the photo beside truth and reading, the differing clusters marked."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from khid_eval.charts.accuracy import visible
from khid_eval.records import FIELD_NAMES
from khid_eval.runs.failures import ORDERS, OUTCOMES, Failure, Wanted, count_failures, failures
from khid_eval.runs.query import Tables
from khid_eval.ui import charting, choice, frame, run_shelf, session
from khid_eval.ui.evaluate_page import address, evidence, overview, pager, wanted
from khid_eval.ui.words import t

_A_PAGE = 6
_ALL = ""


def draw(run: run_shelf.Shelved) -> None:
    """Choices, then one page; the arrow keys turn it."""
    level, where = overview.choices(run)
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluate_filters"):
        field = _pick("field", list(FIELD_NAMES), charting.captions(), key=wanted.FIELD_KEY, width=220)
        outcomes = {one: t(f"evaluate.outcome_{one}") for one in OUTCOMES}
        outcome = _pick("outcome", list(OUTCOMES), outcomes, key=wanted.OUTCOME_KEY)
        error = _pick("error", list(run.info.counts.errors), {}, key=wanted.ERROR_KEY)
        order = choice.select(
            t("evaluate.order"),
            list(ORDERS),
            format_func=lambda one: t(f"evaluate.order_{one}"),
            key=wanted.ORDER_KEY,
            width=260,
        )
        low, high = _confidence()
        if address.filtered():
            st.button(
                t("evaluate.show_all"), key="evaluate_show_all", icon=":material/close:", on_click=address.show_all
            )
    which = Wanted(level, field, outcome, error, where, low / 100.0, high / 100.0, _letters())
    with Tables(run.store, run.info) as tables:
        total = count_failures(tables, which)
        if not total:
            pager.begin_at(0, wanted.PAGES_KEY)
            frame.empty(overview.unjudged(run_shelf.all_figures(run, level, where)) or "evaluate.no_failures")
            return
        of = (run.path, which, order)
        page = pager.turn(total, of, key=wanted.PAGES_KEY, a_page=_A_PAGE, caption="evaluate.page")
        found = failures(tables, which, order=order, limit=_A_PAGE, offset=page * _A_PAGE)
    if session.masked():
        frame.note("evaluate.hidden")
        return
    if run.lacks_photos:
        _say_how_to_draw()
    for one in found:
        card(run, one)


def _confidence() -> tuple[int, int]:
    """Both ends, in percent."""
    return choice.between(
        t("evaluate.confidence_between"),
        0,
        100,
        default=wanted.ANY_CONFIDENCE,
        format="%d %%",
        key=wanted.CONFIDENCE_KEY,
        width=260,
    )


def _say_how_to_draw() -> None:
    """The large example comes without its photos: they are the same wherever they are drawn."""
    st.info(t("evaluate.draw_photos"), icon=":material/draw:")
    st.code(run_shelf.PHOTOS_OF_LARGE_EXAMPLE, language="bash", wrap_lines=True)


def _letters() -> tuple[str, str]:
    """The confusion that was clicked, until it is put away."""
    truth, read = st.session_state.get(wanted.LETTERS_KEY, wanted.ANY_LETTERS)
    if truth or read:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(t("evaluate.letters", truth=visible(truth), read=visible(read)))
            st.button(
                t("evaluate.all_letters"),
                key="evaluate_all_letters",
                icon=":material/close:",
                on_click=lambda: st.session_state.pop(wanted.LETTERS_KEY, None),
            )
    return truth, read


def _pick(
    name: str, values: list[str], words: dict[str, str], *, key: str, width: int | Literal["stretch"] = "stretch"
) -> str:
    return choice.select(
        t(f"evaluate.{name}"),
        [_ALL, *values],
        format_func=lambda one: words.get(one, one) if one else t("evaluate.all"),
        key=key,
        width=width,
    )


def card(run: run_shelf.Shelved, one: Failure) -> None:
    """One reading: the photo's part, what went wrong, truth above reading."""
    with st.container(border=True):
        words = st.container()
        if not run.lacks_photos:
            left, words = st.columns([2, 3], gap="medium", vertical_alignment="center")
            with left:
                evidence.picture(run.dataset_root, one.file_name, one.step, one.quad)
        with words:
            st.markdown(
                f"**{t(f'fields.{one.field}')}** `{one.field}` · {t(f'evaluate.outcome_{one.outcome}')} · "
                f"{t('evaluate.confidence')} {one.confidence * 100:.1f}\u00a0%"
            )
            st.html(evidence.difference(one.field, one.truth or "", one.text or ""))
            st.caption(
                f"`{one.file_name}`{evidence.step_in_words(one.step)}"
                + (f" · `{one.error_code}`" if one.error_code else "")
            )


__all__ = ["card", "draw"]
