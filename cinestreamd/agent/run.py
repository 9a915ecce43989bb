"""One scrape of one city: lease, discover, fetch, read, verify, publish; whatever happens, the lease is given back."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.discover import cinemas_of
from cinestreamd.agent.fetch import Fetcher, FetchError, RobotsRefusedError
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.publish import CinemaReading, build_publication
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.verify import LEAST_CONFIDENCE, Verified, verify
from cinestreamd.config import Scrape
from cinestreamd.gazetteer.model import City
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import (
    Cinema,
    Film,
    Lease,
    Location,
    Run,
    RunOutcome,
    SourceOutcome,
    SourceResult,
    StaleLeaseError,
    Store,
    StoreBusyError,
    Trigger,
)

log = structlog.get_logger()

COOLDOWN_FIRST: Final = 60
COOLDOWN_LONGEST: Final = 3600
CINEMAS_AT_ONCE: Final = 8
# The share of the deadline that reading may use; the rest is for putting the results in place.
READING_SHARE: Final = 0.9
# A film's year may be learned later: films of this many past days keep their ids.
KNOWN_FILMS_DAYS: Final = 90
PUBLISH_ATTEMPTS: Final = 3


class ScrapeTask(Struct, frozen=True, kw_only=True):
    """What one agent is started for. ``cinemas`` are the site's configured ones, of all cities."""

    city: City
    owner: str
    run_id: str
    trigger: Trigger
    cinemas: tuple[CinemaEntry, ...] = ()


async def scrape_city(
    task: ScrapeTask, *, store: Store, fetcher: Fetcher, settings: Scrape, clock: Callable[[], datetime]
) -> RunOutcome:
    """Scrape the city of ``task`` unless another run has it, and say how it ended.

    ``lost``: another holder has the city (then nothing was written) or took it meanwhile. ``failed``: no cinema could
    be read; what was known stays. Cancelling gives the lease back and raises on.
    """
    await store.add_location(_location(task.city))
    lease = await store.acquire_lease(task.city.id, owner=task.owner, now=clock(), seconds=settings.lease_seconds)
    if lease is None:
        return "lost"
    scrape = _Scrape(task, lease=lease, store=store, fetcher=fetcher, settings=settings, clock=clock)
    try:
        async with asyncio.timeout(settings.deadline_seconds):
            return await scrape.run()
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


class _Scrape:
    """The state of one run while it holds its lease."""

    def __init__(
        self,
        task: ScrapeTask,
        *,
        lease: Lease,
        store: Store,
        fetcher: Fetcher,
        settings: Scrape,
        clock: Callable[[], datetime],
    ) -> None:
        self._task = task
        self._lease = lease
        self._store = store
        self._fetcher = fetcher
        self._settings = settings
        self._clock = clock
        self._run = Run(
            id=task.run_id, city_id=task.city.id, owner=task.owner, trigger=task.trigger, started_at=clock()
        )
        self._readings: dict[str, CinemaReading] = {}
        self._upcoming: Counter[str] = Counter()

    async def run(self) -> RunOutcome:
        """All stages; the lease is released by publishing, or by ``fail``."""
        await self._store.begin_run(self._lease, self._run)
        known = await self._store.cinemas(self._task.city.id)
        cinemas = cinemas_of(self._task.city.id, self._task.cinemas, known)
        self._run = msgspec.structs.replace(self._run, total=len(cinemas))
        now = self._clock()
        upcoming = await self._store.showtimes(self._task.city.id, since=now)
        self._upcoming = Counter(showtime.cinema_id for showtime in upcoming)
        await self._report()
        await self._read_all(cinemas)
        return await self._finish()

    async def fail(self, reason: str) -> RunOutcome:
        """End the run without publishing: what is known stays, the lease is free, the city cools down."""
        now = self._clock()
        location = await self._store.location(self._task.city.id)
        pause = cooldown_after((location.failures if location else 0) + 1)
        try:
            await self._store.finish_run(self._finished("failed", error=reason))
            await self._store.release_lease(self._lease, now=now, cooldown_until=now + pause if pause else None)
        except StaleLeaseError:
            return "lost"
        log.warning("scrape_gave_nothing", city=self._task.city.id, run=self._run.id, reason=reason)
        return "failed"

    async def _read_all(self, cinemas: Sequence[Cinema]) -> None:
        """Read the cinemas, several at once. Those not done when the time for reading is up count as unreachable."""
        places = asyncio.Semaphore(CINEMAS_AT_ONCE)
        tasks = [asyncio.create_task(self._read_one(cinema, places)) for cinema in cinemas]
        if not tasks:
            return
        try:
            _, late = await asyncio.wait(tasks, timeout=self._settings.deadline_seconds * READING_SHARE)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, StaleLeaseError):
                raise result
        for cinema in cinemas:
            if cinema.id not in self._readings:
                self._readings[cinema.id] = _failed(cinema, "unreachable", "deadline" if late else "stopped")

    async def _read_one(self, cinema: Cinema, places: asyncio.Semaphore) -> None:
        async with places:
            self._readings[cinema.id] = await self._reading(cinema)
        await self._report()

    async def _reading(self, cinema: Cinema) -> CinemaReading:
        """Fetch, read and verify one cinema. Its failure is its own: the others go on."""
        try:
            page = await self._fetcher.get(cinema.url)
        except RobotsRefusedError as error:
            return _failed(cinema, "refused_by_robots", error.code)
        except FetchError as error:
            return _failed(cinema, "unreachable", error.code)
        try:
            return self._read(cinema, page)
        except Exception as error:  # a page that breaks a reader must not take the city's other cinemas with it
            log.exception("page_unreadable", cinema=cinema.id, run=self._run.id)
            return _failed(cinema, "unreadable", type(error).__name__)

    def _read(self, cinema: Cinema, page: Page) -> CinemaReading:
        context = ReadContext(
            now=self._clock(), timezone=ZoneInfo(self._task.city.timezone), country=self._task.city.country
        )
        reading = read_page(page, context)
        if reading is None:
            return _failed(cinema, "unreadable", "no_reader")
        verified = verify(page, reading, cinema, context)
        if reading.confidence < LEAST_CONFIDENCE:
            return _failed(cinema, "unreadable", "low_confidence", reader=reading.reader, verified=verified)
        outcome: SourceOutcome = "published" if verified.showings else "empty"
        result = _result(cinema, outcome, reader=reading.reader, verified=verified)
        # An empty reading never wipes out showings that are still to come: it is more often a fault than the truth.
        keep_old = not verified.showings and self._upcoming[cinema.id] > 0
        return CinemaReading(cinema=cinema, result=result, showings=None if keep_old else verified.showings)

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
        outcomes = {reading.result.outcome for reading in readings}
        if "published" in outcomes:
            return await self._publish(readings, "published")
        nothing_lost = all(reading.showings is not None for reading in readings if reading.result.outcome == "empty")
        if not readings or ("empty" in outcomes and nothing_lost):
            return await self._publish(readings, "empty")
        return await self.fail("no_cinema_read")

    async def _publish(self, readings: Sequence[CinemaReading], outcome: RunOutcome) -> RunOutcome:
        now = self._clock()
        publication = build_publication(
            readings, known_films=await self._known_films(now), run=self._finished(outcome), now=now
        )
        for attempt in range(1, PUBLISH_ATTEMPTS + 1):
            try:
                await self._store.publish(self._lease, publication, now=self._clock())
            except StoreBusyError:
                if attempt == PUBLISH_ATTEMPTS:
                    raise
            else:
                break
        log.info(
            "scrape_published",
            city=self._task.city.id,
            run=self._run.id,
            cinemas=len(readings),
            showtimes=sum(len(listing.showtimes) for listing in publication.listings),
        )
        return outcome

    async def _known_films(self, now: datetime) -> list[Film]:
        since = now - timedelta(days=KNOWN_FILMS_DAYS)
        showtimes = await self._store.showtimes(self._task.city.id, since=since)
        return await self._store.films(sorted({showtime.film_id for showtime in showtimes}))

    def _finished(self, outcome: RunOutcome, *, error: str | None = None) -> Run:
        return msgspec.structs.replace(
            self._run,
            finished_at=self._clock(),
            outcome=outcome,
            done=len(self._readings),
            sources=tuple(self._readings[name].result for name in sorted(self._readings)),
            error=error,
        )


def _failed(
    cinema: Cinema, outcome: SourceOutcome, detail: str, *, reader: str | None = None, verified: Verified | None = None
) -> CinemaReading:
    """A cinema that gave nothing: what is known of it stays."""
    result = _result(cinema, outcome, reader=reader, verified=verified)
    return CinemaReading(cinema=cinema, result=msgspec.structs.replace(result, detail=detail))


def _result(
    cinema: Cinema, outcome: SourceOutcome, *, reader: str | None = None, verified: Verified | None = None
) -> SourceResult:
    refused: Counter[str] = Counter(refusal.reason for refusal in verified.refusals) if verified else Counter()
    return SourceResult(
        cinema_id=cinema.id,
        url=cinema.url,
        outcome=outcome,
        reader=reader,
        kept=len(verified.showings) if verified else 0,
        refused=dict(refused),
    )
