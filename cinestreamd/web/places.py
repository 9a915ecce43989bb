"""The city that a request is about."""

from cinestreamd.errors import NotFoundError
from cinestreamd.gazetteer import City, Gazetteer
from cinestreamd.i18n import N_
from cinestreamd.sites.values import CITY_ID
from cinestreamd.store.base import Location, Store


class CityNotFoundError(NotFoundError):
    """Neither the site nor the gazetteer knows the city."""

    code = "unknown_city"
    message = N_("We do not know this city.")


async def find_location(store: Store, gazetteer: Gazetteer, city_id: str) -> Location:
    """The city as the site knows it, else as the gazetteer does: then there is no data on it yet.

    Raises:
        CityNotFoundError: neither knows it.
    """
    if not CITY_ID.fullmatch(city_id):
        raise CityNotFoundError
    location = await store.location(city_id)
    if location is not None:
        return location
    city = gazetteer.get(city_id)
    if city is None:
        raise CityNotFoundError
    return location_of(city)


def location_of(city: City) -> Location:
    """A city of the gazetteer as a location that has not been read."""
    return Location(
        id=city.id, names=city.names, lat=city.lat, lon=city.lon, country=city.country, timezone=city.timezone
    )
