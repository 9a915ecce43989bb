"""The pages of one cinema visited in one run: found from its own page on, fetched, read, and joined."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.fetch import Fetcher, FetchError, HttpStatusError, RobotsRefusedError
from cinestreamd.agent.model import Page, ReadContext, Reading, Refusal
from cinestreamd.agent.page_gate import PageGate, is_day_bound, remember, tomorrow_of
from cinestreamd.agent.publish import result_of
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.recipes.cookbook import Cookbook
from cinestreamd.agent.schedule_pages import STRONG, Lead, days_missing, leads_in_sitemap, leads_of
from cinestreamd.agent.undated import dated_today
from cinestreamd.agent.verify import LEAST_CONFIDENCE, Showing, Verified, verify
from cinestreamd.agent.verify.duplicates import merge_duplicates
from cinestreamd.store.base import Cinema, SourceOutcome, SourceResult
from cinestreamd.store.memory import PageMemory

log = structlog.get_logger()

# Requests for one cinema: while its schedule is searched for, and once it is known where that is.
MOST_EXPLORING: Final = 8
MOST_REMEMBERED: Final = 30
# Where the first page has showtimes already, so many further pages that promise more are looked at.
FURTHER: Final = 2


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
    def is_understood(self) -> bool:
        """Whether a reader understood the page well enough to be believed."""
        return self.reading is not None and self.reading.confidence >= LEAST_CONFIDENCE

    @property
    def showings(self) -> tuple[Showing, ...]:
        """What of the page may be published."""
        return self.verified.showings


class Tour:
    """The pages of one cinema visited in one run, by address.

    ``failed`` are pages that could not be had; ``as_before`` those whose words are the ones that Claude read before,
    and of which there are showings to come; ``not_asked`` says why Claude was not asked about a page.
    """

    def __init__(self, gate: PageGate, cookbook: Cookbook, cinema: Cinema, context: ReadContext) -> None:
        self.cinema = cinema
        self.context = context
        self.cookbook = cookbook
        self.visits: dict[str, Visit] = {}
        self.failed: set[str] = set()
        self.incomplete = False
        """Whether a page that may carry showings was missed for a passing reason."""
        self.as_before: set[str] = set()
        self.not_asked = ""
        self._gate = gate
        self._today = context.now.astimezone(context.timezone).date()

    @property
    def found(self) -> bool:
        """Whether any page gave showings to come."""
        return any(visit.showings for visit in self.visits.values())

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
        front = await self._visit(self.cinema.url)
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
        for url, visit in self.visits.items():
            if visit.reading is None or not visit.is_understood:
                continue
            elsewhere = [showing for other in self.visits.values() if other is not visit for showing in other.showings]
            reading = dated_today(visit.reading, elsewhere, self.context)
            if reading is not None:
                verified = verify(visit.page, reading, self.cinema, self.context)
                self.visits[url] = msgspec.structs.replace(visit, reading=reading, verified=verified, day_bound=True)

    async def _sitemap(self, fetcher: Fetcher) -> list[Lead]:
        """The leads of the site's map; of a map of maps, those of the most promising one."""
        named = (await fetcher.rules(self.cinema.url)).sitemaps
        address = next(iter(named), None) or _at_root(self.cinema.url, "/sitemap.xml")
        for _ in range(2):
            try:
                page = await self._gate.fetch(address)
            except FetchError:
                return []
            leads = leads_in_sitemap(page, base=self.cinema.url, today=self._today)
            nested = [lead for lead in leads if lead.url.partition("?")[0].endswith((".xml", ".xml.gz"))]
            if not nested:
                return leads
            address = nested[0].url
        return []

    async def _visit_days(self, limit: int) -> None:
        """Read the pages of single days to which pages with showings link, as far as the days are not covered."""
        for visit in [visit for visit in self.visits.values() if visit.showings]:
            covered = [showing.business_day for showing in self.showings()]
            for lead in days_missing(leads_of(visit.page, today=self._today), covered):
                if self._gate.requests >= limit:
                    return
                await self._try(lead)

    async def _try(self, lead: Lead) -> None:
        if lead.url in self.visits:
            return
        try:
            await self._visit(lead.url, one_day=lead.kind == "day")
        except FetchError as error:
            self.failed.add(lead.url)
            gone = isinstance(error, RobotsRefusedError) or (isinstance(error, HttpStatusError) and error.is_lasting)
            self.incomplete = self.incomplete or not gone
            log.info("page_not_read", cinema=self.cinema.id, reason=error.code)

    async def _visit(self, url: str, *, one_day: bool = False) -> Visit:
        page = await self._gate.fetch(url)
        reading = read_page(page, self.context)
        verified = Verified(showings=(), refusals=())
        if reading is not None:
            verified = verify(page, reading, self.cinema, self.context)
        bound = None
        if reading is None or reading.confidence < LEAST_CONFIDENCE:
            replayed = self.cookbook.read(page, self.context)
            if replayed is not None:
                reading, verified = replayed
                bound = self.cookbook.is_day_bound(page, reading, tomorrow_of(self.context))
        self.visits[url] = Visit(page=page, reading=reading, verified=verified, one_day=one_day, day_bound=bound)
        return self.visits[url]

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What verification did not let through on any page."""
        return tuple(refusal for visit in self.visits.values() for refusal in visit.verified.refusals)

    def showings(self) -> tuple[Showing, ...]:
        """What all pages gave, each showing once."""
        return tuple(merge_duplicates(s for visit in self.visits.values() for s in visit.showings)[0])

    def result(self, showings: Sequence[Showing]) -> SourceResult:
        """How it went: what the chief page gave, or why no page gave anything."""
        visits = list(self.visits.values())
        chief = max(visits, key=lambda visit: len(visit.showings))
        refused = Counter(refusal.reason for refusal in self.refusals)
        if self.as_before and not showings:
            return result_of(self.cinema, "published", detail="unchanged")
        outcome: SourceOutcome = (
            "published" if showings else ("empty" if any(visit.is_understood for visit in visits) else "unreadable")
        )
        detail = ""
        if outcome == "unreadable":
            detail = "low_confidence" if any(visit.reading for visit in visits) else "no_reader"
            detail = self.not_asked or detail
        reading = chief.reading or next((visit.reading for visit in visits if visit.reading), None)
        result = result_of(self.cinema, outcome, detail=detail)
        return msgspec.structs.replace(
            result, reader=reading.reader if reading else None, kept=len(showings), refused=dict(refused)
        )

    def memories(self, run_id: str) -> tuple[PageMemory, ...]:
        """What to remember of the pages that gave showings, the fullest first."""
        useful = sorted(self.visits.values(), key=lambda visit: (visit.one_day, -len(visit.showings)))
        return tuple(
            remember(
                visit.page,
                cinema_id=self.cinema.id,
                run_id=run_id,
                showtimes=len(visit.showings),
                context=self.context,
                day_bound=is_day_bound(visit.page, visit.reading, self.context)
                if visit.day_bound is None
                else visit.day_bound,
                one_day=visit.one_day,
                words=visit.words,
            )
            for visit in useful
            if visit.showings and visit.reading is not None
        )


def _at_root(url: str, path: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}{path}"
