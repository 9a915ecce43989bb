"""What stands around a listing: the city, the state of its data, the days, and a film's or a cinema's own facts."""

import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.features.guide.query import CityQuery, path_of
from cinestreamd.features.scrapes import Progress, ScrapeState
from cinestreamd.i18n import LANGUAGES, Language, translations
from cinestreamd.store.base import Cinema, Film, Location
from cinestreamd.store.memory import Wheelchair
from cinestreamd.web import formats
from cinestreamd.web.text import clean_text, link_host, safe_link
from cinestreamd.web.urls import city_path

ASKED_LIMIT: Final = timedelta(minutes=2)
"""How long a page that has asked for a city waits for its turn before it offers to ask again."""


Phase = Literal["fresh", "processing", "stale", "paused", "unpaid"]
RESTS_LIMIT: Final = timedelta(days=32)
"""No address can have a page say that reading cannot be paid for longer than this."""


class CityHead(Struct, frozen=True, kw_only=True):
    """A city's names and its clock."""

    id: str
    name: str
    country: str
    clock: str
    path: str


class CityState(Struct, frozen=True, kw_only=True):
    """How a page tells the state of a city's data.

    ``phase``: fresh; processing (also while waiting for its turn); stale; paused (after a failure, for
    ``retry_minutes``); unpaid (what may be spent on reading is used up, for ``retry_hours``). ``age`` is None for a
    city that was never read.
    """

    phase: Phase
    age: str | None
    updated: str | None
    progress: Progress | None
    retry_minutes: int
    retry_hours: int = 0


class DayTab(Struct, frozen=True, kw_only=True):
    """One day of the day strip."""

    path: str
    label: str
    day_of_month: str
    count: int
    selected: bool


class FilmFacts(Struct, frozen=True, kw_only=True):
    """What a film's page says of the film: its titles in the other languages as (language label, title)."""

    titles: tuple[tuple[str, str], ...]


class CinemaFacts(Struct, frozen=True, kw_only=True):
    """What a cinema's page says of the cinema. Links are safe ones or None; ``read`` is an age in words.

    ``point`` is (latitude, longitude) in degrees; ``wheelchair`` is what the map says of steps.
    """

    url: str | None
    host: str
    map_url: str | None
    point: tuple[float, float] | None
    wheelchair: Wheelchair | None
    brand: str
    read: str | None


def city_head(location: Location, language: Language, now: datetime) -> CityHead:
    """The head of a city's pages."""
    return CityHead(
        id=location.id,
        name=location.names.of(language),
        country=formats.country_name(location.country, language),
        clock=formats.format_clock(now.astimezone(ZoneInfo(location.timezone))),
        path=city_path(language, location.id),
    )


def city_state(
    state: ScrapeState, language: Language, now: datetime, *, asked: int | None = None, rests: int | None = None
) -> CityState:
    """The state to show; ``asked`` is the moment (Unix seconds) at which this visitor's form asked for the city.

    ``rests`` is until when that form was told that reading cannot be paid.
    """
    phase: Phase = state.status
    rest = 0.0 if rests is None else rests - now.timestamp()
    if phase == "stale" and state.retry_after is not None:
        phase = "paused"
    elif phase == "stale" and 0 < rest <= RESTS_LIMIT.total_seconds():
        phase = "unpaid"
    elif phase == "stale" and _is_waiting(state, now, asked):
        phase = "processing"
    age = None if state.updated is None else (now - state.updated).total_seconds()
    return CityState(
        phase=phase,
        age=None if age is None else formats.format_age(age, language),
        updated=None if state.updated is None else state.updated.isoformat(timespec="seconds"),
        progress=state.progress,
        retry_minutes=-(-(state.retry_after or 0) // 60),
        retry_hours=math.ceil(rest / 3600) if phase == "unpaid" else 0,
    )


def _is_waiting(state: ScrapeState, now: datetime, asked: int | None) -> bool:
    if asked is None:
        return False
    age = now.timestamp() - asked
    updated = state.updated.timestamp() if state.updated else 0.0
    return -1 <= age < ASKED_LIMIT.total_seconds() and updated < asked


def day_tabs(
    location: Location, counts: Mapping[date, int], *, today: date, query: CityQuery, language: Language
) -> list[DayTab]:
    """The days that have something to come, today and the selected one always among them."""
    selected = query.day or today
    return [
        DayTab(
            path=day_path(location, day, today=today, query=query, language=language),
            label=day_label(day, today, language),
            day_of_month=formats.format_day_of_month(day, language),
            count=counts.get(day, 0),
            selected=day == selected,
        )
        for day in sorted({*counts, today, selected})
    ]


def day_path(location: Location, day: date, *, today: date, query: CityQuery, language: Language) -> str:
    """The city page of another day with the same filters and order."""
    return path_of(city_path(language, location.id), replace(query, day=None if day == today else day))


def day_label(day: date, today: date, language: Language) -> str:
    """The short name of a day: "Today", "Tomorrow", or the weekday."""
    text = translations(language)
    if day == today:
        return text.gettext("Today")
    if day == today + timedelta(days=1):
        return text.gettext("Tomorrow")
    return formats.format_weekday(day, language)


def film_facts(film: Film, language: Language) -> FilmFacts:
    """A film's other titles: those that are not the one on top."""
    shown = film.titles.of(language)
    found = [
        (formats.language_label(other), clean_text(title))
        for other in LANGUAGES
        if other != language and (title := getattr(film.titles, other)) and title != shown
    ]
    return FilmFacts(titles=tuple(found))


def cinema_facts(cinema: Cinema, language: Language, now: datetime) -> CinemaFacts:
    """A cinema's website, its place on OpenStreetMap, and when it was last read."""
    url = safe_link(cinema.url)
    map_url = None
    if cinema.lat is not None and cinema.lon is not None:
        query = urlencode({"mlat": f"{cinema.lat:.5f}", "mlon": f"{cinema.lon:.5f}"})
        map_url = f"https://www.openstreetmap.org/?{query}#map=17/{cinema.lat:.5f}/{cinema.lon:.5f}"
    age = None if cinema.last_read is None else (now - cinema.last_read).total_seconds()
    return CinemaFacts(
        url=url,
        host=link_host(url) if url else "",
        map_url=map_url,
        point=None if cinema.lat is None or cinema.lon is None else (cinema.lat, cinema.lon),
        wheelchair=cinema.wheelchair,
        brand=clean_text(cinema.brand or ""),
        read=None if age is None else formats.format_age(age, language),
    )
