"""What is wrong now, as far as the master can see: workers, cities, cinemas, money, certificates, the disk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from cinestreamd.alerts.certificate import served_until
from cinestreamd.alerts.model import Condition
from cinestreamd.config import AlertSettings, Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.master.account import Account
from cinestreamd.master.fleet import Fleet
from cinestreamd.master.gauges import free_ratio
from cinestreamd.master.tenant import Tenant
from cinestreamd.sites.caps import common_caps
from cinestreamd.store.base import Cinema, Location, Store
from cinestreamd.store.costs import dollars

NEARLY: Final = 0.8
LOOK_AT_CERTIFICATES: Final = timedelta(hours=6)
LOOK_AGAIN: Final = timedelta(hours=1)
"""A city's cinemas are looked at when something of it has changed, and after this: silence grows by itself."""
KEPT: Final = timedelta(days=90)
LOOPBACK: Final = "127.0.0.1"

log = structlog.get_logger()


class Lookout:
    """Looks at everything. ``settings`` are those in force, ``wall`` tells the UTC moment."""

    def __init__(
        self,
        fleet: Fleet,
        account: Account,
        settings: Callable[[], Settings],
        state_dir: Path,
        wall: Callable[[], datetime],
    ) -> None:
        self._fleet = fleet
        self._account = account
        self._settings = settings
        self._state_dir = state_dir
        self._wall = wall
        self._cities: dict[tuple[str, str], tuple[object, datetime, list[Condition]]] = {}
        self._ends: dict[str, datetime] = {}
        self._looked_at: set[str] = set()
        self._looked_at_ends: datetime | None = None

    async def look(self) -> tuple[list[Condition], frozenset[str]]:
        """What is wrong, and the sites of whose stores nothing is known at the moment."""
        settings, now = self._settings(), self._wall()
        found = [*self._workers(), *await self._disk(settings.alerts), *await self._common_budget(settings)]
        found += await self._certificates(settings.alerts, now)
        blind = set()
        for tenant in list(self._fleet.tenants.values()):
            if not tenant.has_refresh_duty:
                continue  # another daemon that shares the store tells of it, or nobody has looked yet
            try:
                found += [each async for each in self._of_store(tenant, settings, now)]
            except CinestreamError as error:
                log.info("alerts_not_seen", site=tenant.name, problem=str(error))
                blind.add(tenant.name)
        return found, frozenset(blind)

    def _workers(self) -> Iterator[Condition]:
        for tenant in self._fleet.tenants.values():
            given_up = [port.current for port in tenant.workers.ports.values() if port.current.state == "fatal"]
            if given_up:
                text = f"{tenant.name}: {len(given_up)} of {len(tenant.workers.ports)} workers were given up"
                yield Condition("worker_given_up", tenant.name, "", f"{text} ({given_up[0].child.cause})")

    async def _disk(self, alerts: AlertSettings) -> list[Condition]:
        free = await asyncio.to_thread(free_ratio, self._state_dir)
        if free >= alerts.disk_free:
            return []
        return [Condition("disk_nearly_full", "", "", f"{free:.1%} of the disk with the state directory is free")]

    async def _common_budget(self, settings: Settings) -> list[Condition]:
        try:
            book = await asyncio.to_thread(self._account.read)
        except CinestreamError as error:
            log.warning("account_unusable", problem=str(error))
            return []
        caps = common_caps(settings.claude)
        return [
            *budget("", "day", book.day_spent, caps.day, "all sites"),
            *budget("", "month", book.month_spent, caps.month, "all sites"),
        ]

    async def _certificates(self, alerts: AlertSettings, now: datetime) -> list[Condition]:
        domains = {
            domain: tenant.name
            for tenant in self._fleet.tenants.values()
            for domain in tenant.workers.posting.site.settings.domains
        }
        if not alerts.https_port or not domains:
            return []
        due = self._looked_at_ends is None or now - self._looked_at_ends >= LOOK_AT_CERTIFICATES
        if due or self._looked_at != domains.keys():
            self._looked_at_ends, self._looked_at, self._ends = now, set(domains), {}
            for domain in domains:
                end = await served_until(LOOPBACK, alerts.https_port, domain)
                if end is not None:
                    self._ends[domain] = end
        least = timedelta(days=alerts.certificate_days)
        return [
            Condition("certificate_ends", domains[domain], domain, f"the certificate of {domain} {_ends(end, now)}")
            for domain, end in self._ends.items()
            if end - now < least
        ]

    async def _of_store(self, tenant: Tenant, settings: Settings, now: datetime) -> AsyncIterator[Condition]:
        posting, alerts = tenant.workers.posting, settings.alerts
        claude = await tenant.purse.overview(posting.site, posting.settings)
        if claude["key"]:
            for spent, period in (("today", "day"), ("month", "month")):
                for each in budget(tenant.name, period, claude[spent], claude[f"{period}_cap"], tenant.name):
                    yield each
        if claude["breaker"] is not None:
            text = (
                f"{tenant.name}: no calls of Claude are made ({claude['breaker']}) until {claude['retry_at']:%H:%M} UTC"
            )
            yield Condition("claude_stopped", tenant.name, "", text)
        for location in await tenant.store.locations():
            for each in await self._of_city(tenant, location, alerts, now):
                yield each

    async def _of_city(
        self, tenant: Tenant, location: Location, alerts: AlertSettings, now: datetime
    ) -> list[Condition]:
        key, mark = (tenant.name, location.id), (location.revision, location.last_updated, location.failures, alerts)
        kept = self._cities.get(key)
        if kept is not None and kept[0] == mark and now - kept[1] < LOOK_AGAIN:
            return kept[2]
        await asyncio.sleep(0)  # others have their turn between two cities
        found = await city_conditions(tenant.store, tenant.name, location, alerts, now)
        self._cities[key] = (mark, now, found)
        return found


def budget(site: str, period: str, spent: int, cap: int, whose: str) -> Iterator[Condition]:
    """What is to be said of a cap, in millionths of a US dollar, at four fifths of it and at all of it."""
    if cap <= 0:
        return
    share = spent / cap
    text = f"{whose}: {share:.0%} of what Claude may cost this {period} is spent or held ({dollars(cap)})"
    if share >= NEARLY:
        yield Condition("budget_nearly_spent", site, period, text)
    if share >= 1:
        yield Condition("budget_spent", site, period, text)


async def city_conditions(
    store: Store, site: str, location: Location, alerts: AlertSettings, now: datetime
) -> list[Condition]:
    """What is wrong with a city and its cinemas; those that an operator has paused or blocked are left out."""
    found: list[Condition] = []
    if alerts.failures and location.failures >= alerts.failures:
        text = f"{site}: {location.id} could not be read {location.failures} times in a row"
        found.append(Condition("city_failing", site, location.id, text))
    resting = {each.cinema_id for each in await store.corrections(location.id) if each.state != "active"}
    for cinema in await store.cinemas(location.id):
        if cinema.id in resting:
            continue
        if alerts.failures and cinema.failures >= alerts.failures:
            text = f"{site}: {cinema.name} in {location.id} could not be read {cinema.failures} times in a row"
            found.append(Condition("cinema_failing", site, cinema.id, f"{text} ({cinema.last_outcome})"))
        elif alerts.silent_days and await _is_silent(store, cinema, now, timedelta(days=alerts.silent_days)):
            text = (
                f"{site}: {cinema.name} in {location.id} answers, but has shown nothing for {alerts.silent_days} days"
            )
            found.append(Condition("cinema_silent", site, cinema.id, text))
    return found


async def _is_silent(store: Store, cinema: Cinema, now: datetime, length: timedelta) -> bool:
    """Whether a cinema once had showings, and had none for so long although its page is read."""
    if cinema.last_outcome not in {"empty", "quarantined"}:
        return False
    rows = await store.showtimes(cinema.city_id, since=now - KEPT, cinema_id=cinema.id)
    return bool(rows) and max(row.start_time for row in rows) < now - length


def _ends(end: datetime, now: datetime) -> str:
    return f"ends in {(end - now).days} days" if end > now else "has ended"
