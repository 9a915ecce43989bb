"""Knowing that the server is gone, so that nobody waits for it: operations fail at once until a probe finds it back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from cinestreamd.store.errors import StoreUnavailableError
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS

PROBE_EVERY: Final = 0.5
"""Seconds between two looks whether the server is back."""
PROBE_PATIENCE: Final = 2.0

log = structlog.get_logger(__name__)


class Outage:
    """Whether one process's server is known to be gone. ``ping`` asks it for a sign of life."""

    def __init__(self, ping: Callable[[], Awaitable[object]]) -> None:
        self._ping = ping
        self._reason: str | None = None
        self._probe: asyncio.Task[None] | None = None

    def refuse(self) -> None:
        """Do nothing while the server is there.

        Raises:
            StoreUnavailableError: it is known to be gone.
        """
        if self._reason is not None:
            raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason=self._reason)

    def begin(self, reason: str) -> None:
        """Note that the server did not answer, and look for it from now on."""
        if self._reason is None:
            log.warning("store_lost", reason=reason)
            self._probe = asyncio.get_running_loop().create_task(self._look())
        self._reason = reason

    def close(self) -> None:
        """Look no more."""
        if self._probe is not None:
            self._probe.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(PROBE_EVERY)
            try:
                async with asyncio.timeout(PROBE_PATIENCE):
                    await self._ping()
            except (PyMongoError, TimeoutError):
                continue
            self._reason = None
            log.info("store_back")
            return
