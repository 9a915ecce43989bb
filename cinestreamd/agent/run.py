"""One scrape of one city: lease, discover, fetch, read, verify, publish; whatever happens, the lease is given back."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.cinema import CinemaScraper, CinemaTask, failed
from cinestreamd.agent.claude.batches import (
    Answered,
    Outbox,
    UnansweredError,
    answered_batches,
    read_answers,
    settle_unread,
)
from cinestreamd.agent.claude.caller import Caller, NotCalledError
from cinestreamd.agent.claude.titles import key_of, titles_of, without_known
from cinestreamd.agent.claude.web_search import cinemas_on_the_web, too_few
from cinestreamd.agent.collapse import BELIEVED_AFTER
from cinestreamd.agent.discover import cinemas_of
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.map_cache import MapCache
from cinestreamd.agent.memory import Forgetful, Memory
from cinestreamd.agent.model import ReadContext
from cinestreamd.agent.overpass import Overpass, OverpassError
from cinestreamd.agent.publish import AWAITED, CinemaReading, build_publication
from cinestreamd.config import DiscoverySettings, Scrape
from cinestreamd.gazetteer.model import City
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import (
    Cinema,
    Film,
    Lease,
    Location,
    Run,
    RunOutcome,
    Showtime,
    StaleLeaseError,
    Store,
    StoreBusyError,
    Trigger,
)
from cinestreamd.store.memory import FoundCinema, Venue

log = structlog.get_logger()

COOLDOWN_FIRST: Final = 60
COOLDOWN_LONGEST: Final = 3600
CINEMAS_AT_ONCE: Final = 8
# The share of the deadline that reading may use; the rest is for putting the results in place.
READING_SHARE: Final = 0.9
# So many days back are looked at: for what is usual on a weekday, and for films that keep their ids.
KNOWN_DAYS: Final = 60
WRITE_ATTEMPTS: Final = 3
RECHECKS_BETWEEN: Final = 30
"""So many runs more are looked at for those of the whole city: rechecks of single cinemas may stand between them."""


class ScrapeTask(Struct, frozen=True, kw_only=True):
    """What one agent is started for. ``cinemas`` are the site's configured ones, of all cities.

    With ``cinema_id`` that cinema alone is read again: nothing is searched, and the city is no more up to date.
    """

    city: City
    owner: str
    run_id: str
    trigger: Trigger
    cinemas: tuple[CinemaEntry, ...] = ()
    cinema_id: str | None = None


async def scrape_city(
    task: ScrapeTask,
    *,
    store: Store,
    fetcher: Fetcher,
    settings: Scrape,
    clock: Callable[[], datetime],
    memory: Memory | None = None,
    discovery: DiscoverySettings | None = None,
    claude: Caller | None = None,
    map_cache: MapCache | None = None,
) -> RunOutcome:
    """Scrape the city of ``task`` unless another run has it, and say how it ended.

    ``lost``: another holder has the city (then nothing was written) or took it meanwhile. ``failed``: no cinema could
    be read; what was known stays. Cancelling gives the lease back and raises on. Without ``memory`` every page is read
    anew; without ``discovery`` the map is not asked; ``map_cache`` is what the agents of one daemon share of its
    answers. A run with the trigger ``batch`` reads nothing but the answers to pages that were handed over; where there
    are none yet it is ``empty`` without a record.
    """
    answers: tuple[Answered, ...] = ()
    if task.trigger == "batch":
        answers = await answered_batches(claude, store=store, city_id=task.city.id, now=clock())
        if not answers:
            return "empty"
    await store.add_location(_location(task.city))
    lease = await store.acquire_lease(task.city.id, owner=task.owner, now=clock(), seconds=settings.lease_seconds)
    if lease is None:
        return "lost"
    tools = _Tools(
        store=store,
        fetcher=fetcher,
        memory=memory or Forgetful(),
        discovery=discovery,
        clock=clock,
        claude=claude,
        map_cache=map_cache,
    )
    scrape = _Scrape(task, lease=lease, tools=tools, settings=settings)
    try:
        async with asyncio.timeout(settings.deadline_seconds):
            return await (scrape.collect(answers) if answers else scrape.run())
    except StaleLeaseError:
        log.info("lease_lost", city=task.city.id, run=task.run_id)
        return "lost"
    except TimeoutError:
        return await scrape.fail("deadline")
    except asyncio.CancelledError:
        await scrape.fail("stopped")
        raise
    except Exception as error:
        log.exception("scrape_failed", city=task.city.id, run=task.run_id)
        return await scrape.fail(type(error).__name__)


def cooldown_after(failures: int) -> timedelta | None:
    """The pause after so many failed runs in a row: none after the first, then 60 s, doubling up to an hour."""
    if failures < 2:
        return None
    return timedelta(seconds=min(COOLDOWN_FIRST * 2 ** min(failures - 2, 10), COOLDOWN_LONGEST))


def _location(city: City) -> Location:
    return Location(
        id=city.id, names=city.names, lat=city.lat, lon=city.lon, country=city.country, timezone=city.timezone
    )


class _Tools(Struct, frozen=True, kw_only=True):
    """What a run works with."""

    store: Store
    fetcher: Fetcher
    memory: Memory
    discovery: DiscoverySettings | None
    clock: Callable[[], datetime]
    claude: Caller | None = None
    map_cache: MapCache | None = None


class _Scrape:
    """The state of one run while it holds its lease."""

    def __init__(self, task: ScrapeTask, *, lease: Lease, tools: _Tools, settings: Scrape) -> None:
        self._task = task
        self._lease = lease
        self._tools = tools
        self._store = tools.store
        self._clock = tools.clock
        self._settings = settings
        self._run = Run(
            id=task.run_id, city_id=task.city.id, owner=task.owner, trigger=task.trigger, started_at=tools.clock()
        )
        self._readings: dict[str, CinemaReading] = {}
        self._known: list[Showtime] = []
        self._not_searched: str | None = None
        """Why no web search was made where one was needed."""
        self._outbox: Outbox | None = None

    async def run(self) -> RunOutcome:
        """All stages; the lease is released by publishing, or by ``fail``."""
        await self._store.begin_run(self._lease, self._run)
        cinemas = await self._discover()
        self._run = msgspec.structs.replace(self._run, total=len(cinemas))
        since = self._clock() - timedelta(days=KNOWN_DAYS)
        self._known = await self._store.showtimes(self._task.city.id, since=since)
        await self._report()
        claude = self._tools.claude
        if claude is not None and claude.hands_over and self._task.trigger == "refresh":
            waiting = [batch for batch in await self._store.pending_batches() if batch.city_id == self._task.city.id]
            self._outbox = Outbox(claude, {page.cinema_id for batch in waiting for page in batch.pages})
        await self._read_all(await self._cinema_tasks(cinemas))
        if self._outbox is not None:
            await self._hand_over(self._outbox)
        return await self._finish()

    async def collect(self, answers: Sequence[Answered]) -> RunOutcome:
        """Read the answers to pages that were handed over; the city is no more up to date by that."""
        await self._store.begin_run(self._lease, self._run)
        waiting = {cinema_id for answered in answers for cinema_id in answered.cinemas()}
        cinemas = [cinema for cinema in await self._discover() if cinema.id in waiting]
        self._run = msgspec.structs.replace(self._run, total=len(cinemas))
        self._known = await self._store.showtimes(self._task.city.id, since=self._clock() - timedelta(days=KNOWN_DAYS))
        tasks = {task.cinema.id: task for task in await self._cinema_tasks(cinemas)}
        for answered in answers:
            for cinema_id in answered.cinemas():
                await self._take(answered, cinema_id, tasks.get(cinema_id))
        outcome = await self._finish_answers()
        for answered in answers:
            await self._insisting(functools.partial(self._store.forget_batch, answered.batch.id))
        return outcome

    async def _take(self, answered: Answered, cinema_id: str, task: CinemaTask | None) -> None:
        """One cinema's answers; those are paid but not used where it is gone or was read since."""
        claude, store = self._tools.claude, self._store
        read = task.cinema.last_read if task is not None else None
        if task is None or (read is not None and read > answered.batch.submitted_at):
            await settle_unread(claude, answered, cinema_id, store=store)
            return
        context = self._context()
        try:
            found = await read_answers(claude, answered, task.cinema, context, store=store)
        except UnansweredError as error:
            await self._scraper().give_up(task, error.pages, context)
            self._readings[cinema_id] = failed(task.cinema, "unreadable", error.reason)
            return
        self._readings[cinema_id] = await self._scraper().take(task, found, context)

    async def _finish_answers(self) -> RunOutcome:
        readings = [self._readings[name] for name in sorted(self._readings)]
        outcomes = {reading.result.outcome for reading in readings}
        if "published" in outcomes or not outcomes - {"empty"}:
            return await self._publish(readings, "published" if "published" in outcomes else "empty", partial=True)
        return await self.fail(next(reading.result.detail for reading in readings if reading.result.detail))

    async def _hand_over(self, outbox: Outbox) -> None:
        """Hand over the pages of all cinemas at once; where that fails, the run says so of each of these cinemas."""
        cinemas = outbox.cinemas
        try:
            batch = await outbox.send(self._task.city.id, now=self._clock())
        except NotCalledError as error:
            for cinema_id in cinemas:
                reading = self._readings[cinema_id]
                result = msgspec.structs.replace(reading.result, detail=error.reason)
                self._readings[cinema_id] = msgspec.structs.replace(reading, result=result)
            return
        if batch is not None:
            await self._insisting(functools.partial(self._store.remember_batch, batch))

    async def _discover(self) -> tuple[Cinema, ...]:
        """The city's cinemas: configured, known, on the map, and found by a web search where these are too few."""
        city_id, entries = self._task.city.id, self._task.cinemas
        known = await self._store.cinemas(city_id)
        corrections = await self._store.corrections(city_id)
        if self._task.cinema_id is not None or self._task.trigger == "batch":
            readable = cinemas_of(city_id, entries, known, (), corrections)
            return tuple(cinema for cinema in readable if self._task.cinema_id in (None, cinema.id))
        venues = await self._venues()
        everything = cinemas_of(city_id, entries, known, venues)  # a blocked cinema is no reason to search for others
        found = await self._search(everything, venues)
        return cinemas_of(city_id, entries, known, venues, corrections, found_on_web=found)

    async def _search(self, cinemas: Sequence[Cinema], venues: Sequence[Venue]) -> tuple[FoundCinema, ...]:
        """What a web search adds; when none can be made, the other cinemas are read all the same."""
        claude, discovery = self._tools.claude, self._tools.discovery
        if claude is None or claude.access.simulated or discovery is None or not discovery.web_search:
            return ()
        if not too_few(cinemas, venues):
            return ()
        keep = timedelta(days=discovery.keep_days)
        try:
            return await cinemas_on_the_web(claude, self._task.city, store=self._store, keep=keep, now=self._clock())
        except NotCalledError as error:
            self._not_searched = error.reason
            return ()

    async def _venues(self) -> tuple[Venue, ...]:
        """What the map adds; when it cannot be asked, the other cinemas are read all the same."""
        if self._tools.discovery is None:
            return ()
        tools = self._tools
        client = Overpass(self._tools.discovery, fetcher=tools.fetcher, memory=tools.memory, shared=tools.map_cache)
        try:
            return await client.venues(self._task.city, now=self._clock())
        except OverpassError as error:
            log.warning("map_not_asked", city=self._task.city.id, run=self._run.id, reason=error.code)
            return ()

    async def _cinema_tasks(self, cinemas: Sequence[Cinema]) -> list[CinemaTask]:
        """Each cinema with what is known of it."""
        by_cinema: dict[str, list[Showtime]] = {}
        for showtime in self._known:
            by_cinema.setdefault(showtime.cinema_id, []).append(showtime)
        runs = await self._store.runs(self._task.city.id, limit=BELIEVED_AFTER + RECHECKS_BETWEEN)
        whole = [run for run in runs if run.id != self._run.id and run.trigger not in {"recheck", "batch"}]
        earlier = whole[:BELIEVED_AFTER]
        return [
            CinemaTask(
                cinema=cinema,
                known=tuple(by_cinema.get(cinema.id, ())),
                believed=len(earlier) == BELIEVED_AFTER and all(_collapsed(run, cinema.id) for run in earlier),
            )
            for cinema in cinemas
        ]

    async def fail(self, reason: str) -> RunOutcome:
        """End the run without publishing: what is known stays, the lease is free, the city cools down."""
        now = self._clock()
        if self._outbox is not None:
            await self._outbox.drop()
        location = await self._store.location(self._task.city.id)
        pause = cooldown_after((location.failures if location else 0) + 1)
        try:
            await self._store.finish_run(self._finished("failed", error=reason))
        except StoreBusyError:
            log.warning("run_not_recorded", run=self._run.id)
        try:
            await self._insisting(
                lambda: self._store.release_lease(
                    self._lease, now=self._clock(), cooldown_until=now + pause if pause else None
                )
            )
        except StaleLeaseError:
            return "lost"
        log.warning("scrape_gave_nothing", city=self._task.city.id, run=self._run.id, reason=reason)
        return "failed"

    async def _read_all(self, cinemas: Sequence[CinemaTask]) -> None:
        """Read the cinemas, several at once. Those not done when the time for reading is up count as unreachable."""
        context, scraper = self._context(), self._scraper()
        places = asyncio.Semaphore(CINEMAS_AT_ONCE)

        async def read(task: CinemaTask) -> None:
            async with places:
                self._readings[task.cinema.id] = await scraper.read(task, context)
            await self._report()

        tasks = [asyncio.create_task(read(task)) for task in cinemas]
        if not tasks:
            return
        try:
            await asyncio.wait(tasks, timeout=self._settings.deadline_seconds * READING_SHARE)
        finally:
            for running in tasks:
                running.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        for task in cinemas:
            if task.cinema.id not in self._readings:
                self._readings[task.cinema.id] = failed(task.cinema, "unreachable", "deadline")

    def _context(self) -> ReadContext:
        city = self._task.city
        return ReadContext(now=self._clock(), timezone=ZoneInfo(city.timezone), country=city.country)

    def _scraper(self) -> CinemaScraper:
        tools = self._tools
        return CinemaScraper(
            fetcher=tools.fetcher,
            memory=tools.memory,
            run_id=self._run.id,
            claude=tools.claude,
            outbox=self._outbox,
        )

    async def _report(self) -> None:
        try:
            await self._store.report_progress(
                self._lease, self._run.id, done=len(self._readings), total=self._run.total, now=self._clock()
            )
        except StoreBusyError:
            log.info("progress_not_recorded", run=self._run.id)

    async def _finish(self) -> RunOutcome:
        """Publish what was read; a run in which no cinema could be read publishes nothing."""
        readings = [self._readings[name] for name in sorted(self._readings)]
        if self._task.cinema_id is not None:
            return await self._publish(readings, _outcome_of_recheck(readings))
        if not readings and self._not_searched is not None:
            return await self.fail(self._not_searched)  # not to be taken for a city without cinemas
        outcomes = {reading.result.outcome for reading in readings}
        if "published" in outcomes:
            return await self._publish(readings, "published")
        nothing_lost = all(reading.showings is not None for reading in readings if reading.result.outcome == "empty")
        if not readings or ("empty" in outcomes and nothing_lost):
            return await self._publish(readings, "empty")
        if any(reading.result.detail == AWAITED for reading in readings):
            return await self._publish(readings, "empty", partial=True)
        return await self.fail("no_cinema_read")

    async def _publish(
        self, readings: Sequence[CinemaReading], outcome: RunOutcome, *, partial: bool = False
    ) -> RunOutcome:
        now = self._clock()
        publication = build_publication(
            readings, known_films=await self._known_films(), run=self._finished(outcome), now=now
        )
        films = await self._with_titles(publication.films)
        publication = msgspec.structs.replace(publication, films=films, run=self._finished(outcome))
        if partial or self._task.cinema_id is not None:
            publication = msgspec.structs.replace(publication, partial=True)
        await self._insisting(lambda: self._store.publish(self._lease, publication, now=self._clock()))
        log.info(
            "scrape_published",
            city=self._task.city.id,
            run=self._run.id,
            cinemas=len(readings),
            showtimes=sum(len(listing.showtimes) for listing in publication.listings),
        )
        await self._remember(readings)
        return outcome

    async def _insisting(self, write: Callable[[], Awaitable[object]]) -> None:
        """A write that matters, tried again while the store is busy."""
        for _ in range(WRITE_ATTEMPTS - 1):
            try:
                await write()
            except StoreBusyError:
                log.info("store_busy", run=self._run.id)
            else:
                return
        await write()

    async def _remember(self, readings: Sequence[CinemaReading]) -> None:
        """Keep what the next run may build on, now that it is published."""
        for reading in readings:
            if reading.pages is not None:
                try:
                    await self._tools.memory.remember_pages(reading.cinema.id, reading.pages)
                except StoreBusyError:
                    log.info("pages_not_remembered", cinema=reading.cinema.id, run=self._run.id)
            if reading.recipes is not None:
                try:
                    await self._tools.memory.remember_recipes(reading.cinema.id, reading.recipes)
                except StoreBusyError:
                    log.info("recipes_not_remembered", cinema=reading.cinema.id, run=self._run.id)

    async def _known_films(self) -> list[Film]:
        """The films of the last weeks and to come: one whose year is learned later keeps its id."""
        films = await self._store.films(sorted({showtime.film_id for showtime in self._known}))
        return without_known(films, await self._store.known_titles([key_of(film) for film in films]))

    async def _with_titles(self, films: tuple[Film, ...]) -> tuple[Film, ...]:
        """The films with titles in the guide's other languages; a busy store costs them those, never the showings."""
        claude = self._tools.claude
        asking = claude if claude is not None and claude.asks_for_titles else None
        try:
            return await titles_of(
                films, country=self._task.city.country, store=self._store, caller=asking, now=self._clock()
            )
        except StoreBusyError:
            log.info("titles_not_remembered", run=self._run.id)
            return films

    def _finished(self, outcome: RunOutcome, *, error: str | None = None) -> Run:
        return msgspec.structs.replace(
            self._run,
            finished_at=self._clock(),
            outcome=outcome,
            done=len(self._readings),
            sources=tuple(self._readings[name].result for name in sorted(self._readings)),
            error=error,
            **self._used(),
        )

    def _used(self) -> dict[str, int]:
        """What calls of Claude have cost in this run."""
        if self._tools.claude is None:
            return {}
        tally = self._tools.claude.tally
        return {"tokens_in": tally.tokens_in, "tokens_out": tally.tokens_out, "cost_microusd": tally.cost}


def _outcome_of_recheck(readings: Sequence[CinemaReading]) -> RunOutcome:
    """How the recheck of one cinema ended. One that gave nothing is no failure of its city: it need not cool down."""
    outcomes = {reading.result.outcome for reading in readings}
    if "published" in outcomes:
        return "published"
    return "empty" if "empty" in outcomes else "failed"


def _collapsed(run: Run, cinema_id: str) -> bool:
    return any(source.cinema_id == cinema_id and source.outcome == "quarantined" for source in run.sources)
