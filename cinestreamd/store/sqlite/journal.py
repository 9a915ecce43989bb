"""What operators did, and how often somebody tried to become one."""

from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Final

import msgspec

from cinestreamd.store.journal import JournalEntry, JournalStore
from cinestreamd.store.records import kept, milliseconds
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile

_NOTE: Final = "INSERT INTO journal (id, at, record) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"
_ONE: Final = "SELECT CAST(record AS BLOB) FROM journal WHERE id = ?"
_LATEST: Final = "SELECT CAST(record AS BLOB) FROM journal ORDER BY at DESC, id DESC LIMIT ?"
_FORGET: Final = "DELETE FROM attempt WHERE period < ? OR period > ?"
_COUNT: Final = """
    INSERT INTO attempt (period, name, count) VALUES (?, ?, 1)
    ON CONFLICT (period, name) DO UPDATE SET count = count + 1 RETURNING count
"""

_encoder: Final = msgspec.json.Encoder()
_decode: Final = msgspec.json.Decoder(JournalEntry).decode


def put_entry(connection: Connection, entry: JournalEntry) -> None:
    """Add an entry, unless one of its id is there."""
    whole = msgspec.structs.replace(entry, at=kept(entry.at))
    connection.execute(_NOTE, (entry.id, milliseconds(entry.at), _encoder.encode(whole).decode()))


def find_entry(reader: Reader, entry_id: str) -> JournalEntry | None:
    """The entry of that id."""
    rows = reader.rows(_ONE, (entry_id,))
    return _decode(rows[0][0]) if rows else None


def latest_entries(reader: Reader, *, limit: int) -> list[JournalEntry]:
    """The latest entries, newest first."""
    return [_decode(record) for (record,) in reader.rows(_LATEST, (max(limit, 0),))]


def count_attempts(connection: Connection, period: str, names: Sequence[str]) -> Mapping[str, int]:
    """Count one more attempt under each name, and forget those of other periods."""
    connection.execute(_FORGET, (period, period))
    return {name: int(connection.execute(_COUNT, (period, name)).fetchall()[0][0]) for name in names}


class SqliteJournalStore(OpenedFile, JournalStore):
    """The operators' journal, in a file."""

    async def note(self, entry: JournalEntry) -> None:
        """Durable: an operator's deed."""
        await self._write(lambda connection: put_entry(connection, entry), durable=True)

    async def noted(self, entry_id: str) -> JournalEntry | None:
        """By primary key."""
        return find_entry(self._reader, entry_id)

    async def journal(self, *, limit: int = 100) -> list[JournalEntry]:
        """By index, newest first."""
        return latest_entries(self._reader, limit=limit)

    async def count_attempts(self, period: str, names: Sequence[str]) -> Mapping[str, int]:
        """Not durable: who can cut the power need not guess passwords."""
        return await self._write(lambda connection: count_attempts(connection, period, names), durable=False)
