"""The names of a city's films and cinemas, made comparable once a revision."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from cinestreamd.gazetteer.folding import fold
from cinestreamd.store.base import Cinema, Film, Location, Store

_KEPT_CITIES: Final = 64


class CityNames(Struct, frozen=True):
    """The films that are to come in a city, shown most first, and its cinemas; each with its folded names."""

    location: Location
    films: Sequence[tuple[Sequence[str], Film]]
    cinemas: Sequence[tuple[Sequence[str], Cinema]]


class SearchIndex:
    """Names of cities, kept for as long as a city's revision stays the same; of the cities asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, CityNames] = OrderedDict()

    async def names(self, store: Store, location: Location, now: datetime) -> CityNames:
        """The names of one city."""
        kept = self._kept.get(location.id)
        if kept is None or kept.location.revision != location.revision:
            kept = self._kept[location.id] = await _read(store, location, now)
        self._kept.move_to_end(location.id)
        while len(self._kept) > _KEPT_CITIES:
            self._kept.popitem(last=False)
        return kept


async def _read(store: Store, location: Location, now: datetime) -> CityNames:
    counts: dict[str, int] = {}
    for row in await store.showtimes(location.id, since=now):
        counts[row.film_id] = counts.get(row.film_id, 0) + 1
    films = sorted(await store.films(sorted(counts)), key=lambda film: (-counts[film.id], film.id))
    cinemas = await store.cinemas(location.id)
    return CityNames(
        location,
        [(_folded(film.titles.uk, film.titles.en, film.titles.ru, film.titles.original), film) for film in films],
        [(_folded(cinema.name, *cinema.names.values(), cinema.brand), cinema) for cinema in cinemas],
    )


def _folded(*names: str | None) -> tuple[str, ...]:
    """The comparable forms of names, each once."""
    return tuple(dict.fromkeys(key for name in names if name and (key := fold(name))))
