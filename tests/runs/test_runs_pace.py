"""Pace: rate, concurrency, breaker and retry, with time as a number."""

from __future__ import annotations

import random

import pytest

from khid_eval.errors import ApiError, AuthError, BadPhoto, Busy, KhidError, Unreachable
from khid_eval.runs.pace import Breaker, Concurrency, RateLimit, Retry


def sent_within(limit: RateLimit, seconds: float, step_s: float = 0.01) -> int:
    sent = 0
    for tick in range(round(seconds / step_s)):
        while limit.wait_s(tick * step_s) == 0.0:
            limit.take()
            sent += 1
    return sent


@pytest.mark.parametrize(("per_minute", "seconds", "expected"), [(60, 10, 10), (600, 6, 60), (6, 60, 6), (90, 60, 90)])
def test_calls_a_minute_are_kept(per_minute: float, seconds: float, expected: int) -> None:
    burst = max(1, per_minute / 60)
    assert expected <= sent_within(RateLimit(per_minute), seconds) <= expected + burst


def test_no_limit_never_waits() -> None:
    assert RateLimit(0).wait_s(1e9) == 0.0


def test_a_rest_saves_up_one_second_of_calls_at_most() -> None:
    limit = RateLimit(600)
    limit.wait_s(0.0)
    sent = 0
    while limit.wait_s(3600.0) == 0.0:
        limit.take()
        sent += 1
    assert sent == 10


@pytest.mark.parametrize("make", [lambda: RateLimit(-1), lambda: Concurrency(0)])
def test_nonsense_is_refused(make: object) -> None:
    with pytest.raises(ValueError, match="got"):
        make()  # type: ignore[operator]  # a table of makers


def test_a_refusal_halves_once_a_window_and_success_creeps_back() -> None:
    concurrency = Concurrency(64)
    for _ in range(10):
        concurrency.refused()
    assert concurrency.limit == 32
    for _ in range(32):
        concurrency.reply(0.1)
    assert concurrency.limit == 32  # the window of the refusal does not raise it
    for _ in range(32 + 33):
        concurrency.reply(0.1)
    assert concurrency.limit == 34


def test_a_queue_at_the_target_shrinks_it() -> None:
    concurrency = Concurrency(16)
    for _ in range(16):
        concurrency.reply(0.1)
    for _ in range(64):
        concurrency.reply(1.0)
    assert concurrency.limit < 8


def test_it_never_leaves_one_to_most() -> None:
    concurrency = Concurrency(4)
    for _ in range(50):
        concurrency.refused()
        concurrency.reply(1.0)
    assert concurrency.limit == 1
    for _ in range(500):
        concurrency.reply(0.5)
    assert concurrency.limit == 4


def test_told_not_to_it_stays() -> None:
    concurrency = Concurrency(4, adapts=False)
    concurrency.refused()
    assert concurrency.limit == 4


def test_the_breaker_opens_probes_doubles_and_gives_up() -> None:
    breaker, now = Breaker(after=3, pause_s=5.0, tries=2), 0.0
    breaker.failed(now)
    breaker.failed(now)
    assert not breaker.is_open
    breaker.failed(now)
    assert breaker.wait_s(now) == 5.0
    pauses = []
    while not breaker.gave_up:
        now += breaker.wait_s(now)
        breaker.sent()
        assert breaker.wait_s(now) == float("inf")
        breaker.failed(now)
        pauses.append(breaker.wait_s(now))
    assert pauses == [10.0, 20.0]


def test_one_answer_closes_the_breaker() -> None:
    breaker = Breaker(after=1)
    breaker.failed(0.0)
    breaker.sent()
    breaker.answered()
    assert not breaker.is_open
    assert breaker.wait_s(0.0) == 0.0


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (Unreachable("x"), True),
        (Busy("x", status=429), True),
        (ApiError("x", status=500), True),
        (ApiError("x", status=404), False),
        (AuthError("x", status=401), False),
        (BadPhoto("x", "AIS.0104"), False),
    ],
)
def test_what_is_worth_another_try(error: KhidError, worth: bool) -> None:
    retry = Retry(attempts=3)
    assert retry.worth(error) is worth
    assert (retry.delay_s(error, 1, random.Random(0)) is not None) is worth
    assert retry.delay_s(error, 3, random.Random(0)) is None


def test_waits_double_with_jitter_and_the_servers_wish_counts() -> None:
    retry, rng = Retry(attempts=99, first_s=1.0, most_s=8.0), random.Random(1)
    waits = [retry.delay_s(Unreachable("x"), attempt, rng) or 0.0 for attempt in range(1, 7)]
    for wait, most in zip(waits, (1, 2, 4, 8, 8, 8), strict=True):
        assert most / 2 <= wait <= most
    assert retry.delay_s(Busy("x", status=429, retry_after_s=20.0), 1, rng) == 20.0
    assert retry.delay_s(Busy("x", status=429, retry_after_s=1e6), 1, rng) == 80.0
