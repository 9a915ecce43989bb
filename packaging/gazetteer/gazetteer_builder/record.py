"""One city as it will stand in the table."""

from typing import NamedTuple


class Region(NamedTuple):
    """Where a city lies, for telling namesakes apart; ``slug`` stands in their ids."""

    slug: str
    uk: str
    en: str
    ru: str


class Record(NamedTuple):
    """A city before it has an id and a rank. ``uk`` and ``ru`` are None where no source names it.

    ``names`` are its names proper, of today and former; ``alternates`` what else GeoNames lists.
    """

    geonameid: int
    uk: str | None
    en: str
    ru: str | None
    country: str
    admin1: str
    lat: float
    lon: float
    timezone: str
    population: int
    region: Region | None
    names: tuple[str, ...]
    alternates: tuple[str, ...]
