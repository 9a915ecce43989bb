"""What passes between the stages of a scrape: pages, candidates, readings and refusals.

A *reader* is a function from a page to a ``Reading``: candidate showings with the excerpt each was read from. Readers
only read; ``verify`` alone decides what may be published, whoever read it.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.store.base import Availability

RefusalReason = Literal[
    "title_missing",
    "title_not_on_page",
    "time_not_on_page",
    "date_assumed",
    "in_the_past",
    "too_far_ahead",
    "other_venue",
    "no_such_local_time",
    "duplicate",
    "low_confidence",
]


class Page(Struct, frozen=True, kw_only=True):
    """A document as it was fetched: ``url`` after redirects, ``text`` decoded, ``fetched_at`` in UTC.

    ``etag`` and ``last_modified`` are the server's own words for this version, to ask later whether it still holds.
    """

    url: str
    content_type: str
    text: str
    fetched_at: datetime
    etag: str | None = None
    last_modified: str | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """A showing as one reader understood it, nothing converted beyond date and clock.

    ``day`` and ``clock`` are the cinema's wall clock, unless ``utc_offset`` is given: then they are in that offset.
    ``day`` is None where the page names no day. ``quote`` is one contiguous excerpt of the page that holds the time:
    of its source for embedded data, of its visible text (white space folded) otherwise. ``title`` and ``price_text``
    are as printed; ``link`` is absolute. ``language`` and ``subtitles`` are BCP 47 codes ("und" where subtitles are
    named without their language). ``business_day`` is the day to which the source itself counts the showing, where it
    says so. ``venue`` is the cinema's name as the source gives it, for pages that list several cinemas.
    """

    title: str
    day: date | None
    clock: time
    quote: str
    utc_offset: timedelta | None = None
    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    room: str | None = None
    price_text: str | None = None
    price_currency: str | None = None
    link: str | None = None
    availability: Availability = "available"
    year: int | None = None
    original_title: str | None = None
    duration_minutes: int | None = None
    poster_url: str | None = None
    business_day: date | None = None
    venue: str | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """What one reader made of one page. ``confidence`` is 0..1 for the page as a whole."""

    reader: str
    candidates: tuple[Candidate, ...]
    confidence: float = 1.0


class Refusal(Struct, frozen=True, kw_only=True):
    """A candidate that verification did not let through, and why."""

    candidate: Candidate
    reason: RefusalReason


class ReadContext(Struct, frozen=True, kw_only=True):
    """What a reader may know besides the page: the moment of reading (UTC), the cinema's timezone and country.

    ``country`` (ISO 3166-1 alpha-2) tells which currency a bare number or "$" means.
    """

    now: datetime
    timezone: ZoneInfo
    country: str | None = None


Reader = Callable[[Page, ReadContext], Reading | None]
"""None means: this reader finds nothing of its kind on the page, ask the next one."""
