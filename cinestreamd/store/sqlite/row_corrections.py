"""What operators say of single showings, and how the pages have these."""

from collections.abc import Mapping
from datetime import datetime
from sqlite3 import Connection
from typing import Final

import msgspec

from cinestreamd.store.errors import UnknownShowtimeError
from cinestreamd.store.guide import Showtime
from cinestreamd.store.records import decode_showtime, encode_row_correction, encode_showtime, milliseconds
from cinestreamd.store.row_corrections import OPERATOR, RowCorrection, RowCorrectionStore, corrected_row, in_force
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile
from cinestreamd.store.sqlite.showtimes import put_showtime

_OF_CITY: Final = "SELECT CAST(record AS BLOB) FROM row_correction WHERE city_id = ? ORDER BY at, id"
_NOTE: Final = """
    INSERT INTO row_correction (id, city_id, at, record) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_FOUND: Final = "SELECT CAST(record AS BLOB) FROM found_row WHERE showtime_id = ?"
_PUT_FOUND: Final = """
    INSERT INTO found_row (showtime_id, start_time, record) VALUES (?, ?, ?)
    ON CONFLICT (showtime_id) DO UPDATE SET start_time = excluded.start_time, record = excluded.record
"""
_FORGET_FOUND: Final = "DELETE FROM found_row WHERE showtime_id = ?"
_PRUNE: Final = "DELETE FROM found_row WHERE rowid IN (SELECT rowid FROM found_row WHERE start_time < ? LIMIT ?)"
_SHOWN: Final = "SELECT CAST(record AS BLOB) FROM showtime WHERE id = ? AND city_id = ?"
_WITHDRAW: Final = "DELETE FROM showtime WHERE id = ?"
_RAISE_REVISION: Final = "UPDATE location SET revision = revision + 1 WHERE id = ?"

_decode: Final = msgspec.json.Decoder(RowCorrection).decode


def find_corrections(reader: Reader, city_id: str) -> list[RowCorrection]:
    """All that operators have said of a city's showings, oldest first."""
    return [_decode(record) for (record,) in reader.rows(_OF_CITY, (city_id,))]


def find_found(reader: Reader, showtime_id: str) -> Showtime | None:
    """A corrected showing as its page has it."""
    rows = reader.rows(_FOUND, (showtime_id,))
    return decode_showtime(rows[0][0]) if rows else None


def put_correction(connection: Connection, correction: RowCorrection, *, now: datetime) -> None:
    """Keep a word on a showing, and let it count at once."""
    name = correction.showtime_id
    found = _row(connection, _FOUND, (name,)) or _row(connection, _SHOWN, (name, correction.city_id))
    if found is None and correction.change is not None:
        raise UnknownShowtimeError
    values = (correction.id, correction.city_id, milliseconds(correction.at), encode_row_correction(correction))
    connection.execute(_NOTE, values)
    if found is None:
        return
    if correction.change is None:
        connection.execute(_FORGET_FOUND, (name,))
        if found.start_time >= now:
            put_showtime(connection, found)
        else:
            connection.execute(_WITHDRAW, (name,))
    else:
        _keep_found(connection, found)
        _show(connection, name, corrected_row(found, correction.change))
    connection.execute(_RAISE_REVISION, (correction.city_id,))


def with_corrections(
    connection: Connection, city_id: str, listings: Mapping[str, Mapping[str, Showtime]], *, now: datetime
) -> Mapping[str, Mapping[str, Showtime]]:
    """What cinemas' pages list, as operators say it is; how the pages have it is kept beside."""
    words = [_decode(record) for (record,) in connection.execute(_OF_CITY, (city_id,)).fetchall()]
    found = {cinema_id: dict(given) for cinema_id, given in listings.items()}
    for name, word in in_force(words).items():
        given = found.get(word.cinema_id)
        if given is None or word.change is None:
            continue
        if name in given:
            row = corrected_row(_as_listed(connection, given.pop(name)), word.change)
        else:
            row = _gone_by_its_page(connection, name, listed=bool(given), now=now)
        if row is not None and row.start_time >= now:
            given[name] = row
    return found


def _as_listed(connection: Connection, row: Showtime) -> Showtime:
    """A row as its page has it; one that is carried over from before is as it was corrected then."""
    if row.reader == OPERATOR:
        return _row(connection, _FOUND, (row.id,)) or row
    _keep_found(connection, row)
    return row


def _gone_by_its_page(connection: Connection, name: str, *, listed: bool, now: datetime) -> Showtime | None:
    """A showing that its page does not list: it stays where the page only takes it for begun already."""
    known = _row(connection, _FOUND, (name,))
    if known is not None and known.start_time < now:
        return _row(connection, _SHOWN, (name, known.city_id))
    if listed:  # a page that lists nothing at all may be one whose showings are all hidden
        connection.execute(_FORGET_FOUND, (name,))
    return None


def prune_found(connection: Connection, before: datetime, *, limit: int) -> int:
    """Let go how pages had showings that started before a moment. Returns how many."""
    return connection.execute(_PRUNE, (milliseconds(before), limit)).rowcount


def _keep_found(connection: Connection, row: Showtime) -> None:
    record = encode_showtime(row, created_at=row.created_at)
    connection.execute(_PUT_FOUND, (row.id, milliseconds(row.start_time), record))


def _show(connection: Connection, name: str, row: Showtime | None) -> None:
    if row is None:
        connection.execute(_WITHDRAW, (name,))
    else:
        put_showtime(connection, row)


def _row(connection: Connection, statement: str, values: tuple[str, ...]) -> Showtime | None:
    rows = connection.execute(statement, values).fetchall()
    return decode_showtime(rows[0][0]) if rows else None


class SqliteRowCorrectionStore(OpenedFile, RowCorrectionStore):
    """What operators say of showings, in a file."""

    async def correct_showtime(self, correction: RowCorrection, *, now: datetime) -> None:
        """Durable: an operator's word."""
        await self._write(lambda connection: put_correction(connection, correction, now=now), durable=True)

    async def row_corrections(self, city_id: str) -> list[RowCorrection]:
        """By index."""
        return find_corrections(self._reader, city_id)

    async def found_showtime(self, showtime_id: str) -> Showtime | None:
        """By primary key."""
        return find_found(self._reader, showtime_id)
