"""How long a request to Claude is tried: while failures cost nothing, as late as the server says, within the time."""

import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from cinestreamd.agent.claude.client import CallError
from cinestreamd.agent.claude.means import Means

ATTEMPTS: Final = 4
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 20.0
PASSING: Final = frozenset({"rate_limited", "overloaded", "server_error"})
"""Failures that may be over in a moment, and that are not billed."""

log = structlog.get_logger()

T = TypeVar("T")


async def persist(send: Callable[[float], Awaitable[T]], means: Means, *, run_id: str) -> T:
    """Send, with the seconds that it may take, until there is an answer.

    Raises:
        CallError: there is none, and it is no use to try again now.
    """
    for attempt in range(ATTEMPTS):
        left = means.left()
        if left <= 1.0:
            raise CallError("timeout")
        try:
            return await send(min(means.timeout, left))
        except CallError as error:
            pause = _pause(attempt, error)
            if error.outcome not in PASSING or attempt + 1 == ATTEMPTS or pause >= means.left():
                raise
            log.info("call_put_off", outcome=error.outcome, seconds=round(pause, 1), run=run_id)
            await means.sleep(pause)
    raise CallError("overloaded")


def _pause(attempt: int, error: CallError) -> float:
    """How long to wait before the next attempt: as the server says, else doubling, with some chance in it."""
    if error.retry_after is not None:
        return error.retry_after
    return float(min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE) * (0.5 + random.random() / 2))  # noqa: S311 - no secret
