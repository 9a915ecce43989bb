"""Points as a query writes them, and how far things are from one."""

import re
from typing import Final

from cinestreamd.errors import InvalidInputError
from cinestreamd.gazetteer.gazetteer import PointOutOfRangeError
from cinestreamd.gazetteer.sphere import great_circle_km
from cinestreamd.i18n import N_

Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""

_POINT: Final = re.compile(r"\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?)\s*,\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?)\s*")


POINT_PATTERN: Final = (
    r"^[+-]?(?:90(?:\.0{1,20})?|[0-8]?[0-9](?:\.[0-9]{1,20})?),"
    r"[+-]?(?:180(?:\.0{1,20})?|(?:1[0-7][0-9]|[0-9]{1,2})(?:\.[0-9]{1,20})?)$"
)
"""How the API's document writes a point that ``parse_point`` takes."""


class PointError(InvalidInputError):
    """A text that is no point."""

    code = "invalid_point"
    message = N_("A point is written as latitude and longitude in degrees: 50.45,30.52")


def parse_point(text: str) -> Point:
    """Latitude and longitude of "LAT,LON" in degrees.

    Raises:
        PointError: it is something else.
        PointOutOfRangeError: there is no such point.
    """
    found = _POINT.fullmatch(text)
    if not found:
        raise PointError
    lat, lon = float(found[1]), float(found[2])
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise PointOutOfRangeError(lat=lat, lon=lon)
    return lat, lon


def distance_km(point: Point, lat: float | None, lon: float | None) -> float | None:
    """Kilometres from ``point`` to another one; None when that is not known."""
    return None if lat is None or lon is None else great_circle_km(*point, lat, lon)
