"""Cities as visitors find them: on the front page, by name, and by point."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.errors import InvalidInputError
from cinestreamd.features.cities.directory import Directory
from cinestreamd.features.guide import DayCounter, business_day
from cinestreamd.gazetteer import City, Gazetteer
from cinestreamd.i18n import N_, Language
from cinestreamd.sites.model import SiteSettings
from cinestreamd.store.base import Location, Names, Store
from cinestreamd.tracing import traced
from cinestreamd.web import formats
from cinestreamd.web.places import location_of
from cinestreamd.web.urls import city_path

MAX_RESULTS: Final = 10
MAX_SEARCH: Final = 100
MAX_CARDS: Final = 24
"""Cities of the front page that come with figures; more than these come by name."""
MAX_NAMES: Final = 300
"""So many come by name; whoever looks for another one types it."""


class SearchTextError(InvalidInputError):
    """A search text that is longer than any name."""

    code = "invalid_search"
    message = N_("Type the name of a city, at most {limit} characters.")


class LocationItem(Struct, frozen=True, omit_defaults=True):
    """A city in the answer of ``GET /api/locations``.

    ``region`` tells namesakes apart where it is known; ``distance_km`` is there when a point was given.
    """

    id: str
    name: Names
    country: str
    lat: float
    lon: float
    timezone: str
    population: int
    region: Names | None = None
    distance_km: float | None = None


class CityCard(Struct, frozen=True, kw_only=True):
    """A city on the front page: its clock, whether it was ever read, and how much is to come today and later."""

    name: str
    path: str
    clock: str
    read: bool
    today: int
    later: int


class CityLink(Struct, frozen=True, kw_only=True):
    """A city in a list: where it is (region and country), and how far when that was asked."""

    name: str
    area: str
    path: str
    distance: str | None = None


class FrontPage(Struct, frozen=True, kw_only=True):
    """The front page: cities with figures, further ones by name, and how many there are beside these."""

    cards: Sequence[CityCard]
    more: Sequence[CityLink]
    beside: int


def search_cities(gazetteer: Gazetteer, text: str) -> list[City]:
    """Cities by the beginning of their name in any of the three languages.

    Raises:
        SearchTextError: ``text`` is too long.
    """
    if len(text) > MAX_SEARCH:
        raise SearchTextError(limit=MAX_SEARCH)
    return gazetteer.search(text, limit=MAX_RESULTS)


def location_item(city: City, distance_km: float | None = None) -> LocationItem:
    """A city as the API tells it."""
    return LocationItem(
        id=city.id,
        name=city.names,
        country=city.country,
        lat=city.lat,
        lon=city.lon,
        timezone=city.timezone,
        population=city.population,
        region=city.region,
        distance_km=None if distance_km is None else round(distance_km, 1),
    )


def city_link(city: City, language: Language, distance_km: float | None = None) -> CityLink:
    """A city as a list shows it."""
    areas = (city.region.of(language) if city.region else "", formats.country_name(city.country, language))
    return CityLink(
        name=city.names.of(language),
        area=", ".join(area for area in areas if area),
        path=city_path(language, city.id),
        distance=None if distance_km is None else formats.format_distance(distance_km, language),
    )


class Places(NamedTuple):
    """Where the front page has its cities and their figures from."""

    store: Store
    gazetteer: Gazetteer
    directory: Directory
    counter: DayCounter


@traced("cities.front_page")
async def front_page(
    places: Places,
    *,
    settings: SiteSettings,
    language: Language,
    now: datetime,
) -> FrontPage:
    """The site's configured cities in their order, then the others that have been read, by name."""
    store, gazetteer, directory, counter = places
    known = await directory.read(store, now)
    named = [location for city_id in settings.cities if (location := _locate(city_id, known.by_id, gazetteer))]
    configured = set(settings.cities)
    cities = [*named, *(each for each in known.by_name(language) if each.id not in configured)]
    cards = [await _card(store, counter, each, language, now) for each in cities[:MAX_CARDS]]
    more = [
        CityLink(
            name=each.names.of(language),
            area=formats.country_name(each.country, language),
            path=city_path(language, each.id),
        )
        for each in cities[MAX_CARDS : MAX_CARDS + MAX_NAMES]
    ]
    return FrontPage(cards=cards, more=more, beside=len(cities) - len(cards) - len(more))


def _locate(city_id: str, known: Mapping[str, Location], gazetteer: Gazetteer) -> Location | None:
    if city_id in known:
        return known[city_id]
    city = gazetteer.get(city_id)
    return location_of(city) if city else None


async def _card(store: Store, counter: DayCounter, location: Location, language: Language, now: datetime) -> CityCard:
    zone = ZoneInfo(location.timezone)
    counts = await counter.count(store, location, now)
    today = counts.get(business_day(now, zone), 0)
    return CityCard(
        name=location.names.of(language),
        path=city_path(language, location.id),
        clock=formats.format_clock(now.astimezone(zone)),
        read=location.last_updated is not None,
        today=today,
        later=sum(counts.values()) - today,
    )
