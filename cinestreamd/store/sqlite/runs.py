"""Run records: one scrape of one city each."""

import sqlite3
from datetime import UTC, date, datetime
from sqlite3 import Connection
from typing import Final

from msgspec.structs import replace

from cinestreamd.store.admission import refuse_foreign_run
from cinestreamd.store.leases import Lease
from cinestreamd.store.records import decode_run, encode_run, milliseconds
from cinestreamd.store.runs import Run, RunStore
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.counters import add_to_day
from cinestreamd.store.sqlite.fence import require_lease
from cinestreamd.store.sqlite.opened import OpenedFile

# CAST hands the text over as bytes, which the decoder reads without a detour through str.
_ONE: Final = "SELECT CAST(record AS BLOB) FROM run WHERE id = ?"
_LATEST: Final = "SELECT CAST(record AS BLOB) FROM run ORDER BY started_at DESC, id DESC LIMIT ?"
_LATEST_OF_CITY: Final = """
    SELECT CAST(record AS BLOB) FROM run WHERE city_id = ? ORDER BY started_at DESC, id DESC LIMIT ?
"""
_RUNNING: Final = "SELECT CAST(record AS BLOB) FROM run WHERE city_id = ? AND outcome = 'running'"
_INSERT: Final = "INSERT INTO run (city_id, started_at, outcome, record, id) VALUES (?, ?, ?, ?, ?)"
_UPDATE: Final = "UPDATE run SET city_id = ?, started_at = ?, outcome = ?, record = ? WHERE id = ?"


def find_run(reader: Reader, run_id: str) -> Run | None:
    """The run of that id."""
    rows = reader.rows(_ONE, (run_id,))
    return decode_run(rows[0][0]) if rows else None


def latest_runs(reader: Reader, city_id: str | None, *, limit: int) -> list[Run]:
    """The latest runs, of one city or of all, newest first."""
    most = max(limit, 0)  # SQLite takes a negative limit for none at all
    rows = reader.rows(_LATEST, (most,)) if city_id is None else reader.rows(_LATEST_OF_CITY, (city_id, most))
    return [decode_run(record) for (record,) in rows]


def put_run(connection: sqlite3.Connection, run: Run) -> None:
    """Add a run, counting it on the day it began, or replace it."""
    known = _recorded(connection, run.id) is not None
    values = (run.city_id, milliseconds(run.started_at), run.outcome, encode_run(run), run.id)
    connection.execute(_UPDATE if known else _INSERT, values)
    if not known:
        add_to_day(connection, _day_of(run.started_at), runs=1)


def end_run(connection: sqlite3.Connection, run: Run) -> None:
    """Put the end of a run, which cannot undo that it was published or found lost."""
    known = _recorded(connection, run.id)
    if known is not None and known.outcome == "published":
        return
    put_run(connection, replace(run, outcome="lost") if known is not None and known.outcome == "lost" else run)


def set_progress(connection: sqlite3.Connection, city_id: str, run_id: str, *, done: int, total: int) -> None:
    """Set how far a run of this city has come."""
    run = _recorded(connection, run_id)
    if run is not None and run.city_id == city_id:
        put_run(connection, replace(run, done=done, total=total))


def lose_runs(connection: sqlite3.Connection, city_id: str) -> None:
    """Mark as lost what still calls itself running in a city without a holder. When it ended is not known."""
    for (record,) in connection.execute(_RUNNING, (city_id,)).fetchall():
        put_run(connection, replace(decode_run(record), outcome="lost"))


def _recorded(connection: sqlite3.Connection, run_id: str) -> Run | None:
    rows = connection.execute(_ONE, (run_id,)).fetchall()
    return decode_run(rows[0][0]) if rows else None


def _day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


class SqliteRunStore(OpenedFile, RunStore):
    """Runs, in a file."""

    async def begin_run(self, lease: Lease, run: Run) -> None:
        """Not durable: a run does not survive a loss of power, and its lease tells of it."""
        refuse_foreign_run(lease, run)

        def begin(connection: Connection) -> None:
            require_lease(connection, lease, now=run.started_at)
            put_run(connection, run)

        await self._write(begin, durable=False)

    async def report_progress(self, lease: Lease, run_id: str, *, done: int, total: int, now: datetime) -> None:
        """Not durable."""

        def report(connection: Connection) -> None:
            require_lease(connection, lease, now=now)
            set_progress(connection, lease.city_id, run_id, done=done, total=total)

        await self._write(report, durable=False)

    async def finish_run(self, run: Run) -> None:
        """Durable: it tells what was spent."""
        await self._write(lambda connection: end_run(connection, run), durable=True)

    async def run(self, run_id: str) -> Run | None:
        """By primary key."""
        return find_run(self._reader, run_id)

    async def runs(self, city_id: str | None = None, *, limit: int = 50) -> list[Run]:
        """By index, newest first."""
        return latest_runs(self._reader, city_id, limit=limit)
