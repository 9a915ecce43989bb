"""Visits and views counted in memory and written to the store in batches."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import date
from typing import Final

import structlog
from aiohttp.web import AppKey, Application

from cinestreamd.errors import UnavailableError
from cinestreamd.store.base import Store
from cinestreamd.web.keys import STORE

FLUSH_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class Tally:
    """What one worker has counted and not yet written, by UTC day."""

    def __init__(self) -> None:
        self._visits: Counter[date] = Counter()
        self._views: defaultdict[date, Counter[str]] = defaultdict(Counter)

    def count(self, day: date, *, visit: bool, city_id: str | None) -> None:
        """Count a page that was seen: as a new visit or not, and as a view of a city or not."""
        if visit:
            self._visits[day] += 1
        if city_id is not None:
            self._views[day][city_id] += 1

    async def flush(self, store: Store) -> None:
        """Write what was counted. What the store does not take now stays counted for the next time."""
        for day in sorted({*self._visits, *self._views}):
            visits, views = self._visits.pop(day, 0), self._views.pop(day, Counter())
            try:
                await store.count_visits(day, visits=visits, views=views)
            except UnavailableError as error:
                self._visits[day] += visits
                self._views[day].update(views)
                log.warning("visits_not_written", code=error.code)


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
