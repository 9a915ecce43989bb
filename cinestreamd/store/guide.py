"""The guide: cinemas, films, and what is shown when."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from msgspec import Struct

from cinestreamd.store.accessibility import Access
from cinestreamd.store.memory import Wheelchair
from cinestreamd.store.runs import SourceOutcome

Availability = Literal["available", "sold_out", "cancelled"]
CinemaSource = Literal["config", "openstreetmap", "claude", "operator"]


class Cinema(Struct, frozen=True, kw_only=True):
    """One venue (a chain is not a cinema). ``id`` is unique in the site and stable across runs."""

    id: str
    city_id: str
    name: str
    url: str
    source: CinemaSource
    names: Mapping[str, str] = {}
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    brand: str | None = None
    operator: str | None = None
    wheelchair: Wheelchair | None = None
    last_read: datetime | None = None
    last_outcome: SourceOutcome | None = None
    failures: int = 0


class Titles(Struct, frozen=True, kw_only=True):
    """A film's titles; a language that no source gave is None, ``original`` is always there."""

    original: str
    uk: str | None = None
    en: str | None = None
    ru: str | None = None

    def of(self, language: str) -> str:
        """The title in ``language``, else the original one."""
        return {"uk": self.uk, "en": self.en, "ru": self.ru}.get(language) or self.original


class Film(Struct, frozen=True, kw_only=True):
    """One real film. The same title in another year is another film."""

    id: str
    titles: Titles
    year: int | None = None
    duration_minutes: int | None = None
    poster_url: str | None = None


class Price(Struct, frozen=True, kw_only=True, gc=False):
    """A price in minor units of ``currency`` (ISO 4217), and ``text`` as the page prints it."""

    min: int
    max: int
    currency: str
    text: str


class Evidence(Struct, frozen=True, kw_only=True, gc=False):
    """Where a showtime was read: ``quote`` is one verbatim excerpt of the page at ``url``."""

    url: str
    quote: str
    fetched_at: datetime


class Showtime(Struct, frozen=True, kw_only=True, gc=False):
    """One showing. ``id`` is stable: the same showing read again has the same id.

    ``language`` and ``subtitles`` are BCP 47 codes of the sound and of the subtitles; ``original_language`` says that
    the page calls it the original version. ``buy_link_state`` tells whether the link was seen to answer; ``access`` are
    the ways in which the page says that it is made accessible. Hundreds are read for one page: they hold nothing that
    could lead back to them, so the garbage collector need not look at them.
    """

    id: str
    city_id: str
    cinema_id: str
    film_id: str
    start_time: datetime
    business_day: date
    raw_title: str
    evidence: Evidence
    reader: str
    run_id: str
    created_at: datetime
    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    room: str | None = None
    price: Price | None = None
    buy_link: str | None = None
    buy_link_state: Literal["unchecked", "ok", "unverified"] = "unchecked"
    availability: Availability = "available"
    access: tuple[Access, ...] = ()


class ShowingDay(Struct, frozen=True, kw_only=True, gc=False):
    """When a showing begins, and whether it takes place: what a count of showings needs of it."""

    start_time: datetime
    business_day: date
    availability: Availability = "available"


class GuideStore(Protocol):
    """Reading the guide."""

    async def cinemas(self, city_id: str | None = None) -> list[Cinema]:
        """The city's cinemas, by name; without a city those of all cities, by city and name."""

    async def cinema(self, cinema_id: str) -> Cinema | None:
        """The cinema of that id."""

    async def film(self, film_id: str) -> Film | None:
        """The film of that id."""

    async def films(self, film_ids: Sequence[str]) -> list[Film]:
        """The films of those ids that exist, in no particular order."""

    async def showtimes(
        self,
        city_id: str,
        *,
        since: datetime,
        until: datetime | None = None,
        film_id: str | None = None,
        cinema_id: str | None = None,
    ) -> list[Showtime]:
        """The city's showtimes with ``since <= start_time < until``, by start time, cinema and id."""

    async def showing_days(self, city_id: str, *, since: datetime) -> list[ShowingDay]:
        """The city's showtimes with ``since <= start_time``, by start time, of each no more than a count needs."""
