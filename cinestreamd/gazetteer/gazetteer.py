"""Questions that the table of cities answers: by id, by what a person types, and by point."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from cinestreamd.errors import InvalidInputError
from cinestreamd.gazetteer.database import MAX_RESULTS, Database, Row, packaged_path, unpack
from cinestreamd.gazetteer.folding import LONGEST, fold
from cinestreamd.gazetteer.misspelling import one_slip_away, other_layouts
from cinestreamd.gazetteer.model import City
from cinestreamd.gazetteer.sphere import HALF_CIRCUMFERENCE_KM, chord, great_circle_km, unit_vector
from cinestreamd.i18n import N_
from cinestreamd.store.base import Names

_FIRST_RADIUS_KM: Final = 30.0
_WIDENING: Final = 2.0
# Points in the tree have 32-bit coordinates, exact to half a metre: so many more are read than asked for.
_SPARE: Final = 4
_KEYS_AT_ONCE: Final = 900

_CITIES: Final = """
SELECT c.rank, c.id, c.geonameid, c.uk, c.en, c.ru, c.country, c.lat, c.lon, t.name, c.population, r.uk, r.en, r.ru
FROM cities c JOIN timezones t USING (timezone) LEFT JOIN regions r USING (region)
"""
_NAMED_EXACTLY: Final = "SELECT rank FROM names WHERE key = ? AND kind < 2 ORDER BY kind, rank LIMIT ?"
_PREPARED: Final = "SELECT ranks FROM prefixes WHERE prefix = ?"
_NAMES_IN_RANGE: Final = "SELECT min(kind, 1), rank FROM names WHERE key >= ? AND key < ?"
_NEAREST_IN_CUBE: Final = """
SELECT rank, lat, lon FROM cities WHERE rank IN (
    SELECT rank FROM points
    WHERE x_max >= :x - :side AND x_min <= :x + :side
    AND y_max >= :y - :side AND y_min <= :y + :side
    AND z_max >= :z - :side AND z_min <= :z + :side
    ORDER BY (x_min - :x) * (x_min - :x) + (y_min - :y) * (y_min - :y) + (z_min - :z) * (z_min - :z)
    LIMIT :limit
)
"""


class PointOutOfRangeError(InvalidInputError):
    """A latitude or longitude that no point on the Earth has."""

    code = "point_out_of_range"
    message = N_("There is no point {lat}, {lon}: latitude runs from -90 to 90, longitude from -180 to 180.")


class Gazetteer:
    """The cities of the packaged table, or of the one at ``path``.

    Making one is free: the file is opened by the first question, and again in every forked process. At most 50 cities
    are given at once, whatever ``limit`` asks for. Each question may raise ``UnusableGazetteerError`` when the file
    cannot be read.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._database = Database(path or packaged_path())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, as the end of a ``with`` does; the next question opens it again."""
        self._database.close()

    def get(self, city_id: str) -> City | None:
        """The city with this id, or None."""
        if not city_id.isascii():
            return None
        rows = self._database.rows(_CITIES + "WHERE c.id = ?", (city_id,))
        return _city(rows[0]) if rows else None

    def search(self, text: str, *, limit: int = 10) -> list[City]:
        """The cities with a name, in any of the three languages, that begins with ``text``.

        In this order, and the most populous first in each group: those with exactly this name of today or formerly;
        exactly this name in another language; a name of today or formerly that begins so; a later word of one, or a
        name in another language, that begins so.

        When there is none: what the same keys write in another keyboard layout, then whole names one slip away from
        either.
        """
        limit = min(limit, MAX_RESULTS)
        if not fold(text) or limit < 1:
            return []
        keys = list(dict.fromkeys(fold(each) for each in (text, *other_layouts(text[:LONGEST]))))
        for key in filter(None, keys):
            ranks = self._named(key, limit)
            if ranks:
                return self._cities(ranks)
        return self._cities(self._nearly_named(keys)[:limit])

    def _named(self, key: str, limit: int) -> list[int]:
        """Ranks of the cities with a name that is ``key`` or begins with it, best first."""
        ranks = [row[0] for row in self._database.rows(_NAMED_EXACTLY, (key, limit))]
        if len(ranks) < limit:
            ranks += [rank for rank in self._beginning(key) if rank not in ranks]
        return ranks[:limit]

    def _nearly_named(self, keys: Sequence[str]) -> list[int]:
        """Ranks of the cities with a name one slip away from one of ``keys``, the most populous first."""
        for key in keys:
            near = list(dict.fromkeys(one_slip_away(key)))
            ranks: set[int] = set()
            for first in range(0, len(near), _KEYS_AT_ONCE):
                some = near[first : first + _KEYS_AT_ONCE]
                places = ", ".join("?" * len(some))
                query = f"SELECT rank FROM names WHERE key IN ({places}) AND kind < 2"  # noqa: S608 - placeholders only
                ranks.update(row[0] for row in self._database.rows(query, tuple(some)))
            if ranks:
                return sorted(ranks)
        return []

    def nearest(self, lat: float, lon: float, *, limit: int = 10) -> list[tuple[City, float]]:
        """The cities nearest to a point in degrees, each with its great-circle distance in kilometres.

        Raises:
            PointOutOfRangeError: there is no such point.
        """
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise PointOutOfRangeError(lat=lat, lon=lon)
        limit = min(limit, MAX_RESULTS)
        if limit < 1:
            return []
        found = self._around(lat, lon, limit)
        cities = self._cities([rank for _, rank in found])
        return [(city, distance) for city, (distance, _) in zip(cities, found, strict=True)]

    def _beginning(self, key: str) -> list[int]:
        """Ranks of the cities with a name that begins with ``key``, best first."""
        prepared = self._database.rows(_PREPARED, (key,))
        if prepared:
            return unpack(prepared[0][0])
        found = self._database.rows(_NAMES_IN_RANGE, (key, key + "\U0010ffff"))
        return list(dict.fromkeys(rank for _, rank in sorted(found)))

    def _around(self, lat: float, lon: float, limit: int) -> list[tuple[float, int]]:
        """Distance and rank of the nearest cities, looked for in cubes that grow until they hold enough."""
        x, y, z = unit_vector(lat, lon)
        radius = _FIRST_RADIUS_KM
        while True:
            cube = {"x": x, "y": y, "z": z, "side": chord(radius), "limit": limit + _SPARE}
            found = sorted(
                (great_circle_km(lat, lon, city_lat, city_lon), rank)
                for rank, city_lat, city_lon in self._database.rows(_NEAREST_IN_CUBE, cube)
            )
            # A cube's corners reach farther than its faces: only what is within the radius is known to be nearest.
            certain = [item for item in found if item[0] <= radius]
            if len(certain) >= limit or radius >= HALF_CIRCUMFERENCE_KM:
                return certain[:limit]
            radius = min(radius * _WIDENING, HALF_CIRCUMFERENCE_KM)

    def _cities(self, ranks: list[int]) -> list[City]:
        """The cities of these ranks, in this order."""
        places = ", ".join("?" * len(ranks))
        rows = self._database.rows(_CITIES + f"WHERE c.rank IN ({places})", tuple(ranks))
        by_rank = {row[0]: row for row in rows}
        return [_city(by_rank[rank]) for rank in ranks]


def _city(row: Row) -> City:
    _, city_id, geonameid, uk, en, ru, country, lat, lon, timezone, population, *region = row
    return City(
        id=city_id,
        geonameid=geonameid,
        names=Names(uk=uk or en, en=en, ru=ru or en),
        country=country,
        lat=lat,
        lon=lon,
        timezone=timezone,
        population=population,
        region=Names(uk=region[0], en=region[1], ru=region[2]) if region[0] else None,
    )
