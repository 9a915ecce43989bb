"""Taking up a new configuration on a running daemon: read whole, held against what is possible, arranged at once."""

import asyncio
import socket
from collections.abc import Callable, Mapping

import structlog
from msgspec import Struct

from cinestreamd import log as logs
from cinestreamd.config import Settings
from cinestreamd.errors import CinestreamError, ConfigurationError, UnavailableError
from cinestreamd.i18n import N_
from cinestreamd.master.admission import admit
from cinestreamd.master.databases import access_of, entries_for, prepare_each
from cinestreamd.master.fleet import Fleet
from cinestreamd.master.forker import Forker
from cinestreamd.master.listeners import Listener, bind
from cinestreamd.master.notify import Notifier
from cinestreamd.sites.model import Site
from cinestreamd.sites.survey import Survey

log = structlog.get_logger()


class DaemonStopsError(UnavailableError):
    """The daemon was told to stop, and takes no new configuration."""

    code = "daemon_stops"
    message = N_("The daemon is stopping; there is nothing to change about it any more")


class Sources(Struct, frozen=True):
    """Where configuration comes from: the daemon's own, and the sites that are to be served.

    Both read it anew at each call, and raise ``ConfigurationError``; that of one site is in the ``Survey``.
    """

    settings: Callable[[], Settings]
    sites: Callable[[], Survey]


class Reload:
    """Reloads one daemon, once at a time. ``settings`` are those in force.

    ``given`` are the sockets of a service manager by port; it hears of a reload only after it has heard that the daemon
    is ready, which ``announced`` notes. After ``told_to_stop`` nothing is taken up any more.
    """

    def __init__(
        self,
        settings: Settings,
        sources: Sources,
        *,
        given: Mapping[int, socket.socket],
        fleet: Fleet,
        forker: Forker,
        notifier: Notifier,
        told_to_stop: asyncio.Event,
    ) -> None:
        self.settings = settings
        self.announced = False
        self._told_to_stop = told_to_stop
        self._bind = settings.daemon.bind
        self._sources = sources
        self._given = given
        self._fleet = fleet
        self._forker = forker
        self._notifier = notifier
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self) -> list[str]:
        """Read the configuration anew and arrange the fleet by it; returns the names of the sites that are served now.

        What is wrong with one site is that site's alone: ``Fleet.refused`` tells it.

        Raises:
            CinestreamError: the daemon's own cannot be used, or the daemon stops. Then everything stays as it is.
        """
        async with self._one_at_a_time:
            if self.announced:
                self._notifier.reloading()
            try:
                await self._read_and_arrange()
            except CinestreamError as error:
                log.error("reload_refused", problem=str(error))  # noqa: TRY400 - the problem is all there is to say
                raise
            finally:
                if self.announced:
                    self._notifier.ready(self._fleet.summary())
        names = sorted(self._fleet.tenants)
        log.info("reloaded", sites=names)
        return names

    async def _read_and_arrange(self) -> None:
        settings, survey = self._sources.settings(), self._sources.sites()
        elsewhere = [site for site in survey.sites if self._is_elsewhere(site)]
        prepared = await asyncio.to_thread(prepare_each, elsewhere, settings.daemon.agent_user)
        served = {name: list(tenant.workers.ports) for name, tenant in self._fleet.tenants.items()}
        admitted = await admit(survey, {**prepared.refused, **prepared.late}, served=served, listen=self._listen)
        if settings.daemon.bind != self._bind:
            log.warning("bind_needs_restart", serving=self._bind, wanted=settings.daemon.bind)
        logs.configure(settings.daemon, role="master")
        self.settings = settings
        self._forker.load(entries_for(admitted.sites, self._forker.entries))
        self._fleet.arrange(settings, admitted)

    def _is_elsewhere(self, site: Site) -> bool:
        """Whether a site is new, or has another database or SECRET_KEY than the one with which it is served."""
        tenant = self._fleet.tenants.get(site.name)
        return tenant is None or tenant.access != access_of(site, otherwise=tenant.access)

    async def _listen(self, ports: list[int]) -> dict[int, Listener]:
        """Listen on ports that are not served yet. One that a leaving worker still holds is waited for."""
        while not self._told_to_stop.is_set():
            try:
                return bind(self._bind, ports, self._given)
            except ConfigurationError:
                if not self._fleet.ports_being_left().intersection(ports):
                    raise
                await asyncio.sleep(0.05)
        raise DaemonStopsError(retry_after=1)
