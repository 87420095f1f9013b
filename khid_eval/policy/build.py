"""Certified cut-offs -> a policy. Takes anything with the right attributes, so that this room stays light."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from khid_eval.policy.model import Certificate, Cutoffs, Policy, Scope
from khid_eval.policy.recalibration import MapKind, Recalibration


class PromiseLike(Protocol):
    @property
    def max_error(self) -> float: ...
    @property
    def confidence(self) -> float: ...


class Evidence(Protocol):
    """One certified sequence: khid_eval.metrics.threshold.Certified."""

    @property
    def required(self) -> tuple[str, ...]: ...
    @property
    def promise(self) -> PromiseLike: ...
    @property
    def cutoffs(self) -> tuple[float, ...] | None: ...
    @property
    def accepted(self) -> int: ...
    @property
    def wrong(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def bound(self) -> float: ...


class MapLike(Protocol):
    @property
    def kind(self) -> MapKind: ...
    @property
    def values(self) -> tuple[float, ...]: ...


class QuestionLike(Protocol):
    @property
    def required(self) -> tuple[str, ...]: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def promise(self) -> PromiseLike: ...


class Answer(Protocol):
    """khid_eval.metrics.study.Study.

    overall: sequence by its key (DOCUMENT, or a field). conditions: condition -> the same keys. broken: condition ->
    keys whose general cut-offs are known to fail there. maps: by field.
    """

    @property
    def question(self) -> QuestionLike: ...
    @property
    def overall(self) -> Mapping[str, Evidence]: ...
    @property
    def conditions(self) -> Mapping[str, Mapping[str, Evidence]]: ...
    @property
    def broken(self) -> Mapping[str, Collection[str]]: ...
    @property
    def maps(self) -> Mapping[str, MapLike]: ...


def build(answer: Answer, *, name: str, run_id: str, level: str, created_at: str, unread: int = 0) -> Policy:
    """A condition gets cut-offs of its own where it has a certificate; where the general ones are known to fail, it
    always goes to review; else the general ones stand. unread: as in Policy.
    """
    general = _cutoffs(answer.overall)
    special = {one: _special(general, found, answer.broken.get(one, ())) for one, found in answer.conditions.items()}
    return Policy(
        name=name,
        scope=answer.question.scope,
        required=answer.question.required,
        max_error=answer.question.promise.max_error,
        confidence=answer.question.promise.confidence,
        cutoffs=general,
        run_id=run_id,
        level=level,
        created_at=created_at,
        conditions={one: cutoffs for one, cutoffs in special.items() if cutoffs != general},
        recalibration={field: Recalibration(one.kind, one.values) for field, one in answer.maps.items()},
        unread=unread,
    )


def _cutoffs(overall: Mapping[str, Evidence]) -> Cutoffs:
    fields: dict[str, float | None] = {}
    for found in overall.values():
        values = found.cutoffs or (None,) * len(found.required)
        fields |= dict(zip(found.required, values, strict=True))
    return Cutoffs(fields, {key: _certificate(found) for key, found in overall.items() if found.cutoffs is not None})


def _special(general: Cutoffs, found: Mapping[str, Evidence], broken: Collection[str]) -> Cutoffs:
    fields, certificates = dict(general.fields), dict(general.certificates)
    for key, evidence in found.items():
        if evidence.cutoffs is not None:
            fields |= dict(zip(evidence.required, evidence.cutoffs, strict=True))
            certificates[key] = _certificate(evidence)
        elif key in broken:
            fields |= dict.fromkeys(evidence.required)
            certificates.pop(key, None)
    return Cutoffs(fields, certificates)


def _certificate(found: Evidence) -> Certificate:
    return Certificate(
        max_error=found.promise.max_error,
        confidence=found.promise.confidence,
        cards=found.total,
        accepted=found.accepted,
        wrong=found.wrong,
        upper_bound=found.bound,
    )


__all__ = ["Answer", "Evidence", "build"]
