"""Reads one cinema: its schedule's pages found, fetched, read, verified and joined, and held against what is known."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.booking_links import LinkChecks
from cinestreamd.agent.claude.asked import AskedPages, words_of
from cinestreamd.agent.claude.batches import Outbox
from cinestreamd.agent.claude.caller import Caller, NotCalledError
from cinestreamd.agent.claude.extraction import Extraction, extract, worth_asking
from cinestreamd.agent.collapse import has_collapsed
from cinestreamd.agent.fetch import Fetcher, FetchError, HttpStatusError, RobotsRefusedError
from cinestreamd.agent.memory import Memory
from cinestreamd.agent.model import Page, ReadContext, Reading
from cinestreamd.agent.page_gate import PageGate, incomplete, is_day_bound, remember, tomorrow_of
from cinestreamd.agent.publish import AWAITED, CinemaReading
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.recipes.cookbook import Cookbook
from cinestreamd.agent.schedule_pages import STRONG, Lead, days_missing, leads_in_sitemap, leads_of
from cinestreamd.agent.undated import dated_today
from cinestreamd.agent.verify import LEAST_CONFIDENCE, Showing, Verified, verify
from cinestreamd.agent.verify.duplicates import merge_duplicates
from cinestreamd.store.base import Cinema, Showtime, SourceOutcome, SourceResult
from cinestreamd.store.memory import PageMemory, Recipe
from cinestreamd.store.spending import CLAUDE

log = structlog.get_logger()

# Requests for one cinema: while its schedule is searched for, and once it is known where that is.
MOST_EXPLORING: Final = 8
MOST_REMEMBERED: Final = 30
# Where the first page has showtimes already, so many further pages that promise more are looked at.
FURTHER: Final = 2
# So many pages of one cinema are shown to Claude in one run.
MOST_ASKED: Final = 2


class Visit(Struct, frozen=True, kw_only=True):
    """One page that was read; ``reading`` is None when no reader understood it."""

    page: Page
    reading: Reading | None
    verified: Verified
    one_day: bool = False
    day_bound: bool | None = None
    """Whether the same text means other days tomorrow, where who read it knows."""
    words: str = ""
    """A digest of what Claude was shown of it."""

    @property
    def showings(self) -> tuple[Showing, ...]:
        """What of the page may be published."""
        return self.verified.showings


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
        tour = _Tour(gate, cookbook, cinema, context)
        await tour.visit_known([page for page in remembered if not page.one_day])
        if not tour.found:
            await tour.explore(self._fetcher)
        tour.confirm_days()
        asked = AskedPages(cinema.id, known_pages, memory=self._memory, context=context)
        if not tour.found and self._outbox is not None:
            await tour.hand_over(self._outbox, asked, upcoming)
        elif not tour.found and self._claude is not None:
            await tour.ask(self._claude, asked, upcoming, run_id=self._run_id)
        return await self._judge(task, tour, upcoming, context)

    async def take(
        self, task: CinemaTask, found: Sequence[tuple[Page, Extraction]], context: ReadContext
    ) -> CinemaReading:
        """What came of one cinema whose pages were read by Claude some time ago, as they were then."""
        cinema = task.cinema
        upcoming = [showtime for showtime in task.known if showtime.start_time > context.now]
        cookbook = Cookbook(cinema, await self._memory.recipes(cinema.id), run_id=self._run_id)
        then = msgspec.structs.replace(context, now=min(page.fetched_at for page, _ in found))
        tour = _Tour(PageGate(self._fetcher), cookbook, cinema, then)
        asked = AskedPages(cinema.id, await self._memory.pages(cinema.id), memory=self._memory, context=then)
        for page, extraction in found:
            tour.take(page, extraction, now=context.now)
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
        self, task: CinemaTask, tour: "_Tour", upcoming: Sequence[Showtime], context: ReadContext
    ) -> CinemaReading:
        """Join what the pages gave, and decide whether it replaces what is known."""
        cinema, showings = task.cinema, tour.showings()
        result = tour.result(showings)
        if not showings and tour.as_before:
            return CinemaReading(cinema=cinema, result=result)
        if not showings:
            # An empty reading never wipes out showings that are still to come: it is more often a fault than the truth.
            keep = result.outcome != "empty" or bool(upcoming)
            showings_kept = None if keep else ()
            return CinemaReading(cinema=cinema, result=result, showings=showings_kept, recipes=tour.learned)
        carried = tuple(showtime for showtime in upcoming if showtime.evidence.url in tour.failed | tour.as_before)
        zone = context.timezone
        if not task.believed and not carried and has_collapsed(showings, task.known, now=context.now, zone=zone):
            quarantined = msgspec.structs.replace(result, outcome="quarantined", detail="collapsed")
            return CinemaReading(cinema=cinema, result=quarantined)
        checked = await self._links.check(showings)
        pages = tour.memories(self._run_id)
        if carried or tour.incomplete:
            pages = tuple(incomplete(page) for page in pages)
        return CinemaReading(
            cinema=cinema, result=result, showings=checked, carried=carried, pages=pages, recipes=tour.learned
        )


class _Tour:
    """The pages of one cinema visited in one run."""

    def __init__(self, gate: PageGate, cookbook: Cookbook, cinema: Cinema, context: ReadContext) -> None:
        self._gate = gate
        self._cookbook = cookbook
        self._cinema = cinema
        self._context = context
        self._today = context.now.astimezone(context.timezone).date()
        self._visits: dict[str, Visit] = {}
        self.failed: set[str] = set()
        self.incomplete = False
        """Whether a page that may carry showings was missed for a passing reason."""
        self.as_before: set[str] = set()
        """Pages whose words are those that Claude read before, and of which there are showings to come."""
        self._not_asked = ""

    @property
    def found(self) -> bool:
        """Whether any page gave showings to come."""
        return any(visit.showings for visit in self._visits.values())

    async def visit_known(self, remembered: Sequence[PageMemory]) -> None:
        """Read the pages that carried the schedule before, and the days that they link to.

        Raises:
            FetchError: none of them could be had.
        """
        for page in remembered[:MOST_REMEMBERED]:
            try:
                await self._visit(page.url)
            except FetchError:
                self.failed.add(page.url)
                if len(self.failed) == len(remembered):
                    raise
        if self.found:
            await self._visit_days(MOST_REMEMBERED)

    async def explore(self, fetcher: Fetcher) -> None:
        """Look for the schedule from the cinema's own page on.

        Raises:
            FetchError: that page could not be had.
        """
        front = await self._visit(self._cinema.url)
        leads = leads_of(front.page, today=self._today)
        if front.showings:
            leads = [lead for lead in leads if lead.kind == "schedule" and lead.score >= STRONG][:FURTHER]
        elif not any(lead.score >= STRONG for lead in leads):
            leads += await self._sitemap(fetcher)
        for lead in leads:
            if self._gate.requests >= MOST_EXPLORING:
                return
            if lead.kind == "schedule":
                await self._try(lead)
        await self._visit_days(MOST_EXPLORING)

    def confirm_days(self) -> None:
        """Date the rows of pages that name no day, where the cinema's other pages show that they are today's."""
        for url, visit in self._visits.items():
            if visit.reading is None or visit.reading.confidence < LEAST_CONFIDENCE:
                continue
            elsewhere = [showing for other in self._visits.values() if other is not visit for showing in other.showings]
            reading = dated_today(visit.reading, elsewhere, self._context)
            if reading is not None:
                verified = verify(visit.page, reading, self._cinema, self._context)
                self._visits[url] = msgspec.structs.replace(visit, reading=reading, verified=verified, day_bound=True)

    async def ask(self, claude: Caller, asked: AskedPages, upcoming: Sequence[Showtime], *, run_id: str) -> None:
        """Have Claude read the page with times that no reader understood, as far as money and time allow.

        A page with the same words as when it was asked about last is taken to give what it gave then.
        """
        for url, visit in self._marked(asked, upcoming):
            try:
                found = await extract(claude, visit.page, self._cinema, self._context)
            except NotCalledError as error:
                await asked.gave_nothing(visit.page, run_id=run_id, why=error.reason)
                self._not_asked = error.reason
                return
            if not found.verified.showings:
                await asked.gave_nothing(visit.page, run_id=run_id, day_bound=found.day_bound)
            self._visits[url] = msgspec.structs.replace(
                visit,
                reading=found.reading,
                verified=found.verified,
                day_bound=found.day_bound,
                words=words_of(visit.page),
            )
            if not claude.access.simulated:  # what a stand-in says is shown as such, and must not outlive its label
                self._cookbook.learn(visit.page, found.reading, found.verified, self._context)

    async def hand_over(self, outbox: Outbox, asked: AskedPages, upcoming: Sequence[Showtime]) -> None:
        """Have the same pages handed over, to be answered some other time."""
        for _, visit in self._marked(asked, upcoming):
            try:
                await outbox.add(visit.page, self._cinema, self._context)
            except NotCalledError as error:
                self._not_asked = self._not_asked or error.reason
                return
            self._not_asked = AWAITED

    def take(self, page: Page, found: Extraction, *, now: datetime) -> None:
        """A page as Claude has read it; of that, what is still to come."""
        self._cookbook.learn(page, found.reading, found.verified, self._context)
        coming = tuple(showing for showing in found.verified.showings if showing.start_time > now)
        verified = msgspec.structs.replace(found.verified, showings=coming)
        self._visits[page.url] = Visit(
            page=page, reading=found.reading, verified=verified, day_bound=found.day_bound, words=words_of(page)
        )

    def _marked(self, asked: AskedPages, upcoming: Sequence[Showtime]) -> list[tuple[str, Visit]]:
        """The pages for Claude: with times that no reader understood, and with other words than last time."""
        marked = [
            (url, visit)
            for url, visit in self._visits.items()
            if (visit.reading is None or visit.reading.confidence < LEAST_CONFIDENCE) and worth_asking(visit.page)
        ]
        found = []
        for url, visit in marked[:MOST_ASKED]:
            before = asked.before(visit.page)
            if before is None:
                found.append((url, visit))
            else:
                self._take_as_before(url, before, upcoming)
        return found

    def _take_as_before(self, url: str, before: PageMemory, upcoming: Sequence[Showtime]) -> None:
        """A page whose words have not changed: what is known of it stays."""
        page = self._visits[url].page
        if before.given_up:
            self._not_asked = before.given_up
        elif any(showtime.evidence.url == page.url for showtime in upcoming):
            self.as_before.add(page.url)
        else:
            nothing = Reading(reader=CLAUDE, candidates=())
            self._visits[url] = msgspec.structs.replace(self._visits[url], reading=nothing)

    async def _sitemap(self, fetcher: Fetcher) -> list[Lead]:
        """The leads of the site's map; of a map of maps, those of the most promising one."""
        named = (await fetcher.rules(self._cinema.url)).sitemaps
        address = next(iter(named), None) or _at_root(self._cinema.url, "/sitemap.xml")
        for _ in range(2):
            try:
                page = await self._gate.fetch(address)
            except FetchError:
                return []
            leads = leads_in_sitemap(page, base=self._cinema.url, today=self._today)
            nested = [lead for lead in leads if lead.url.partition("?")[0].endswith((".xml", ".xml.gz"))]
            if not nested:
                return leads
            address = nested[0].url
        return []

    async def _visit_days(self, limit: int) -> None:
        """Read the pages of single days to which pages with showings link, as far as the days are not covered."""
        for visit in [visit for visit in self._visits.values() if visit.showings]:
            covered = [showing.business_day for showing in self.showings()]
            for lead in days_missing(leads_of(visit.page, today=self._today), covered):
                if self._gate.requests >= limit:
                    return
                await self._try(lead)

    async def _try(self, lead: Lead) -> None:
        if lead.url in self._visits:
            return
        try:
            await self._visit(lead.url, one_day=lead.kind == "day")
        except FetchError as error:
            self.failed.add(lead.url)
            gone = isinstance(error, RobotsRefusedError) or (isinstance(error, HttpStatusError) and error.is_lasting)
            self.incomplete = self.incomplete or not gone
            log.info("page_not_read", cinema=self._cinema.id, reason=error.code)

    async def _visit(self, url: str, *, one_day: bool = False) -> Visit:
        page = await self._gate.fetch(url)
        reading = read_page(page, self._context)
        verified = Verified(showings=(), refusals=())
        if reading is not None:
            verified = verify(page, reading, self._cinema, self._context)
        bound = None
        if reading is None or reading.confidence < LEAST_CONFIDENCE:
            replayed = self._cookbook.read(page, self._context)
            if replayed is not None:
                reading, verified = replayed
                bound = self._cookbook.is_day_bound(page, reading, tomorrow_of(self._context))
        self._visits[url] = Visit(page=page, reading=reading, verified=verified, one_day=one_day, day_bound=bound)
        return self._visits[url]

    @property
    def learned(self) -> tuple[Recipe, ...] | None:
        """The recipes to keep from now on, None where nothing has changed."""
        return self._cookbook.learned

    def showings(self) -> tuple[Showing, ...]:
        """What all pages gave, each showing once."""
        return tuple(merge_duplicates(s for visit in self._visits.values() for s in visit.showings)[0])

    def result(self, showings: Sequence[Showing]) -> SourceResult:
        """How it went: what the chief page gave, or why no page gave anything."""
        visits = list(self._visits.values())
        chief = max(visits, key=lambda visit: len(visit.showings))
        refused = Counter(refusal.reason for visit in visits for refusal in visit.verified.refusals)
        understood = [v for v in visits if v.reading is not None and v.reading.confidence >= LEAST_CONFIDENCE]
        if self.as_before and not showings:
            return result_of(self._cinema, "published", detail="unchanged")
        outcome: SourceOutcome = "published" if showings else ("empty" if understood else "unreadable")
        detail = ""
        if outcome == "unreadable":
            detail = "low_confidence" if any(visit.reading for visit in visits) else "no_reader"
            detail = self._not_asked or detail
        reading = chief.reading or next((visit.reading for visit in visits if visit.reading), None)
        result = result_of(self._cinema, outcome, detail=detail)
        return msgspec.structs.replace(
            result, reader=reading.reader if reading else None, kept=len(showings), refused=dict(refused)
        )

    def memories(self, run_id: str) -> tuple[PageMemory, ...]:
        """What to remember of the pages that gave showings, the fullest first."""
        useful = sorted(self._visits.values(), key=lambda visit: (visit.one_day, -len(visit.showings)))
        return tuple(
            remember(
                visit.page,
                cinema_id=self._cinema.id,
                run_id=run_id,
                showtimes=len(visit.showings),
                context=self._context,
                day_bound=is_day_bound(visit.page, visit.reading, self._context)
                if visit.day_bound is None
                else visit.day_bound,
                one_day=visit.one_day,
                words=visit.words,
            )
            for visit in useful
            if visit.showings and visit.reading is not None
        )


def failed(cinema: Cinema, outcome: SourceOutcome, detail: str) -> CinemaReading:
    """A cinema that gave nothing: what is known of it stays."""
    return CinemaReading(cinema=cinema, result=result_of(cinema, outcome, detail=detail))


def result_of(cinema: Cinema, outcome: SourceOutcome, *, detail: str = "") -> SourceResult:
    """A bare result."""
    return SourceResult(cinema_id=cinema.id, url=cinema.url, outcome=outcome, detail=detail)


def _at_root(url: str, path: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}{path}"
