"""Putting one showtime in its place."""

import sqlite3
from typing import Final

from cinestreamd.store.errors import InvalidPublicationError
from cinestreamd.store.guide import Showtime
from cinestreamd.store.records import encode_showtime, milliseconds, moment

_KNOWN_SHOWTIME: Final = "SELECT city_id, created_at FROM showtime WHERE id = ?"
_PUT_SHOWTIME: Final = """
    INSERT INTO showtime (id, city_id, cinema_id, film_id, start_time, created_at, record) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        cinema_id = excluded.cinema_id, film_id = excluded.film_id, start_time = excluded.start_time,
        record = excluded.record
"""


def put_showtime(connection: sqlite3.Connection, showtime: Showtime) -> None:
    """Add a showtime, or replace it where it stands, which leaves unchanged index entries in peace."""
    known = connection.execute(_KNOWN_SHOWTIME, (showtime.id,)).fetchall()
    created_at = milliseconds(showtime.created_at)
    if known:
        city_id, created_at = known[0]
        if city_id != showtime.city_id:
            raise InvalidPublicationError(city=showtime.city_id, record=f"showtime {showtime.id}")
    connection.execute(
        _PUT_SHOWTIME,
        (
            showtime.id,
            showtime.city_id,
            showtime.cinema_id,
            showtime.film_id,
            milliseconds(showtime.start_time),
            created_at,
            encode_showtime(showtime, created_at=moment(created_at)),
        ),
    )
