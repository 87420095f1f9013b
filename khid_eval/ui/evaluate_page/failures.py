"""The gallery of failures: a cut of the photo beside truth and reading, the differing clusters marked."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from khid_eval.errors import KhidError
from khid_eval.metrics import text
from khid_eval.records import FIELD_NAMES, Quad, RgbImage
from khid_eval.runs.failures import ORDERS, OUTCOMES, Failure, Wanted, count_failures, failures, photo_of
from khid_eval.runs.query import Tables
from khid_eval.ui import charting, frame, photos, run_shelf, session
from khid_eval.ui.evaluate_page import overview
from khid_eval.ui.evaluate_page.wanted import CONFIDENCE_KEY, FIELD_KEY
from khid_eval.ui.words import t

_A_PAGE = 6
_MARGIN = 0.6
"""Of the text's height, around it."""
_PAGE_KEY = "evaluate_failures_page"
_ALL = ""


def draw(run: run_shelf.Shelved) -> None:
    """Choices, then one page; the arrow keys turn it."""
    level, where = overview.choices(run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field = _pick("field", list(FIELD_NAMES), charting.captions(), key=FIELD_KEY)
        outcome = _pick("outcome", list(OUTCOMES), {one: t(f"evaluate.outcome_{one}") for one in OUTCOMES})
        error = _pick("error", list(run.info.counts.errors), {})
        order = st.selectbox(
            t("evaluate.order"),
            list(ORDERS),
            format_func=lambda one: t(f"evaluate.order_{one}"),
            key="evaluate_order",
            width=260,
        )
        low, high = st.slider(
            t("evaluate.confidence_between"), 0, 100, (0, 100), format="%d %%", key=CONFIDENCE_KEY, width=260
        )
    wanted = Wanted(level, field, outcome, error, where, low / 100.0, high / 100.0)
    with Tables(run.store, run.info) as tables:
        total = count_failures(tables, wanted)
        if not total:
            frame.empty("evaluate.no_failures")
            return
        page = _turn(total, (run.path, wanted, order))
        found = failures(tables, wanted, order=order, limit=_A_PAGE, offset=page * _A_PAGE)
    if session.masked():
        frame.note("evaluate.hidden")
        return
    for one in found:
        card(run, one)


def _pick(name: str, values: list[str], words: dict[str, str], *, key: str = "") -> str:
    return (
        st.selectbox(
            t(f"evaluate.{name}"),
            [_ALL, *values],
            format_func=lambda one: words.get(one, one) if one else t("evaluate.all"),
            key=key or f"evaluate_failure_{name}",
        )
        or _ALL
    )


def _turn(total: int, of: object) -> int:
    """The page's number, from 0; a change of what is shown goes back to the first."""
    pages = -(-total // _A_PAGE)
    kept_of, page = st.session_state.get(_PAGE_KEY, (None, 0))
    page = min(page, pages - 1) if kept_of == of else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        back = st.button(t("evaluate.back"), key="evaluate_back", disabled=not page, shortcut="left")
        on = st.button(t("evaluate.on"), key="evaluate_on", disabled=page + 1 >= pages, shortcut="right")
        page += int(on) - int(back)
        st.caption(t("evaluate.page", page=page + 1, pages=pages, total=f"{total:,}"))
    st.session_state[_PAGE_KEY] = (of, page)
    return page


def card(run: run_shelf.Shelved, one: Failure) -> None:
    """One reading: the photo's part, what went wrong, truth above reading."""
    with st.container(border=True):
        left, right = st.columns([2, 3], gap="medium", vertical_alignment="center")
        with left:
            _picture(run, one)
        with right:
            step = f" · {one.step.condition} {_strength(one)}" if one.step else ""
            st.markdown(
                f"**{t(f'fields.{one.field}')}** `{one.field}` · {t(f'evaluate.outcome_{one.outcome}')} · "
                f"{t('evaluate.confidence')} {one.confidence * 100:.1f} %"
            )
            st.html(difference(one.truth or "", one.text or ""))
            st.caption(f"`{one.file_name}`{step}" + (f" · `{one.error_code}`" if one.error_code else ""))


def _strength(one: Failure) -> str:
    assert one.step is not None
    return f"{one.step.angle_deg:g}°" if one.step.angle_deg is not None else str(one.step.severity)


def _picture(run: run_shelf.Shelved, one: Failure) -> None:
    try:
        seen = photos.shown(photo_of(run.dataset_root, one.file_name, one.step), 2400)
    except KhidError:
        st.caption(t("evaluate.photo_gone"))
        return
    quad = seen.quad(one.quad)
    st.image(photos.jpeg(cut_out(seen.image, quad) if quad else seen.image), width="stretch")


def cut_out(image: RgbImage, quad: Quad) -> RgbImage:
    """The upright box around the quad with a margin, inside the image; the whole image where nothing would be left."""
    points = np.asarray(quad)
    margin = _MARGIN * float(min(np.linalg.norm(points[1] - points[0]), np.linalg.norm(points[2] - points[1])))
    left, top = np.floor(points.min(axis=0) - margin).astype(int).clip(0)
    right, bottom = np.ceil(points.max(axis=0) + margin).astype(int)
    part = image[top:bottom, left:right]
    return np.ascontiguousarray(part) if part.size else image


def difference(truth: str, reading: str) -> str:
    """Truth above reading, cluster by cluster; what differs is marked, by colour and by an underline."""
    steps = text.align(truth, reading)
    lines = (
        (t("evaluate.truth"), [(step.truth, step.kind != "equal") for step in steps], "ev-truth"),
        (t("evaluate.reading"), [(step.reading, step.kind != "equal") for step in steps], "ev-read"),
    )
    rows = "".join(
        f'<div class="ev-name">{html.escape(name)}</div><div class="{kind}">{_marked(parts)}</div>'
        for name, parts, kind in lines
    )
    return f"<style>{_STYLE}</style><div class='ev-diff'>{rows}</div>"


def _marked(parts: list[tuple[str, bool]]) -> str:
    said = "".join(
        f"<mark>{html.escape(part or '∅')}</mark>" if differs else html.escape(part) for part, differs in parts
    )
    return said or "∅"


_STYLE = """
.ev-diff { display: grid; grid-template-columns: max-content 1fr; gap: 0 .8rem; line-height: 1.8; font-size: 1.1rem }
.ev-name { opacity: .7; font-size: .85rem; align-self: center }
.ev-diff mark { background: transparent; color: inherit; border-bottom: 3px solid #c0362c; padding: 0 1px }
.ev-truth mark { border-bottom-color: #1a7f4b }
"""

__all__ = ["card", "cut_out", "difference", "draw"]
