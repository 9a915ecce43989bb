"""A city as the gazetteer knows it."""

from msgspec import Struct

from cinestreamd.store.base import Names


class City(Struct, frozen=True, kw_only=True):
    """A city: ``id`` is a stable slug ("kyiv", "london"), ``country`` ISO 3166-1 alpha-2, point in degrees (WGS 84).

    ``geonameid`` is 0 for a place that GeoNames' list of cities lacks. ``region`` tells namesakes apart: the oblast in
    Ukraine, the state in the United States, None elsewhere.
    """

    id: str
    geonameid: int
    names: Names
    country: str
    lat: float
    lon: float
    timezone: str
    population: int
    region: Names | None = None
