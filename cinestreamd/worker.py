"""One web worker: serves one site on one inherited socket, and reports to the master from its own event loop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final, Literal

import structlog
from aiohttp import web
from msgspec.structs import replace

from cinestreamd import tracing
from cinestreamd.all_sites import AllSites, SiteSummary
from cinestreamd.channel import (
    Drain,
    FromMaster,
    Heartbeat,
    Message,
    ScrapeAnswer,
    ScrapeRequest,
    SitesAnswer,
    SitesRequest,
    StateAnswer,
    StateRequest,
)
from cinestreamd.child_process import Inheritance, MasterLink, run_child
from cinestreamd.confinement import confine, worker_files
from cinestreamd.errors import ConfigurationError
from cinestreamd.feature import Feature
from cinestreamd.features import FEATURES
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.resting import Rest
from cinestreamd.serving import HttpServer, limits_of
from cinestreamd.site_state import SiteState
from cinestreamd.sites.database import certificates_of, open_store, refuse_links
from cinestreamd.sites.model import Site
from cinestreamd.sites.password import KEPT
from cinestreamd.sites.theme import Files, ThemeError, theme_of
from cinestreamd.specs import WorkerSpec
from cinestreamd.store.measured import measured
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.keys import BEFORE_END, ConsoleAccess, Load, Unpaid
from cinestreamd.web.page_cache import PAGES
from cinestreamd.web.problems import unreadable_answer

log = structlog.get_logger()

Answer = ScrapeAnswer | StateAnswer | SitesAnswer
ANSWER_TIMEOUT: Final = 2.0
"""Seconds that the master is waited for; a scrape counts as refused then."""


def run(
    inheritance: Inheritance, *, features: Sequence[Feature] = FEATURES, bare: web.Application | None = None
) -> int:
    """Live a worker's life; returns its exit code. Tests give ``features`` of their own; ``bare`` is for create_app."""
    spec = inheritance.spec(WorkerSpec)
    inheritance.configure_log(spec.settings.daemon, role="worker", site=spec.site.name, port=spec.port)
    theme = own_look(spec.site)  # by way of the site's folder, which the worker may not open once it is confined
    refuse_links(spec.site)
    confine(worker_files(spec.site, database_certificates(inheritance)), spec.settings.daemon)
    return run_child(serve(spec, inheritance, features, theme=theme, bare=bare))


async def serve(
    spec: WorkerSpec,
    inheritance: Inheritance,
    features: Sequence[Feature],
    *,
    theme: Files | None = None,
    bare: web.Application | None = None,
) -> None:
    """Serve on the inherited socket until the master says stop, or is gone. ``theme`` has the site's own files.

    Raises:
        ConfigurationError: the site's ``.env`` cannot be used.
    """
    supervisor = spec.settings.supervisor
    end_tracing = tracing.start(spec.settings.tracing, role="worker", site=spec.site.name, port=str(spec.port))
    desk = MasterDesk()
    link = MasterLink(
        inheritance.socket("channel"), orders=Drain(deadline=supervisor.stop_timeout), on_message=desk.receive
    )
    desk.send = link.send
    load = Load()
    gazetteer = Gazetteer()
    secrets = inheritance.secrets()
    key = secret_key(spec.site, secrets)
    timeout = spec.settings.store.write_timeout
    store = measured(open_store(spec.site, secrets.get("MONGO_URI") or None, write_timeout=timeout), load.meter)
    resources = Resources(
        settings=spec.settings,
        site=spec.site,
        secret_key=key,
        store=store,
        gazetteer=gazetteer,
        scrapes=desk,
        clock=lambda: datetime.now(UTC),
        load=load,
        demo=spec.demo,
        theme=theme or {},
        console=console_access(spec, secrets, desk),
    )
    app = create_app(resources, features, bare=bare)
    endings = app[BEFORE_END]
    unreadable = partial(unreadable_answer, language=spec.site.settings.language)
    server = HttpServer(app, limits_of(supervisor), before_end=endings, unreadable=unreadable)
    await server.start(inheritance.socket("listener"))

    pages = app[PAGES]
    rest = Rest(lambda: pages.forget_old(datetime.now(UTC)), asyncio.get_running_loop().time)

    def counters() -> Heartbeat:
        rest.look(load.requests)
        return Heartbeat(requests=load.requests, in_flight=load.in_flight, connections=len(server.connections))

    await link.serve(server, interval=supervisor.heartbeat_interval, counters=counters, meter=load.meter)
    await store.close()
    link.report(load.meter)
    if tracing.is_active():
        await asyncio.to_thread(end_tracing)
    gazetteer.close()
    link.close()


def database_certificates(inheritance: Inheritance) -> tuple[str, ...]:
    """The files that the address of the site's database names; none where its secrets cannot be had.

    What is wrong with these is told when they are needed.
    """
    try:
        return certificates_of(inheritance.secrets().get("MONGO_URI"))
    except ConfigurationError:
        return ()


def env_of(site: Site) -> Path:
    """Where the secrets of a site's web workers are: read in the worker itself, before it becomes another user."""
    return Path(site.directory, ".env")


def own_look(site: Site) -> Files:
    """The files of the site's theme; none when they cannot be used: the site is served all the same."""
    try:
        return theme_of(site)
    except ThemeError as error:
        log.error("theme_unusable", problem=str(error))  # noqa: TRY400 - the problem is all there is to say
        return {}


def secret_key(site: Site, secrets: Mapping[str, str]) -> str:
    """The site's SECRET_KEY, out of its ``.env``.

    Raises:
        ConfigurationError: there is no such key, or a short one.
    """
    key = secrets.get("SECRET_KEY", "")
    if len(key) < 16:
        raise ConfigurationError(place=env_of(site), problem="needs a SECRET_KEY of at least 16 characters")
    return key


def console_access(spec: WorkerSpec, secrets: Mapping[str, str], desk: "MasterDesk") -> ConsoleAccess | None:
    """What the console needs, where the site has a password for it."""
    kept = secrets.get("OPS_PASSWORD", "")
    if kept and not KEPT.fullmatch(kept):
        log.error("console_password_unusable", problem="set it with: cinestreamd sites env NAME set OPS_PASSWORD")
        return None
    if not kept:
        return None
    sites = desk.sites if spec.site.name in spec.settings.console.overview_on else None
    return ConsoleAccess(password=kept, state=desk.state, retry=desk.retry, sites=sites)


class MasterDesk:
    """Asks the master for scrapes, for the state of the site, and, where that is wanted, for all sites.

    Answers are matched by number; a scrape that is not answered within two seconds counts as ``full``.
    """

    def __init__(self) -> None:
        self.send: Callable[[Message], bool] = lambda _: False
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}

    async def request(self, city_id: str) -> Literal["accepted", "full"] | Unpaid:
        """Ask for a run of a city."""
        return await self._scrape(ScrapeRequest(id=0, city_id=city_id))

    async def recheck(self, city_id: str, cinema_id: str) -> Literal["accepted", "full"] | Unpaid:
        """Ask for one cinema to be read again."""
        return await self._scrape(ScrapeRequest(id=0, city_id=city_id, cinema_id=cinema_id))

    async def retry(self, city_id: str, cinema_id: str | None = None) -> Literal["accepted", "full"] | Unpaid:
        """Ask for a run of a city, or for one of its cinemas, in an operator's name."""
        return await self._scrape(ScrapeRequest(id=0, city_id=city_id, cinema_id=cinema_id, by_operator=True))

    async def state(self) -> SiteState | None:
        """The site as the master sees it; None when it does not answer."""
        told = await self._ask(StateRequest)
        return told.state if isinstance(told, StateAnswer) else None

    async def sites(self) -> AllSites | None:
        """All sites as the master sees them, asked for part by part; None when it does not answer."""
        found: list[SiteSummary] = []
        while True:
            after = found[-1].name if found else ""
            told = await self._ask(partial(SitesRequest, after=after))
            if not isinstance(told, SitesAnswer):
                return None
            found += told.part.sites
            if not told.part.more or not told.part.sites:
                return AllSites(sites=found, spent=told.part.spent, cap=told.part.cap)

    async def _scrape(self, wish: ScrapeRequest) -> Literal["accepted", "full"] | Unpaid:
        """Send a wish, under a number of its own and with the id of the request that is being answered."""
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        told = await self._ask(lambda number: replace(wish, id=number, request_id=request_id))
        if not isinstance(told, ScrapeAnswer):
            return "full"
        return Unpaid(told.retry_after) if told.answer == "unpaid" else told.answer

    async def _ask(self, make: Callable[[int], Message]) -> Answer | None:
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            if not self.send(make(number)):
                return None
            async with asyncio.timeout(ANSWER_TIMEOUT):
                return await answer
        except TimeoutError:
            return None
        finally:
            del self._waiting[number]

    def receive(self, message: FromMaster) -> None:
        """Take the master's answer."""
        if isinstance(message, Answer):
            waiting = self._waiting.get(message.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
