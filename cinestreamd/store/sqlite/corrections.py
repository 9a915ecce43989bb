"""What operators say of cinemas."""

from datetime import datetime
from sqlite3 import Connection
from typing import Final

import msgspec

from cinestreamd.store.admission import corrected
from cinestreamd.store.corrections import CinemaCorrection, CorrectionStore
from cinestreamd.store.records import decode_cinema, encode_cinema, encode_correction, milliseconds
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile

_CORRECTIONS: Final = "SELECT CAST(record AS BLOB) FROM correction WHERE city_id = ? ORDER BY cinema_id"
_ALL_CORRECTIONS: Final = "SELECT CAST(record AS BLOB) FROM correction ORDER BY city_id, cinema_id"
_STATE: Final = "SELECT CAST(record AS BLOB) FROM correction WHERE cinema_id = ?"
_PUT_CORRECTION: Final = """
    INSERT INTO correction (cinema_id, city_id, record) VALUES (?, ?, ?)
    ON CONFLICT (cinema_id) DO UPDATE SET city_id = excluded.city_id, record = excluded.record
"""
_CINEMA: Final = "SELECT CAST(record AS BLOB) FROM cinema WHERE id = ? AND city_id = ?"
_UPDATE_CINEMA: Final = "UPDATE cinema SET name = ?, record = ? WHERE id = ?"
_WITHDRAW: Final = "DELETE FROM showtime WHERE city_id = ? AND cinema_id = ? AND start_time >= ?"
_RAISE_REVISION: Final = "UPDATE location SET revision = revision + 1 WHERE id = ?"

_decode: Final = msgspec.json.Decoder(CinemaCorrection).decode


def find_corrections(reader: Reader, city_id: str | None) -> list[CinemaCorrection]:
    """A city's corrections, by cinema id; or all, by city and cinema id."""
    rows = reader.rows(_ALL_CORRECTIONS) if city_id is None else reader.rows(_CORRECTIONS, (city_id,))
    return [_decode(record) for (record,) in rows]


def put_correction(connection: Connection, correction: CinemaCorrection, *, now: datetime) -> None:
    """Keep a correction and apply it to what is known."""
    values = (correction.cinema_id, correction.city_id, encode_correction(correction))
    connection.execute(_PUT_CORRECTION, values)
    for (record,) in connection.execute(_CINEMA, (correction.cinema_id, correction.city_id)).fetchall():
        cinema = corrected(decode_cinema(record), correction)
        connection.execute(_UPDATE_CINEMA, (cinema.name, encode_cinema(cinema), cinema.id))
    if correction.state == "blocked":
        connection.execute(_WITHDRAW, (correction.city_id, correction.cinema_id, milliseconds(now)))
    connection.execute(_RAISE_REVISION, (correction.city_id,))


def is_blocked(connection: Connection, cinema_id: str) -> bool:
    """Whether an operator forbids a cinema."""
    rows = connection.execute(_STATE, (cinema_id,)).fetchall()
    return bool(rows) and _decode(rows[0][0]).state == "blocked"


class SqliteCorrectionStore(OpenedFile, CorrectionStore):
    """What operators say of cinemas, in a file."""

    async def correct_cinema(self, correction: CinemaCorrection, *, now: datetime) -> None:
        """Durable: an operator's word."""
        await self._write(lambda connection: put_correction(connection, correction, now=now), durable=True)

    async def corrections(self, city_id: str | None = None) -> list[CinemaCorrection]:
        """By index."""
        return find_corrections(self._reader, city_id)
