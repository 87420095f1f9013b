"""Made conditions: rotation, severity, field by condition, trust, corruption error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from khid_eval import charts
from khid_eval.charts.condition_details import Trust, severity_of_one, trust
from khid_eval.runs.condition_queries import UNDISTURBED, Cell, Made
from khid_eval.ui import charting, choice, frame
from khid_eval.ui.conditions_page import kept, matrix, reference, rotation, worst
from khid_eval.ui.conditions_page.kept import Asked, condition_name
from khid_eval.ui.words import t

_MOST_CURVES, _IN_A_ROW = 6, 3
_HALF_TURN_DEG = 180.0
"""The same to either side: said as the chart around the circle says it."""


def draw(asked: Asked) -> None:
    """All of it, from the question to the photos."""
    found = kept.made(asked)
    clean = next((cell for cell in found.severities if cell.key[0] in UNDISTURBED), None)
    disturbed = [cell for cell in found.severities if cell.key[0] not in UNDISTURBED]
    turned = (
        [cell for cell in found.around if cell.right.total and cell.key[0]] if rotation.is_shown(found.around) else []
    )
    slices = [*disturbed, *turned]
    if not slices:
        frame.empty("conditions.nothing_made")
        st.code(f"khid-eval run {asked.run.dataset_root or 'DATASET'} --sweep rotation,dark,glare --out runs/sweep")
        return
    worst.say(slices, [slice_name(cell) for cell in slices], clean.right if clean else None)
    rotation.draw(found.around, found.near, key="conditions")
    if disturbed:
        _severity(disturbed, clean)
    matrix.draw(asked, "condition", found.by_field, Made(), key="conditions_made")
    charting.show(trust(_trusts(disturbed, turned, clean), **charting.style()), "conditions_trust")
    if disturbed:
        reference.draw(asked, found.severities)


def slice_name(cell: Cell) -> str:
    """Of a severity or an angle."""
    if len(cell.key) == 1:
        angle = float(cell.key[0] or 0.0)
        return t("conditions.turned", angle=f"{abs(angle) if abs(angle) == _HALF_TURN_DEG else angle:g}")
    name, severity = cell.key
    return t("conditions.at_severity", name=condition_name(name), severity=f"{severity:g}")


def _point(cell: Cell, at: float) -> charts.Point:
    return charts.Point(at, cell.right, cell.mean_confidence)


def _severity(cells: Sequence[Cell], clean: Cell | None) -> None:
    by_name: dict[str, list[charts.Point]] = {}
    for cell in cells:
        name, severity = cell.key
        by_name.setdefault(str(name), []).append(_point(cell, float(severity or 0.0)))
    hardest = sorted(by_name, key=lambda name: min(point.right.value for point in by_name[name]))
    chosen = hardest
    if len(hardest) > _MOST_CURVES:
        chosen = choice.several(
            t("conditions.curves"),
            hardest,
            default=hardest[:_MOST_CURVES],
            format_func=condition_name,
            key="conditions_curves",
            help=t("conditions.curves_help"),
        )
    start = [_point(clean, 0.0)] if clean else []
    _curves({condition_name(name): [*start, *by_name[name]] for name in chosen})


def _curves(curves: Mapping[str, Sequence[charts.Point]]) -> None:
    """Charts of their own, three in a row: on a narrow screen they stand one under the other."""
    whole = charts.severity(curves, **charting.style())
    st.subheader(whole.layout.title.text, anchor=False)
    names = list(curves)
    for row in range(0, len(names), _IN_A_ROW):
        for column, name in zip(st.columns(_IN_A_ROW), names[row : row + _IN_A_ROW], strict=False):
            with column:
                one = severity_of_one(name, curves[name], **charting.style())
                charting.show(one, f"conditions_severity_{name}", bare=True)
    charting.about(whole, "conditions_severity")


def _trusts(disturbed: Sequence[Cell], turned: Sequence[Cell], clean: Cell | None) -> list[Trust]:
    """The hardest severity of each condition, the worst angle, and the undisturbed photos."""
    last: dict[str, Cell] = {}
    for cell in disturbed:
        name = str(cell.key[0])
        if name not in last or float(cell.key[1] or 0.0) > float(last[name].key[1] or 0.0):
            last[name] = cell
    cells = [*last.values(), *([min(turned, key=lambda cell: cell.right.value)] if turned else [])]
    named = [Trust(slice_name(cell), cell.right, cell.mean_confidence) for cell in cells]
    return [*named, *([Trust(t("conditions.undisturbed"), clean.right, clean.mean_confidence)] if clean else [])]


__all__ = ["draw", "slice_name"]
