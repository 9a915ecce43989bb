"""Visits and views counted in memory and written to the store in batches."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import date
from secrets import token_hex
from typing import Final

import structlog
from aiohttp.web import AppKey, Application
from msgspec import Struct

from cinestreamd.errors import UnavailableError
from cinestreamd.store.base import Store
from cinestreamd.web.keys import STORE

FLUSH_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class Batch(Struct, frozen=True):
    """What was counted on one UTC day, under a name by which the store knows it again."""

    name: str
    day: date
    visits: int
    views: Mapping[str, int]


class Tally:
    """What one worker has counted and not yet written, by UTC day."""

    def __init__(self) -> None:
        self._visits: Counter[date] = Counter()
        self._views: defaultdict[date, Counter[str]] = defaultdict(Counter)
        self._unwritten: list[Batch] = []

    def count(self, day: date, *, visit: bool, city_id: str | None) -> None:
        """Count a page that was seen: as a new visit or not, and as a view of a city or not."""
        if visit:
            self._visits[day] += 1
        if city_id is not None:
            self._views[day][city_id] += 1

    async def flush(self, store: Store) -> None:
        """Write what was counted. What the store does not take now stays, as the batch that it is, for the next time.

        While a batch waits no other is made: there are at most as many as there are days.
        """
        try:
            await self._write(store)
            for day in sorted({*self._visits, *self._views}):
                visits, views = self._visits.pop(day, 0), self._views.pop(day, Counter())
                self._unwritten.append(Batch(token_hex(8), day, visits, views))
            await self._write(store)
        except UnavailableError as error:
            log.warning("visits_not_written", code=error.code, reason=error.reason)

    async def _write(self, store: Store) -> None:
        while self._unwritten:
            batch = self._unwritten[0]
            await store.count_visits(batch.day, visits=batch.visits, views=batch.views, batch=batch.name)
            del self._unwritten[0]


TALLY: Final = AppKey("tally", Tally)


async def keep_tally(app: Application) -> AsyncIterator[None]:
    """A ``cleanup_ctx``: writes the tally every ``FLUSH_SECONDS``, and once more at the end."""
    tally = app[TALLY] = Tally()
    stopping = asyncio.Event()
    task = asyncio.create_task(_flush_until(stopping, tally, app[STORE]))
    yield
    stopping.set()
    await task


async def _flush_until(stopping: asyncio.Event, tally: Tally, store: Store) -> None:
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), FLUSH_SECONDS)
        await tally.flush(store)
