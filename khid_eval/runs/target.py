"""A target as a run needs it: built anew in each worker, without retries of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from khid_eval import __version__, readers
from khid_eval.records import CardReader, ReadOptions


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """ReaderSpec of a target. Retries are the run's own affair: only it knows rate, concurrency and all other calls."""

    target: readers.Target
    timeout_s: float = 30.0

    def build(self) -> CardReader:
        retrier = readers.Retrier(readers.NO_RETRY)
        return readers.build(self.target, retrier=retrier, timeout_s=self.timeout_s)

    def describe(self) -> dict[str, Any]:
        """What is asked stands in the run's own options; the version matters where the reading is done in here."""
        plain = replace(self.target, options=ReadOptions()).as_dict()
        del plain["options"]
        local = self.target.kind != readers.API
        return plain | {"label": str(self.target)} | ({"version": __version__} if local else {})


__all__ = ["TargetSpec"]
