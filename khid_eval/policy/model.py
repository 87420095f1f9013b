"""A policy: cut-offs, the promise they keep, and the evidence behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from khid_eval.policy.recalibration import Recalibration

SCHEMA_VERSION: Final = 1
DOCUMENT: Final = "document"
"""The key of the certificate about whole cards."""

Scope = Literal["document", "field"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The evidence behind a promise: counts on the certifying cards, which had no part in choosing the cut-offs.

    max_error: the certified share of wrong among accepted, in (0, 1). confidence: in (0, 1), such as 0.95.
    cards: certifying trials. accepted, wrong: of them. upper_bound: exact one-sided bound on the error, in [0, 1].
    """

    max_error: float
    confidence: float
    cards: int
    accepted: int
    wrong: int
    upper_bound: float

    def __post_init__(self) -> None:
        if not (0.0 < self.max_error < 1.0 and 0.0 < self.confidence < 1.0 and 0.0 <= self.upper_bound <= 1.0):
            raise ValueError("max_error and confidence must be in (0, 1), upper_bound in [0, 1]")
        if not 0 <= self.wrong <= self.accepted <= self.cards:
            raise ValueError(f"counts must satisfy 0 <= wrong <= accepted <= cards, got {self}")


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """One set of cut-offs. A field is accepted when it was read and its confidence is at or above its cut-off.

    fields: cut-off per field in (0, 1], or None where nothing could be certified: always to a person.
    certificates: per field, or under DOCUMENT for whole cards.
    """

    fields: Mapping[str, float | None]
    certificates: Mapping[str, Certificate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.fields.items():
            if value is not None and not 0.0 < value <= 1.0:
                raise ValueError(f"{name}: a cut-off is in (0, 1] or None, got {value}")
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))
        object.__setattr__(self, "certificates", MappingProxyType(dict(self.certificates)))


@dataclass(frozen=True, slots=True)
class Policy:
    """Cut-offs, the promise they keep, and where they come from.

    required: fields that must all be accepted for the card to be accepted. level: how correctness was judged.
    conditions: cut-offs certified for one capture condition, such as "lighting=dark".
    recalibration: per field, applied to the reader's confidence before its cut-off.
    unread: photos of the run that had not been read yet. Above 0 the certificates are about the run's first photos, and
    hold for others only if the dataset's order means nothing.
    """

    name: str
    scope: Scope
    required: tuple[str, ...]
    max_error: float
    confidence: float
    cutoffs: Cutoffs
    run_id: str = ""
    level: str = "canonical"
    created_at: str = ""
    conditions: Mapping[str, Cutoffs] = field(default_factory=dict)
    recalibration: Mapping[str, Recalibration] = field(default_factory=dict)
    unread: int = 0
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if self.scope not in ("document", "field"):
            raise ValueError(f"scope is document or field, got {self.scope!r}")
        if not self.required or len(set(self.required)) != len(self.required):
            raise ValueError("required: at least one field, each once")
        if not (0.0 < self.max_error < 1.0 and 0.0 < self.confidence < 1.0):
            raise ValueError("max_error and confidence must be in (0, 1)")
        if self.unread < 0:
            raise ValueError(f"unread: a number of photos, got {self.unread}")
        object.__setattr__(self, "conditions", MappingProxyType(dict(self.conditions)))
        object.__setattr__(self, "recalibration", MappingProxyType(dict(self.recalibration)))

    def cutoff(self, name: str, condition: str | None = None) -> float | None:
        """The field's cut-off on the recalibrated scale, or None where it always goes to a person."""
        return self.cutoffs_for(condition).fields.get(name)

    def cutoffs_for(self, condition: str | None = None) -> Cutoffs:
        """The condition's own cut-offs where it has some, else those for all photos."""
        return self.conditions.get(condition, self.cutoffs) if condition is not None else self.cutoffs

    def confidence_of(self, name: str, confidence: float) -> float:
        """A reader's confidence on the scale of the cut-offs."""
        change = self.recalibration.get(name)
        return change(confidence) if change else confidence


__all__ = ["DOCUMENT", "SCHEMA_VERSION", "Certificate", "Cutoffs", "Policy", "Scope"]
