"""Cities: adding and reading them."""

import sqlite3
from typing import Final

from cinestreamd.store.leases import Lease
from cinestreamd.store.locations import Location, LocationStore, Names
from cinestreamd.store.records import moment, optional_milliseconds, optional_moment
from cinestreamd.store.sqlite.connection import Reader, Row
from cinestreamd.store.sqlite.opened import OpenedFile

_ONE: Final = """
    SELECT id, name_uk, name_en, name_ru, lat, lon, country, timezone,
           last_updated, revision, failures, cooldown_until, lease_owner, lease_fence, lease_until
    FROM location WHERE id = ?
"""
ALL_LOCATIONS: Final = """
    SELECT id, name_uk, name_en, name_ru, lat, lon, country, timezone,
           last_updated, revision, failures, cooldown_until, lease_owner, lease_fence, lease_until
    FROM location ORDER BY id
"""
_PUT: Final = """
    INSERT INTO location (id, name_uk, name_en, name_ru, lat, lon, country, timezone,
                          last_updated, revision, failures, cooldown_until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        name_uk = excluded.name_uk, name_en = excluded.name_en, name_ru = excluded.name_ru,
        lat = excluded.lat, lon = excluded.lon, country = excluded.country, timezone = excluded.timezone
"""


def find_location(reader: Reader, city_id: str) -> Location | None:
    """The city of that id."""
    rows = reader.rows(_ONE, (city_id,))
    return location_of(rows[0]) if rows else None


def list_locations(reader: Reader) -> list[Location]:
    """All cities, by id."""
    return [location_of(row) for row in reader.rows(ALL_LOCATIONS)]


def put_location(connection: sqlite3.Connection, location: Location) -> None:
    """Add a city, or bring names, point, country and timezone of a known one up to date."""
    connection.execute(
        _PUT,
        (
            location.id,
            location.names.uk,
            location.names.en,
            location.names.ru,
            location.lat,
            location.lon,
            location.country,
            location.timezone,
            optional_milliseconds(location.last_updated),
            location.revision,
            location.failures,
            optional_milliseconds(location.cooldown_until),
        ),
    )


def location_of(row: Row) -> Location:
    """The city in a row of ``_ONE`` or ``ALL_LOCATIONS``."""
    city_id, uk, en, ru, lat, lon, country, timezone, updated, revision, failures, cooldown, owner, fence, until = row
    return Location(
        id=city_id,
        names=Names(uk=uk, en=en, ru=ru),
        lat=lat,
        lon=lon,
        country=country,
        timezone=timezone,
        last_updated=optional_moment(updated),
        revision=revision,
        failures=failures,
        cooldown_until=optional_moment(cooldown),
        lease=None if owner is None else Lease(city_id=city_id, owner=owner, fence=fence, until=moment(until)),
    )


class SqliteLocationStore(OpenedFile, LocationStore):
    """Cities, in a file."""

    async def add_location(self, location: Location) -> None:
        """Durable."""
        await self._write(lambda connection: put_location(connection, location), durable=True)

    async def location(self, city_id: str) -> Location | None:
        """By primary key."""
        return find_location(self._reader, city_id)

    async def locations(self) -> list[Location]:
        """The whole table: some 4 µs a city, which for thousands is better not done on every request."""
        return list_locations(self._reader)
