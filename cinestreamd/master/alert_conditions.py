"""What is wrong now, as far as the master can see: workers, cities, cinemas, money, certificates, the disk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from cinestreamd.alerts.certificate import served_until
from cinestreamd.alerts.model import Condition, condition
from cinestreamd.alerts.words import Words
from cinestreamd.config import AlertSettings, Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.i18n import N_, N_many
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

_GIVEN_UP: Final = N_("{site}: {given_up} of {all} workers were given up ({cause})")
_NOT_SERVED: Final = N_("{site} is not served: {problem}")
_DISK: Final = N_("{free} of the disk with the state directory is free")
_BUDGETS: Final[Mapping[tuple[bool, str], str]] = {
    (True, "day"): N_("{site}: {share} of what Claude may cost this day is spent or held ({cap})"),
    (True, "month"): N_("{site}: {share} of what Claude may cost this month is spent or held ({cap})"),
    (False, "day"): N_("all sites: {share} of what Claude may cost this day is spent or held ({cap})"),
    (False, "month"): N_("all sites: {share} of what Claude may cost this month is spent or held ({cap})"),
}
_NO_CALLS: Final = N_("{site}: no calls of Claude are made ({reason}) until {until} UTC")
_CITY_FAILS: Final = N_many(
    "{site}: {city} could not be read {count} time in a row", "{site}: {city} could not be read {count} times in a row"
)
_CINEMA_FAILS: Final = N_many(
    "{site}: {cinema} in {city} could not be read {count} time in a row ({reason})",
    "{site}: {cinema} in {city} could not be read {count} times in a row ({reason})",
)
_SILENT: Final = N_many(
    "{site}: {cinema} in {city} answers, but has shown nothing for {count} day",
    "{site}: {cinema} in {city} answers, but has shown nothing for {count} days",
)
_CERTIFICATE: Final = N_many(
    "the certificate of {domain} ends in {count} day", "the certificate of {domain} ends in {count} days"
)
_CERTIFICATE_ENDED: Final = N_("the certificate of {domain} has ended")

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
                fields = {
                    "site": tenant.name,
                    "given_up": str(len(given_up)),
                    "all": str(len(tenant.workers.ports)),
                    "cause": given_up[0].child.cause,
                }
                yield condition("worker_given_up", tenant.name, "", Words(_GIVEN_UP, fields=fields))
        for name, problem in self._fleet.refused.items():
            if name not in self._fleet.tenants:
                fields = {"site": name, "problem": problem}
                yield condition("worker_given_up", name, "", Words(_NOT_SERVED, fields=fields))

    async def _disk(self, alerts: AlertSettings) -> list[Condition]:
        free = await asyncio.to_thread(free_ratio, self._state_dir)
        if free >= alerts.disk_free:
            return []
        return [condition("disk_nearly_full", "", "", Words(_DISK, fields={"free": f"{free:.1%}"}))]

    async def _common_budget(self, settings: Settings) -> list[Condition]:
        try:
            book = await asyncio.to_thread(self._account.read)
        except CinestreamError as error:
            log.warning("account_unusable", problem=str(error))
            return []
        caps = common_caps(settings.claude)
        return [
            *budget("", "day", book.day_spent, caps.day),
            *budget("", "month", book.month_spent, caps.month),
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
            condition("certificate_ends", domains[domain], domain, _ends(domain, end, now))
            for domain, end in self._ends.items()
            if end - now < least
        ]

    async def _of_store(self, tenant: Tenant, settings: Settings, now: datetime) -> AsyncIterator[Condition]:
        posting, alerts = tenant.workers.posting, settings.alerts
        claude = await tenant.purse.overview(posting.site, posting.settings)
        if claude["key"]:
            for spent, period in (("today", "day"), ("month", "month")):
                for each in budget(tenant.name, period, claude[spent], claude[f"{period}_cap"]):
                    yield each
        if claude["breaker"] is not None:
            fields = {"site": tenant.name, "until": f"{claude['retry_at']:%H:%M}"}
            yield condition(
                "claude_stopped", tenant.name, "", Words(_NO_CALLS, fields=fields, reason=claude["breaker"])
            )
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


def budget(site: str, period: str, spent: int, cap: int) -> Iterator[Condition]:
    """What is to be said of a cap, in millionths of a US dollar, at four fifths of it and at all of it.

    The ``period`` is a day or a month; without a ``site`` the cap is that of all sites.
    """
    if cap <= 0:
        return
    share = spent / cap
    fields = {"share": f"{share:.0%}", "cap": dollars(cap), **({"site": site} if site else {})}
    words = Words(_BUDGETS[bool(site), period], fields=fields)
    if share >= NEARLY:
        yield condition("budget_nearly_spent", site, period, words)
    if share >= 1:
        yield condition("budget_spent", site, period, words)


async def city_conditions(
    store: Store, site: str, location: Location, alerts: AlertSettings, now: datetime
) -> list[Condition]:
    """What is wrong with a city and its cinemas; those that an operator has paused or blocked are left out."""
    found: list[Condition] = []
    if alerts.failures and location.failures >= alerts.failures:
        fields = {"site": site, "city": location.id}
        found.append(condition("city_failing", site, location.id, Words(*_CITY_FAILS, location.failures, fields)))
    resting = {each.cinema_id for each in await store.corrections(location.id) if each.state != "active"}
    for cinema in await store.cinemas(location.id):
        if cinema.id in resting:
            continue
        if alerts.failures and cinema.failures >= alerts.failures:
            found.append(failing_cinema(site, cinema))
        elif alerts.silent_days and await _is_silent(store, cinema, now, timedelta(days=alerts.silent_days)):
            fields = {"site": site, "cinema": cinema.name, "city": location.id}
            found.append(condition("cinema_silent", site, cinema.id, Words(*_SILENT, alerts.silent_days, fields)))
    return found


def failing_cinema(site: str, cinema: Cinema) -> Condition:
    """What is to be said of a cinema whose readings fail."""
    fields = {"site": site, "cinema": cinema.name, "city": cinema.city_id}
    words = Words(*_CINEMA_FAILS, cinema.failures, fields, cinema.last_outcome or "")
    return condition("cinema_failing", site, cinema.id, words)


async def _is_silent(store: Store, cinema: Cinema, now: datetime, length: timedelta) -> bool:
    """Whether a cinema once had showings, and had none for so long although its page is read."""
    if cinema.last_outcome not in {"empty", "quarantined"}:
        return False
    rows = await store.showtimes(cinema.city_id, since=now - KEPT, cinema_id=cinema.id)
    return bool(rows) and max(row.start_time for row in rows) < now - length


def _ends(domain: str, end: datetime, now: datetime) -> Words:
    fields = {"domain": domain}
    return Words(*_CERTIFICATE, (end - now).days, fields) if end > now else Words(_CERTIFICATE_ENDED, fields=fields)
