"""The janitor of one site: frees leases whose time is up, and sweeps out what is old."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from cinestreamd.config import Scrape
from cinestreamd.store.base import Store

SWEEP_EVERY: Final = timedelta(hours=24)

log = structlog.get_logger()


def calls_before(now: datetime, settings: Scrape) -> datetime:
    """Calls of Claude go with the runs, but never those of the current month: ``spend --month`` adds them up."""
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return min(now - timedelta(days=settings.keep_runs_days), month)


class Janitor:
    """Tidies one site's store. ``wall`` tells the UTC moment."""

    def __init__(self, site: str, store: Store, wall: Callable[[], datetime]) -> None:
        self._site = site
        self.store = store
        self._wall = wall
        self._swept: datetime | None = None

    async def tidy(self, settings: Scrape) -> None:
        """One round: meant to run every second."""
        now = self._wall()
        for city_id in await self.store.expire_leases(now):
            log.warning("lease_expired", site=self._site, city=city_id)
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            self._swept = now
            gone = await self.store.prune(
                showtimes_before=now - timedelta(days=settings.keep_showtimes_days),
                runs_before=now - timedelta(days=settings.keep_runs_days),
                calls_before=calls_before(now, settings),
            )
            log.info("store_swept", site=self._site, rows=gone)
