"""What Evaluate shows, in the address: view, filters and page of the gallery.

So a reload, the browser's way back and a link for a colleague lead to the same rows. Words that mean nothing on this
run, such as a condition that only another run has, fall back to the usual choice when its menu is drawn, and leave the
address with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from khid_eval.metrics.fields import DEFAULT_LEVEL, Level
from khid_eval.runs.failures import ORDERS
from khid_eval.runs.figures import OVERALL
from khid_eval.ui import frame
from khid_eval.ui.evaluate_page import pager, wanted


@dataclass(frozen=True, slots=True)
class _Choice:
    """Session state key of a choice. usual: what needs no word in the address. write, read: to its word and back;
    a word that cannot be read raises ValueError."""

    key: str
    usual: Any = ""
    write: Callable[[Any], str] = str
    read: Callable[[str], Any] = str


def _write_range(both: tuple[int, int]) -> str:
    low, high = both
    return f"{low}-{high}"


def _read_range(word: str) -> tuple[int, int]:
    low, high = map(int, word.split("-"))
    if not 0 <= low <= high <= 100:
        raise ValueError(word)
    return low, high


_CHOICES = {
    "view": _Choice(wanted.VIEW_KEY, wanted.OVERVIEW),
    "level": _Choice(wanted.LEVEL_KEY, DEFAULT_LEVEL, read=Level),
    "charted": _Choice(wanted.CHARTED_KEY, OVERALL),
    "slice": _Choice(wanted.SLICE_KEY),
    "field": _Choice(wanted.FIELD_KEY),
    "outcome": _Choice(wanted.OUTCOME_KEY),
    "error": _Choice(wanted.ERROR_KEY),
    "order": _Choice(wanted.ORDER_KEY, next(iter(ORDERS))),
    "confidence": _Choice(
        wanted.CONFIDENCE_KEY, wanted.ANY_CONFIDENCE, lambda both: "{}-{}".format(*both), _read_range
    ),
}
_FILTERS = {
    wanted.SLICE_KEY: "",
    wanted.FIELD_KEY: "",
    wanted.OUTCOME_KEY: "",
    wanted.ERROR_KEY: "",
    wanted.CONFIDENCE_KEY: wanted.ANY_CONFIDENCE,
    wanted.LETTERS_KEY: wanted.ANY_LETTERS,
}
"""What can hide failures, and how it hides none."""
_VALUE, _TRUTH, _READ, _PAGE = "value", "truth", "read", "page"
_WORDS = (*_CHOICES, _VALUE, _TRUTH, _READ, _PAGE)


def follow() -> None:
    """Call it before the widgets are drawn: the choices of an address that a new visitor brings, or that the browser's
    way back or forward leads to."""
    asked = {name: st.query_params[name] for name in _WORDS if name in st.query_params}
    left = frame.left_in_address()
    # The menu of pages leads here without a word, which puts nothing away.
    brought = left is None and bool(asked)
    # A click that is on its way while the address still is an older one is not undone by it.
    # Nor is the start of a run, from which the page goes on by itself while a slow browser still names the form.
    on_the_way = wanted.just_started()
    went_back = left is not None and asked != left and _chosen() == left and not on_the_way
    if brought or went_back:
        _choose(asked)
        frame.leave_in_address(_chosen())  # at once: the browser may go on before this run of the page is over


def remember() -> None:
    """Call it after the widgets are drawn: puts the choices into the address."""
    words = _chosen()
    here = st.query_params.to_dict()
    there = {name: word for name, word in here.items() if name not in _WORDS} | words
    if there != here:
        st.query_params.from_dict(there)
    frame.leave_in_address(words)


def filtered() -> bool:
    """Whether any filter hides failures."""
    return any(st.session_state.get(key, usual) != usual for key, usual in _FILTERS.items())


def show_all() -> None:
    """For a button: all failures of the run."""
    st.session_state.update(_FILTERS)


def _chosen() -> dict[str, str]:
    """The words of all choices that are not the usual ones."""
    state = st.session_state
    words = {
        name: one.write(state[one.key])
        for name, one in _CHOICES.items()
        if one.key in state and state[one.key] != one.usual
    }
    if "slice" in words:
        words[_VALUE] = str(state.get(wanted.value_key(words["slice"]), ""))
    letters = zip((_TRUTH, _READ), state.get(wanted.LETTERS_KEY, wanted.ANY_LETTERS), strict=True)
    words |= {name: letter for name, letter in letters if letter}
    page = pager.page_of(wanted.PAGES_KEY)
    if page and words.get("view") == wanted.FAILURES:  # elsewhere the gallery is not drawn and may have changed
        words[_PAGE] = str(page + 1)
    return words


def _choose(words: dict[str, str]) -> None:
    for name, one in _CHOICES.items():
        try:
            st.session_state[one.key] = one.read(words[name]) if name in words else one.usual
        except ValueError:
            st.session_state[one.key] = one.usual
    if "slice" in words:
        st.session_state[wanted.value_key(words["slice"])] = words.get(_VALUE, "")
    st.session_state[wanted.LETTERS_KEY] = (words.get(_TRUTH, ""), words.get(_READ, ""))
    page = words.get(_PAGE, "")
    pager.begin_at(int(page) - 1 if page.isascii() and page.isdigit() else 0, wanted.PAGES_KEY)


__all__ = ["filtered", "follow", "remember", "show_all"]
