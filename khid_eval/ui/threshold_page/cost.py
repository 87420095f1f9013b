"""What a cut-off costs: prices asked for, a month at the chosen point, the best point and how sure it is."""

from __future__ import annotations

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.cost import Consequences, CostModel, Sensitivity, consequences, sensitivity
from khid_eval.metrics.study import Study
from khid_eval.ui import charting
from khid_eval.ui.threshold_page import answers
from khid_eval.ui.threshold_page.ask import Asked
from khid_eval.ui.words import t

_NUMBERS = {
    "confirm_s": (0.0, 600.0, 0.5),
    "correct_s": (0.0, 600.0, 0.5),
    "hourly_wage": (0.0, 500.0, 0.5),
    "price_per_call": (0.0, 10.0, 0.005),
    "price_per_error": (0.0, 100_000.0, 1.0),
    "volume": (0.0, 100_000_000.0, 1000.0),
}
_WHOLE_CARD = "thresholds_whole_card"


def _model() -> CostModel:
    given = {name: st.session_state.get(f"thresholds_{name}", getattr(CostModel(), name)) for name in _NUMBERS}
    return CostModel(**{name: float(value) for name, value in given.items()})


def _whole_card() -> bool:
    return bool(st.session_state.get(_WHOLE_CARD, True))


def _inputs() -> None:
    usual = CostModel()
    columns = st.columns(3)
    for i, (name, (low, high, step)) in enumerate(_NUMBERS.items()):
        whole = "%.0f" if step >= 1.0 else None  # nobody counts cards in hundredths
        columns[i % 3].number_input(
            t(f"thresholds.{name}"), low, high, getattr(usual, name), step, format=whole, key=f"thresholds_{name}"
        )
    st.toggle(t("thresholds.whole_card"), True, key=_WHOLE_CARD, help=t("thresholds.whole_card_help"))


def _month(asked: Asked, found: Study, key: str) -> Consequences:
    done = answers.work(found, asked.identity, key, _whole_card())
    overall = found.sequences[key].overall
    return consequences(
        _model(), overall.step_accepted, overall.step_wrong, done.confirmed, done.corrected, overall.total
    )


def month_at(asked: Asked, found: Study, key: str, step: int) -> list[tuple[str, str]]:
    """Hours and money a month at one step: name and value."""
    month = _month(asked, found, key)
    return [
        (t("thresholds.hours"), f"**{month.review_hours[step]:,.0f} h** ({month.review[step]:,.0f})"),
        (t("thresholds.calls"), f"{month.calls[step]:,.0f}"),
        (t("thresholds.errors"), f"{month.errors[step]:,.0f}"),
        (t("thresholds.money"), f"**{month.total[step]:,.0f}**"),
    ]


def draw(asked: Asked, found: Study, key: str) -> None:
    """Prices, the curve of costs, and what becomes of the best point when a price is other than thought."""
    _inputs()
    overall = found.sequences[key].overall
    if not overall.total or not overall.step_accepted.size:
        st.info(t("thresholds.nothing_accepted"))
        return
    month = _month(asked, found, key)
    coverage = overall.step_accepted / overall.total
    figure = charts.costs(coverage, month, chosen=overall.step, **charting.style())
    charting.show(figure, "thresholds_costs")
    done = answers.work(found, asked.identity, key, _whole_card())
    changes = sensitivity(
        _model(), overall.step_accepted, overall.step_wrong, done.confirmed, done.corrected, overall.total
    )
    st.markdown(f"**{t('thresholds.sensitivity')}**")
    st.dataframe(
        [_change(one, float(coverage[one.best])) for one in changes], hide_index=True, key="thresholds_sensitivity"
    )


def _change(one: Sensitivity, share: float) -> dict[str, str]:
    return {
        t("thresholds.price"): t(f"thresholds.{one.name}"),
        t("thresholds.factor"): f"× {one.factor:g}",
        t("thresholds.best_share"): charts.share(share),
        t("thresholds.money"): f"{one.total:,.0f}",
    }


__all__ = ["draw", "month_at"]
