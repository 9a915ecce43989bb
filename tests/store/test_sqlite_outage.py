"""What goes wrong around the file, and that the store recovers by itself."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import StoreUnavailableError
from cinestreamd.store.sqlite import SqliteStore, prepare
from cinestreamd.store.sqlite.writer import Operation

if TYPE_CHECKING:
    from conftest import Samples

DAY = date(2026, 11, 21)


async def test_a_file_that_comes_back_is_used_again(tmp_path: Path, samples: "Samples") -> None:
    path = tmp_path / "cinestreamd.sqlite"
    store = SqliteStore(path)
    with pytest.raises(StoreUnavailableError):
        await store.location("kyiv")
    with pytest.raises(StoreUnavailableError):
        await store.add_location(samples.city())
    prepare(path)
    await store.add_location(samples.city())
    assert await store.location("kyiv") == samples.city()
    await store.close()


async def test_a_damaged_file_is_unavailable_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "cinestreamd.sqlite"
    path.write_bytes(b"not a database at all" * 400)
    store = SqliteStore(path)
    with pytest.raises(StoreUnavailableError) as caught:
        await store.location("kyiv")
    assert "retry_after" in caught.value.fields
    with pytest.raises(StoreUnavailableError):
        await store.count_visits(DAY, visits=1, views={})
    await store.close()


async def test_a_database_of_an_older_schema_is_unavailable_until_prepared(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA user_version = 0")
    store = SqliteStore(database)
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        await store.location("kyiv")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    assert await store.location("kyiv") is None
    await store.close()


async def test_a_full_disk_refuses_writes_and_serves_reads(store: SqliteStore, samples: "Samples") -> None:
    """SQLite's own page limit stands for the full disk: the same error code, without a disk to fill."""
    await store.add_location(samples.city())

    def limit(pages: int) -> Operation[int]:
        def operation(connection: sqlite3.Connection) -> int:
            in_force: int = connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0]
            return in_force

        return operation

    used = await store._write(limit(1), durable=False)
    lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
    assert lease is not None
    many = samples.publication(*[f"s{number}" for number in range(500)])
    with pytest.raises(StoreUnavailableError) as caught:
        await store.publish(lease, many, now=samples.now)
    assert caught.value.fields["reason"] == "database or disk is full"
    assert used > 1
    assert await store.showtimes("kyiv", since=samples.now) == []
    # The failed connection was let go of; the next one has no such limit, as when space returns.
    assert await store.publish(lease, many, now=samples.now) == 1
    assert len(await store.showtimes("kyiv", since=samples.now)) == 500


def log_size(database: Path) -> int:
    return Path(f"{database}-wal").stat().st_size


async def test_the_log_stays_small(store: SqliteStore, database: Path, samples: "Samples") -> None:
    """Reads leave no transaction open that would keep the log from being moved into the database."""
    await store.add_location(samples.city())
    showtimes = [f"s{number}" for number in range(3000)]
    for _ in range(6):
        lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
        assert lease is not None
        await store.publish(lease, samples.publication(*showtimes), now=samples.now)
        assert len(await store.showtimes("kyiv", since=samples.now)) == 3000
    await store.count_visits(DAY, visits=1, views={})
    assert log_size(database) <= 16 * 2**20
    assert store._reader._connection is not None
    assert not store._reader._connection.in_transaction
