"""One queue per host: it sees one request at a time, the next no sooner than an interval after the last began."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

# A site may ask for minutes between requests; within one scrape's deadline this much is honoured.
CRAWL_DELAY_LIMIT: Final = 10.0


class HostQueue:
    """The turn-taking of one host."""

    def __init__(self, interval: float, sleep: Callable[[float], Awaitable[None]], clock: Callable[[], float]) -> None:
        self._interval = interval
        self._sleep = sleep
        self._clock = clock
        self._turn = asyncio.Lock()
        self._began: float | None = None

    def slow_down(self, crawl_delay: float | None) -> None:
        """Honour a robots.txt ``Crawl-delay`` (seconds), up to ``CRAWL_DELAY_LIMIT``."""
        if crawl_delay is not None:
            self._interval = max(self._interval, min(crawl_delay, CRAWL_DELAY_LIMIT))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until a request may begin; the next waits until this one has ended."""
        async with self._turn:
            wait = 0.0 if self._began is None else self._began + self._interval - self._clock()
            if wait > 0:
                await self._sleep(wait)
            self._began = self._clock()
            yield


class Politeness:
    """The queues of all hosts that one process asks. Hosts that are ``exempt`` need no interval."""

    def __init__(
        self,
        interval: float,
        *,
        exempt: frozenset[str] = frozenset(),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._interval = interval
        self._exempt = exempt
        self._sleep = sleep
        self._clock = clock
        self._hosts: dict[str, HostQueue] = {}

    def of(self, host: str) -> HostQueue:
        """The queue of a host (lower-case name)."""
        if host not in self._hosts:
            interval = 0.0 if host in self._exempt else self._interval
            self._hosts[host] = HostQueue(interval, self._sleep, self._clock)
        return self._hosts[host]
