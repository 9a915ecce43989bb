"""Whether a cinema's pages are still what they were: then reading them again would give the same, and costs nothing."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

import cinestreamd
from cinestreamd.agent.fetch import Fetcher, FetchError, Validators
from cinestreamd.agent.model import Page, ReadContext, Reading
from cinestreamd.agent.readers import read_page
from cinestreamd.store.base import Showtime
from cinestreamd.store.memory import PageMemory

# However unchanged, pages are read in full this often.
OLDEST: Final = timedelta(days=7)


class PageGate:
    """Fetches pages for one cinema's reading; what was fetched once in a run is not asked for again."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._fetched: dict[str, Page] = {}
        self.requests = 0
        """How many pages were asked for in full, had or not."""

    async def fetch(self, url: str) -> Page:
        """The page at ``url``.

        Raises:
            FetchError: it could not be had.
        """
        if url not in self._fetched:
            self.requests += 1
            self._fetched[url] = await self._fetcher.get(url)
        return self._fetched[url]

    async def unchanged(self, pages: Sequence[PageMemory], upcoming: Sequence[Showtime], context: ReadContext) -> bool:
        """Whether all remembered pages are as they were, and what was read from them is still what is published."""
        runs = {page.run_id for page in pages}
        if not pages or len(runs) > 1 or not {showtime.run_id for showtime in upcoming} <= runs:
            return False
        if not all(is_usable(page, context) for page in pages):
            return False
        for page in pages:
            if not await self._same(page):
                return False
        return True

    async def _same(self, known: PageMemory) -> bool:
        validators = Validators(etag=known.etag, last_modified=known.last_modified)
        try:
            page = await self._fetcher.get_if_changed(known.url, validators)
        except FetchError:
            return False  # whoever reads the pages one by one learns why
        if page is not None:
            self.requests += 1
            self._fetched[known.url] = page
        return page is None or digest_of(page) == known.digest


def digest_of(page: Page) -> str:
    """A short digest of a page's text."""
    return sha256(page.text.encode("utf-8", "replace")).hexdigest()[:32]


def remember(
    page: Page,
    *,
    cinema_id: str,
    run_id: str,
    showtimes: int,
    context: ReadContext,
    day_bound: bool,
    one_day: bool,
    words: str = "",
) -> PageMemory:
    """What to remember of a page that gave ``showtimes`` showings to come."""
    return PageMemory(
        cinema_id=cinema_id,
        url=page.url,
        digest=digest_of(page),
        read_at=context.now,
        run_id=run_id,
        showtimes=showtimes,
        day_bound=day_bound,
        reader_version=cinestreamd.__version__,
        etag=page.etag,
        last_modified=page.last_modified,
        one_day=one_day,
        words=words,
    )


def incomplete(page: PageMemory) -> PageMemory:
    """``page`` remembered as a place to look at, but not as one that can be unchanged."""
    return msgspec.structs.replace(page, digest="", etag=None, last_modified=None)


def is_usable(page: PageMemory, context: ReadContext) -> bool:
    """Whether the same text would be read the same way now."""
    zone = context.timezone
    same_day = page.read_at.astimezone(zone).date() == context.now.astimezone(zone).date()
    return (
        page.reader_version == cinestreamd.__version__
        and context.now - page.read_at < OLDEST
        and (same_day or not page.day_bound)
    )


def tomorrow_of(context: ReadContext) -> ReadContext:
    """The same a day later."""
    return msgspec.structs.replace(context, now=context.now + timedelta(days=1))


def is_day_bound(page: Page, reading: Reading, context: ReadContext) -> bool:
    """Whether a reader that comes a day later would take the same text for other days ("today", "tomorrow")."""
    later = read_page(page, tomorrow_of(context))
    return later is None or _starts(later) != _starts(reading)


def _starts(reading: Reading) -> list[tuple[object, ...]]:
    return [(row.title, row.day, row.clock, row.utc_offset) for row in reading.candidates]
