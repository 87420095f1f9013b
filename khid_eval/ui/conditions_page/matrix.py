"""Field by condition as squares; a click, or the two menus under it, shows what went wrong there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from khid_eval import charts
from khid_eval.records import FIELD_NAMES
from khid_eval.runs.condition_queries import UNDISTURBED, Cell, Within
from khid_eval.runs.failures import Wanted, count_failures, failures
from khid_eval.runs.query import Slice, Tables
from khid_eval.ui import charting, choice, frame, session
from khid_eval.ui.conditions_page.kept import Asked, value_name
from khid_eval.ui.conditions_page.worst import in_words
from khid_eval.ui.evaluate_page.failures import card
from khid_eval.ui.words import t, unbroken

_SHOWN = 6
_LABELS_PX, _SQUARE_PX, _FEWEST = 260, 34, 8
_CHART_PARTS = (
    "[data-testid=stElementContainer]:has([data-testid=stPlotlyChart])",
    "[data-testid=stFullScreenFrame]",
    "[data-testid=stPlotlyChart]",
)
Value = str | float | None


def draw(asked: Asked, column: str, by_field: Mapping[tuple[str, Value], Cell], where: Slice, *, key: str) -> None:
    """column: whose values stand across. where: the photos that count. key: start of the widgets' keys."""
    values = sorted({value for _, value in by_field}, key=lambda one: _order(column, one))
    fields = [name for name in FIELD_NAMES if any(field == name for field, _ in by_field)]
    if not values or not fields:
        return
    names = {str(value): value_name(column, value) for value in values}
    cells = {(field, value_name(column, value)): cell.right for (field, value), cell in by_field.items()}
    made = charts.condition_matrix(
        cells, fields, list(names.values()), captions=charting.captions(), **charting.style()
    )
    made.update_traces(unselected={"marker": {"opacity": 0.6}})  # a click does not dim the others away
    _room_for(len(names), key)
    with st.container(key=f"{key}_wide"):
        charting.show(made, f"{key}_matrix", on_select=lambda: _follow_click(key, names))
    field, chosen = _menus(fields, names, key)
    if field and chosen:
        value = next(one for one in values if str(one) == chosen)
        _gallery(asked, field, (column, value), names[chosen], by_field, where)
    else:
        frame.note("conditions.click_a_square")


def _order(column: str, value: Value) -> tuple[bool, bool, float, str]:
    """The undisturbed first, what is not stated last; numbers by size."""
    number = value if isinstance(value, float) else 0.0
    return value is None, value not in UNDISTURBED, number, value_name(column, value)


def _room_for(columns: int, key: str) -> None:
    """Squares keep their size: on a narrow screen the chart alone scrolls sideways, never the page."""
    wide = f".st-key-{key}_wide"
    least_px = _LABELS_PX + _SQUARE_PX * max(columns, _FEWEST)
    parts = ", ".join(f"{wide} {part}" for part in _CHART_PARTS)
    st.html(f"<style>{wide} {{ overflow-x: auto }} {parts} {{ min-width: {least_px}px }}</style>")


def _follow_click(key: str, names: Mapping[str, str]) -> None:
    """A clicked square sets the two menus. names: as in `_menus`."""
    points = st.session_state[f"{key}_matrix"]["selection"]["points"]
    if points:
        field, name = points[0]["customdata"][:2]
        value = next((one for one, shown in names.items() if shown == name), "")
        st.session_state[f"{key}_field"], st.session_state[f"{key}_value"] = field, value


def _menus(fields: Sequence[str], names: Mapping[str, str], key: str) -> tuple[str, str]:
    """names: value of the column -> its words."""
    left, right = st.columns(2)
    with left:
        field = choice.select(
            t("conditions.field_of_square"),
            ["", *fields],
            format_func=lambda one: charting.captions()[one] if one else "–",
            key=f"{key}_field",
        )
    with right:
        value = choice.select(
            t("conditions.condition_of_square"),
            ["", *names],
            format_func=lambda one: names[one] if one else "–",
            key=f"{key}_value",
        )
    return field, value


def _gallery(
    asked: Asked,
    field: str,
    chosen: tuple[str, Value],
    name: str,
    by_field: Mapping[tuple[str, Value], Cell],
    where: Slice,
) -> None:
    cell = by_field.get((field, chosen[1]))
    if cell is None or not cell.right.total:
        frame.empty("conditions.no_photo_there")
        return
    wanted = Wanted(asked.level, field, where=Within((chosen,), where))
    with Tables(asked.run.store, asked.run.info) as tables:
        total = count_failures(tables, wanted)
        found = failures(tables, wanted, limit=_SHOWN)
    st.markdown(f"**{charting.captions()[field]} · {name}**: {unbroken(in_words(cell.right))}")
    if not total:
        frame.empty("conditions.nothing_wrong_there")
        return
    frame.note("conditions.shown_failures", shown=len(found), total=f"{total:,}")
    if session.masked():
        frame.note("evaluate.hidden")
        return
    for one in found:
        card(asked.run, one)


__all__ = ["draw"]
