"""Lets the tests of the engine import their shared helpers as `tests.datasets.…`, wherever pytest was started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from khid_eval import readers
from khid_eval.records import CardReader

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)


@pytest.fixture(scope="session")
def reader() -> CardReader:
    """The embedded engine with the models of the package."""
    return readers.build(readers.Target())
