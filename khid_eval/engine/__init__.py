"""The embedded engine: a photo of a Cambodian ID card -> its reading, on one CPU core, offline."""

from khid_eval.engine.reader import EngineReader

__all__ = ["EngineReader"]
