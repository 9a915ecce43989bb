"""The agents of one site: a bounded queue of cities, a few processes, and no lease that outlives its holder."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from msgspec import Struct

from cinestreamd.config import Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.master.account import Account
from cinestreamd.master.agent_run import AgentRun
from cinestreamd.master.forker import Forker, ForkError
from cinestreamd.master.purse import Closed, Purse
from cinestreamd.master.sums import Sums
from cinestreamd.master.wishes import Answer, Wish, Wishes
from cinestreamd.sites.model import Site
from cinestreamd.specs import AgentSpec
from cinestreamd.store.base import Store, StoreBusyError, StoreUnavailableError, Trigger

RETRY: Final = 0.25
"""Seconds between two attempts to free a dead agent's lease when the store is busy."""

STORE_ATTEMPTS: Final = 5
"""So often a store that does not answer is asked whether a wish still stands."""

log = structlog.get_logger()


class Means(Struct, frozen=True, kw_only=True):
    """What agents are made with. ``clock`` is the master's attention in seconds, ``wall`` tells the UTC moment.

    ``shared`` is the folder that all agents of this daemon share.
    """

    forker: Forker
    clock: Callable[[], float]
    wall: Callable[[], datetime]
    next_owner: Callable[[], str]
    knows_city: Callable[[str], bool]
    on_niceness_refused: Callable[[str], None]
    sums: Sums
    account: Account
    allowed: frozenset[tuple[str, int]] = frozenset()
    shared: str | None = None


class Agents:
    """Queues and runs the scrapes of one site. One city is never queued or run twice at a time."""

    def __init__(
        self,
        site: Site,
        settings: Settings,
        store: Store,
        means: Means,
        purse: Purse,
        *,
        mongo_uri: str | None = None,
    ) -> None:
        self.site = site
        self.settings = settings
        self.running: dict[str, AgentRun] = {}
        self._wishes = Wishes()
        self.queue = self._wishes.queue
        self.outcomes: Counter[str] = Counter()
        self.changed = asyncio.Event()
        self.store = store
        self.mongo_uri = mongo_uri
        self._means = means
        self._purse = purse
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._begun: dict[str, Wish] = {}
        self._ended: set[str] = set()
        """The busy cities whose agent is gone already."""
        self._closing = False

    def has_free_hands(self) -> bool:
        """Whether one more city could be begun at once."""
        return not self._closing and len(self._busy) + len(self.queue) < self.settings.scrape.agents_per_site

    def request(
        self,
        city_id: str,
        trigger: Trigger,
        *,
        cinema_id: str | None = None,
        request_id: str = "",
        insists: bool = False,
    ) -> Answer:
        """Ask for one scrape of a city. ``accepted``: it is queued, or under way already.

        With ``cinema_id`` that cinema alone is read again, unless the whole city waits to be read. Who ``insists`` has
        it read although it rests after a failure, or only Claude could read it. What a scrape under way cannot fulfil
        any more, since it is over or about less, begins after it.
        """
        wish = Wish(trigger, cinema_id, request_id, insists)
        if city_id in self.queue:
            return self._wishes.join(city_id, wish)
        if city_id in self._busy:
            late = self._comes_too_late(city_id, wish) and not self._closing
            return self._wishes.put_later(city_id, wish) if late else "accepted"
        if not self._means.knows_city(city_id):
            return "unknown"
        if self._closing or (not self.has_free_hands() and len(self.queue) >= self.settings.scrape.queue_per_site):
            log.warning("scrape_refused", site=self.site.name, city=city_id, queued=len(self.queue))
            return "full"
        self.queue[city_id] = wish
        if trigger == "operator":
            self.queue.move_to_end(city_id, last=False)
        self._begin()
        return "accepted"

    def _comes_too_late(self, city_id: str, wish: Wish) -> bool:
        """Whether what is under way does not fulfil a wish. What is done every day is asked for again by itself."""
        if wish.trigger in {"refresh", "batch"}:
            return False
        if city_id in self._ended or not self._begun[city_id].covers(wish):
            return True
        return wish.insists and city_id in self.running  # it may have read already what an operator has just changed

    async def closed_to(self, city_id: str) -> Closed | None:
        """Why a visitor's wish for a city is not taken: only Claude could read it, and cannot be paid now."""
        if city_id in self._busy or city_id in self.queue:
            return None
        return await self._purse.closed_to(self.site, self.settings, city_id)

    async def stop(self, seconds: float) -> None:
        """Begin nothing more, and have all agents gone, with their leases freed, soon after ``seconds``."""
        self._closing = True
        self._wishes.clear()
        for run in self.running.values():
            run.stop(seconds)
        if self._busy:
            _, late = await asyncio.wait(self._busy.values(), timeout=seconds + 1.0)
            for task in late:
                task.cancel()

    def _begin(self) -> None:
        while self.queue and len(self._busy) < self.settings.scrape.agents_per_site and not self._closing:
            city_id, wish = self.queue.popitem(last=False)
            self._begun[city_id] = wish
            self._busy[city_id] = asyncio.create_task(self._scrape(city_id, wish))
        self.changed.set()

    async def _scrape(self, city_id: str, wish: Wish) -> None:
        try:
            if wish.insists or await self._is_wanted_once_known(city_id, wish.trigger):
                await self._run(city_id, wish)
        except (ForkError, OSError, CinestreamError) as error:
            self.outcomes["not_started"] += 1
            log.error("agent_not_started", site=self.site.name, city=city_id, problem=str(error))  # noqa: TRY400 - as is
        except Exception:
            log.exception("agent_lost", site=self.site.name, city=city_id)
        finally:
            del self._busy[city_id], self._begun[city_id]
            self._ended.discard(city_id)
            self._wishes.come_on(city_id)
            self._begin()

    async def _is_wanted_once_known(self, city_id: str, trigger: Trigger) -> bool:
        """The same, of a store that may only just be coming back: what was accepted is not dropped for that."""
        for _ in range(STORE_ATTEMPTS - 1):
            try:
                return await self._is_wanted(city_id, trigger)
            except (StoreBusyError, StoreUnavailableError) as error:
                await asyncio.sleep(float(str(error.fields["retry_after"])))
                if self._closing:
                    return False
        return await self._is_wanted(city_id, trigger)

    async def _is_wanted(self, city_id: str, trigger: Trigger) -> bool:
        """Whether a visitor's wish still stands: another agent may have fulfilled it while it was on its way."""
        if trigger in {"refresh", "operator", "batch"}:
            return True
        location = await self.store.location(city_id)
        if location is None:
            return True
        now = self._means.wall()
        cooling = location.cooldown_until is not None and location.cooldown_until > now
        status = location.status(now, stale_after_seconds=self.settings.scrape.stale_after_seconds)
        return not cooling and (status == "stale" or (trigger == "recheck" and status != "processing"))

    async def _run(self, city_id: str, wish: Wish) -> None:
        owner = self._means.next_owner()
        run_id = f"{self._means.wall():%Y%m%dt%H%M%S}-{secrets.token_hex(4)}"
        closed = await self._purse.closed_to(self.site, self.settings, city_id)
        if (
            closed is not None and not wish.insists and wish.trigger not in {"operator", "batch"}
        ):  # answers are paid already
            self.outcomes["unpaid"] += 1
            log.info("scrape_unpaid", site=self.site.name, city=city_id, reason=closed.reason)
            return
        allowance = await self._purse.hold(self.site, self.settings, city_id, run_id=run_id, owner=owner)
        try:
            await self._run_agent(city_id, wish, owner=owner, run_id=run_id, allowance=allowance)
        finally:
            if allowance:
                await self._purse.settle(run_id)

    async def _run_agent(self, city_id: str, wish: Wish, *, owner: str, run_id: str, allowance: int) -> None:
        spec = AgentSpec(
            settings=self.settings,
            site=self.site,
            city_id=city_id,
            owner=owner,
            run_id=run_id,
            trigger=wish.trigger,
            cinemas=tuple(entry for entry in self.site.settings.cinemas if entry.city == city_id),
            cinema_id=wish.cinema_id,
            request_id=wish.request_id,
            mongo_uri=self.mongo_uri,
            allowed=self._means.allowed,
            allowance=allowance,
            shared=self._means.shared,
        )
        run = AgentRun(
            spec,
            clock=self._means.clock,
            on_niceness_refused=self._means.on_niceness_refused,
            on_counted=partial(self._means.sums.add, site=self.site.name, role="agent"),
        )
        self.running[city_id] = run
        try:
            await run.run(self._means.forker)
        finally:
            del self.running[city_id]
            self._ended.add(city_id)
        self.outcomes[run.outcome] += 1
        await self._free(spec.owner)

    async def _free(self, owner: str) -> None:
        """Free what a dead agent held. One that ended well holds nothing, and this changes nothing.

        Tries for as long as the lease could hold; after that its time is up anyway.
        """
        for _ in range(int(self.settings.scrape.lease_seconds / RETRY)):
            try:
                freed = await self.store.free_leases(owner)
            except CinestreamError as error:
                log.warning("lease_not_freed_yet", site=self.site.name, owner=owner, problem=str(error))
                await asyncio.sleep(RETRY)
                continue
            for city_id in freed:
                log.warning("lease_freed", site=self.site.name, city=city_id, owner=owner)
            return
