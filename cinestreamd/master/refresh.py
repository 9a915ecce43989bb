"""The daily refresh of one site: hands due cities to its agents, never more than they can take at once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from cinestreamd.master.agents import Agents
from cinestreamd.master.schedule import Attempts, in_order, may_try
from cinestreamd.sites.model import Site
from cinestreamd.sites.refresh_times import is_due, last_due
from cinestreamd.store.base import Location, Store

LOOK_EVERY: Final = 30.0
"""Seconds between two looks at what is due, when nothing happens in between."""

LONGEST_BATCH: Final = timedelta(hours=26)
"""A city whose pages are on their way waits so long for the answers before it is read anew."""

DUTY: Final = "refresh"
DUTY_SECONDS: Final = 90
"""So long after its last look a daemon that is gone keeps others, which share its store, from refreshing."""

log = structlog.get_logger()


class Refresh:
    """Refreshes configured cities and those viewed lately, most viewed first.

    Of several daemons that share ``store`` one has the duty, under the name ``owner``; the others wait for it.
    """

    def __init__(self, agents: Agents, store: Store, wall: Callable[[], datetime], *, owner: str = "") -> None:
        self.store = store
        self.has_duty = False
        self._agents = agents
        self._owner = owner
        self._wall = wall
        self._attempts: dict[str, Attempts] = {}
        self._looked: dict[str, Attempts] = {}
        """By batch, how often it was looked after."""

    async def look(self) -> None:
        """Begin due cities while agents are free. Visitors' requests are never kept waiting by a full queue of ours."""
        if not self._agents.has_free_hands():
            return
        now = self._wall()
        await self._collect(now)
        for city_id in await self.due_cities(now):
            if not self._agents.has_free_hands():
                return
            former = self._attempts.get(city_id, Attempts())
            self._attempts[city_id] = Attempts(former.count + 1, now)
            log.info("refresh_begins", site=self._agents.site.name, city=city_id, attempt=former.count + 1)
            self._agents.request(city_id, "refresh")

    async def _collect(self, now: datetime) -> None:
        """Have batches of pages looked after, ten minutes after they were handed over, and then ever more rarely."""
        batches = await self.store.awaited_batches()
        self._looked = {batch.id: self._looked.get(batch.id, Attempts(1, batch.submitted_at)) for batch in batches}
        for batch in batches:
            former = self._looked[batch.id]
            if self._agents.has_free_hands() and may_try(now, former):
                self._looked[batch.id] = Attempts(former.count + 1, now)
                self._agents.request(batch.city_id, "batch")

    async def due_cities(self, now: datetime) -> list[str]:
        """The cities to be read now, in order."""
        site, scrape = self._agents.site, self._agents.settings.scrape
        due = last_due(now, ZoneInfo(site.settings.timezone), time.fromisoformat(site.settings.refresh_at))
        views = await self.store.viewed_cities(self._today(now) - timedelta(days=scrape.viewed_within_days))
        known = {location.id: location for location in await self.store.locations()}
        since = known_since(site, now)
        awaited = {
            batch.city_id for batch in await self.store.awaited_batches() if now - batch.submitted_at < LONGEST_BATCH
        }
        found = []
        for city_id in in_order([*site.settings.cities, *views], views):
            location = known.get(city_id)
            if not is_due(_last_read(location, since), due):
                self._attempts.pop(city_id, None)
            elif (
                city_id not in awaited
                and _is_free(location, now)
                and may_try(now, self._attempts.get(city_id, Attempts()))
            ):
                found.append(city_id)
        return found

    async def look_on_duty(self) -> None:
        """Look, if the duty is this daemon's or nobody's."""
        if await self._hold_duty():
            await self.look()

    async def run(self) -> None:
        """Look whenever an agent has ended, and every half minute, while the duty is this daemon's."""
        while True:
            await self.look_on_duty()
            self._agents.changed.clear()
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._agents.changed.wait()
            except TimeoutError:
                continue

    async def lay_down(self) -> None:
        """Let another daemon have the duty at once."""
        if self.has_duty:
            self.has_duty = False
            await self.store.lay_down_duty(DUTY, owner=self._owner)

    async def _hold_duty(self) -> bool:
        had, self.has_duty = self.has_duty, False
        self.has_duty = await self.store.hold_duty(DUTY, owner=self._owner, now=self._wall(), seconds=DUTY_SECONDS)
        if had != self.has_duty:
            log.info("refresh_duty", site=self._agents.site.name, held=self.has_duty)
        return self.has_duty

    @staticmethod
    def _today(now: datetime) -> date:
        return now.astimezone(UTC).date()


def known_since(site: Site, now: datetime) -> datetime:
    """Since when a site exists, by its ``.env``: a city that was never read waits for the first refresh after that."""
    try:
        return datetime.fromtimestamp(Path(site.directory, ".env").stat().st_mtime, UTC)
    except OSError:
        return now


def _last_read(location: Location | None, since: datetime) -> datetime:
    return since if location is None or location.last_updated is None else location.last_updated


def _is_free(location: Location | None, now: datetime) -> bool:
    """Whether nobody reads the city at the moment, and it is not resting after failures."""
    if location is None:
        return True
    cooling = location.cooldown_until is not None and location.cooldown_until > now
    return not cooling and not (location.lease is not None and location.lease.until > now)
