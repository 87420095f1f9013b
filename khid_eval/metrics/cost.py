"""What a cut-off costs: seconds of review, money for calls, money for errors that pass."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from khid_eval.records import FloatArray

SENSITIVITY_FACTORS = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class CostModel:
    """Prices of one operation; all >= 0.

    confirm_s, correct_s: seconds for a person to confirm a right field, to correct a wrong one.
    hourly_wage, price_per_call, price_per_error: money. volume: cards a month.
    price_per_error: of one accepted card (or field) that is wrong and that nobody sees.
    """

    confirm_s: float = 2.0
    correct_s: float = 12.0
    hourly_wage: float = 5.0
    price_per_call: float = 0.01
    price_per_error: float = 20.0
    volume: float = 10_000.0

    def __post_init__(self) -> None:
        for one in fields(self):
            if not getattr(self, one.name) >= 0.0:
                raise ValueError(f"{one.name} must be >= 0")


Review = Literal["card", "failing fields"]


@dataclass(frozen=True, slots=True, eq=False)
class Consequences:
    """A month at each of J operating points; arrays are (J,).

    accepted, undetected: cards a month. review_hours: hours. review, calls, errors, total: money.
    """

    accepted: FloatArray
    undetected: FloatArray
    review_hours: FloatArray
    review: FloatArray
    calls: FloatArray
    errors: FloatArray

    @property
    def total(self) -> FloatArray:
        return self.review + self.calls + self.errors

    @property
    def best(self) -> int:
        """The cheapest operating point; the one that accepts least among equals."""
        return int(np.argmin(self.total))


def consequences(
    model: CostModel,
    accepted: ArrayLike,
    wrong: ArrayLike,
    fields_confirmed: ArrayLike,
    fields_corrected: ArrayLike,
    n: int,
) -> Consequences:
    """What each operating point means in a month.

    accepted, wrong: (J,) cards among n. fields_confirmed, fields_corrected: (J,) right and wrong fields that people
    look at, summed over those n cards (see review_work). Raises ValueError where n is not positive.
    """
    if n <= 0:
        raise ValueError("no cards to scale from")
    scale = model.volume / n
    seconds = model.confirm_s * np.asarray(fields_confirmed, np.float64)
    seconds = seconds + model.correct_s * np.asarray(fields_corrected, np.float64)
    hours = seconds * scale / 3600.0
    undetected = np.asarray(wrong, np.float64) * scale
    return Consequences(
        accepted=np.asarray(accepted, np.float64) * scale,
        undetected=undetected,
        review_hours=hours,
        review=hours * model.hourly_wage,
        calls=np.full(hours.shape, model.volume * model.price_per_call),
        errors=undetected * model.price_per_error,
    )


def break_even_error(model: CostModel, fields_per_card: int) -> float:
    """The chance of error above which review is cheaper than acceptance (Chow 1970), in [0, 1]."""
    if not model.price_per_error:
        return 1.0
    return min(1.0, fields_per_card * model.confirm_s / 3600.0 * model.hourly_wage / model.price_per_error)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What becomes of the best operating point when one price is other than thought. best: index of the point."""

    name: str
    factor: float
    best: int
    total: float


def sensitivity(
    model: CostModel,
    accepted: ArrayLike,
    wrong: ArrayLike,
    fields_confirmed: ArrayLike,
    fields_corrected: ArrayLike,
    n: int,
) -> list[Sensitivity]:
    """Halve and double each price in turn."""
    found = []
    for one in fields(CostModel):
        for factor in SENSITIVITY_FACTORS:
            other = replace(model, **{one.name: getattr(model, one.name) * factor})
            month = consequences(other, accepted, wrong, fields_confirmed, fields_corrected, n)
            found.append(Sensitivity(one.name, factor, month.best, float(month.total[month.best])))
    return found


__all__ = [
    "SENSITIVITY_FACTORS",
    "Consequences",
    "CostModel",
    "Review",
    "Sensitivity",
    "break_even_error",
    "consequences",
    "sensitivity",
]
