"""What can be asked of the daemon over the control socket."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cinestreamd.errors import CinestreamError, InvalidInputError, NotFoundError
from cinestreamd.i18n import N_
from cinestreamd.master.control import Command
from cinestreamd.master.fleet import Fleet
from cinestreamd.master.forker import Forker
from cinestreamd.master.status import Row, add_memory, agent_row, queue_row, site_row, ward_row, zygote_row
from cinestreamd.master.tenant import Tenant

Arguments = Mapping[str, Any]


class UnknownRunningSiteError(NotFoundError):
    """The daemon serves no such site."""

    code = "unknown_site"
    message = N_("The running daemon serves no site {site!r}")


class UnknownCityError(NotFoundError):
    """The gazetteer has no such city."""

    code = "unknown_city"
    message = N_("There is no city {city!r}")


class MissingArgumentError(InvalidInputError):
    """A command lacks an argument."""

    code = "missing_argument"
    message = N_("The command needs {name}")


async def _claude(tenant: Tenant) -> dict[str, Any]:
    """How a site stands with Claude; a store that does not answer must not keep the rest from being shown."""
    posting = tenant.workers.posting
    try:
        return await tenant.purse.overview(posting.site, posting.settings)
    except CinestreamError as error:
        return {"problem": str(error)}


class Commands:
    """The daemon's commands. ``reload`` and ``stop`` are the daemon's own; the others act on its fleet."""

    def __init__(
        self,
        fleet: Fleet,
        forker: Forker,
        clock: Callable[[], float],
        *,
        reload: Callable[[], Awaitable[list[str]]],
        stop: Callable[[], None],
        metrics: Callable[[], Awaitable[bytes]],
    ) -> None:
        self._fleet = fleet
        self._forker = forker
        self._clock = clock
        self._reload = reload
        self._stop = stop
        self._metrics = metrics
        self._started = time.monotonic()

    def table(self) -> dict[str, Command]:
        """The commands by name."""
        return {
            "status": self.status,
            "metrics": self.metrics,
            "reload": self.reload,
            "restart": self.restart,
            "stop": self.stop,
            "scrape": self.scrape,
        }

    async def status(self, _arguments: Arguments) -> dict[str, Any]:
        """Every process, site and queue; ``failed`` says of sites why they are not served as they are set up."""
        rows = self._process_rows()
        await asyncio.to_thread(add_memory, rows)
        tenants = self._fleet.all_tenants
        return {
            "processes": rows,
            "sites": [{**site_row(tenant), "claude": await _claude(tenant)} for tenant in tenants],
            "agents": {tenant.name: queue_row(tenant) for tenant in tenants},
            "failed": dict(self._fleet.refused),
        }

    async def metrics(self, _arguments: Arguments) -> dict[str, str]:
        """All metrics in Prometheus' text format."""
        return {"text": (await self._metrics()).decode()}

    async def reload(self, _arguments: Arguments) -> dict[str, Any]:
        """Read the configuration anew; changed sites are renewed afterwards.

        Refused as a whole if the daemon's own is broken; ``failed`` says what is wrong with single sites.
        """
        return {"sites": await self._reload(), "failed": dict(self._fleet.refused)}

    async def restart(self, arguments: Arguments) -> dict[str, Any]:
        """Renew all workers of ``site``, or of all sites, and wait for the end; ``renewed`` names where it worked."""
        names = [str(arguments["site"])] if arguments.get("site") else list(self._fleet.tenants)
        renewals = {name: self._tenant(name).renew() for name in names}
        if renewals:
            await asyncio.wait(renewals.values())
        worked = [name for name, task in renewals.items() if not task.cancelled() and task.result()]
        return {"renewed": worked, "failed": [name for name in names if name not in worked]}

    async def stop(self, _arguments: Arguments) -> dict[str, Any]:
        """Stop the daemon, gracefully; answers before it is done."""
        self._stop()
        return {"pid": os.getpid()}

    async def scrape(self, arguments: Arguments) -> dict[str, Any]:
        """Queue one scrape of ``city`` for ``site`` (the first one by default)."""
        if not arguments.get("city"):
            raise MissingArgumentError(name="city")
        city = str(arguments["city"])
        tenant = self._tenant(str(arguments.get("site") or next(iter(self._fleet.tenants), "")))
        answer = tenant.agents.request(city, "operator")
        if answer == "unknown":
            raise UnknownCityError(city=city[:80])
        return {"site": tenant.name, "city": city, "answer": answer}

    def _tenant(self, name: str) -> Tenant:
        tenant = self._fleet.tenants.get(name)
        if tenant is None:
            raise UnknownRunningSiteError(site=name[:80])
        return tenant

    def _process_rows(self) -> list[Row]:
        now = self._clock()
        age = round(time.monotonic() - self._started, 1)
        rows: list[Row] = [{"role": "master", "pid": os.getpid(), "state": "ready", "age": age}]
        rows.append(zygote_row(self._forker, now))
        rows += [ward_row(ward, now) for ward in self._fleet.wards]
        runs = [run for tenant in self._fleet.all_tenants for run in tenant.agents.running.values()]
        return rows + [agent_row(run, now) for run in runs]
