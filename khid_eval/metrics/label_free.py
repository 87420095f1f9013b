"""An accuracy estimate for cards without labels: MRZ check digits, and what is printed against what the MRZ says.

A check digit catches about nine errors in ten; two independent readings that agree are rarely both wrong. So the
share that verifies and agrees estimates accuracy from within the readings themselves. It cannot see an error that
spoils both sides alike, nor fields that the MRZ does not carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from khid_eval.card import dates, khmer, mrz
from khid_eval.metrics.fields import Level, normalise
from khid_eval.metrics.intervals import Rate, rate

CHECKS: Final = ("id_number", "birth_date", "expiry_date", "composite")
"""MRZ parts with a check digit."""
AGREEMENTS: Final = ("id_number", "birth_date", "expiry_date", "sex", "name_en")
"""Printed fields that the MRZ repeats."""


@dataclass(frozen=True, slots=True)
class CardChecks:
    """One card. checks: each check digit verifies. agreements: printed equals MRZ; None where either was not read."""

    checks: Mapping[str, bool | None]
    agreements: Mapping[str, bool | None]


def check_card(reading: Mapping[str, str]) -> CardChecks:
    """Check one reading (field name -> text, absent or "" = not read). Total."""
    lines = [reading.get(f"machine_code{i}", "") for i in (1, 2, 3)]
    facts = mrz.read(*lines)
    verified = {
        "id_number": facts.number_ok,
        "birth_date": facts.birth_ok,
        "expiry_date": facts.expiry_ok,
        "composite": facts.composite_ok,
    }
    needs = {"id_number": lines[:1], "birth_date": lines[1:2], "expiry_date": lines[1:2], "composite": lines[:2]}
    checks = {name: ok if all(needs[name]) else None for name, ok in verified.items()}
    return CardChecks(checks, {name: _agrees(name, reading.get(name, ""), facts) for name in AGREEMENTS})


def _agrees(name: str, printed: str, facts: mrz.MrzFacts) -> bool | None:
    if not printed.strip():
        return None
    if name in ("birth_date", "expiry_date"):
        coded = facts.birth if name == "birth_date" else facts.expiry
        day = dates.parse(printed)
        return (day is not None and dates.agrees_with_mrz(day, coded)) if coded else None
    if name == "name_en":
        return _names_agree(printed, facts) if facts.surname else None
    coded = facts.number if name == "id_number" else facts.sex
    if not coded or coded == "<":
        return None
    return normalise(name, printed, Level.SEMANTIC) == khmer.latin_digits(coded)


def _names_agree(printed: str, facts: mrz.MrzFacts) -> bool:
    """Whether the printed Latin name, coded as the MRZ codes it (cut at 30), gives the same letters."""
    words = normalise("name_en", printed, Level.SEMANTIC).split()
    coded = f"{facts.surname} {facts.given}".split()
    joined, line = "<".join(words), "<".join(coded)
    whole = mrz.LINE_LENGTH - 2  # "<<" between the names takes one more place than "<", and the cut may fall anywhere
    return joined == line or (len(line) >= whole and joined.startswith(line))


@dataclass(frozen=True, slots=True)
class LabelFreeEstimate:
    """checks, agreements: share of cards that pass, among those where both sides were read.

    consistent: cards whose every known check and agreement passes, among cards where at least one is known.
    """

    cards: int
    checks: Mapping[str, Rate]
    agreements: Mapping[str, Rate]
    consistent: Rate


def estimate(readings: Iterable[Mapping[str, str]]) -> LabelFreeEstimate:
    """Pool the checks of many cards."""
    cards = [check_card(reading) for reading in readings]
    known = [[*card.checks.values(), *card.agreements.values()] for card in cards]
    judged = [[value for value in values if value is not None] for values in known]
    with_any = [values for values in judged if values]
    return LabelFreeEstimate(
        cards=len(cards),
        checks={name: _pooled(card.checks[name] for card in cards) for name in CHECKS},
        agreements={name: _pooled(card.agreements[name] for card in cards) for name in AGREEMENTS},
        consistent=rate(sum(all(values) for values in with_any), len(with_any)),
    )


def _pooled(values: Iterable[bool | None]) -> Rate:
    known = [value for value in values if value is not None]
    return rate(sum(known), len(known))


__all__ = ["AGREEMENTS", "CHECKS", "CardChecks", "LabelFreeEstimate", "check_card", "estimate"]
