"""The types of ``GET /api/showtimes``, and how records become them."""

from datetime import date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.query import CityId, Filters
from cinestreamd.store.accessibility import Access
from cinestreamd.store.base import Availability, Evidence, Location, LocationStatus, Price, Titles
from cinestreamd.store.spending import SIMULATED_CLAUDE
from cinestreamd.web.text import safe_link

MAX_ROWS: Final = 1000


class ShowtimesQuery(Filters, frozen=True, kw_only=True):
    """Filters of a city's showtimes. Without ``date`` everything is meant that is still to come.

    At most ``limit`` rows are given, from the one at ``offset`` on.
    """

    city: CityId
    limit: Annotated[int, Meta(ge=1, le=MAX_ROWS, description="Most rows in one answer.")] = MAX_ROWS
    offset: Annotated[int, Meta(ge=0, le=1_000_000, description="Rows to pass over.")] = 0


class CinemaItem(Struct, frozen=True):
    """The cinema of a showtime."""

    id: str
    name: str


class FilmItem(Struct, frozen=True):
    """The film of a showtime; a title that no source gave is null."""

    id: str
    titles: Titles
    year: int | None
    duration_minutes: int | None


class ShowtimeItem(Struct, frozen=True):
    """One showing.

    ``title`` is as the cinema printed it; ``start`` carries the city's offset; ``business_day`` is the evening that a
    showing after midnight belongs to; ``language`` and ``subtitles`` are BCP 47 codes. ``buy_link`` is null when the
    page gives none that is a web address.
    ``access`` are the ways in which the page says that it is made accessible.
    ``reader`` is what read the row; ``simulated``: a stand-in answered in place of a model.
    """

    id: str
    title: str
    film: FilmItem
    cinema: CinemaItem
    start: datetime
    business_day: date
    format: str | None
    language: str | None
    original_language: bool
    subtitles: str | None
    room: str | None
    price: Price | None
    availability: Availability
    access: tuple[Access, ...]
    buy_link: str | None
    evidence: Evidence
    reader: str
    simulated: bool


class ShowtimesAnswer(Struct, frozen=True):
    """A city's showtimes, with how fresh they are: ``updated`` is when the city was last read through."""

    city: str
    status: LocationStatus
    updated: datetime | None
    showtimes: list[ShowtimeItem]


def showtimes_answer(location: Location, status: LocationStatus, programme: Programme) -> ShowtimesAnswer:
    """``programme`` as the API tells it. Nothing in it depends on the moment, so that its validator lasts."""
    zone = ZoneInfo(location.timezone)
    films = {
        film.id: FilmItem(film.id, film.titles, film.year, film.duration_minutes) for film in programme.films.values()
    }
    cinemas = {cinema.id: CinemaItem(cinema.id, cinema.name) for cinema in programme.cinemas.values()}
    rows = [
        ShowtimeItem(
            row.id,
            row.raw_title,
            films[row.film_id],
            cinemas[row.cinema_id],
            row.start_time.astimezone(zone),
            row.business_day,
            row.format,
            row.language,
            row.original_language,
            row.subtitles,
            row.room,
            row.price,
            row.availability,
            row.access,
            safe_link(row.buy_link),
            row.evidence,
            row.reader,
            row.reader == SIMULATED_CLAUDE,
        )
        for row in programme.showtimes
    ]
    return ShowtimesAnswer(location.id, status, location.last_updated, rows)
