"""One site in the master's care: its store, its workers, its agents, its refresh and its janitor."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final

import structlog

from cinestreamd.all_sites import SitesPart
from cinestreamd.channel import (
    Counted,
    FromChild,
    ScrapeAnswer,
    ScrapeRequest,
    SitesAnswer,
    SitesRequest,
    StateAnswer,
    StateRequest,
)
from cinestreamd.config import ClaudeSettings
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.master.agents import Agents, Means
from cinestreamd.master.duties import attempt, every, keep_running
from cinestreamd.master.forker import Forker
from cinestreamd.master.identity import Identity
from cinestreamd.master.janitor import Janitor
from cinestreamd.master.listeners import Listener
from cinestreamd.master.purse import Purse
from cinestreamd.master.recycling import Recycling
from cinestreamd.master.refresh import Refresh
from cinestreamd.master.told import state_of
from cinestreamd.master.ward import Ward
from cinestreamd.master.workers import Posting, Workers
from cinestreamd.metering import Meter
from cinestreamd.sites.database import Access, open_store, prepare_store
from cinestreamd.store.base import Store, StoreUnavailableError, Trigger
from cinestreamd.store.measured import measured

TIDY_EVERY: Final = 1.0
PREPARE_EVERY: Final = 2.0
"""Seconds between two tries to make a database ready whose server did not answer at the start."""
MOST_ANSWERS: Final = 32
"""So many questions for all sites may wait at a time; a worker that asks for more is not answered."""

TellAll = Callable[[str, ClaudeSettings], Awaitable[SitesPart]]
"""Tells of the sites whose names come after one."""

log = structlog.get_logger()


class Tenant:
    """One site. ``access`` leads to its database.

    That has been prepared unless ``is_prepared`` says otherwise: then it is tried until the server answers;
    ``on_refused`` is called if it says that the site cannot have the database. ``tell_all`` tells of all sites, for a
    site that is named for it.
    """

    def __init__(
        self,
        posting: Posting,
        listeners: Mapping[int, Listener],
        *,
        access: Access,
        is_prepared: bool,
        on_refused: Callable[["Tenant", str], None],
        tell_all: TellAll,
        forker: Forker,
        clock: Callable[[], float],
        means: Means,
        identity: Identity,
    ) -> None:
        site, settings = posting.site, posting.settings
        self.meter = Meter()
        self.access = access
        self._is_prepared = is_prepared
        self._on_refused = on_refused
        self._tell_all = tell_all
        self.store = self._open(posting, access)
        self.workers = Workers(
            posting,
            listeners,
            forker=forker,
            clock=clock,
            recycling=Recycling(clock, random.random),
            on_message=self._receive,
        )
        self.purse = Purse(self.store, means.account, means.wall)
        self.agents = Agents(site, settings, self.store, means, self.purse, mongo_uri=access.mongo_uri)
        self._answers: set[asyncio.Task[None]] = set()
        self._identity = identity
        self._wall = means.wall
        self._clock = clock
        self._sums = means.sums
        self._sums.expect(site.name)
        self._janitor = Janitor(site.name, self.store, means.wall)
        self._refresh = Refresh(self.agents, self.store, means.wall, owner=identity.place)
        self._duties: list[asyncio.Task[None]] = []
        self._renewal: asyncio.Task[bool] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """The site's name."""
        return self.workers.posting.site.name

    @property
    def state(self) -> str:
        """``serving``, ``starting`` or ``fatal``."""
        if self.workers.is_fatal:
            return "fatal"
        return "serving" if self.workers.is_settled else "starting"

    @property
    def has_refresh_duty(self) -> bool:
        """Whether this daemon, of those that share the store, looks after its cities."""
        return self._refresh.has_duty

    def begin_duties(self, *, before_refresh: Callable[[], Awaitable[None]]) -> None:
        """Start what runs beside the workers; the refresh begins when ``before_refresh`` is done."""
        self._duties = [asyncio.create_task(self._work_off_duties(before_refresh))]

    def change(self, posting: Posting, access: Access) -> None:
        """Take a new posting for all that is started from now on; renew the workers if it concerns them."""
        former, self.access = self.access, access
        if access.mongo_uri != former.mongo_uri:
            self._move_to(posting, access)
        outdated = self.workers.outdated or posting.essence != self.workers.posting.essence
        self.workers.posting = posting
        self.agents.site, self.agents.settings = posting.site, posting.settings
        if outdated or self.workers.is_fatal:
            self.renew()

    def renew(self) -> "asyncio.Task[bool]":
        """Renew all workers, one after the other. A renewal that is under way is overtaken."""
        if self._renewal is not None:
            self._renewal.cancel()
        self._renewal = asyncio.create_task(self.workers.renew(self.workers.posting))
        return self._renewal

    async def stop_agents(self, seconds: float) -> None:
        """End the duties, then the agents."""
        for task in (*self._duties, *([self._renewal] if self._renewal else [])):
            task.cancel()
        await attempt("lay_down_refresh", self._refresh.lay_down)
        await self.agents.stop(seconds)

    async def close(self) -> None:
        """Let go of the store; for a site whose processes are gone."""
        await self.store.close()
        await asyncio.gather(*self._closing)

    def _open(self, posting: Posting, access: Access) -> Store:
        timeout = posting.settings.store.write_timeout
        return measured(open_store(posting.site, access.mongo_uri, write_timeout=timeout), self.meter)

    def _move_to(self, posting: Posting, access: Access) -> None:
        """Use another database, which has been prepared. Agents that run finish their work in the former one."""
        former = self.store
        self.store = self._open(posting, access)
        self.agents.store = self.purse.store = self._janitor.store = self._refresh.store = self.store
        self.agents.mongo_uri = access.mongo_uri
        closing = asyncio.create_task(former.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        self._is_prepared = True
        log.info("site_moved", site=self.name, database="mongodb" if access.mongo_uri else "embedded")

    async def _prepare(self) -> str:
        """Make the database ready as soon as its server answers; returns why it never will be as it is set up."""
        while not self._is_prepared:
            try:
                await asyncio.to_thread(prepare_store, self.workers.posting.site, self.access)
            except StoreUnavailableError:
                await asyncio.sleep(PREPARE_EVERY)
            except ConfigurationError as error:
                log.critical("site_refused", site=self.name, problem=str(error))
                return " ".join(str(error).split())
            else:
                log.info("store_prepared", site=self.name)
                self._is_prepared = True
        return ""

    async def _work_off_duties(self, before_refresh: Callable[[], Awaitable[None]]) -> None:
        problem = await self._prepare()
        if problem:
            self._on_refused(self, problem)
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(every(TIDY_EVERY, "tidy", self._tidy))
            group.create_task(keep_running("refresh", partial(self._refresh_after_inheritance, before_refresh)))

    async def _tidy(self) -> None:
        await self._janitor.tidy(self.workers.posting.settings.scrape)

    async def _refresh_after_inheritance(self, before_refresh: Callable[[], Awaitable[None]]) -> None:
        """Free what earlier daemons of this place left behind, then refresh."""
        identity = self._identity
        for city_id in await self.store.free_leases(identity.place_prefix, except_prefix=identity.instance_prefix):
            log.warning("lease_inherited", site=self.name, city=city_id)
        await attempt(
            "settle_allowances",
            partial(self.purse.settle_dead, self.name, place=identity.place_prefix, instance=identity.instance_prefix),
        )
        await before_refresh()
        await self._refresh.run()

    async def _answer(self, ward: Ward, message: ScrapeRequest) -> None:
        """Take a visitor's wish, or say why not. What cannot be judged now is judged when its turn has come."""
        try:
            closed = await self.agents.closed_to(message.city_id)
        except CinestreamError as error:
            log.warning("wish_not_judged", site=self.name, problem=str(error))
            closed = None
        if closed is not None:
            seconds = math.ceil((closed.until - self._wall()).total_seconds())
            ward.send(ScrapeAnswer(id=message.id, answer="unpaid", retry_after=max(seconds, 1)))
            return
        self._hand_on(ward, message)

    async def _answer_of_all(self, ward: Ward, message: SitesRequest) -> None:
        ward.send(SitesAnswer(message.id, await self._tell_all(message.after, self.workers.posting.settings.claude)))

    def _tell_of_all(self, ward: Ward, message: SitesRequest) -> None:
        """Tell of other sites only where the operator wants it; any other worker that asks is told nothing at all."""
        if self.name not in self.workers.posting.settings.console.overview_on:
            log.warning("overview_refused", site=self.name, port=ward.duty.port)
        elif len(self._answers) < MOST_ANSWERS:
            self._soon(self._answer_of_all(ward, message))

    def _soon(self, answer: Coroutine[Any, Any, None]) -> None:
        answering = asyncio.create_task(answer)
        self._answers.add(answering)
        answering.add_done_callback(self._answers.discard)

    def _hand_on(self, ward: Ward, message: ScrapeRequest) -> None:
        """Give a wish to the agents."""
        wish, insists = message.cinema_id, message.by_operator
        trigger: Trigger = "recheck" if wish else "operator" if insists else "visitor"
        answer = self.agents.request(
            message.city_id, trigger, cinema_id=wish, request_id=message.request_id, insists=insists
        )
        ward.send(ScrapeAnswer(id=message.id, answer="accepted" if answer == "accepted" else "full"))

    def _receive(self, ward: Ward, message: FromChild) -> None:
        if isinstance(message, ScrapeRequest) and message.by_operator:
            self._hand_on(ward, message)  # what only Claude can read is read as far as it goes without
        elif isinstance(message, ScrapeRequest):
            self._soon(self._answer(ward, message))
        elif isinstance(message, StateRequest):
            state = state_of(self.workers, self.agents, state=self.state, now=self._clock())
            ward.send(StateAnswer(id=message.id, state=state))
        elif isinstance(message, SitesRequest):
            self._tell_of_all(ward, message)
        elif isinstance(message, Counted):
            self._sums.add(message.entries, site=self.name, role=ward.duty.role, port=ward.duty.port)
