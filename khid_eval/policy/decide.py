"""The decision about one reading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from khid_eval.policy.model import Cutoffs, Policy
from khid_eval.records import CardReading


class Reason(StrEnum):
    """Why a field passed or not."""

    ACCEPTED = "accepted"
    NOT_READ = "not read"
    BELOW_CUTOFF = "below the cut-off"
    NOT_CERTIFIED = "no cut-off could be certified"
    NOT_COVERED = "not covered by the policy"


@dataclass(frozen=True, slots=True)
class FieldDecision:
    """confidence: on the scale of the cut-off, in [0, 1]. cutoff: None where there is none."""

    name: str
    reason: Reason
    confidence: float
    cutoff: float | None
    required: bool

    @property
    def accept(self) -> bool:
        return self.reason is Reason.ACCEPTED


@dataclass(frozen=True, slots=True)
class Decision:
    """accept: every required field passed. fields: the required ones in the policy's order, then all others read."""

    accept: bool
    fields: tuple[FieldDecision, ...]

    @property
    def to_review(self) -> tuple[str, ...]:
        """The required fields that did not pass."""
        return tuple(one.name for one in self.fields if one.required and not one.accept)

    def get(self, name: str) -> FieldDecision | None:
        return next((one for one in self.fields if one.name == name), None)


def decide(policy: Policy, reading: CardReading, condition: str | None = None) -> Decision:
    """Accept the card or send it to a person. Pure and total: any policy, any reading, no error.

    condition: the capture condition of the photo, where the caller knows it; an unknown one uses the general cut-offs.
    See khid_eval.policy for what an acceptance promises and assumes.
    """
    cutoffs = policy.cutoffs_for(condition)
    others = [one.name for one in reading.fields if one.name not in policy.required]
    names = [*policy.required, *dict.fromkeys(others)]
    decided = tuple(_decide_field(policy, cutoffs, reading, name) for name in names)
    return Decision(all(one.accept for one in decided if one.required), decided)


def _decide_field(policy: Policy, cutoffs: Cutoffs, reading: CardReading, name: str) -> FieldDecision:
    found = reading.get(name)
    cutoff = cutoffs.fields.get(name)
    confidence = policy.confidence_of(name, found.confidence) if found else 0.0
    if name not in cutoffs.fields:
        reason = Reason.NOT_COVERED
    elif cutoff is None:
        reason = Reason.NOT_CERTIFIED
    elif found is None or not found.text.strip():
        reason = Reason.NOT_READ
    else:
        reason = Reason.ACCEPTED if confidence >= cutoff else Reason.BELOW_CUTOFF
    return FieldDecision(name, reason, confidence, cutoff, name in policy.required)


__all__ = ["Decision", "FieldDecision", "Reason", "decide"]
