"""All sites at one look, for the consoles that the operator has named for it, in parts that fit into a message each."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from msgspec import Struct

from cinestreamd.all_sites import CityAge, SiteBooks, SitesPart, SiteSummary
from cinestreamd.config import ClaudeSettings
from cinestreamd.errors import CinestreamError
from cinestreamd.master.account import Account
from cinestreamd.master.sums import Sums
from cinestreamd.master.tenant import Tenant
from cinestreamd.metering import RESTARTS
from cinestreamd.sites.caps import common_caps
from cinestreamd.sites.refresh_times import is_due, last_due, next_due
from cinestreamd.store.base import Location

SITES_AT_ONCE: Final = 6
CITIES_NAMED: Final = 8
"""Both together keep a part below the size of a message, whatever the names are."""

STORE_PATIENCE: Final = 1.0
"""Below what a worker waits for an answer."""

RUNS_LOOKED_AT: Final = 200
A_DAY: Final = timedelta(days=1)

log = structlog.get_logger()


class Overview(Struct, frozen=True, kw_only=True):
    """Looks at all sites. ``tenants`` are those that are served, by name; ``wall`` tells the UTC moment.

    ``patience`` is how many seconds one site's store may take; the others of a part are asked at the same time.
    """

    tenants: Mapping[str, Tenant]
    sums: Sums
    account: Account
    wall: Callable[[], datetime]
    patience: float = STORE_PATIENCE

    async def part(self, after: str, claude: ClaudeSettings) -> SitesPart:
        """The sites whose names come after one, as many as fit into a message. ``claude`` has the common caps."""
        names = sorted(name for name in self.tenants if name > after)
        told = [self.tenants[name] for name in names[:SITES_AT_ONCE]]
        sites = await asyncio.gather(*(self._site(tenant) for tenant in told))
        return SitesPart(
            sites=tuple(sites),
            more=len(names) > SITES_AT_ONCE,
            spent=await self._spent(),
            cap=common_caps(claude).day,
        )

    async def _site(self, tenant: Tenant) -> SiteSummary:
        site, now = tenant.workers.posting.site, self.wall()
        restarts = self.sums.total(RESTARTS)
        return SiteSummary(
            name=tenant.name,
            state=tenant.state,
            address=site.base_url,
            workers=Counter(port.current.state for port in tenant.workers.ports.values()),
            restarts=int(sum(count for labels, count in restarts.items() if labels[:2] == (tenant.name, "worker"))),
            running=len(tenant.agents.running),
            queued=len(tenant.agents.queue),
            next_refresh=next_due(now, *_refresh_of(tenant)),
            books=await self._books(tenant, now),
        )

    async def _books(self, tenant: Tenant, now: datetime) -> SiteBooks | None:
        try:
            async with asyncio.timeout(self.patience):
                return await _read_books(tenant, now)
        except (CinestreamError, TimeoutError) as error:
            log.info("overview_not_seen", site=tenant.name, problem=str(error) or type(error).__name__)
            return None

    async def _spent(self) -> int | None:
        try:
            book = await asyncio.to_thread(self.account.read)
        except CinestreamError as error:
            log.warning("account_unusable", problem=str(error))
            return None
        return book.day_spent + book.all_held


async def _read_books(tenant: Tenant, now: datetime) -> SiteBooks:
    posting, store = tenant.workers.posting, tenant.store
    scrape, claude = posting.settings.scrape, await tenant.purse.overview(posting.site, posting.settings)
    views = await store.viewed_cities((now - timedelta(days=scrape.viewed_within_days)).date())
    daily, due = {*posting.site.settings.cities, *views}, last_due(now, *_refresh_of(tenant))
    locations = await store.locations()
    ages = [_age(location, now, scrape.stale_after_seconds) for location in locations]
    known = {each.id for each in ages}
    ages += [CityAge(city_id, "stale") for city_id in posting.site.settings.cities if city_id not in known]
    waiting = [each for each in ages if each.id in daily and each.updated is not None and is_due(each.updated, due)]
    runs = await store.runs(limit=RUNS_LOOKED_AT)
    return SiteBooks(
        cities=Counter(each.status for each in ages),
        named=tuple(sorted(ages, key=lambda each: _worst_first(each, daily))[:CITIES_NAMED]),
        due=len(waiting),
        failed_runs=sum(run.outcome == "failed" and now - run.started_at < A_DAY for run in runs),
        spent=claude["today"],
        cap=claude["day_cap"],
        breaker=claude["breaker"],
    )


def _age(location: Location, now: datetime, stale_after: int) -> CityAge:
    status = location.status(now, stale_after_seconds=stale_after)
    return CityAge(location.id, status, location.last_updated, location.failures)


def _worst_first(city: CityAge, daily: set[str]) -> tuple[int, bool, float, str]:
    """Cities that fail, then those of the refresh of each day, the oldest first; the rest may be as old as they are."""
    return -city.failures, city.id not in daily, city.updated.timestamp() if city.updated else 0.0, city.id


def _refresh_of(tenant: Tenant) -> tuple[ZoneInfo, time]:
    settings = tenant.workers.posting.site.settings
    return ZoneInfo(settings.timezone), time.fromisoformat(settings.refresh_at)
