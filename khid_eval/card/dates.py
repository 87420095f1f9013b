"""Dates as the card prints them (DD.MM.YYYY in Khmer digits) and as the MRZ codes them (YYMMDD)."""

from __future__ import annotations

import re
from datetime import date, timedelta

from khid_eval.card.khmer import khmer_digits, latin_digits

_PRINTED = re.compile(r"(\d{1,2})[.:,/\-\s]+(\d{1,2})[.:,/\-\s]+(\d{4})")


def parse(text: str) -> date | None:
    """The date of a printed form, in Khmer or Latin digits; None where it is not a day of the calendar."""
    match = _PRINTED.fullmatch(latin_digits(text).strip())
    if not match:
        return None
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def printed(day: date) -> str:
    """DD.MM.YYYY in Khmer digits."""
    return khmer_digits(f"{day:%d.%m.}{day.year:04d}")


def years_after(day: date, years: int) -> date:
    """The same day that many years later; 29 February becomes 1 March where it does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def expiry_of(issue: date) -> date:
    """Ten years less a day after the issue (seen on all known examples)."""
    return years_after(issue, 10) - timedelta(days=1)


def agrees_with_mrz(day: date, yymmdd: str) -> bool:
    """Whether the MRZ's six digits are that day; the century is not coded."""
    return f"{day:%y%m%d}" == yymmdd


__all__ = ["agrees_with_mrz", "expiry_of", "parse", "printed", "years_after"]
