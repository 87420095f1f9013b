"""What is said about a reading in words: the decision, the card's type, the quality alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from khid_eval.card import checks
from khid_eval.policy import Decision, FieldDecision, Policy, Reason
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading
from khid_eval.ui.words import Language, say

ESSENTIAL = tuple(name for name in FIELD_NAMES if name != "description")
"""Fields that every card has, all but the distinguishing mark: one that was not read sends the card to a person."""


@dataclass(frozen=True, slots=True)
class Banner:
    """state: accept, review or plain."""

    state: str
    title: str
    lines: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        return {"state": self.state, "title": self.title, "lines": list(self.lines)}


def by_cutoff(reading: CardReading, cutoff: float) -> Decision:
    """What one cut-off for all fields decides, without the promise that a policy makes. cutoff: in (0, 1]."""
    read = [one.name for one in reading.fields if one.text.strip()]
    names = dict.fromkeys(name for name in (*FIELD_NAMES, *read) if name in ESSENTIAL or name in read)  # in card order
    decided = tuple(_by_cutoff(name, reading.get(name), cutoff) for name in names)
    return Decision(all(one.accept for one in decided), decided)


def _by_cutoff(name: str, field: FieldReading | None, cutoff: float) -> FieldDecision:
    if field is None or not field.text.strip():
        return FieldDecision(name, Reason.NOT_READ, field.confidence if field else 0.0, cutoff, required=True)
    reason = Reason.ACCEPTED if field.confidence >= cutoff else Reason.BELOW_CUTOFF
    return FieldDecision(name, reason, field.confidence, cutoff, required=True)


def banner(
    reading: CardReading,
    policy: Policy | None,
    decision: Decision | None,
    found: Sequence[checks.Check],
    lang: Language,
    today: date,
) -> Banner:
    """Accept or review and why; without a decision, that nothing decides. policy: None where a bare cut-off decided."""
    lines = [*_faults(found, lang), *_validity(reading, lang, today)]
    if decision is None:
        read = sum(bool(one.text.strip()) for one in reading.fields)
        title = say(lang, "verdict.read", read=read, all=len(reading.fields))
        return Banner("plain", title, (say(lang, "verdict.no_policy"), *lines))
    promise = _promise(policy, decision, lang)
    if decision.accept:
        return Banner("accept", say(lang, "verdict.accept"), (promise, *lines))
    fields = ", ".join(say(lang, f"fields.{name}") for name in decision.to_review)
    return Banner("review", say(lang, "verdict.review", fields=fields), (promise, *lines))


def _promise(policy: Policy | None, decision: Decision, lang: Language) -> str:
    """What stands behind the decision: a certified policy, or nothing but the cut-off chosen on the page."""
    if policy is None:
        cutoff = next((one.cutoff for one in decision.fields if one.cutoff is not None), 0.0)
        return say(lang, "verdict.own_cutoff", cutoff=_percent(cutoff))
    return say(
        lang,
        f"verdict.promise_{policy.scope}",
        name=policy.name,
        error=_percent(policy.max_error),
        confidence=_percent(policy.confidence),
    )


def _faults(found: Sequence[checks.Check], lang: Language) -> list[str]:
    return [
        f"{say(lang, f'fields.{one.field}')}: {say(lang, f'checks.{one.rule}_failed')}."
        for one in found
        if not one.passed
    ]


def _validity(reading: CardReading, lang: Language, today: date) -> list[str]:
    texts = {one.name: one.text for one in reading.fields}
    return [say(lang, "verdict.expired")] if checks.expired(texts, today) else []


def facts(reading: CardReading, lang: Language) -> list[dict[str, str]]:
    """Card type and alarms, each with a value, a state (plain, good or alarm) and what to do."""
    rows = []
    if reading.idcard_type is not None:
        known = reading.idcard_type if reading.idcard_type in ("normal", "copy") else "other"
        value = say(lang, f"verdict.type_{known}")
        if reading.idcard_type_confidence is not None:
            value += f" · {_percent(reading.idcard_type_confidence)}"
        rows.append(_fact("verdict.type", value, "alarm" if known == "copy" else "plain", "", lang))
    for alarm in reading.alarms:
        value = say(lang, "verdict.raised" if alarm.raised else "verdict.fine", score=alarm.score)
        advice = say(lang, f"verdict.{alarm.name}_advice") if alarm.raised else ""
        rows.append(_fact(f"verdict.{alarm.name}", value, "alarm" if alarm.raised else "good", advice, lang))
    return rows


def _fact(key: str, value: str, state: str, advice: str, lang: Language) -> dict[str, str]:
    return {"label": say(lang, key), "value": value, "state": state, "advice": advice}


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


__all__ = ["ESSENTIAL", "Banner", "banner", "by_cutoff", "facts"]
