"""Reading request bodies without trusting the sender: bounded in size, in time, and all together in memory."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from khid_eval.contract import MAX_BODY_BYTES, refusal
from khid_eval.server.desk import ClientGone, busy

SLOWEST_BYTES_PER_S = 32 * 1024
"""A sender that keeps this pace may take as long as it needs: a photo over a weak mobile line takes a minute."""


class BodyBudget:
    """Memory for bodies that are being received or taken apart. Lives in one event loop."""

    def __init__(self, total_bytes: int) -> None:
        self._total = total_bytes
        self.used = 0

    def take(self, size: int) -> None:
        """Raises Busy when that much is not left."""
        if self.used + size > self._total:
            raise busy(self._total // MAX_BODY_BYTES)
        self.used += size

    def give_back(self, size: int) -> None:
        """The body of that size is gone."""
        self.used -= size


async def read_body(request: Request, budget: BodyBudget, *, max_bytes: int, patience_s: float) -> bytes:
    """The whole body; its size is taken from the budget and must be given back.

    patience_s: for a sender that sends nothing; what arrives earns more time at SLOWEST_BYTES_PER_S.
    Raises the gateway's errors: APIG.0201 with 413 over max_bytes, APIG.0201 with 400 for a sender that drips, Busy
    when the budget is spent; ClientGone.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise too_large()
    parts: list[bytes] = []
    size = 0
    patient_until = asyncio.get_running_loop().time() + patience_s
    try:
        async with asyncio.timeout_at(patient_until) as limit:
            async for chunk in request.stream():
                if size + len(chunk) > max_bytes:
                    raise too_large()
                budget.take(len(chunk))
                size += len(chunk)
                parts.append(chunk)
                limit.reschedule(patient_until + size / SLOWEST_BYTES_PER_S)
    except BaseException as exc:
        budget.give_back(size)
        if isinstance(exc, TimeoutError):
            raise refusal("APIG.0201", "The body did not arrive in time.", status=400) from exc
        if isinstance(exc, ClientDisconnect):
            raise ClientGone from exc
        raise
    return b"".join(parts)


def too_large() -> Exception:
    """The refusal of a body over the limit."""
    return refusal("APIG.0201", status=413)


__all__ = ["SLOWEST_BYTES_PER_S", "BodyBudget", "read_body"]
