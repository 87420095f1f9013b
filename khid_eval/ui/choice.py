"""Menus whose words depend on the language, and sliders: the choice outlives a change of language, of options, of page.

Streamlit's menus send the words of an option over the wire, not the option. After a switch of language the browser
still holds the old words, which are no option any more: the next click resets the menu in silence, and session state
holds words where a value is expected. The functions here draw Streamlit's widgets so that this cannot happen:

    level = choice.segmented(t("evaluate.level"), LEVELS, key="evaluate_level", default=Level.EXACT, format_func=words)
    field = choice.select(t("evaluate.field"), ["", *fields], key="evaluate_field", format_func=named, width=320)

- `st.session_state[key]` holds the option itself in every language. It is no widget's key: read it or set it at any
  time, before the widget is drawn, after it, in a callback. It stays over a change of page until `session.wipe`.
- The widget's own key is `choice.widget_key(key)`, such as "evaluate_level_en": for tests and styles.
- Options are hashable: words, numbers, members of an Enum.
- What is no longer among the options becomes the default: the first option, where none is named.
- Further keywords go to Streamlit's widget: help, width, required, label_visibility … but no index and no on_change.
- In an `st.form`, which allows no callbacks, say in_form=True: the session state then follows when the form is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import streamlit as st

from khid_eval.ui.words import language, t

T = TypeVar("T")
N = TypeVar("N", int, float)
V = TypeVar("V")


def widget_key(key: str) -> str:
    """The key of the widget that shows the choice in the visitor's language."""
    return f"{key}_{language()}"


def select(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: T | None = None,
    format_func: Callable[[T], str] = str,
    in_form: bool = False,
    **look: Any,
) -> T:
    """`st.selectbox` over at least one option."""
    return _one(st.selectbox, "index", label, options, key, default, format_func, in_form, look)


def segmented(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: T | None = None,
    format_func: Callable[[T], str] = str,
    in_form: bool = False,
    **look: Any,
) -> T:
    """`st.segmented_control` for one of at least one option: something is always chosen."""
    return _one(
        st.segmented_control, "default", label, options, key, default, format_func, in_form, {"required": True, **look}
    )


def radio(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: T | None = None,
    format_func: Callable[[T], str] = str,
    in_form: bool = False,
    **look: Any,
) -> T:
    """`st.radio` over at least one option."""
    return _one(st.radio, "index", label, options, key, default, format_func, in_form, look)


def slider(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: T | None = None,
    format_func: Callable[[T], str] = str,
    in_form: bool = False,
    **look: Any,
) -> T:
    """`st.select_slider` for one of at least one option."""
    return _one(st.select_slider, "value", label, options, key, default, format_func, in_form, look)


def amount(label: str, low: N, high: N, *, key: str, default: N, **look: Any) -> N:
    """`st.slider` between two numbers, for a place where it comes and goes.

    Streamlit's own keeping loses the value where a run that hid the slider was broken off by the next, which shows it.
    """
    return _draw_number(label, low, high, key, default, look)


def between(label: str, low: N, high: N, *, key: str, default: tuple[N, N], **look: Any) -> tuple[N, N]:
    """The same for both ends of a range."""
    return _draw_number(label, low, high, key, default, look)


def _draw_number(label: str, low: N, high: N, key: str, default: V, look: dict[str, Any]) -> V:
    shown, wanted = widget_key(key), st.session_state.get(key, default)
    if shown in st.session_state and st.session_state[shown] != wanted:
        st.session_state[shown] = wanted
    else:
        look = {"value": wanted, **look}
    chosen = st.slider(label, low, high, key=shown, on_change=_keep, args=(key, shown), **look)
    st.session_state[key] = chosen
    return cast("V", chosen)


def several(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: Sequence[T] = (),
    format_func: Callable[[T], str] = str,
    in_form: bool = False,
    **look: Any,
) -> list[T]:
    """`st.multiselect`. Options that have gone are dropped; the default returns where that leaves none of them."""
    chosen: Sequence[T] = st.session_state.get(key, default)
    left = [one for one in chosen if one in options]
    wanted = left if left or not chosen else [one for one in default if one in options]
    return cast("list[T]", _draw(st.multiselect, "default", label, options, key, wanted, format_func, in_form, look))


def _one(
    widget: Callable[..., Any],
    start: str,
    label: str,
    options: Sequence[T],
    key: str,
    default: T | None,
    format_func: Callable[[T], str],
    in_form: bool,
    look: dict[str, Any],
) -> T:
    chosen = st.session_state.get(key, default)
    wanted = chosen if chosen in options else default if default in options else next(iter(options), None)
    return cast("T", _draw(widget, start, label, options, key, wanted, format_func, in_form, look))


# start: the name of the widget's keyword for what it shows at first.
def _draw(
    widget: Callable[..., Any],
    start: str,
    label: str,
    options: Sequence[Any],
    key: str,
    wanted: Any,
    format_func: Callable[[Any], str],
    in_form: bool,
    look: dict[str, Any],
) -> Any:
    shown = widget_key(key)
    more: dict[str, Any] = {} if in_form else {"on_change": _keep, "args": (key, shown)}
    # Told only where it differs: a value set by the script overrides a click that is already on its way.
    if shown in st.session_state and not in_form and st.session_state[shown] != wanted:
        st.session_state[shown] = wanted
    else:  # for a widget that is new, as it also is on another page under the same key
        more[start] = options.index(wanted) if start == "index" and options else wanted
    if widget in (st.selectbox, st.multiselect):  # its own words are English
        look = {"placeholder": t("shell.choose"), **look}
    words = {one: format_func(one) for one in options}  # settled here: Streamlit also asks for them in other languages
    chosen = widget(label, options, key=shown, format_func=words.__getitem__, **more, **look)
    st.session_state[key] = chosen
    return chosen


def _keep(key: str, shown: str) -> None:
    st.session_state[key] = st.session_state[shown]


__all__ = ["amount", "between", "radio", "segmented", "select", "several", "slider", "widget_key"]
