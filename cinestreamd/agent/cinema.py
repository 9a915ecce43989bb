"""Reads one cinema: its pages toured, Claude asked about those that need it, and all held against what is known."""

from collections.abc import Sequence

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.booking_links import LinkChecks
from cinestreamd.agent.claude.asked import AskedPages
from cinestreamd.agent.claude.batches import Outbox
from cinestreamd.agent.claude.caller import Caller
from cinestreamd.agent.claude.extraction import Extraction
from cinestreamd.agent.collapse import has_collapsed
from cinestreamd.agent.fetch import Fetcher, FetchError, RobotsRefusedError
from cinestreamd.agent.inquiry import ask, hand_over, take
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.page_gate import PageGate, incomplete
from cinestreamd.agent.page_pictures import with_pictures
from cinestreamd.agent.publish import CinemaReading, failed, result_of
from cinestreamd.agent.recipes.cookbook import Cookbook
from cinestreamd.agent.tour import Tour
from cinestreamd.store.base import Cinema, Showtime, SourceOutcome
from cinestreamd.store.memory import Memory

log = structlog.get_logger()


class CinemaTask(Struct, frozen=True, kw_only=True):
    """A cinema to read. ``known`` are its showtimes of the last weeks and to come.

    ``believed``: a reading that has collapsed is to be taken for the truth, since several runs in a row gave it.
    """

    cinema: Cinema
    known: tuple[Showtime, ...] = ()
    believed: bool = False


class CinemaScraper:
    """Reads the cinemas of one run."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        memory: Memory,
        run_id: str,
        claude: Caller | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        """With an ``outbox`` pages for Claude are handed over there instead of being asked about at once."""
        self._fetcher = fetcher
        self._claude = claude
        self._outbox = outbox
        self._memory = memory
        self._run_id = run_id
        self._links = LinkChecks(fetcher)

    async def read(self, task: CinemaTask, context: ReadContext) -> CinemaReading:
        """What came of one cinema. Its failure is its own: nothing is raised."""
        try:
            return await self._read(task, context)
        except RobotsRefusedError as error:
            return failed(task.cinema, "refused_by_robots", error.code)
        except FetchError as error:
            return failed(task.cinema, "unreachable", error.code)
        except Exception as error:  # a page that breaks a reader must not take the city's other cinemas with it
            log.exception("page_unreadable", cinema=task.cinema.id, run=self._run_id)
            return failed(task.cinema, "unreadable", type(error).__name__)

    async def _read(self, task: CinemaTask, context: ReadContext) -> CinemaReading:
        cinema = task.cinema
        upcoming = [showtime for showtime in task.known if showtime.start_time > context.now]
        gate = PageGate(self._fetcher)
        known_pages = await self._memory.pages(cinema.id)
        remembered = [page for page in known_pages if page.showtimes]
        if await gate.unchanged(remembered, upcoming, context):
            outcome: SourceOutcome = "published" if upcoming else "empty"
            result = result_of(cinema, outcome, detail="unchanged")
            return CinemaReading(cinema=cinema, result=result, showings=None if upcoming else ())
        cookbook = Cookbook(cinema, await self._memory.recipes(cinema.id), run_id=self._run_id)
        tour = Tour(gate, cookbook, cinema, context)
        await tour.visit_known([page for page in remembered if not page.one_day])
        if not tour.found:
            await tour.explore(self._fetcher)
        tour.confirm_days()
        asked = AskedPages(cinema.id, known_pages, memory=self._memory, context=context)
        if not tour.found and self._outbox is not None:
            await hand_over(tour, self._outbox, asked, upcoming)
        elif not tour.found and self._claude is not None:
            await ask(tour, self._claude, asked, upcoming, run_id=self._run_id)
        return await self._judge(task, tour, upcoming, context)

    async def take(
        self, task: CinemaTask, found: Sequence[tuple[Page, Extraction]], context: ReadContext
    ) -> CinemaReading:
        """What came of one cinema whose pages were read by Claude some time ago, as they were then."""
        cinema = task.cinema
        upcoming = [showtime for showtime in task.known if showtime.start_time > context.now]
        cookbook = Cookbook(cinema, await self._memory.recipes(cinema.id), run_id=self._run_id)
        then = msgspec.structs.replace(context, now=min(page.fetched_at for page, _ in found))
        tour = Tour(PageGate(self._fetcher), cookbook, cinema, then)
        asked = AskedPages(cinema.id, await self._memory.pages(cinema.id), memory=self._memory, context=then)
        for page, extraction in found:
            take(tour, page, extraction, now=context.now)
            if not extraction.verified.showings:
                await asked.gave_nothing(page, run_id=self._run_id, day_bound=extraction.day_bound)
        return await self._judge(task, tour, upcoming, context)

    async def give_up(self, task: CinemaTask, pages: Sequence[tuple[Page, str]], context: ReadContext) -> None:
        """Remember of pages that were not answered why; where the same would come of it again, they are not asked."""
        asked = AskedPages(
            task.cinema.id, await self._memory.pages(task.cinema.id), memory=self._memory, context=context
        )
        for page, why in pages:
            await asked.gave_nothing(page, run_id=self._run_id, why=why)

    async def _judge(
        self, task: CinemaTask, tour: Tour, upcoming: Sequence[Showtime], context: ReadContext
    ) -> CinemaReading:
        """Join what the pages gave, and decide whether it replaces what is known."""
        cinema, showings = task.cinema, tour.showings()
        result, refusals = tour.result(showings), tour.refusals
        if not showings and tour.as_before:
            return CinemaReading(cinema=cinema, result=result, refusals=refusals)
        if not showings:
            # An empty reading never wipes out showings that are still to come: it is more often a fault than the truth.
            keep = result.outcome != "empty" or bool(upcoming)
            showings_kept = None if keep else ()
            return CinemaReading(
                cinema=cinema,
                result=result,
                showings=showings_kept,
                recipes=tour.cookbook.learned,
                refusals=refusals,
            )
        carried = tuple(showtime for showtime in upcoming if showtime.evidence.url in tour.failed | tour.as_before)
        zone = context.timezone
        if not task.believed and not carried and has_collapsed(showings, task.known, now=context.now, zone=zone):
            quarantined = msgspec.structs.replace(result, outcome="quarantined", detail="collapsed")
            return CinemaReading(cinema=cinema, result=quarantined, refusals=refusals, held=tuple(showings))
        pictured = with_pictures(showings, [visit.page for visit in tour.visits.values()])
        checked = await self._links.check(pictured)
        pages = tour.memories(self._run_id)
        if carried or tour.incomplete:
            pages = tuple(incomplete(page) for page in pages)
        return CinemaReading(
            cinema=cinema,
            result=result,
            showings=checked,
            carried=carried,
            pages=pages,
            recipes=tour.cookbook.learned,
            refusals=refusals,
        )
