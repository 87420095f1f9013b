"""Evaluation runs: a labelled set through a reader, at any size, onto disk; then figures out of it."""

from khid_eval.runs.start import Estimate, Job, Pace, estimate, start
from khid_eval.runs.state import Counts, RunInfo, State
from khid_eval.runs.store import Store
from khid_eval.runs.target import TargetSpec
from khid_eval.runs.worker import ReaderSpec

__all__ = [
    "Counts",
    "Estimate",
    "Job",
    "Pace",
    "ReaderSpec",
    "RunInfo",
    "State",
    "Store",
    "TargetSpec",
    "estimate",
    "start",
]
