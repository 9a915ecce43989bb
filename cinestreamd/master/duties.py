"""What runs for as long as the daemon does, whatever happens in it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from cinestreamd.errors import CinestreamError

PAUSE_AFTER_FAILURE = 1.0

log = structlog.get_logger()


async def every(seconds: float, name: str, act: Callable[[], Awaitable[None]]) -> None:
    """Do something, wait, do it again, until cancelled. A failure is logged and the next round comes all the same."""
    while True:
        await attempt(name, act)
        await asyncio.sleep(seconds)


async def keep_running(name: str, act: Callable[[], Awaitable[None]]) -> None:
    """Run something that has no end; if it fails, it is logged and begun again a second later."""
    while True:
        await attempt(name, act)
        await asyncio.sleep(PAUSE_AFTER_FAILURE)


async def attempt(name: str, act: Callable[[], Awaitable[None]]) -> None:
    """Do something once; a failure is logged. An expected error is one line, a defect comes with its traceback."""
    try:
        await act()
    except CinestreamError as error:
        log.warning("duty_failed", duty=name, problem=str(error), reason=error.reason)
    except Exception:
        log.exception("duty_failed", duty=name)
