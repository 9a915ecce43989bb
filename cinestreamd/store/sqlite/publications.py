"""Putting a run's findings in place of what was known."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cinestreamd.store.admission import future_listings, refuse_foreign_records
from cinestreamd.store.errors import InvalidPublicationError
from cinestreamd.store.guide import Cinema, Film
from cinestreamd.store.leases import Lease
from cinestreamd.store.publications import Publication, PublicationStore
from cinestreamd.store.records import (
    encode_cinema,
    encode_film,
    milliseconds,
)
from cinestreamd.store.sqlite.corrections import is_blocked
from cinestreamd.store.sqlite.fence import require_lease
from cinestreamd.store.sqlite.opened import OpenedFile
from cinestreamd.store.sqlite.row_corrections import with_corrections
from cinestreamd.store.sqlite.runs import put_run
from cinestreamd.store.sqlite.showtimes import put_showtime

# A row of another city is left alone, and then nothing comes back.
_PUT_CINEMA: Final = """
    INSERT INTO cinema (id, city_id, name, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, record = excluded.record
        WHERE city_id = excluded.city_id
    RETURNING 1
"""
_PUT_FILM: Final = """
    INSERT INTO film (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record
"""
_FUTURE_IDS: Final = """
    SELECT id FROM showtime INDEXED BY showtime_by_cinema WHERE city_id = ? AND cinema_id = ? AND start_time >= ?
"""
_DELETE_SHOWTIME: Final = "DELETE FROM showtime WHERE id = ?"
_CONCLUDE: Final = """
    UPDATE location SET last_updated = iif(?, last_updated, ?), revision = revision + 1,
                        failures = 0, cooldown_until = NULL, lease_owner = NULL, lease_until = NULL
    WHERE id = ? RETURNING revision
"""


def put_publication(connection: sqlite3.Connection, lease: Lease, publication: Publication, *, now: datetime) -> int:
    """Put everything in place under the lease and release it. Returns the city's new revision."""
    require_lease(connection, lease, now=now)
    _put_cinemas(connection, lease.city_id, publication.cinemas)
    _put_films(connection, publication.films)
    _put_listings(connection, lease.city_id, publication, now=now)
    put_run(connection, publication.run)
    values = (publication.partial, milliseconds(now), lease.city_id)
    revision: int = connection.execute(_CONCLUDE, values).fetchall()[0][0]
    return revision


def _put_cinemas(connection: sqlite3.Connection, city_id: str, cinemas: Iterable[Cinema]) -> None:
    for cinema in cinemas:
        values = (cinema.id, city_id, cinema.name, encode_cinema(cinema))
        if not connection.execute(_PUT_CINEMA, values).fetchall():
            raise InvalidPublicationError(city=city_id, record=f"cinema {cinema.id}")


def _put_films(connection: sqlite3.Connection, films: Iterable[Film]) -> None:
    connection.executemany(_PUT_FILM, [(film.id, encode_film(film)) for film in films])


def _put_listings(connection: sqlite3.Connection, city_id: str, publication: Publication, *, now: datetime) -> None:
    """Make each listed cinema's future exactly what is given."""
    listings = with_corrections(connection, city_id, future_listings(publication, now=now), now=now)
    for cinema_id, found in listings.items():
        given = {} if is_blocked(connection, cinema_id) else found
        for showtime in given.values():
            put_showtime(connection, showtime)
        known = connection.execute(_FUTURE_IDS, (city_id, cinema_id, milliseconds(now))).fetchall()
        connection.executemany(_DELETE_SHOWTIME, [key for key in known if key[0] not in given])


class SqlitePublicationStore(OpenedFile, PublicationStore):
    """Publications, in a file."""

    async def publish(self, lease: Lease, publication: Publication, *, now: datetime) -> int:
        """Durable: caches outside the machine know the revision."""
        refuse_foreign_records(lease, publication)
        return await self._write(
            lambda connection: put_publication(connection, lease, publication, now=now), durable=True
        )
