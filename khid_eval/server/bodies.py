"""Reading request bodies without trusting the sender: bounded in size, in time, and all together in memory."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from khid_eval.contract import refusal
from khid_eval.server.desk import ClientGone, busy


class BodyBudget:
    """Memory for bodies that are being received or worked on. Lives in one event loop."""

    def __init__(self, total_bytes: int) -> None:
        self._left = total_bytes

    def take(self, size: int) -> None:
        """Raises Busy when that much is not left."""
        if size > self._left:
            raise busy(self._left)
        self._left -= size

    def give_back(self, size: int) -> None:
        self._left += size


async def read_body(request: Request, budget: BodyBudget, *, max_bytes: int, timeout_s: float) -> bytes:
    """The whole body; its size is taken from the budget and must be given back.

    Raises the gateway's errors: APIG.0201 with 413 over max_bytes, APIG.0201 with 400 over timeout_s (a sender that
    drips), Busy when the budget is spent; ClientGone.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise refusal("APIG.0201", "Request entity too large.", status=413)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                if size + len(chunk) > max_bytes:
                    raise refusal("APIG.0201", "Request entity too large.", status=413)
                budget.take(len(chunk))
                size += len(chunk)
                parts.append(chunk)
    except TimeoutError as exc:
        budget.give_back(size)
        raise refusal("APIG.0201", f"The body did not arrive within {timeout_s:g} seconds.", status=400) from exc
    except ClientDisconnect as exc:
        budget.give_back(size)
        raise ClientGone from exc
    except BaseException:
        budget.give_back(size)
        raise
    return b"".join(parts)


__all__ = ["BodyBudget", "read_body"]
