"""Duties: what one daemon of several does for all, such as deciding which city is read next."""

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from cinestreamd.store.duties import DutyStore
from cinestreamd.store.records import milliseconds
from cinestreamd.store.sqlite.opened import OpenedFile

_HOLD: Final = """
    INSERT INTO duty (name, owner, until) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
        WHERE owner = excluded.owner OR until <= ?
    RETURNING 1
"""
_LAY_DOWN: Final = "DELETE FROM duty WHERE name = ? AND owner = ?"


def hold(connection: sqlite3.Connection, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
    """Take a duty that is free, or prolong the owner's own."""
    until = milliseconds(now + timedelta(seconds=seconds))
    return bool(connection.execute(_HOLD, (duty, owner, until, milliseconds(now))).fetchall())


def lay_down(connection: sqlite3.Connection, duty: str, *, owner: str) -> None:
    """Let others have a duty, if the owner has it."""
    connection.execute(_LAY_DOWN, (duty, owner))


class SqliteDutyStore(OpenedFile, DutyStore):
    """Duties, in a file."""

    async def hold_duty(self, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
        """Not durable: nobody holds a duty after a loss of power."""
        return await self._write(
            lambda connection: hold(connection, duty, owner=owner, now=now, seconds=seconds), durable=False
        )

    async def lay_down_duty(self, duty: str, *, owner: str) -> None:
        """Not durable, as ``hold_duty``."""
        await self._write(lambda connection: lay_down(connection, duty, owner=owner), durable=False)
