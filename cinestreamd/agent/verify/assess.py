"""One candidate held against its page: the showing that it makes, or why it makes none."""

import re
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from cinestreamd.agent.html import page_language
from cinestreamd.agent.model import Candidate, Page, ReadContext, RefusalReason
from cinestreamd.agent.verify.access import access_of
from cinestreamd.agent.verify.links import trusted_link
from cinestreamd.agent.verify.moments import NoSuchLocalTimeError, start_of
from cinestreamd.agent.verify.presence import PageText, prints_clock, states_timestamp
from cinestreamd.agent.verify.prices import parse_price
from cinestreamd.agent.verify.showing import Showing
from cinestreamd.agent.verify.titles import CleanTitle, clean_title, format_names, join_formats
from cinestreamd.store.base import Evidence, Price
from cinestreamd.store.business_day import business_day_of

FARTHEST: Final = timedelta(days=400)
YEARS: Final = range(1888, 2101)
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONGEST_QUOTE: Final = 1000
LONGEST_DURATION: Final = 1000


class Assessment(Struct, frozen=True, kw_only=True):
    """A candidate, the showing that it would be where that can be told, and the first thing that speaks against it."""

    candidate: Candidate
    showing: Showing | None = None
    reason: RefusalReason | None = None


class Assessor:
    """Assesses the candidates of one page."""

    def __init__(self, page: Page, context: ReadContext, *, reader: str, cinema_url: str | None = None) -> None:
        self._page = page
        self._context = context
        self._reader = reader
        self._own = (page.url, cinema_url or page.url)
        self._text = PageText(page)
        self._language = page_language(page)
        self._titles: dict[str, tuple[CleanTitle, bool]] = {}

    def assess(self, candidate: Candidate, *, assumed_day: date | None = None) -> Assessment:
        """The showing of ``candidate`` and what speaks against publishing it.

        A candidate without a day is refused as ``date_assumed``; its showing is made for ``assumed_day`` if given.
        """
        candidate = _storable(candidate)
        reason = self._absent(candidate)
        day = candidate.day or assumed_day
        if reason is not None or day is None:
            return Assessment(candidate=candidate, reason=reason or "date_assumed")
        try:
            start = start_of(day, candidate.clock, self._context.timezone, candidate.utc_offset)
        except NoSuchLocalTimeError:
            return Assessment(candidate=candidate, reason="no_such_local_time")
        showing = self._showing(candidate, start)
        return Assessment(candidate=candidate, showing=showing, reason=self._untimely(candidate, start))

    def _untimely(self, candidate: Candidate, start: datetime) -> RefusalReason | None:
        if candidate.day is None:
            return "date_assumed"
        if start <= self._context.now:
            return "in_the_past"
        return "too_far_ahead" if start > self._context.now + FARTHEST else None

    def _absent(self, candidate: Candidate) -> RefusalReason | None:
        """What of the candidate is not on the page."""
        if not candidate.title.strip():
            return "title_missing"
        if not self._title(candidate.title)[1]:
            return "title_not_on_page"
        printed = prints_clock(candidate.quote, candidate.clock) or self._states_moment(candidate)
        return None if printed and self._text.has_excerpt(candidate.quote) else "time_not_on_page"

    def _states_moment(self, candidate: Candidate) -> bool:
        """Whether the excerpt holds the very moment as a unix timestamp: data for scripts print no clock."""
        if candidate.day is None:
            return False
        try:
            start = start_of(candidate.day, candidate.clock, self._context.timezone, candidate.utc_offset)
        except NoSuchLocalTimeError:
            return False
        return states_timestamp(candidate.quote, start)

    def _title(self, raw: str) -> tuple[CleanTitle, bool]:
        """A title cleaned, and whether it is on the page; many showings share one."""
        if raw not in self._titles:
            self._titles[raw] = (clean_title(raw), self._text.has_title(raw))
        return self._titles[raw]

    def _showing(self, candidate: Candidate, start: datetime) -> Showing:
        clean = self._title(candidate.title)[0]
        names = [name for text in (candidate.format, clean.format) if text for name in format_names(text)]
        minutes = candidate.duration_minutes
        return Showing(
            title=clean.title,
            raw_title=candidate.title,
            start_time=start,
            business_day=candidate.business_day or business_day_of(start, self._context.timezone),
            evidence=Evidence(
                url=self._page.url, quote=candidate.quote[:LONGEST_QUOTE], fetched_at=self._page.fetched_at
            ),
            reader=self._reader,
            original_title=self._original(candidate),
            year=next((year for year in (candidate.year, clean.year) if year in YEARS), None),
            duration_minutes=minutes if minutes and 0 < minutes < LONGEST_DURATION else None,
            poster_url=candidate.poster_url,
            format=join_formats(names),
            language=candidate.language or clean.language,
            original_language=candidate.original_language or clean.original_language,
            subtitles=candidate.subtitles or clean.subtitles,
            room=_room(candidate.room),
            price=self._price(candidate),
            link=trusted_link(candidate.link, *self._own),
            availability=candidate.availability,
            page_language=self._language,
            access=access_of(candidate.title, candidate.format, candidate.quote),
        )

    def _original(self, candidate: Candidate) -> str | None:
        """The original title, where the page really prints it and it is more than marks."""
        if not candidate.original_title or not self._title(candidate.original_title)[1]:
            return None
        return self._title(candidate.original_title)[0].title

    def _price(self, candidate: Candidate) -> Price | None:
        """The price, where its figures are on the page."""
        price = parse_price(candidate.price_text, currency=candidate.price_currency, country=self._context.country)
        return price if price is None or self._text.has_figures(price.text) else None


def _storable(candidate: Candidate) -> Candidate:
    """``candidate`` with the control characters and half characters that JSON escapes can hold made plain."""
    texts = [value for name in candidate.__struct_fields__ if isinstance(value := getattr(candidate, name), str)]
    if _UNSTORABLE.search("".join(texts)) is None:
        return candidate
    changes = {
        name: _UNSTORABLE.sub("?", value)
        for name in candidate.__struct_fields__
        if name != "quote" and isinstance(value := getattr(candidate, name), str) and _UNSTORABLE.search(value)
    }
    return msgspec.structs.replace(candidate, **changes)


def _room(room: str | None) -> str | None:
    return " ".join(room.split())[:60] or None if room else None
