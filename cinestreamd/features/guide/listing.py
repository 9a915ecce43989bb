"""Showtimes as a page shows them: in two levels of groups, each showing ready to be printed."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.features.guide.programme import Programme
from cinestreamd.i18n import Language, translations
from cinestreamd.store.base import Availability, Cinema, Evidence, Film, Location, Showtime
from cinestreamd.web import formats
from cinestreamd.web.text import clean_text, link_host, safe_link
from cinestreamd.web.urls import cinema_path, film_path

MAX_QUOTE: Final = 400
"""Characters of a quote that a page shows; the API gives all."""


class Source(Struct, frozen=True, kw_only=True):
    """The proof of a showing: ``url`` None when the source is no web address; ``age`` in words."""

    url: str | None
    host: str
    quote: str
    age: str
    fetched_at: str


class Showing(Struct, frozen=True, kw_only=True):
    """One showing in the words of one language.

    ``night`` marks one after midnight; ``facts`` are short (format, languages, room), ``spoken`` says the languages in
    full; ``buy`` is a safe link.
    """

    id: str
    clock: str
    start: str
    night: str | None
    over: bool
    state: Availability
    facts: str
    spoken: str
    price: str | None
    buy: str | None
    buy_unverified: bool
    source: Source


class Head(Struct, frozen=True, kw_only=True):
    """What stands over a group: a film, a cinema or a day. ``path`` is None where there is no page to lead to."""

    name: str
    path: str | None = None
    note: str = ""


class Part(Struct, frozen=True, kw_only=True):
    """The showings of one cinema in a film's group, of one film in a cinema's, of either in a day's."""

    head: Head
    showings: Sequence[Showing]


class Group(Struct, frozen=True, kw_only=True):
    """A film, a cinema or a day with its parts, and the number of showings in them."""

    head: Head
    count: int
    parts: Sequence[Part]


class Listing(Struct, frozen=True, kw_only=True):
    """What is still to come, and what has begun already, in the same grouping; with the numbers of showings."""

    upcoming: Sequence[Group]
    upcoming_count: int
    over: Sequence[Group]
    over_count: int


class Viewpoint(Struct, frozen=True, kw_only=True):
    """For whom a listing is made: the city, its timezone, the language, the moment."""

    location: Location
    zone: ZoneInfo
    language: Language
    now: datetime


Facet = Literal["film", "cinema", "day"]


def arrange(programme: Programme, viewpoint: Viewpoint, outer: Facet, inner: Facet) -> Listing:
    """``programme`` grouped by one facet within another.

    Films come with the most showings first, cinemas by name, days in order; inside a group films follow their first
    showing.
    """
    arranger = _Arranger(programme, viewpoint)
    upcoming = [row for row in programme.showtimes if row.start_time > viewpoint.now]
    over = [row for row in programme.showtimes if row.start_time <= viewpoint.now]
    return Listing(
        upcoming=arranger.groups(upcoming, outer, inner),
        upcoming_count=len(upcoming),
        over=arranger.groups(over, outer, inner),
        over_count=len(over),
    )


class _Arranger:
    """Groups rows; names each film, cinema and day once."""

    def __init__(self, programme: Programme, viewpoint: Viewpoint) -> None:
        self._programme = programme
        self._viewpoint = viewpoint
        self._heads: dict[tuple[Facet, str], Head] = {}

    def groups(self, rows: Sequence[Showtime], outer: Facet, inner: Facet) -> list[Group]:
        groups = [
            Group(head=self._head(outer, key), count=len(members), parts=self._parts(members, inner))
            for key, members in _by_facet(rows, outer).items()
        ]
        if outer == "film":
            groups.sort(key=lambda group: (-group.count, group.head.name))
        elif outer == "cinema":
            groups.sort(key=lambda group: group.head.name)
        return groups

    def _parts(self, rows: Sequence[Showtime], facet: Facet) -> list[Part]:
        parts = [
            Part(head=self._head(facet, key), showings=[show(row, self._viewpoint) for row in members])
            for key, members in _by_facet(rows, facet).items()
        ]
        if facet == "cinema":
            parts.sort(key=lambda part: part.head.name)
        return parts

    def _head(self, facet: Facet, key: str) -> Head:
        head = self._heads.get((facet, key))
        if head is None:
            head = self._heads[facet, key] = self._make_head(facet, key)
        return head

    def _make_head(self, facet: Facet, key: str) -> Head:
        if facet == "film":
            return film_head(self._programme.films[key], self._viewpoint)
        if facet == "cinema":
            return cinema_head(self._programme.cinemas[key], self._viewpoint)
        day = formats.format_day(date.fromisoformat(key), self._viewpoint.language)
        return Head(name=day[0].upper() + day[1:])


def _by_facet(rows: Sequence[Showtime], facet: Facet) -> dict[str, list[Showtime]]:
    """Rows by the id of one facet, in the order in which the ids first occur."""
    found: dict[str, list[Showtime]] = {}
    for row in rows:
        key = row.film_id if facet == "film" else row.cinema_id if facet == "cinema" else str(row.business_day)
        found.setdefault(key, []).append(row)
    return found


def film_head(film: Film, viewpoint: Viewpoint) -> Head:
    """A film's title in the visitor's language; original title, year and length beside it."""
    language = viewpoint.language
    name = clean_text(film.titles.of(language))
    original = clean_text(film.titles.original)
    facts = [original if original != name else "", str(film.year or "")]
    if film.duration_minutes:
        facts.append(formats.format_minutes(film.duration_minutes, language))
    return Head(
        name=name,
        path=film_path(language, viewpoint.location.id, film.id),
        note=" · ".join(fact for fact in facts if fact),
    )


def cinema_head(cinema: Cinema, viewpoint: Viewpoint) -> Head:
    """A cinema's name in the visitor's language, and its address."""
    return Head(
        name=clean_text(cinema.names.get(viewpoint.language) or cinema.name),
        path=cinema_path(viewpoint.language, viewpoint.location.id, cinema.id),
        note=clean_text(cinema.address or ""),
    )


def show(row: Showtime, viewpoint: Viewpoint) -> Showing:
    """One row in words."""
    language = viewpoint.language
    local = row.start_time.astimezone(viewpoint.zone)
    return Showing(
        id=row.id,
        clock=formats.format_clock(local),
        start=local.isoformat(timespec="minutes"),
        night=formats.format_night(local, row.business_day, language),
        over=row.start_time <= viewpoint.now,
        state=row.availability,
        facts=_facts(row, language),
        spoken=_spoken(row.language, row.original_language, row.subtitles, language),
        price=formats.format_price(row.price, language) if row.price else None,
        buy=safe_link(row.buy_link) if row.availability == "available" else None,
        buy_unverified=row.buy_link_state == "unverified",
        source=_source(row.evidence, viewpoint),
    )


def _facts(row: Showtime, language: Language) -> str:
    """What is known of format, languages and room: "IMAX · EN · sub. UA · screen 3"."""
    text = translations(language)
    facts = [clean_text(row.format, 30)] if row.format else []
    if row.language:
        facts.append(formats.language_label(row.language))
    if row.original_language:
        facts.append(text.gettext("original"))
    if row.subtitles:
        facts.append(text.gettext("sub. %(language)s") % {"language": formats.language_label(row.subtitles)})
    if row.room:
        room = clean_text(row.room, 40)
        facts.append(text.gettext("screen %(room)s") % {"room": room} if room.isdecimal() else room)
    return "\N{NO-BREAK SPACE}· ".join(_kept_together(fact) for fact in facts)


def _kept_together(fact: str) -> str:
    """``fact`` so that a line does not break inside it, unless it is long."""
    return fact.replace(" ", "\N{NO-BREAK SPACE}") if len(fact) <= 16 else fact


@lru_cache(maxsize=512)
def _spoken(sound: str | None, original: bool, subtitles: str | None, language: Language) -> str:
    """The languages of a showing in full."""
    text = translations(language)
    said = []
    if sound:
        said.append(text.gettext("Sound: %(language)s.") % {"language": formats.language_name(sound, language)})
    if original:
        said.append(text.gettext("Original version."))
    if subtitles:
        named = formats.language_name(subtitles, language)
        said.append(text.gettext("Subtitles: %(language)s.") % {"language": named})
    return " ".join(said)


def _source(evidence: Evidence, viewpoint: Viewpoint) -> Source:
    url = safe_link(evidence.url)
    age = (viewpoint.now - evidence.fetched_at).total_seconds()
    return Source(
        url=url,
        host=link_host(url) if url else "",
        quote=clean_text(evidence.quote, MAX_QUOTE),
        age=formats.format_age(age, viewpoint.language),
        fetched_at=evidence.fetched_at.isoformat(timespec="seconds"),
    )
