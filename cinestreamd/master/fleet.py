"""All children of the daemon: the sites' workers and agents, and the demo's server."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.channel import Message
from cinestreamd.config import Settings
from cinestreamd.master.admission import Admitted
from cinestreamd.master.agents import Means
from cinestreamd.master.databases import access_of
from cinestreamd.master.forker import Forker
from cinestreamd.master.identity import Identity
from cinestreamd.master.listeners import Listener
from cinestreamd.master.overview import Overview
from cinestreamd.master.port import IDLE_GRACE, Port
from cinestreamd.master.status import site_row
from cinestreamd.master.tenant import Tenant
from cinestreamd.master.ward import Duty, Ward
from cinestreamd.master.workers import Posting, env_mark
from cinestreamd.sites.files import make_real_folder
from cinestreamd.specs import DemoSpec, encode_spec

REAP_TIME: Final = 2.0
"""Seconds after the last deadline in which killed processes are gone."""

log = structlog.get_logger()


class Tools(Struct, frozen=True, kw_only=True):
    """What every part of the fleet works with."""

    forker: Forker
    clock: Callable[[], float]
    identity: Identity
    means: Means


class Fleet:
    """Keeps the children. It decides nothing about configuration: it is told which sites there are."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.tenants: dict[str, Tenant] = {}
        self.refused: dict[str, str] = {}
        """Why a site is not served, or not as it is set up now, in one line."""
        self.leaving: list[Tenant] = []
        self.demo: Port | None = None
        means = tools.means
        self._overview = Overview(tenants=self.tenants, sums=means.sums, account=means.account, wall=means.wall)
        self._farewells: set[asyncio.Task[None]] = set()

    @property
    def all_tenants(self) -> list[Tenant]:
        """The sites that are served, then those that are being given up."""
        return [*self.tenants.values(), *self.leaving]

    @property
    def wards(self) -> list[Ward]:
        """All long-lived children."""
        demo = [] if self.demo is None else self.demo.wards
        return [*demo, *(ward for tenant in self.all_tenants for ward in tenant.workers.wards)]

    @property
    def pids(self) -> set[int]:
        """The process ids of all children, agents included."""
        processes = [ward.process for ward in self.wards]
        processes += [run.process for tenant in self.all_tenants for run in tenant.agents.running.values()]
        processes.append(self._tools.forker.process)
        return {process.pid for process in processes if process is not None}

    @property
    def is_settled(self) -> bool:
        """Whether every port of every site is served, was given up, or fails again and again.

        Who waits for the daemon must not wait for a site that cannot boot: the others serve.
        """
        demo = self.demo is None or self.demo.current.state in {"ready", "fatal"}
        return demo and all(tenant.workers.has_been_tried for tenant in self.tenants.values())

    def summary(self) -> str:
        """One line about all sites, for people."""
        rows = [site_row(tenant) for tenant in self.tenants.values()]
        told = [f"{row['site']}: {row['ready']} of {row['workers']} workers" for row in rows]
        return ", ".join([*told, *(f"{name}: failed" for name in self.refused if name not in self.tenants)])

    def tick(self) -> None:
        """Do what is due about every child."""
        self._tools.forker.tick()
        if self.demo is not None:
            self.demo.tick()
        for tenant in self.all_tenants:
            tenant.workers.tick()

    def send(self, message: Message, *, descriptor: int | None = None) -> None:
        """Send every child a message; a copy of ``descriptor`` goes along."""
        for ward in self.wards:
            ward.send(message, descriptor=descriptor)
        for tenant in self.all_tenants:
            for run in tenant.agents.running.values():
                run.send(message, descriptor=descriptor)

    def ports_being_left(self) -> set[int]:
        """Ports that are given up, but may still be held by a worker that finishes what it has."""
        leaving = [port for tenant in self.tenants.values() for port in tenant.workers.leaving]
        leaving += [port for tenant in self.leaving for port in tenant.workers.all_ports]
        return {port.number for port in leaving}

    def open_demo(self, listener: Listener, settings: Settings, folder: Path) -> None:
        """Serve the demo town."""
        make_real_folder(folder)
        spec = DemoSpec(
            settings=settings,
            base_url=f"http://127.0.0.1:{listener.port}",
            access_log=str(folder / "access.log"),
        )
        duty = Duty(
            role="demo", title=f"cinestreamd: demo :{listener.port}", spec=encode_spec(spec), port=listener.port
        )
        # An agent that comes before the town stands waits for it: nothing else could answer in its place.
        patient = msgspec.structs.replace(settings.supervisor, refuse_after=settings.supervisor.boot_timeout)
        self.demo = Port(
            listener,
            duty,
            patient,
            forker=self._tools.forker,
            clock=self._tools.clock,
            on_message=lambda _ward, _message: None,
        )
        self.demo.tick()

    def arrange(self, settings: Settings, admitted: Admitted) -> None:
        """Serve exactly the admitted sites from now on; a refused one that is served goes on as it was.

        A port that one site gives up and another takes keeps its socket: connections wait in its queue meanwhile.
        """
        wanted = {site.name: site for site in admitted.sites}
        free = dict(admitted.listeners)
        for name in self.tenants.keys() - wanted.keys() - admitted.refused.keys():
            free |= self._give_up(self.tenants.pop(name))
        for name in wanted.keys() & self.tenants.keys():
            workers = self.tenants[name].workers
            free |= workers.give_up(set(workers.ports) - set(wanted[name].settings.ports))
        for name, site in wanted.items():
            own, demo = settings.for_site(name), self.demo is not None
            posting = Posting(settings=own, site=site, demo=demo, env_mark=env_mark(site))
            if name in self.tenants:
                self._rearrange(self.tenants[name], posting, free)
            else:
                self._open(posting, free, is_prepared=name not in admitted.unprepared)
        for listener in free.values():
            listener.close()
        self.refused = {name: " ".join(str(error).split()) for name, error in admitted.refused.items()}
        for name, problem in self.refused.items():
            log.error("site_refused", site=name, served=name in self.tenants, problem=problem)

    def drain(self, seconds: float) -> list["asyncio.Task[None]"]:
        """Stop all sites for good; returns what to wait for before their processes can be gone."""
        waits = []
        for tenant in self.all_tenants:
            for listener in tenant.workers.drain(seconds).values():
                listener.close()
            waits.append(asyncio.create_task(tenant.stop_agents(seconds)))
        if self.demo is not None:
            self.demo.drain(seconds)
            self.demo.close()
        return [*waits, *self._farewells]

    async def stop(self, seconds: float) -> None:
        """Stop everything within ``seconds``, and have whatever is left killed and reaped soon after."""
        waits = self.drain(seconds)
        async with asyncio.timeout(seconds + REAP_TIME):
            await asyncio.gather(*waits, return_exceptions=True)
            while any(ward.process for ward in self.wards):  # noqa: ASYNC110 - once a stop; any process may be the last
                await asyncio.sleep(0.02)
        for tenant in self.all_tenants:
            await tenant.close()

    def _open(self, posting: Posting, free: dict[int, Listener], *, is_prepared: bool) -> None:
        tenant = Tenant(
            posting,
            {number: free.pop(number) for number in posting.site.settings.ports},
            access=access_of(posting.site),
            is_prepared=is_prepared,
            on_refused=self._refuse,
            tell_all=self._overview.part,
            forker=self._tools.forker,
            clock=self._tools.clock,
            means=self._tools.means,
            identity=self._tools.identity,
        )
        self.tenants[posting.site.name] = tenant
        tenant.begin_duties(before_refresh=self._wait_for_demo)

    async def _wait_for_demo(self) -> None:
        """Wait until the demo's cinemas can be read, or were given up: who comes earlier finds nobody there."""
        while self.demo is not None and self.demo.current.state not in {"ready", "fatal"}:  # noqa: ASYNC110 - once a start
            await asyncio.sleep(0.05)

    def _rearrange(self, tenant: Tenant, posting: Posting, free: dict[int, Listener]) -> None:
        tenant.change(posting, access_of(posting.site, otherwise=tenant.access))
        added = [number for number in posting.site.settings.ports if number not in tenant.workers.ports]
        tenant.workers.add({number: free.pop(number) for number in added})

    def _refuse(self, tenant: Tenant, problem: str) -> None:
        """Serve a site no longer whose database turned out to be unusable; the next reload tries it anew."""
        if self.tenants.get(tenant.name) is tenant:
            self.refused[tenant.name] = problem
            for listener in self._give_up(self.tenants.pop(tenant.name)).values():
                listener.close()

    def _give_up(self, tenant: Tenant) -> dict[int, Listener]:
        log.info("site_given_up", site=tenant.name)
        self.leaving.append(tenant)
        seconds = tenant.workers.posting.settings.supervisor.stop_timeout
        listeners = tenant.workers.drain(seconds, idle_grace=IDLE_GRACE)
        farewell = asyncio.create_task(self._bid_farewell(tenant, seconds))
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)
        return listeners

    async def _bid_farewell(self, tenant: Tenant, seconds: float) -> None:
        await tenant.stop_agents(seconds)
        while not tenant.workers.is_stopped:  # noqa: ASYNC110 - once a removed site; any process may be the last
            await asyncio.sleep(0.05)
        await tenant.close()
        self.leaving.remove(tenant)
        if tenant.name not in self.tenants:  # one of the same name may have come meanwhile
            self._tools.means.sums.forget(tenant.name)
