"""What is true at the moment of a scrape of the metrics: processes, queues, the age of each city's data."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from cinestreamd import __version__
from cinestreamd.errors import CinestreamError
from cinestreamd.master.account import Account
from cinestreamd.master.fleet import Fleet
from cinestreamd.master.forker import Forker
from cinestreamd.master.status import memory_of
from cinestreamd.master.tenant import Tenant
from cinestreamd.sites.caps import MILLIONTHS, common_caps

if TYPE_CHECKING:
    from cinestreamd.master.process import Process

Labels = tuple[str, ...]


class Gauge(Struct, frozen=True, kw_only=True):
    """One metric that is looked up rather than counted. Its name is without the prefix ``cinestreamd_``."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: Literal["gauge", "counter"] = "gauge"


GAUGES: Final[Mapping[str, Gauge]] = {
    gauge.name: gauge
    for gauge in (
        Gauge(name="build_info", help="1, with the version of the program.", labels=("version",)),
        Gauge(name="start_time_seconds", help="When the daemon was started, as a Unix time."),
        Gauge(name="processes", help="Processes by state of life.", labels=("role", "site", "state")),
        Gauge(
            name="process_memory_bytes",
            help="Memory of processes: resident (rss), and proportional (pss), which adds up without counting twice.",
            labels=("role", "site", "port", "kind"),
        ),
        Gauge(
            name="requests_in_flight",
            help="Requests that a worker is answering, as of its last heartbeat.",
            labels=("site", "port"),
        ),
        Gauge(name="connections", help="Clients connected to a worker, likewise.", labels=("site", "port")),
        Gauge(name="agents_running", help="Scrapes under way.", labels=("site",)),
        Gauge(name="agents_queued", help="Cities that wait for an agent.", labels=("site",)),
        Gauge(name="cities", help="Cities that the site knows, by the state of their data.", labels=("site", "status")),
        Gauge(
            name="city_age_seconds",
            help="How long ago a city was last read through; absent while it never was.",
            labels=("site", "city"),
        ),
        Gauge(name="city_failures", help="Failed scrapes of a city in a row.", labels=("site", "city")),
        Gauge(
            name="city_daily",
            help="1 for a city that the refresh of each day reads, 0 for one that is read when it is asked for.",
            labels=("site", "city"),
        ),
        Gauge(
            name="claude_budget_left_usd",
            help="What caps leave for calls of Claude in this UTC day and month: a site's, or (no site) all sites'.",
            labels=("site", "period"),
        ),
        Gauge(
            name="claude_breaker_open",
            help="1 while no calls of Claude are made: the key was refused, or its spend limit is reached.",
            labels=("site",),
        ),
        Gauge(name="sites_failed", help="Sites that are not served, or not as they are set up now."),
        Gauge(name="disk_free_ratio", help="Free part of the disk that holds the state directory, 0 to 1."),
        Gauge(
            name="series_dropped_total",
            help="Reports of children that were no metric, or too many: a fault.",
            kind="counter",
        ),
    )
}

Values = dict[str, dict[Labels, float]]
"""Values of gauges, by name and label values."""


class Observer(Struct, frozen=True, kw_only=True):
    """What gauges are read from. ``wall`` tells the UTC moment, ``started`` is a Unix time."""

    fleet: Fleet
    forker: Forker
    account: Account
    wall: Callable[[], datetime]
    state_dir: Path
    started: float

    async def look(self) -> Values:
        """All gauges that the event loop can read at once; ``add_memory`` adds the slow ones."""
        found: Values = {name: {} for name in GAUGES}
        found["build_info"][(__version__,)] = 1
        found["start_time_seconds"][()] = self.started
        found["sites_failed"][()] = len(self.fleet.refused)
        found["processes"] = {key: float(count) for key, count in Counter(self._states()).items()}
        for ward in self.fleet.wards:
            if ward.duty.role == "worker" and ward.process is not None:
                place = (ward.duty.site or "", str(ward.duty.port))
                _raise(found["requests_in_flight"], place, ward.beat.in_flight)
                _raise(found["connections"], place, ward.beat.connections)
        for tenant in self.fleet.all_tenants:
            found["agents_running"][(tenant.name,)] = len(tenant.agents.running)
            found["agents_queued"][(tenant.name,)] = len(tenant.agents.queue)
            await self._look_at_cities(tenant, found)
            await self._look_at_spending(tenant, found)
        await self._look_at_account(found)
        return found

    def processes(self) -> list[tuple[Labels, int]]:
        """Role, site and port of every process, with its process id."""
        found: list[tuple[Labels, Process | None]] = [(("zygote", "", ""), self.forker.process)]
        found += [
            ((ward.duty.role, ward.duty.site or "", str(ward.duty.port)), ward.process) for ward in self.fleet.wards
        ]
        for tenant in self.fleet.all_tenants:
            found += [(("agent", tenant.name, ""), run.process) for run in tenant.agents.running.values()]
        living = [(place, process.pid) for place, process in found if process is not None]
        return [(("master", "", ""), os.getpid()), *living]

    def _states(self) -> Iterator[Labels]:
        yield "master", "", "ready"
        yield "zygote", "", self.forker.child.state
        for ward in self.fleet.wards:
            yield ward.duty.role, ward.duty.site or "", ward.state
        for tenant in self.fleet.all_tenants:
            for _ in tenant.agents.running:
                yield "agent", tenant.name, "ready"

    async def _look_at_spending(self, tenant: Tenant, found: Values) -> None:
        posting = tenant.workers.posting
        try:
            claude = await tenant.purse.overview(posting.site, posting.settings)
        except CinestreamError:
            return  # as below
        for period in ("day", "month"):
            spent = claude["today"] if period == "day" else claude["month"]
            left = max(claude[f"{period}_cap"] - spent, 0)
            found["claude_budget_left_usd"][(tenant.name, period)] = left / MILLIONTHS
        found["claude_breaker_open"][(tenant.name,)] = float(claude["breaker"] is not None)

    async def _look_at_account(self, found: Values) -> None:
        """What all sites may spend together, by the settings that any of them has."""
        tenant = next(iter(self.fleet.tenants.values()), None)
        if tenant is None:
            return
        try:
            book = await asyncio.to_thread(self.account.read)
        except CinestreamError:
            return  # who is about to spend says so in the log
        caps = common_caps(tenant.workers.posting.settings.claude)
        for period, cap, spent in (("day", caps.day, book.day_spent), ("month", caps.month, book.month_spent)):
            left = max(cap - spent - book.all_held, 0)
            found["claude_budget_left_usd"][("", period)] = left / MILLIONTHS

    async def _look_at_cities(self, tenant: Tenant, found: Values) -> None:
        now = self.wall()
        try:
            locations = await tenant.store.locations()
            scrape, site = tenant.agents.settings.scrape, tenant.agents.site
            views = await tenant.store.viewed_cities((now - timedelta(days=scrape.viewed_within_days)).date())
        except CinestreamError:
            return  # the store's own metrics tell of it; the others are needed all the more
        daily, stale_after = {*site.settings.cities, *views}, scrape.stale_after_seconds
        for status in ("fresh", "processing", "stale"):
            found["cities"][(tenant.name, status)] = 0
        for location in locations:
            found["cities"][(tenant.name, location.status(now, stale_after_seconds=stale_after))] += 1
            found["city_failures"][(tenant.name, location.id)] = location.failures
            found["city_daily"][(tenant.name, location.id)] = float(location.id in daily)
            if location.last_updated is not None:
                age = (now - location.last_updated).total_seconds()
                found["city_age_seconds"][(tenant.name, location.id)] = max(age, 0.0)


def add_memory(found: Values, processes: list[tuple[Labels, int]], state_dir: Path) -> None:
    """Add what takes system calls: memory by process, and the disk. Not for an event loop."""
    for place, pid in processes:
        memory = memory_of(pid)
        if memory is not None:
            for kind, value in zip(("rss", "pss"), memory, strict=True):
                _raise(found["process_memory_bytes"], (*place, kind), value)
    found["disk_free_ratio"][()] = free_ratio(state_dir)


def free_ratio(folder: Path) -> float:
    """The free part of the disk that holds ``folder``, as an ordinary user may fill it: 0 to 1."""
    disk = os.statvfs(folder)
    usable = disk.f_blocks - disk.f_bfree + disk.f_bavail
    return disk.f_bavail / usable if usable else 0.0


def _raise(values: dict[Labels, float], labels: Labels, by: float) -> None:
    values[labels] = values.get(labels, 0.0) + by
