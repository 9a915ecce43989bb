"""Showtimes as a page shows them: in two levels of groups, each showing ready to be printed."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import chain
from math import inf
from typing import Final, Literal
from zlib import crc32

from markupsafe import escape
from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.query import Sort
from cinestreamd.features.guide.runs import Runs
from cinestreamd.features.guide.showing import Showing, Teller, Viewpoint
from cinestreamd.i18n import Language, translations
from cinestreamd.store.base import Cinema, Film, Showtime
from cinestreamd.web import formats
from cinestreamd.web.points import distance_km
from cinestreamd.web.text import clean_text
from cinestreamd.web.urls import cinema_path, film_path, poster_path

_BETWEEN: Final = "\x1f"
_FIELDS: Final = len(Showing.__struct_fields__)

DRAWN_POSTERS: Final = 12
"""How many posters the style sheet can draw (``.art-0`` …)."""


class Head(Struct, frozen=True, kw_only=True):
    """What stands over a group: a film, a cinema or a day. ``path`` is None where there is no page to lead to.

    ``art`` is which of the drawn posters a film gets; None for what is no film. ``poster`` is where its own is, if it
    is known, without the size. ``mark`` says that a film is new or leaves.
    ``kilometres`` is how far a cinema is from the visitor's point, ``distance`` the same in words.
    """

    name: str
    path: str | None = None
    note: str = ""
    art: int | None = None
    poster: str | None = None
    mark: str = ""
    kilometres: float | None = None
    distance: str | None = None


class Part(Struct, frozen=True, kw_only=True):
    """The showings of one cinema in a film's group, of one film in a cinema's, of either in a day's.

    ``fields`` are those of each showing, in the order of ``Showing``'s.
    """

    head: Head
    fields: Sequence[tuple[str, ...]]

    @property
    def showings(self) -> list[Showing]:
        """The showings with their fields by name."""
        return [Showing(*each) for each in self.fields]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The showings as tuples of their fields, escaped for HTML.

        A template unpacks tuples faster than it looks fields up, and all fields are escaped at once.
        """
        plain = list(chain.from_iterable(self.fields))
        told = str.split(escape(_BETWEEN.join(plain)), _BETWEEN)
        if len(told) != len(plain):  # a field holds the separator: each by itself
            told = [str.__str__(escape(field)) for field in plain]
        return list(zip(*[iter(told)] * _FIELDS, strict=True))


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


Facet = Literal["film", "cinema", "day"]


def arrange(
    programme: Programme, viewpoint: Viewpoint, outer: Facet, inner: Facet, *, sort: Sort | None = None
) -> Listing:
    """``programme`` grouped by one facet within another.

    Without ``sort`` films come with the most showings first, cinemas by name, days in order; inside a group films
    follow their first showing. With it groups and parts come by their first start, lowest price or nearest cinema;
    what is not known comes last. Days stay in order.
    """
    arranger = _Arranger(programme, viewpoint, sort)
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

    def __init__(self, programme: Programme, viewpoint: Viewpoint, sort: Sort | None) -> None:
        self._programme = programme
        self._viewpoint = viewpoint
        self._sort = sort
        self._teller = Teller(viewpoint)
        self._heads: dict[tuple[Facet, str], Head] = {}

    def groups(self, rows: Sequence[Showtime], outer: Facet, inner: Facet) -> list[Group]:
        return [
            Group(head=self._head(outer, key), count=len(members), parts=self._parts(members, inner))
            for key, members in self._sorted(rows, outer, is_outer=True)
        ]

    def _parts(self, rows: Sequence[Showtime], facet: Facet) -> list[Part]:
        fields_of = self._teller.fields
        return [
            Part(head=self._head(facet, key), fields=[fields_of(row) for row in members])
            for key, members in self._sorted(rows, facet, is_outer=False)
        ]

    def _sorted(self, rows: Sequence[Showtime], facet: Facet, *, is_outer: bool) -> list[tuple[str, list[Showtime]]]:
        """Rows by the id of one facet, in the order in which they are shown."""
        found = list(_by_facet(rows, facet).items())
        if facet == "day":
            return found
        if self._sort in {"price", "distance"}:
            measure = self._cheapest if self._sort == "price" else self._nearest
            found.sort(key=lambda item: measure(item[1]))
        elif self._sort is None and facet == "cinema":
            found.sort(key=lambda item: self._head("cinema", item[0]).name)
        elif self._sort is None and is_outer:
            found.sort(key=lambda item: (-len(item[1]), self._head("film", item[0]).name))
        return found

    def _nearest(self, rows: Sequence[Showtime]) -> float:
        found = (self._head("cinema", row.cinema_id).kilometres for row in rows)
        return min((each for each in found if each is not None), default=inf)

    def _cheapest(self, rows: Sequence[Showtime]) -> float:
        return min((row.price.min for row in rows if row.price is not None), default=inf)

    def _head(self, facet: Facet, key: str) -> Head:
        head = self._heads.get((facet, key))
        if head is None:
            head = self._heads[facet, key] = self._make_head(facet, key)
        return head

    def _make_head(self, facet: Facet, key: str) -> Head:
        if facet == "film":
            head = film_head(self._programme.films[key], self._viewpoint, self._programme.posters.get(key))
            mark = _mark(self._programme.runs, key, self._viewpoint.language)
            return replace(head, mark=mark) if mark else head
        if facet == "cinema":
            return cinema_head(self._programme.cinemas[key], self._viewpoint)
        day = formats.format_day(date.fromisoformat(key), self._viewpoint.language)
        return Head(name=day[0].upper() + day[1:])


def _mark(runs: Runs, film_id: str, language: Language) -> str:
    """That a film is new, or until when it is announced for the last time."""
    text, last = translations(language), runs.last.get(film_id)
    if last is not None:
        return text.gettext("last showings: until %(day)s") % {"day": formats.format_day_of_month(last, language)}
    return text.gettext("new") if film_id in runs.new else ""


def _by_facet(rows: Sequence[Showtime], facet: Facet) -> dict[str, list[Showtime]]:
    """Rows by the id of one facet, in the order in which the ids first occur."""
    found: dict[str, list[Showtime]] = {}
    for row in rows:
        key = row.film_id if facet == "film" else row.cinema_id if facet == "cinema" else str(row.business_day)
        found.setdefault(key, []).append(row)
    return found


def film_head(film: Film, viewpoint: Viewpoint, poster: str | None = None, *, told: Collection[str] = ()) -> Head:
    """A film's title in the visitor's language; original title, year and length beside it. ``poster`` is a digest.

    ``told`` are titles that the page names by themselves.
    """
    language = viewpoint.language
    name = clean_text(film.titles.of(language))
    original = clean_text(film.titles.original)
    facts = [original if original not in {name, *told} else "", str(film.year or "")]
    if film.duration_minutes:
        facts.append(formats.format_minutes(film.duration_minutes, language))
    return Head(
        name=name,
        path=film_path(language, viewpoint.location.id, film.id),
        note=" · ".join(fact for fact in facts if fact),
        art=crc32(film.id.encode()) % DRAWN_POSTERS,
        poster=poster_path(film.id, poster) if poster else None,
    )


def cinema_head(cinema: Cinema, viewpoint: Viewpoint) -> Head:
    """A cinema's name in the visitor's language, its address, and how far it is."""
    language, point = viewpoint.language, viewpoint.point
    kilometres = None if point is None else distance_km(point, cinema.lat, cinema.lon)
    return Head(
        name=cinema_name(cinema, language),
        path=cinema_path(language, viewpoint.location.id, cinema.id),
        note=clean_text(cinema.address or ""),
        kilometres=kilometres,
        distance=None if kilometres is None else formats.format_distance(kilometres, language),
    )


def cinema_name(cinema: Cinema, language: Language) -> str:
    """A cinema's name in the visitor's language, else as it calls itself."""
    return clean_text(cinema.names.get(language) or cinema.name)
