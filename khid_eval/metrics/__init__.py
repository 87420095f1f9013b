"""Figures about readings: pure functions, values in, frozen results out, with the counts beside every rate."""

from khid_eval.metrics import fields

__all__ = ["fields"]
