"""Names of the page's things for people: fields, cut-offs, conditions."""

from __future__ import annotations

from khid_eval import charts
from khid_eval.metrics.study import Sequence
from khid_eval.policy import DOCUMENT
from khid_eval.runs.labelled import NOT_STATED
from khid_eval.ui.conditions_page.kept import column_name, value_name
from khid_eval.ui.words import t


def field(name: str) -> str:
    """The caption, and the key of the API."""
    return f"{t(f'fields.{name}')} · {name}"


def sequence(key: str) -> str:
    """Whole cards, or a field."""
    return t("thresholds.scope_document") if key == DOCUMENT else field(key)


def cutoff(value: float) -> str:
    """A cut-off as it is shown: more decimals mean nothing."""
    return f"{value:.3f}"


def percent(share: float) -> str:
    """A small share needs its second decimal, a great one does not."""
    return charts.share(share, 2 if 0.0 < share < 0.1 else 1)


def cutoffs(of: Sequence, step: int) -> str:
    """The cut-off of that step, or the least and the greatest of several."""
    values = of.path.cutoffs[step]
    least, greatest = cutoff(values.min()), cutoff(values.max())
    return least if least == greatest else f"{least}–{greatest}"


def column(name: str) -> str:
    """What certificates can be issued apart by; "" is nothing."""
    return column_name(name) if name else t("thresholds.no_column")


def condition(name: str) -> str:
    """`lighting=dark`, as cards and policies name it, for people."""
    of, _, value = name.partition("=")
    return f"{column_name(of)}: {value_name(of, None if value == NOT_STATED else value)}"


__all__ = ["column", "condition", "cutoff", "cutoffs", "field", "percent", "sequence"]
