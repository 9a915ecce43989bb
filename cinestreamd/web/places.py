"""The city, and the cinema in it, that a request is about."""

from cinestreamd.errors import NotFoundError
from cinestreamd.gazetteer import City, Gazetteer
from cinestreamd.i18n import N_
from cinestreamd.sites.values import CITY_ID
from cinestreamd.store.base import Cinema, Location, Store


class CityNotFoundError(NotFoundError):
    """Neither the site nor the gazetteer knows the city."""

    code = "unknown_city"
    message = N_("We do not know this city.")


class CinemaNotFoundError(NotFoundError):
    """The city has no cinema of that id."""

    code = "unknown_cinema"
    message = N_("We do not know this cinema.")


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


async def find_cinema(store: Store, location: Location, cinema_id: str) -> Cinema:
    """A cinema of a city.

    Raises:
        CinemaNotFoundError: the city has no such cinema.
    """
    cinema = await store.cinema(cinema_id)
    if cinema is None or cinema.city_id != location.id:
        raise CinemaNotFoundError
    return cinema


def location_of(city: City) -> Location:
    """A city of the gazetteer as a location that has not been read."""
    return Location(
        id=city.id, names=city.names, lat=city.lat, lon=city.lon, country=city.country, timezone=city.timezone
    )
