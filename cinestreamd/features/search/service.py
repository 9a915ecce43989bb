"""Films and cinemas by what a person types."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from cinestreamd.features.search.index import SearchIndex
from cinestreamd.features.search.matching import best_matches
from cinestreamd.store.base import Cinema, Film, Location, Names, Store, Titles
from cinestreamd.tracing import traced

MAX_FINDS: Final = 5
"""Most films, and most cinemas, of one answer."""

MAX_CITIES: Final = 40
"""Cities that are looked through when none is named."""


class CityRef(Struct, frozen=True):
    """The city that something was found in."""

    id: str
    name: Names


class FoundFilm(Struct, frozen=True):
    """A film that is to come in a city; a title that no source gave is null."""

    id: str
    titles: Titles
    year: int | None
    city: CityRef


class FoundCinema(Struct, frozen=True):
    """A cinema: as it calls itself, and its names by language where they are known."""

    id: str
    name: str
    names: Mapping[str, str]
    address: str | None
    city: CityRef


class Finds(Struct, frozen=True):
    """What was found, the best match first."""

    films: list[FoundFilm]
    cinemas: list[FoundCinema]


@traced("search.find_titles")
async def find_titles(
    store: Store, index: SearchIndex, text: str, *, now: datetime, city: Location | None = None
) -> Finds:
    """Films and cinemas of ``city``, or of the cities that were read last."""
    cities = [city] if city is not None else await _read_cities(store)
    films: list[tuple[Sequence[str], FoundFilm]] = []
    cinemas: list[tuple[Sequence[str], FoundCinema]] = []
    for each in cities:
        named = await index.names(store, each, now)
        ref = CityRef(each.id, each.names)
        films += [(names, _film(film, ref)) for names, film in named.films]
        cinemas += [(names, _cinema(cinema, ref)) for names, cinema in named.cinemas]
    return Finds(best_matches(text, films, limit=MAX_FINDS), best_matches(text, cinemas, limit=MAX_FINDS))


async def _read_cities(store: Store) -> list[Location]:
    known = [(location.last_updated, location) for location in await store.locations() if location.last_updated]
    return [location for _, location in sorted(known, key=lambda item: item[0], reverse=True)[:MAX_CITIES]]


def _film(film: Film, city: CityRef) -> FoundFilm:
    return FoundFilm(film.id, film.titles, film.year, city)


def _cinema(cinema: Cinema, city: CityRef) -> FoundCinema:
    return FoundCinema(cinema.id, cinema.name, cinema.names, cinema.address, city)
