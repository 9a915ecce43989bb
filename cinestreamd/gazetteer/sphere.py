"""Distances on the Earth as a sphere, and points on the unit sphere."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0088
"""The mean radius of the Earth (IUGG)."""

HALF_CIRCUMFERENCE_KM: Final = 20_016.0
"""A little more than from any point to its antipode."""


def great_circle_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The shortest way over the sphere between two points given in degrees, by the haversine formula."""
    phi, other_phi = radians(lat), radians(other_lat)
    height = sin((other_phi - phi) / 2)
    width = sin(radians(other_lon - lon) / 2)
    root = sqrt(height * height + cos(phi) * cos(other_phi) * width * width)
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, root))


def unit_vector(lat: float, lon: float) -> tuple[float, float, float]:
    """The point on the unit sphere (x through 0°N 0°E, y through 0°N 90°E, z through the north pole)."""
    phi, theta = radians(lat), radians(lon)
    return cos(phi) * cos(theta), cos(phi) * sin(theta), sin(phi)


def chord(distance_km: float) -> float:
    """The straight line through the unit sphere that belongs to a way over the Earth of ``distance_km``."""
    return 2.0 if distance_km >= HALF_CIRCUMFERENCE_KM else 2 * sin(distance_km / EARTH_RADIUS_KM / 2)
