"""The retry policy as a table, and the runner that follows it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from khid_eval.client import NO_RETRY, Retrier, RetryPolicy
from khid_eval.client.http import retry_after_s
from khid_eval.errors import ApiError, AuthError, BadPhoto, BadRequest, Busy, ContractError, KhidError, Unreachable

BUSY = Busy("later", "APIG.0308", "", 429)
POLICY = RetryPolicy(attempts=4, first_wait_s=1.0, longest_wait_s=30.0)


@pytest.mark.parametrize(
    ("error", "tried", "shortest_s", "longest_s"),
    [
        (BUSY, 1, 0.5, 1.0),
        (BUSY, 2, 1.0, 2.0),
        (BUSY, 3, 2.0, 4.0),
        (Unreachable("no"), 1, 0.5, 1.0),
        (Busy("later", "", "", 503, 12.0), 1, 12.0, 12.0),
        (Busy("later", "", "", 503, 30.0), 1, 30.0, 30.0),
        (Busy("later", "", "", 503, 0.0), 2, 1.0, 2.0),
    ],
)
def test_how_long_it_waits(error: KhidError, tried: int, shortest_s: float, longest_s: float) -> None:
    wait_s = POLICY.wait_s(error, tried, random.Random(3))
    assert wait_s is not None
    assert shortest_s <= wait_s <= longest_s


@pytest.mark.parametrize(
    ("error", "tried"),
    [
        (BUSY, 4),
        (Busy("much later", "", "", 429, 30.5), 1),
        (BadPhoto("no"), 1),
        (BadRequest("no"), 1),
        (AuthError("no", "", "", 401), 1),
        (ApiError("no", "", "", 500), 1),
        (ContractError("no"), 1),
    ],
)
def test_when_it_gives_up(error: KhidError, tried: int) -> None:
    assert POLICY.wait_s(error, tried, random.Random(3)) is None


@given(tried=st.integers(1, 50), asked=st.none() | st.floats(0, 100), seed=st.integers())
def test_a_wait_is_always_bounded(tried: int, asked: float | None, seed: int) -> None:
    policy = RetryPolicy(attempts=100, first_wait_s=0.1, longest_wait_s=20.0)
    wait_s = policy.wait_s(Busy("later", "", "", 429, asked), tried, random.Random(seed))
    assert (wait_s is None) == (asked is not None and asked > 20.0)
    assert wait_s is None or (asked or 0.0) <= wait_s <= 20.0


def test_a_call_is_made_again_until_it_answers() -> None:
    errors: list[KhidError] = [BUSY, Unreachable("no")]
    waits: list[float] = []
    heard: list[tuple[KhidError, float]] = []

    def call() -> str:
        if errors:
            raise errors.pop(0)
        return "answer"

    retrier = Retrier(POLICY, sleep=waits.append, rng=random.Random(1), on_retry=lambda *what: heard.append(what))
    assert retrier(call) == "answer"
    assert [type(error) for error, _ in heard] == [Busy, Unreachable]
    assert [wait_s for _, wait_s in heard] == waits


def test_retries_can_be_switched_off() -> None:
    waits: list[float] = []
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise BUSY

    with pytest.raises(Busy):
        Retrier(NO_RETRY, sleep=waits.append)(call)
    assert (len(calls), waits) == (1, [])


def test_other_errors_pass_through() -> None:
    def call() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Retrier(POLICY)(call)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"first_wait_s": -1.0}, {"longest_wait_s": 0.5}])
def test_a_policy_makes_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="attempts"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]  # wrong values are the point


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [
        ("3", 3.0),
        (" 120 ", 120.0),
        (format_datetime(NOW.replace(minute=1), usegmt=True), 60.0),
        (format_datetime(NOW.replace(hour=11), usegmt=True), 0.0),
        ("Mon, 23 Nov 2026 12:00:30 -0000", 30.0),
        ("", None),
        ("-3", None),
        ("1.5", None),
        ("soon", None),
        ("Mon, 01 Jan 99999999999999 00:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_as_seconds_or_date(header: str, expected_s: float | None) -> None:
    assert retry_after_s(CaseInsensitiveDict({"Retry-After": header}), NOW.timestamp) == expected_s
