"""What a cut-off costs: prices asked for, a month at the chosen point, the best point and how sure it is."""

from __future__ import annotations

import streamlit as st

from khid_eval import charts
from khid_eval.metrics.cost import Consequences, CostModel, Sensitivity, consequences, sensitivity
from khid_eval.metrics.study import Study
from khid_eval.ui import charting, choice
from khid_eval.ui.threshold_page import answers, nothing
from khid_eval.ui.threshold_page.ask import Asked
from khid_eval.ui.words import t

_CURRENCIES = {"USD": 1.0, "KHR": 4000.0, "EUR": 1.0, "THB": 35.0, "VND": 25_000.0}
"""What a dollar is worth, roughly: for the prices to begin with. Typed prices are kept by currency, never converted."""
_CURRENCY = "thresholds_currency"
_NUMBERS = {
    "confirm_s": (600.0, 0.5),
    "correct_s": (600.0, 0.5),
    "hourly_wage": (500.0, 0.5),
    "price_per_call": (10.0, 0.005),
    "price_per_error": (100_000.0, 1.0),
    "volume": (100_000_000.0, 1000.0),
}
"""The greatest value and the step of each number; of money, in dollars."""
_MONEY = ("hourly_wage", "price_per_call", "price_per_error")
_WHOLE_CARD = "thresholds_whole_card"


def _currency() -> str:
    return str(st.session_state.get(_CURRENCY, next(iter(_CURRENCIES))))


def _key(name: str) -> str:
    return f"thresholds_{name}_{_currency()}" if name in _MONEY else f"thresholds_{name}"


def _worth(name: str) -> float:
    return _CURRENCIES[_currency()] if name in _MONEY else 1.0


def _usual(name: str) -> float:
    return float(getattr(CostModel(), name)) * _worth(name)


def _model() -> CostModel:
    return CostModel(**{name: float(st.session_state.get(_key(name), _usual(name))) for name in _NUMBERS})


def _whole_card() -> bool:
    return bool(st.session_state.get(_WHOLE_CARD, True))


def _inputs() -> None:
    choice.select(t("thresholds.currency"), list(_CURRENCIES), key=_CURRENCY, width=160)
    columns = st.columns(3)
    for i, (name, (most, step)) in enumerate(_NUMBERS.items()):
        step *= _worth(name)
        columns[i % 3].number_input(
            t(f"thresholds.{name}") + (f" ({_currency()})" if name in _MONEY else ""),
            0.0,
            most * _worth(name),
            _usual(name),
            step,
            format="%.0f" if step >= 1.0 else None,  # nobody counts cards in hundredths
            key=_key(name),
            persist_state="session",
        )
    st.toggle(
        t("thresholds.whole_card"), True, key=_WHOLE_CARD, help=t("thresholds.whole_card_help"), persist_state="session"
    )


def _month(asked: Asked, found: Study, key: str) -> Consequences:
    done = answers.work(found, asked.identity, key, _whole_card())
    overall = found.sequences[key].overall
    return consequences(
        _model(), overall.step_accepted, overall.step_wrong, done.confirmed, done.corrected, overall.total
    )


def month_at(asked: Asked, found: Study, key: str, step: int) -> list[tuple[str, str]]:
    """A month at one step: name, and how many with the money that they cost."""
    month = _month(asked, found, key)
    hours, undetected = float(month.review_hours[step]), float(month.undetected[step])
    return [
        (t("thresholds.hours"), f"**{t('thresholds.in_hours', n=_count(hours))}** ({_money(month.review[step])})"),
        (t("thresholds.calls"), f"**{_count(_model().volume)}** ({_money(month.calls[step])})"),
        (t("thresholds.errors"), f"**{_count(undetected)}** ({_money(month.errors[step])})"),
        (t("thresholds.money"), f"**{_money(month.total[step])}**"),
    ]


def _count(value: float) -> str:
    return f"{value:.1f}" if 0.0 < value < 9.95 else f"{value:,.0f}"


def _money(value: float) -> str:
    return f"{_currency()}\u00a0{value:,.0f}"


def draw(asked: Asked, found: Study, key: str) -> None:
    """Prices, the curve of costs, and what becomes of the best point when a price is other than thought."""
    _inputs()
    overall = found.sequences[key].overall
    if not overall.step_accepted.any():
        nothing.draw(asked, overall.required)
        return
    month = _month(asked, found, key)
    coverage = overall.step_accepted / overall.total
    figure = charts.costs(coverage, month, chosen=overall.step, currency=_currency(), **charting.style())
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
        t("thresholds.money"): _money(one.total),
    }


__all__ = ["draw", "month_at"]
