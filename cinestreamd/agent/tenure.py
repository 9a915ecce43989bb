"""One run's time at a city, from the lease that it took until that is given back, by publishing or by failing."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from cinestreamd.agent.cinema import CinemaScraper
from cinestreamd.agent.claude.titles import key_of, titles_of, without_known
from cinestreamd.agent.films import completed
from cinestreamd.agent.model import ReadContext
from cinestreamd.agent.publish import CinemaReading, build_publication
from cinestreamd.agent.report import Timeline, build_report
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.errors import CinestreamError
from cinestreamd.store.base import Film, Lease, Run, RunOutcome, Showtime, StaleLeaseError, StoreBusyError

if TYPE_CHECKING:
    from cinestreamd.agent.claude.batches import Outbox

COOLDOWN_FIRST: Final = 60
COOLDOWN_LONGEST: Final = 3600
WRITE_ATTEMPTS: Final = 3
# So many days back are looked at: for what is usual on a weekday, and for films that keep their ids.
KNOWN_DAYS: Final = 60

log = structlog.get_logger()


def cooldown_after(failures: int) -> timedelta | None:
    """The pause after so many failed runs in a row: none after the first, then 60 s, doubling up to an hour."""
    if failures < 2:
        return None
    return timedelta(seconds=min(COOLDOWN_FIRST * 2 ** min(failures - 2, 10), COOLDOWN_LONGEST))


class Tenure:
    """A run while it holds its lease: what it has read so far, and how it ends.

    ``readings`` are by cinema id, ``known`` the city's showtimes of the last weeks and to come; ``outbox`` takes pages
    that are to be handed over instead of asked about. ``films`` are those that were
    published. ``timeline`` notes how long the parts take.
    """

    def __init__(self, task: ScrapeTask, tools: Tools, *, lease: Lease) -> None:
        self.task = task
        self.tools = tools
        self.run = Run(
            id=task.run_id, city_id=task.city.id, owner=task.owner, trigger=task.trigger, started_at=tools.clock()
        )
        self.readings: dict[str, CinemaReading] = {}
        self.known: list[Showtime] = []
        self.outbox: Outbox | None = None
        self.timeline = Timeline(tools.clock)
        self.films: tuple[Film, ...] = ()
        self._lease = lease

    async def begin(self) -> None:
        """Record that the run has begun."""
        await self.tools.store.begin_run(self._lease, self.run)

    async def look_back(self, cinemas: int) -> None:
        """Learn what is known of the city, of which so many cinemas are to be read."""
        self.run = msgspec.structs.replace(self.run, total=cinemas)
        since = self.tools.clock() - timedelta(days=KNOWN_DAYS)
        self.known = await self.tools.store.showtimes(self.task.city.id, since=since)

    async def report(self) -> None:
        """Record how far the run has come; a busy store is not waited for."""
        try:
            await self.tools.store.report_progress(
                self._lease, self.run.id, done=len(self.readings), total=self.run.total, now=self.tools.clock()
            )
        except StoreBusyError:
            log.info("progress_not_recorded", run=self.run.id)

    def context(self) -> ReadContext:
        """What pages of this city are read with, now."""
        city = self.task.city
        return ReadContext(now=self.tools.clock(), timezone=ZoneInfo(city.timezone), country=city.country)

    def scraper(self) -> CinemaScraper:
        """What reads the cinemas of this run."""
        tools = self.tools
        return CinemaScraper(
            fetcher=tools.fetcher, memory=tools.memory, run_id=self.run.id, claude=tools.claude, outbox=self.outbox
        )

    def in_order(self) -> list[CinemaReading]:
        """What was read, by cinema id."""
        return [self.readings[name] for name in sorted(self.readings)]

    async def publish(self, outcome: RunOutcome, *, partial: bool = False) -> RunOutcome:
        """Put in place what was read, which releases the lease; ``partial``: the city is no more up to date by it.

        Raises:
            StaleLeaseError: another run has the city by now; nothing was written.
        """
        readings, now = self.in_order(), self.tools.clock()
        publication = build_publication(
            readings, known_films=await self._known_films(), run=self._finished(outcome), now=now
        )
        with self.timeline.stage("titles"):
            elsewhere = await self._as_printed(film.id for film in publication.films)
            films = await self._with_titles(completed(publication.films, elsewhere))
        publication = msgspec.structs.replace(publication, films=films, run=self._finished(outcome), partial=partial)
        with self.timeline.stage("publish"):
            await self.insist(lambda: self.tools.store.publish(self._lease, publication, now=self.tools.clock()))
        log.info(
            "scrape_published",
            city=self.task.city.id,
            run=self.run.id,
            cinemas=len(readings),
            showtimes=sum(len(listing.showtimes) for listing in publication.listings),
        )
        self.films = publication.films
        await self._remember(readings)
        await self._tell({listing.cinema_id: listing.showtimes for listing in publication.listings})
        return outcome

    async def fail(self, reason: str) -> RunOutcome:
        """End the run without publishing: what is known stays, the lease is free, the city cools down."""
        store, now = self.tools.store, self.tools.clock()
        if self.outbox is not None:
            await self.outbox.drop()
        location = await store.location(self.task.city.id)
        pause = cooldown_after((location.failures if location else 0) + 1)
        try:
            await store.finish_run(self._finished("failed", error=reason))
        except StoreBusyError:
            log.warning("run_not_recorded", run=self.run.id)
        try:
            await self.insist(
                lambda: store.release_lease(
                    self._lease, now=self.tools.clock(), cooldown_until=now + pause if pause else None
                )
            )
        except StaleLeaseError:
            known = await store.run(self.run.id)  # a publication that was under way may have been made
            return "lost" if known is None or known.finished_at is None else known.outcome
        await self._tell({})
        log.warning("scrape_gave_nothing", city=self.task.city.id, run=self.run.id, reason=reason)
        return "failed"

    async def insist(self, write: Callable[[], Awaitable[object]]) -> None:
        """Make a write that matters, and try it again while the store is busy.

        Raises:
            StoreBusyError: it was busy each time.
        """
        for _ in range(WRITE_ATTEMPTS - 1):
            try:
                await write()
            except StoreBusyError:
                log.info("store_busy", run=self.run.id)
            else:
                return
        await write()

    async def _remember(self, readings: Sequence[CinemaReading]) -> None:
        """Keep what the next run may build on, now that it is published."""
        for reading in readings:
            if reading.pages is not None:
                try:
                    await self.tools.memory.remember_pages(reading.cinema.id, reading.pages)
                except StoreBusyError:
                    log.info("pages_not_remembered", cinema=reading.cinema.id, run=self.run.id)
            if reading.recipes is not None:
                try:
                    await self.tools.memory.remember_recipes(reading.cinema.id, reading.recipes)
                except StoreBusyError:
                    log.info("recipes_not_remembered", cinema=reading.cinema.id, run=self.run.id)

    async def _tell(self, listings: Mapping[str, Sequence[Showtime]]) -> None:
        """Keep what was found, row by row, for people; a run counts without it."""
        report = build_report(self.run, self.in_order(), listings, self.timeline)
        try:
            await self.tools.store.put_report(report)
        except CinestreamError as error:
            log.info("run_not_reported", run=self.run.id, reason=error.code)

    async def _known_films(self) -> list[Film]:
        """The films of the last weeks and to come: one whose year is learned later keeps its id."""
        return await self._as_printed(showtime.film_id for showtime in self.known)

    async def _as_printed(self, film_ids: Iterable[str]) -> list[Film]:
        """Those of the films that the guide has, with what pages have told of them, in whatever city."""
        store = self.tools.store
        films = await store.films(sorted(set(film_ids)))
        return without_known(films, await store.known_titles([key_of(film) for film in films]))

    async def _with_titles(self, films: tuple[Film, ...]) -> tuple[Film, ...]:
        """The films with titles in the guide's other languages; a busy store costs them those, never the showings."""
        claude, country = self.tools.claude, self.task.city.country
        asking = claude if claude is not None and claude.asks_for_titles else None
        try:
            return await titles_of(
                films, country=country, store=self.tools.store, caller=asking, now=self.tools.clock()
            )
        except StoreBusyError:
            log.info("titles_not_remembered", run=self.run.id)
            return films

    def _finished(self, outcome: RunOutcome, *, error: str | None = None) -> Run:
        return msgspec.structs.replace(
            self.run,
            finished_at=self.tools.clock(),
            outcome=outcome,
            done=len(self.readings),
            sources=tuple(reading.result for reading in self.in_order()),
            error=error,
            **self._used(),
        )

    def _used(self) -> dict[str, int]:
        """What calls of Claude have cost in this run."""
        if self.tools.claude is None:
            return {}
        tally = self.tools.claude.tally
        return {"tokens_in": tally.tokens_in, "tokens_out": tally.tokens_out, "cost_microusd": tally.cost}
