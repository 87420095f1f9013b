"""What no confidence may exceed, however sure the recogniser was: the lowest of the ceilings that hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from khid_eval.engine import confidence
from khid_eval.engine.confidence import (
    ALONE,
    CEILING,
    CLOSE,
    CONTRADICTED,
    EMPTY,
    ILLEGIBLE,
    ONCE,
    ONE_WORD,
    TIED,
    UNCONFIRMED,
    UNPROVEN,
)
from khid_eval.engine.guess import MAX_MARGIN, Guess

SHARP = confidence.Surroundings(0.0, 0.0)
SURE = Guess("SOK DARA", 0.0, 0.0, MAX_MARGIN, 1, True, 0.0, 9)
PLAIN = confidence.Calibration({})
"""Without fitted weights."""


@pytest.mark.parametrize(
    ("field", "change", "most"),
    [
        ("name_en", {}, CEILING),
        ("name_en", {"agreement": 0}, ONCE),
        ("id_number", {"agreement": 0}, ONCE),
        ("address", {"agreement": 0}, CEILING),
        ("description", {}, ONCE),
        ("name_en", {"agreement": -1}, CONTRADICTED),
        ("name_en", {"text": "SOK"}, ONE_WORD),
        ("issue_date", {"agreement": 0}, ALONE),
        ("address", {"margin": 0.0}, TIED),
        ("description", {"margin": 0.0}, TIED),
        ("name_kh", {"margin": 2.9}, CLOSE * UNCONFIRMED),
        ("name_kh", {"margin": 3.1}, CEILING * UNCONFIRMED),
        ("name_en", {"margin": 2.9}, CEILING),
        ("name_kh", {"characters": -1.5}, ONCE * UNCONFIRMED),
        ("address", {"characters": -1.5}, ONCE),
        ("address", {"characters": -1.0}, CEILING),
        ("description", {"length": 1}, UNPROVEN),
        ("height", {"valid": False}, UNPROVEN),
        ("name_en", {"agreement": 0, "margin": 0.0, "length": 1}, UNPROVEN),
    ],
)
def test_the_lowest_ceiling_that_holds_is_the_most(field: str, change: dict[str, object], most: float) -> None:
    guess = replace(SURE, **change)  # type: ignore[arg-type]
    surest = np.zeros(len(confidence.FEATURES))
    surest[confidence.FEATURES.index("bias")] = 30.0
    assert confidence.Calibration({field: surest})(field, guess, SHARP) == most


def test_a_card_that_is_too_small_to_be_read_is_never_sure() -> None:
    assert PLAIN("name_en", SURE, replace(SHARP, sharpness=-2.5)) <= ILLEGIBLE


@pytest.mark.parametrize("field", ["height", "name_en", "id_number"])
def test_nothing_on_a_card_that_is_not_whole_is_sure(field: str) -> None:
    surest = np.zeros(len(confidence.FEATURES))
    surest[confidence.FEATURES.index("bias")] = 30.0
    assert confidence.Calibration({field: surest})(field, SURE, replace(SHARP, whole=False)) == ONCE


def test_nothing_read_is_hardly_right() -> None:
    assert PLAIN("name_en", replace(SURE, text=""), SHARP) == EMPTY
