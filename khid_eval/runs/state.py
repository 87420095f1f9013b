"""run.json: what a run is, without secrets, and how far it came."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from khid_eval.errors import BadData

FORMAT: Final = 1


class State(StrEnum):
    """Where a run stands."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    FINISHED = "finished"


_NEXT: Final[Mapping[State, frozenset[State]]] = {
    State.PLANNED: frozenset({State.RUNNING, State.FAILED}),
    State.RUNNING: frozenset({State.RUNNING, State.PAUSED, State.CANCELLED, State.FAILED, State.FINISHED}),
    State.PAUSED: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    State.CANCELLED: frozenset({State.RUNNING}),
    State.FAILED: frozenset({State.RUNNING}),
    State.FINISHED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many photos. planned = all that the run will have rows for; read + failed = rows on disk."""

    planned: int = 0
    read: int = 0
    failed: int = 0
    calls: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return self.read + self.failed


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The whole of run.json.

    target: description of the reader, without secrets. work: fingerprint of target, options and sweep together.
    parts: names of the tables' files once the run is finished; None before, when every part counts.
    """

    id: str
    state: State
    created: str
    dataset: Mapping[str, Any]
    target: Mapping[str, Any]
    options: Mapping[str, Any]
    work: str
    executor: Mapping[str, Any]
    versions: Mapping[str, str]
    sweep: Mapping[str, Any] | None = None
    price_per_call: float = 0.0
    started: str = ""
    updated: str = ""
    reason: str = ""
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)
    parts: tuple[str, ...] | None = None
    format: int = FORMAT

    def to(self, state: State, *, reason: str = "", **changes: Any) -> RunInfo:
        """The same run in another state. Raises BadData when that step is not allowed."""
        if state not in _NEXT[self.state]:
            raise BadData(f"Run {self.id} is {self.state}; it cannot become {state}.")
        return dataclasses.replace(self, state=state, reason=reason, **changes)

    def check_finished(self, then: str) -> None:
        """Raises BadData for a run that is not finished. then: what comes after finishing it, such as "check it".

        Datasets usually have an order, so the photos read so far are a beginning of the set, not a sample of it.
        """
        if self.state is not State.FINISHED:
            raise BadData(f"Run {self.id} is not finished ({self.state}).", advice=f"Go on with --resume, then {then}.")

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1, sort_keys=True)


def from_json(text: str | bytes, where: str) -> RunInfo:
    """Raises BadData naming the file when it is not a run.json of this format."""
    try:
        raw = json.loads(text)
        if raw.get("format") != FORMAT:
            raise BadData(f"{where}: format {raw.get('format')!r}, this version reads {FORMAT}.")
        raw["state"] = State(raw["state"])
        raw["counts"] = Counts(**raw["counts"])
        raw["parts"] = None if raw["parts"] is None else tuple(raw["parts"])
        return RunInfo(**raw)
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise BadData(f"{where} is not a run.json: {type(exc).__name__}.") from exc


__all__ = ["FORMAT", "Counts", "RunInfo", "State", "from_json"]
