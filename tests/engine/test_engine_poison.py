"""Broken and senseless photos: a clear error or an answer that is not sure of itself, never a crash.

The full ten thousand, with their time and memory: `python tests/benchmarks/poison_engine.py --count 10000`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from khid_eval.errors import BadPhoto, BadRequest, KhidError
from khid_eval.records import FIELD_NAMES, CardReader, CardReading, ReadOptions
from tests.engine.poison import BROKEN, NO_CARD, Rng, poison, shuffled_card, sure_and_wrong, truth

TRUTH = truth()
EACH, FEW = 14, 4
SLOW = ("inverted_card", "faint_card", "odd_mode", "shuffled_card", "mirrored_card", "huge_blank")
"""Read to the end, or very large: fewer of them."""


def numbers(make: Callable[[Rng], bytes]) -> range:
    return range(FEW if make.__name__ in SLOW else EACH)


def outcome(reader: CardReader, photo: bytes, options: ReadOptions) -> CardReading | KhidError:
    """The reading, or the refusal; anything else goes up and fails the test."""
    try:
        return reader.read(photo, options)
    except (BadPhoto, BadRequest) as error:
        return error


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_broken_photos_are_refused_or_read(reader: CardReader, make: Callable[[Rng], bytes]) -> None:
    for number in numbers(make):
        found = outcome(reader, poison(make, number), ReadOptions.everything())
        if isinstance(found, KhidError):
            assert found.code
            assert found.advice
        else:
            assert tuple(one.name for one in found.fields) == FIELD_NAMES
            assert not sure_and_wrong(make, found, TRUTH)


@pytest.mark.parametrize("make", NO_CARD, ids=lambda make: make.__name__)
def test_where_there_is_no_card_nothing_is_sure(reader: CardReader, make: Callable[[Rng], bytes]) -> None:
    for number in numbers(make):
        found = outcome(reader, poison(make, number), ReadOptions())
        if isinstance(found, KhidError):
            assert found.code in ("AIS.0102", "AIS.0103", "AIS.0104")
        else:
            assert not sure_and_wrong(make, found, TRUTH)


def test_lines_of_a_senseless_picture_may_make_no_quad(reader: CardReader) -> None:
    """Of this one the likeliest lines of two sides cross between the others."""
    assert isinstance(outcome(reader, poison(shuffled_card, 91279), ReadOptions()), KhidError)


@pytest.mark.parametrize("make", BROKEN + NO_CARD, ids=lambda make: make.__name__)
def test_the_same_number_is_the_same_file(make: Callable[[Rng], bytes]) -> None:
    assert poison(make, 1) == poison(make, 1)
