"""One queue per host: it sees one request at a time, the next no sooner than an interval after the last began.

Several agents of one daemon may ask the same host at once. Given a folder, they share the queue through a file for each
host: its lock is the turn, its content the moment at which the last request began.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Final

import structlog

from cinestreamd.agent.file_turns import turn

log = structlog.get_logger()

# A site may ask for minutes between requests; within one scrape's deadline this much is honoured.
CRAWL_DELAY_LIMIT: Final = 10.0
_LONGEST_NOTE: Final = 40


class HostQueue:
    """The turn-taking of one host. ``file`` is what it shares with other processes, if it does."""

    def __init__(
        self,
        interval: float,
        sleep: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
        file: Path | None = None,
    ) -> None:
        self._interval = interval
        self._sleep = sleep
        self._clock = clock
        self._file = file
        self._turn = asyncio.Lock()
        self._began: float | None = None

    def slow_down(self, crawl_delay: float | None) -> None:
        """Honour a robots.txt ``Crawl-delay`` (seconds), up to ``CRAWL_DELAY_LIMIT``."""
        if crawl_delay is not None:
            self._interval = max(self._interval, min(crawl_delay, CRAWL_DELAY_LIMIT))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until a request may begin; the next waits until this one has ended."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._turn)
            note = await self._shared_turn(stack)
            last = self._began if note is None else _moment_in(note)
            wait = 0.0 if last is None else last + self._interval - self._clock()
            if wait > 0:
                # A note from before the machine's last start may lie ahead of its clock.
                await self._sleep(min(wait, self._interval))
            self._began = self._clock()
            if note is not None:
                os.pwrite(note, f"{self._began:<{_LONGEST_NOTE}.3f}".encode(), 0)
            yield

    async def _shared_turn(self, stack: AsyncExitStack) -> int | None:
        """The host's file, locked until the turn ends. Without one the process keeps to its own queue."""
        if self._file is None:
            return None
        try:
            return await stack.enter_async_context(turn(self._file, self._sleep))
        except OSError as error:
            log.warning("host_turns_not_shared", problem=error.strerror)
            self._file = None
            return None


def _moment_in(descriptor: int) -> float | None:
    try:
        return float(os.pread(descriptor, _LONGEST_NOTE, 0))
    except ValueError:
        return None


class Politeness:
    """The queues of all hosts that one process asks. Hosts that are ``exempt`` need no interval.

    ``folder`` holds what the processes of one machine share; ``clock`` must then be the same for all of them, as
    ``time.monotonic`` is.
    """

    def __init__(
        self,
        interval: float,
        *,
        exempt: frozenset[str] = frozenset(),
        folder: Path | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._interval = interval
        self._exempt = exempt
        self._folder = folder
        self._sleep = sleep
        self._clock = clock
        self._hosts: dict[str, HostQueue] = {}

    def of(self, host: str) -> HostQueue:
        """The queue of a host (lower-case name)."""
        if host not in self._hosts:
            exempt = host in self._exempt
            file = None if exempt or self._folder is None else self._folder / sha256(host.encode()).hexdigest()[:32]
            self._hosts[host] = HostQueue(0.0 if exempt else self._interval, self._sleep, self._clock, file)
        return self._hosts[host]
