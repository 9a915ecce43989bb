"""The cinemas of a city on a map that the server draws: nothing is fetched from elsewhere."""

from collections.abc import Sequence
from math import asinh, cos, pi, radians, tan
from typing import Final

from msgspec import Struct

from cinestreamd.features.guide.listing import Head, cinema_head
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.store.base import Cinema
from cinestreamd.web import formats

WIDTH: Final = 480
HEIGHT: Final = 420
_MARGIN: Final = 40
_FOOT: Final = 40
"""What is left free at the lower edge, for the scale and the arrow to the north."""

_KM_OF_RADIAN: Final = 6371.0
_LEAST_SPAN_KM: Final = 2.0
_STEPS_KM: Final = (0.5, 1, 2, 5, 10, 20, 50)


class Pin(Struct, frozen=True, kw_only=True):
    """A cinema at (x, y) of the drawing and (lat, lon) of the world, with the number that the list below gives it."""

    number: int
    x: float
    y: float
    lat: float
    lon: float
    head: Head


class CityMap(Struct, frozen=True, kw_only=True):
    """The drawing: pins from north to south, the visitor's point, and a bar of ``bar`` pixels, ``scale`` long."""

    pins: Sequence[Pin]
    point: tuple[float, float] | None
    bar: float
    scale: str


def city_map(cinemas: Sequence[Cinema], view: Viewpoint) -> CityMap | None:
    """The cinemas whose place is known, in Mercator's projection; None when there is none."""
    placed = [(each.lat, each.lon, each) for each in cinemas if each.lat is not None and each.lon is not None]
    if not placed:
        return None
    placed.sort(key=lambda item: (-item[0], item[1]))
    seen = [(lat, lon) for lat, lon, _ in placed]
    frame = _Frame([*seen, view.point] if view.point and _is_near(view.point, seen) else seen)
    pins = [
        Pin(number=number, x=x, y=y, lat=lat, lon=lon, head=cinema_head(cinema, view))
        for number, (lat, lon, cinema) in enumerate(placed, start=1)
        for x, y in [frame.place(lat, lon)]
    ]
    kilometres = next((step for step in reversed(_STEPS_KM) if step * frame.pixels_of_km <= WIDTH / 4), _STEPS_KM[0])
    inside = view.point is not None and _is_near(view.point, seen)
    return CityMap(
        pins=pins,
        point=frame.place(*view.point) if view.point is not None and inside else None,
        bar=round(kilometres * frame.pixels_of_km, 1),
        scale=formats.format_length(kilometres, view.language),
    )


def _is_near(point: tuple[float, float], seen: Sequence[tuple[float, float]]) -> bool:
    """Whether the point is so near to the cinemas that a map with both still shows them apart."""
    return any(abs(point[0] - lat) < 0.5 and abs(point[1] - lon) < 0.8 for lat, lon in seen)


class _Frame:
    """The part of the world that is drawn."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        projected = [_mercator(lat, lon) for lat, lon in points]
        xs, ys = [x for x, _ in projected], [y for _, y in projected]
        shrink = cos(radians(points[0][0]))
        least = _LEAST_SPAN_KM / _KM_OF_RADIAN / shrink
        self._middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        wide, high = max(max(xs) - min(xs), least), max(max(ys) - min(ys), least)
        self._scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - _FOOT - 2 * _MARGIN) / high)
        self.pixels_of_km = self._scale / _KM_OF_RADIAN / shrink

    def place(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a point is in the drawing."""
        x, y = _mercator(lat, lon)
        return (
            round(WIDTH / 2 + (x - self._middle[0]) * self._scale, 1),
            round((HEIGHT - _FOOT) / 2 - (y - self._middle[1]) * self._scale, 1),
        )


def _mercator(lat: float, lon: float) -> tuple[float, float]:
    bounded = max(min(lat, 85.0), -85.0)
    return lon * pi / 180, asinh(tan(radians(bounded)))
