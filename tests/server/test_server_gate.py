"""Signatures and locks, with the clock in the test's hand."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from khid_eval.contract.signing import CONTENT_HEADER, DATE_FORMAT, DATE_HEADER, sign
from khid_eval.errors import ApiError
from khid_eval.server.access import Access, AccessKey, Grant, token_key
from khid_eval.server.brakes import FAILURES_BEFORE_LOCK, LOCKED_FOR, Lockout, Throttle
from khid_eval.server.gate import CLOCK_SKEW, Gate, Incoming

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TARGET = "/v2/p/ocr/cambodian-idcard"
BODY = b'{"image": "QUJD"}'
SECOND = timedelta(seconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def gate(clock: Clock, **grant: object) -> Gate:
    return Gate(Access(access_keys={"AK": AccessKey("SK", Grant(**grant))}), clock=clock)  # type: ignore[arg-type]


def signed(
    *,
    secret: str = "SK",
    access_key: str = "AK",
    at: datetime = NOON,
    target: str = TARGET,
    extra: dict[str, str] | None = None,
    leave_out: str = "",
) -> Incoming:
    headers = {"host": "here:80", DATE_HEADER.lower(): at.strftime(DATE_FORMAT)} | (extra or {})
    to_sign = {name: value for name, value in headers.items() if name != leave_out}
    to_sign.setdefault(DATE_HEADER.lower(), at.strftime(DATE_FORMAT))
    authorization = sign(access_key, secret, method="POST", url=target, headers=to_sign, body=BODY)
    return Incoming("POST", target, headers | {"authorization": str(authorization)}, "p", "192.0.2.7")


def refusal_of(gate: Gate, request: Incoming, body: bytes = BODY) -> str:
    """ "" where it passes, else the code and the detail behind the colon."""
    try:
        gate.check_head(request)
        gate.check_body(request, body)
    except ApiError as error:
        return f"{error.code} {error.message.partition(': ')[2]}".strip()
    return ""


FAIL = "APIG.0301 verify aksk signature fail"


@pytest.mark.parametrize("target", [TARGET, TARGET + "?b=2&a=1%20x", "/v2/%7Bproject_id%7D/ocr/cambodian-idcard"])
def test_a_right_signature_passes(target: str) -> None:
    assert refusal_of(gate(Clock()), signed(target=target)) == ""


def test_the_body_is_part_of_the_signature() -> None:
    assert refusal_of(gate(Clock()), signed(), BODY + b" ") == FAIL


@pytest.mark.parametrize("claimed", ["UNSIGNED-PAYLOAD", "0" * 64])
def test_a_claimed_hash_must_be_that_of_the_body(claimed: str) -> None:
    assert refusal_of(gate(Clock()), signed(extra={CONTENT_HEADER.lower(): claimed})) == FAIL


def test_a_true_hash_may_be_claimed() -> None:
    request = signed(extra={CONTENT_HEADER.lower(): hashlib.sha256(BODY).hexdigest()})
    assert refusal_of(gate(Clock()), request) == ""
    assert refusal_of(gate(Clock()), request, BODY + b" ") == FAIL


def test_wrong_keys() -> None:
    assert refusal_of(gate(Clock()), signed(secret="other")) == FAIL
    assert (
        refusal_of(gate(Clock()), signed(access_key="other"))
        == "APIG.0301 Get secretKey failed,ak:***,err:ak not exist"
    )


def test_host_must_be_signed() -> None:
    assert refusal_of(gate(Clock()), signed(leave_out="host")) == FAIL


def test_a_changed_target_fails() -> None:
    request = signed()
    other = Incoming("POST", TARGET + "?x=1", request.headers, "p", request.address)
    assert refusal_of(gate(Clock()), other) == FAIL


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (CLOCK_SKEW, ""),
        (-CLOCK_SKEW, ""),
        (CLOCK_SKEW + SECOND, FAIL),
        (-CLOCK_SKEW - SECOND, FAIL),
    ],
)
def test_a_date_may_be_fifteen_minutes_off(away: timedelta, expected: str) -> None:
    assert refusal_of(gate(Clock()), signed(at=NOON + away)) == expected


def test_a_recorded_request_is_worth_nothing_later() -> None:
    clock = Clock()
    ours, request = gate(clock), signed()
    assert refusal_of(ours, request) == ""
    clock.now += CLOCK_SKEW + SECOND
    assert refusal_of(ours, request) == FAIL


def test_a_date_that_is_none_fails() -> None:
    assert refusal_of(gate(Clock()), signed(extra={DATE_HEADER.lower(): "yesterday"})) == FAIL


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        ({"project_id": "p"}, ""),
        ({"project_id": "other"}, "APIG.0302"),
        ({"expires_at": NOON}, "APIG.0307"),
        ({"subscribed": False}, "ModelArts.4204"),
    ],
)
def test_what_the_key_opens(grant: dict[str, object], expected: str) -> None:
    assert refusal_of(gate(Clock(), **grant), signed()) == expected


def test_wrong_signatures_lock_the_key_for_five_minutes_at_that_address() -> None:
    clock = Clock()
    ours = gate(clock)
    wrong = signed(secret="other")
    assert [refusal_of(ours, wrong) for _ in range(FAILURES_BEFORE_LOCK)] == [FAIL] * FAILURES_BEFORE_LOCK
    locked = "APIG.0301 AK access failed to reach the limit,forbidden"
    assert refusal_of(ours, signed()) == locked
    right = signed()
    elsewhere = Incoming(right.method, right.target, right.headers, right.project_id, "192.0.2.8")
    assert refusal_of(ours, elsewhere) == ""
    clock.now += LOCKED_FOR - SECOND
    assert refusal_of(ours, signed(at=clock.now)) == locked
    clock.now += SECOND
    assert refusal_of(ours, signed(at=clock.now)) == ""


def test_a_success_starts_the_count_anew() -> None:
    ours = gate(Clock())
    for _ in range(3):
        for _ in range(FAILURES_BEFORE_LOCK - 1):
            assert refusal_of(ours, signed(secret="other")) == FAIL
        assert refusal_of(ours, signed()) == ""


def test_issued_tokens_end_with_their_day_and_are_forgotten_a_day_later() -> None:
    clock = Clock()
    ours = gate(clock)
    ours.issue("t", Grant("p", NOON + timedelta(hours=24)))
    request = Incoming("POST", TARGET, {"x-auth-token": "t"}, "p", "192.0.2.7")
    assert refusal_of(ours, request) == ""
    clock.now += timedelta(hours=24)
    assert refusal_of(ours, request) == "APIG.0307"
    clock.now += timedelta(hours=24)
    ours.issue("another", Grant())
    assert refusal_of(ours, request) == "APIG.0301 decrypt token fail"


def test_memory_of_names_tokens_and_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("khid_eval.server.gate._MOST_ISSUED", 3)
    ours = gate(Clock())
    for name in "abcd":
        ours.issue(name, Grant())
    assert [name for name in "abcd" if token_key(name) in ours._issued] == ["b", "c", "d"]
    lockout, throttle = Lockout(most_names=3), Throttle(1, most_names=3)
    for number in range(10):
        lockout.failed("x" * 100_000 + str(number), NOON)
        throttle.count(f"caller {number}", NOON)
    assert len(lockout._failures) == len(throttle._calls) == 3
    assert {len(key) for key in lockout._failures} == {32}


def test_a_minute_later_a_caller_may_call_again() -> None:
    throttle = Throttle(2)
    for _ in range(2):
        throttle.count("a", NOON)
    with pytest.raises(ApiError) as caught:
        throttle.count("a", NOON + 30 * SECOND)
    assert caught.value.retry_after_s == 30
    throttle.count("a", NOON + 60 * SECOND)
    Throttle(0).count("a", NOON)
