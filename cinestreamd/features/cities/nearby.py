"""Cinemas near a point, of the cities that were read, with what each still shows today."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.features.guide import business_day, read_day
from cinestreamd.i18n import Language
from cinestreamd.store.base import Cinema, Location, Showtime, Store
from cinestreamd.web import formats
from cinestreamd.web.points import Point, distance_km
from cinestreamd.web.text import clean_text
from cinestreamd.web.urls import cinema_path, city_path, with_query

MAX_CINEMAS: Final = 12
MAX_CITIES: Final = 6
REACH_KM: Final = 60.0
"""A city farther away than this has no cinema near the visitor."""


class NearCinema(Struct, frozen=True, kw_only=True):
    """A cinema near the visitor: ``left`` showings are still to come today, the next at ``next_clock``."""

    name: str
    address: str
    path: str
    city: str
    distance: str
    left: int
    next_clock: str | None


class NearPage(Struct, frozen=True, kw_only=True):
    """Cinemas by distance, and the nearest city's list in that order; None when no city near was read."""

    cinemas: Sequence[NearCinema]
    evening: str | None


async def near_page(store: Store, point: Point, at: str, *, language: Language, now: datetime) -> NearPage:
    """The cinemas near ``point``, which the visitor's address writes as ``at``."""
    cities = await _cities_near(store, point)
    found: list[tuple[float, NearCinema]] = []
    for location in cities:
        found += await _cinemas_of(store, location, point, language, now)
    found.sort(key=lambda item: item[0])
    evening = with_query(city_path(language, cities[0].id), at=at, sort="distance", by="cinema") if cities else None
    return NearPage(cinemas=[cinema for _, cinema in found[:MAX_CINEMAS]], evening=evening)


async def _cities_near(store: Store, point: Point) -> list[Location]:
    known = [location for location in await store.locations() if location.last_updated is not None]
    near = [(distance_km(point, location.lat, location.lon) or 0.0, location) for location in known]
    reachable = sorted((item for item in near if item[0] <= REACH_KM), key=lambda item: item[0])
    return [location for _, location in reachable[:MAX_CITIES]]


async def _cinemas_of(
    store: Store, location: Location, point: Point, language: Language, now: datetime
) -> list[tuple[float, NearCinema]]:
    zone = ZoneInfo(location.timezone)
    programme = await read_day(store, location, business_day(now, zone))
    left: dict[str, list[Showtime]] = {}
    for row in programme.showtimes:
        if row.start_time > now and row.availability == "available":
            left.setdefault(row.cinema_id, []).append(row)
    found = []
    for cinema in programme.cinemas.values():
        kilometres = distance_km(point, cinema.lat, cinema.lon)
        if kilometres is not None:
            rows = left.get(cinema.id, [])
            found.append((kilometres, _near_cinema(cinema, location, rows, kilometres, language)))
    return found


def _near_cinema(
    cinema: Cinema, location: Location, rows: Sequence[Showtime], kilometres: float, language: Language
) -> NearCinema:
    zone = ZoneInfo(location.timezone)
    return NearCinema(
        name=clean_text(cinema.names.get(language) or cinema.name),
        address=clean_text(cinema.address or ""),
        path=cinema_path(language, location.id, cinema.id),
        city=location.names.of(language),
        distance=formats.format_distance(kilometres, language),
        left=len(rows),
        next_clock=formats.format_clock(rows[0].start_time.astimezone(zone)) if rows else None,
    )
