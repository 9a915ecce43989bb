"""Making a database ready: what is made, what is refused, and that nothing half-done remains."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.store.base import StoreUnavailableError
from cinestreamd.store.sqlite import SqliteStore, UnusableDatabaseError, prepare
from cinestreamd.store.sqlite.migrations import SCHEMA_VERSION
from cinestreamd.store.sqlite.prepare import migrate


def value(path: Path, pragma: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


def test_a_new_database_is_private_in_wal_mode_and_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "sites" / "main" / "data" / "cinestreamd.sqlite"
    umask = os.umask(0)
    try:
        prepare(path)
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o7777 == 0o600
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        assert folder.stat().st_mode & 0o7777 == 0o700
    assert value(path, "journal_mode") == "wal"
    assert value(path, "user_version") == SCHEMA_VERSION
    assert value(path, "integrity_check") == "ok"


async def test_the_files_beside_the_database_are_private_too(store: SqliteStore, database: Path) -> None:
    umask = os.umask(0)
    try:
        await store.count_visits(date(2026, 11, 21), visits=1, views={})
    finally:
        os.umask(umask)
    modes = {file.name: file.stat().st_mode & 0o7777 for file in folder_of(database)}
    assert modes == {
        "cinestreamd.sqlite": 0o600,
        "cinestreamd.sqlite-wal": 0o600,
        "cinestreamd.sqlite-shm": 0o600,
    }


def folder_of(path: Path) -> list[Path]:
    return list(path.parent.iterdir())


def test_preparing_again_changes_nothing(database: Path) -> None:
    before = database.read_bytes()
    prepare(database)
    assert database.read_bytes() == before


def test_preparing_under_an_open_store_is_harmless(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        prepare(database)
        writer.execute("ROLLBACK")


def refused(path: Path) -> str:
    with pytest.raises(UnusableDatabaseError) as caught:
        prepare(path)
    assert isinstance(caught.value, ConfigurationError)
    return str(caught.value)


def test_a_newer_database_is_refused_untouched(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = database.read_bytes()
    assert refused(database) == f"{database}: made by a newer cinestreamd; upgrade"
    assert database.read_bytes() == before


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    before = path.read_bytes()
    assert refused(path) == f"{path}: is another program's database"
    assert path.read_bytes() == before
    assert value(path, "journal_mode") == "delete"


@pytest.mark.parametrize("content", [b"name,city\nZhovten,Kyiv\n" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cinemas.csv"
    path.write_bytes(content)
    assert refused(path) == f"{path}: is not a database, or a damaged one; move it away or restore a backup"
    assert path.read_bytes() == content


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path}: is not a file"


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    target, link = tmp_path / "elsewhere", tmp_path / "cinestreamd.sqlite"
    link.symlink_to(target)
    assert refused(link) == f"{link}: is a symbolic link; put the file itself there"
    assert not target.exists()


def test_a_path_below_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = refused(tmp_path / "file" / "data" / "cinestreamd.sqlite")
    assert message.endswith("cannot be used (Not a directory)")
    assert "\n" not in message


def test_a_database_locked_by_a_rollback_journal_writer_is_refused(tmp_path: Path) -> None:
    """Not yet in WAL mode and held by somebody else: the switch would fail whatever busy_timeout says."""
    path = tmp_path / "cinestreamd.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert refused(path) == f"{path}: is in use by another program; stop it and try again"
        holder.execute("ROLLBACK")
    prepare(path)


async def test_a_store_refuses_a_file_that_was_not_prepared(tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing.sqlite", tmp_path / "empty.sqlite"
    empty.touch()
    for path in (missing, empty):
        store = SqliteStore(path)
        with pytest.raises(StoreUnavailableError):
            await store.location("kyiv")
        with pytest.raises(StoreUnavailableError):
            await store.count_visits(date(2026, 11, 21), visits=1, views={})
        await store.close()
    assert not missing.exists(), "opening a store creates nothing"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "m.sqlite", isolation_level=None)) as connection:
        yield connection


def tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows]


def test_migrations_run_in_order_and_once(connection: sqlite3.Connection) -> None:
    first, second = ("CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"), ("ALTER TABLE a RENAME TO b",)
    migrate(connection, [first])
    assert tables(connection) == ["a"]
    migrate(connection, [first, second])
    migrate(connection, [first, second])
    assert connection.execute("SELECT x FROM b").fetchall() == [(1,)]
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_migration_that_fails_leaves_the_version_before_it(connection: sqlite3.Connection) -> None:
    good, bad = ("CREATE TABLE a (x)",), ("CREATE TABLE b (x)", "INSERT INTO missing VALUES (1)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [good, bad])
    assert tables(connection) == ["a"]
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert not connection.in_transaction


PREPARE_MANY = """
import sys
from pathlib import Path
from cinestreamd.store.sqlite import prepare
for number in range(10_000):
    path = Path(sys.argv[1]) / str(number) / "cinestreamd.sqlite"
    sys.stdout.write(f"{path}\\n")
    sys.stdout.flush()
    prepare(path)
"""


def test_a_killed_preparation_is_finished_by_the_next_one(tmp_path: Path) -> None:
    """Killed while it makes one database after another; the last one is the one that was cut off."""
    for attempt in range(8):
        folder = tmp_path / str(attempt)
        command = [sys.executable, "-c", PREPARE_MANY, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(3 + attempt):
                process.stdout.readline()
            process.kill()
            left = process.stdout.read().splitlines()
        last = Path(left[-1]) if left else folder / str(2 + attempt) / "cinestreamd.sqlite"
        prepare(last)
        assert value(last, "integrity_check") == "ok"
        assert value(last, "user_version") == SCHEMA_VERSION
        assert value(last, "journal_mode") == "wal"


def test_two_that_prepare_at_once_both_succeed(tmp_path: Path) -> None:
    path = tmp_path / "data" / "cinestreamd.sqlite"
    script = (
        "import sys, pathlib; from cinestreamd.store.sqlite import prepare\n"
        "sys.stdin.readline(); prepare(pathlib.Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", script, str(path)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate()[1] for process in both]
    assert errors == ["", ""]
    assert value(path, "user_version") == SCHEMA_VERSION
