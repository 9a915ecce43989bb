"""Leases: one holder a city, told apart for ever by a fence that rises with every grant.

The fence is a column of the city's row, which is never deleted: release, expiry and restart leave it alone. A write
under a lease calls ``require_lease`` first, inside its own transaction. Protocol: docs/STORE.md.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from cinestreamd.store.errors import StoreBusyError, UnknownCityError
from cinestreamd.store.leases import Lease, LeaseStore
from cinestreamd.store.records import kept, milliseconds, moment, optional_milliseconds
from cinestreamd.store.sqlite.connection import RETRY_AFTER_SECONDS, Reader
from cinestreamd.store.sqlite.fence import require_lease
from cinestreamd.store.sqlite.opened import OpenedFile
from cinestreamd.store.sqlite.runs import lose_runs

# Whoever never gave the lease back has failed: that is counted when it is taken over.
_TAKE: Final = """
    UPDATE location SET lease_owner = ?, lease_fence = lease_fence + 1, lease_until = ?,
                        failures = failures + (lease_owner IS NOT NULL)
    WHERE id = ? AND (lease_until IS NULL OR lease_until <= ?)
    RETURNING lease_fence
"""
_IS_HELD: Final = "SELECT 1 FROM location WHERE id = ? AND lease_until > ?"
_EXISTS: Final = "SELECT 1 FROM location WHERE id = ?"
_RENEW: Final = "UPDATE location SET lease_until = ? WHERE id = ?"
_RELEASE: Final = """
    UPDATE location SET lease_owner = NULL, lease_until = NULL, failures = failures + 1, cooldown_until = ?
    WHERE id = ?
"""
_HELD: Final = "SELECT id, lease_owner, lease_until FROM location WHERE lease_until IS NOT NULL"
_FREE: Final = """
    UPDATE location SET lease_owner = NULL, lease_until = NULL, failures = failures + 1 WHERE id = ?
"""

Chooser = Callable[[str, int], bool]
"""Whether to free a lease, by its owner and its end in milliseconds."""


def is_held(reader: Reader, city_id: str, *, now: datetime) -> bool:
    """Whether somebody has the city's lease at ``now``: a look that costs no write."""
    return bool(reader.rows(_IS_HELD, (city_id, milliseconds(now))))


def take_lease(
    connection: sqlite3.Connection, city_id: str, *, owner: str, now: datetime, seconds: int
) -> Lease | None:
    """Grant the lease if nobody has it at ``now``."""
    until = milliseconds(now + timedelta(seconds=seconds))
    granted = connection.execute(_TAKE, (owner, until, city_id, milliseconds(now))).fetchall()
    if granted:
        lose_runs(connection, city_id)
        return Lease(city_id=city_id, owner=owner, fence=granted[0][0], until=moment(until))
    if not connection.execute(_EXISTS, (city_id,)).fetchall():
        raise UnknownCityError(city=city_id)
    return None


def prolong_lease(connection: sqlite3.Connection, lease: Lease, *, now: datetime, seconds: int) -> Lease:
    """Let a lease in force end ``seconds`` after ``now``."""
    require_lease(connection, lease, now=now)
    until = kept(now + timedelta(seconds=seconds))
    connection.execute(_RENEW, (milliseconds(until), lease.city_id))
    return replace(lease, until=until)


def give_lease_back(
    connection: sqlite3.Connection, lease: Lease, *, now: datetime, cooldown_until: datetime | None
) -> None:
    """End a lease in force after a failure."""
    require_lease(connection, lease, now=now)
    connection.execute(_RELEASE, (optional_milliseconds(cooldown_until), lease.city_id))


def any_lease(reader: Reader, chosen: Chooser) -> bool:
    """Whether there is a lease to free: a look that costs no write."""
    return any(chosen(owner, until) for _, owner, until in reader.rows(_HELD))


def free_chosen(connection: sqlite3.Connection, chosen: Chooser) -> list[str]:
    """Free the chosen leases, whose holders are dead or late; each counts one failure. Their runs are lost."""
    held = connection.execute(_HELD).fetchall()
    freed = sorted(city_id for city_id, owner, until in held if chosen(owner, until))
    for city_id in freed:
        connection.execute(_FREE, (city_id,))
        lose_runs(connection, city_id)
    return freed


class SqliteLeaseStore(OpenedFile, LeaseStore):
    """Leases, in a file."""

    def __init__(self, path: Path, *, write_timeout: float = 2.0) -> None:
        super().__init__(path, write_timeout=write_timeout)
        self._acquiring = asyncio.Lock()

    async def acquire_lease(self, city_id: str, *, owner: str, now: datetime, seconds: int) -> Lease | None:
        """Durable, so that a fence is never granted twice.

        One at a time in a process, after a look: of many that want the same city, few ask for the write lock.
        """
        try:
            async with asyncio.timeout(self._write_timeout):
                await self._acquiring.acquire()
        except TimeoutError:
            raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS) from None
        try:
            if is_held(self._reader, city_id, now=now):
                return None
            return await self._write(
                lambda connection: take_lease(connection, city_id, owner=owner, now=now, seconds=seconds),
                durable=True,
            )
        finally:
            self._acquiring.release()

    async def renew_lease(self, lease: Lease, *, now: datetime, seconds: int) -> Lease:
        """Not durable: no holder survives a loss of power."""
        return await self._write(
            lambda connection: prolong_lease(connection, lease, now=now, seconds=seconds), durable=False
        )

    async def release_lease(self, lease: Lease, *, now: datetime, cooldown_until: datetime | None) -> None:
        """Durable, so that a cooldown is kept."""
        await self._write(
            lambda connection: give_lease_back(connection, lease, now=now, cooldown_until=cooldown_until),
            durable=True,
        )

    async def free_leases(self, owner_prefix: str, *, except_prefix: str | None = None) -> list[str]:
        """Not durable: what is still held after a loss of power is freed again."""

        def chosen(owner: str, _until: int) -> bool:
            spared = except_prefix is not None and owner.startswith(except_prefix)
            return owner.startswith(owner_prefix) and not spared

        return await self._free(chosen)

    async def expire_leases(self, now: datetime) -> list[str]:
        """Not durable, as ``free_leases``. Costs no write when there is nothing to do."""
        return await self._free(lambda _owner, until: until <= milliseconds(now))

    async def _free(self, chosen: Chooser) -> list[str]:
        if not any_lease(self._reader, chosen):
            return []
        return await self._write(lambda connection: free_chosen(connection, chosen), durable=False)
