"""Letting old rows go, in steps that each hold the write lock only for milliseconds."""

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from cinestreamd.store.records import milliseconds

_SHOWTIMES: Final = """
    DELETE FROM showtime WHERE rowid IN (SELECT rowid FROM showtime WHERE start_time < ? LIMIT ?)
"""
_RUNS: Final = "DELETE FROM run WHERE rowid IN (SELECT rowid FROM run WHERE started_at < ? LIMIT ?)"


def prune_showtimes(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete up to ``limit`` showtimes that started before a moment. Returns how many."""
    return connection.execute(_SHOWTIMES, (milliseconds(before), limit)).rowcount


def prune_runs(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete up to ``limit`` runs that began before a moment. Returns how many."""
    return connection.execute(_RUNS, (milliseconds(before), limit)).rowcount
