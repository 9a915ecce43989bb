"""The lists of the guide in other forms: the same path with ``.json``, ``.ics`` or ``.atom``."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal
from urllib.parse import quote, urlencode

from msgspec import Meta, Struct
from msgspec.structs import replace

from cinestreamd.features.guide.calendar import Event
from cinestreamd.features.guide.listing import cinema_name
from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.query import CityQuery, path_of
from cinestreamd.features.guide.showing import Showing, Teller, Viewpoint
from cinestreamd.i18n import translations
from cinestreamd.store.base import Showtime
from cinestreamd.web import formats
from cinestreamd.web.text import clean_text
from cinestreamd.web.urls import film_path

Form = Literal["json", "ics", "atom"]
MAX_DAYS: Final = 14
MAX_ROWS: Final = 1000
CALENDAR_DAYS: Final = 7
"""Business days of the calendar that a city's page offers: one that a program asks for again and again."""


class FeedQuery(CityQuery, frozen=True, kw_only=True):
    """A city's list: the page's query, and over how many business days from the page's on.

    At most ``limit`` rows are given, from the one at ``offset`` on.
    """

    days: Annotated[int, Meta(ge=1, le=MAX_DAYS, description="Business days, from the first one on.")] = 1
    limit: Annotated[int, Meta(ge=1, le=MAX_ROWS, description="Most rows in one answer.")] = MAX_ROWS
    offset: Annotated[int, Meta(ge=0, le=1_000_000, description="Rows to pass over.")] = 0


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of an Atom feed: ``published`` is when the showing was first read."""

    id: str
    title: str
    url: str
    published: str
    showing: Showing
    cinema: str
    day: str


def feed_path(page: str, form: Form) -> str:
    """The path of a page's list in another form."""
    return f"{page}.{form}"


def city_feeds(view: Viewpoint, query: CityQuery) -> Mapping[Form, str]:
    """Where the list of a city's page is in the other forms; the calendar reaches over a week."""
    asked = replace(query, asked=None)
    week = FeedQuery(**{name: getattr(asked, name) for name in CityQuery.__struct_fields__}, days=CALENDAR_DAYS)
    return {
        "json": path_of(feed_path(view.city_path, "json"), asked),
        "ics": path_of(feed_path(view.city_path, "ics"), week),
        "atom": path_of(feed_path(view.city_path, "atom"), week),
    }


def page_feeds(page: str, cinemas: Sequence[str] = ()) -> Mapping[Form, str]:
    """Where the list of a film's page, of some cinemas alone, or of a cinema's page is in the other forms."""
    query = f"?{urlencode([('cinema', each) for each in cinemas])}" if cinemas else ""
    forms: tuple[Form, ...] = ("json", "ics", "atom")
    return {form: f"{feed_path(page, form)}{query}" for form in forms}


def events(programme: Programme, view: Viewpoint, *, base_url: str, authority: str) -> Sequence[Event]:
    """The showings as calendar events. ``authority`` ends their UIDs: who gives them out."""
    tell = Teller(view).tell
    return [_event(row, tell(row), programme, view, (base_url, authority)) for row in programme.showtimes]


def _event(row: Showtime, showing: Showing, programme: Programme, view: Viewpoint, names: tuple[str, str]) -> Event:
    (base_url, authority), film, cinema = names, programme.films[row.film_id], programme.cinemas[row.cinema_id]
    named = [cinema_name(cinema, view.language), clean_text(cinema.address or "")]
    title = clean_text(film.titles.of(view.language))
    return Event(
        uid=f"{clean_text(row.id)}@{authority}",
        stamp=row.evidence.fetched_at,
        start=row.start_time,
        end=row.start_time + timedelta(minutes=film.duration_minutes) if film.duration_minutes else None,
        summary=title if not showing.state else f"{title} ({showing.state})",
        location=", ".join(part for part in named if part),
        description=_description(showing, view),
        url=base_url + film_path(view.language, view.location.id, film.id),
        point=None if cinema.lat is None or cinema.lon is None else (cinema.lat, cinema.lon),
        availability=row.availability,
    )


def _description(showing: Showing, view: Viewpoint) -> str:
    text = translations(view.language)
    facts = " · ".join(fact for fact in (showing.state, showing.facts, showing.price) if fact)
    ticket = f"{text.gettext('Ticket')}: {showing.buy}" if showing.buy else ""
    source = f"{text.gettext('Source')}: “{showing.quote}” {showing.source or ''}".rstrip()
    return "\n".join(line for line in (facts, ticket, source) if line)


def entries(programme: Programme, view: Viewpoint, *, base_url: str, authority: str) -> Sequence[Entry]:
    """The showings as entries of a feed, what was announced last first."""
    rows = sorted(programme.showtimes, key=lambda row: (row.created_at, row.start_time), reverse=True)
    tell = Teller(view).tell
    return [_entry(row, tell(row), programme, view, (base_url, authority)) for row in rows]


def _entry(row: Showtime, showing: Showing, programme: Programme, view: Viewpoint, names: tuple[str, str]) -> Entry:
    (base_url, authority), film, cinema = names, programme.films[row.film_id], programme.cinemas[row.cinema_id]
    local = row.start_time.astimezone(view.zone)
    title = clean_text(film.titles.of(view.language))
    start = f"{formats.format_day_of_month(local.date(), view.language)}, {showing.clock}"
    return Entry(
        id=f"tag:{authority},2026:{quote(row.id)}",
        title=" · ".join(part for part in (title, start, showing.state) if part),
        url=base_url + film_path(view.language, view.location.id, film.id),
        published=_rfc3339(row.created_at),
        showing=showing,
        cinema=cinema_name(cinema, view.language),
        day=formats.format_day(row.business_day, view.language),
    )


def latest(programme: Programme, otherwise: datetime | None) -> str:
    """When the newest of the showings was first read; for none of them, ``otherwise`` or the year's beginning."""
    moments = [row.created_at for row in programme.showtimes]
    fallback = otherwise or datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    return _rfc3339(max(moments, default=fallback))


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def days_from(first: date, number: int) -> list[date]:
    """So many days from the first one on."""
    return [first + timedelta(days=each) for each in range(number)]
