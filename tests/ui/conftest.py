"""Shared by the tests of the interface: a fictional card, and a server that reads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # the helpers are imported as `tests.ui.…`, wherever pytest was started
    sys.path.insert(0, ROOT)

from tests.ui.fixed_endpoint import Endpoint, FictionalCard, fictional_card, serving  # noqa: E402


@pytest.fixture(scope="session")
def card() -> FictionalCard:
    return fictional_card()


@pytest.fixture
def endpoint(card: FictionalCard) -> Iterator[Endpoint]:
    with serving(card.reading) as running:
        yield running
