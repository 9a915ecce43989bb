"""Make a database ready for use: create it, turn WAL on, bring its schema up to date.

The master or a one-shot command does this before any other process opens the file: switching to WAL ignores
busy_timeout, and a migration must not run under open readers of the old schema.
"""

import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from cinestreamd.errors import ConfigurationError
from cinestreamd.store.sqlite.connection import meaning_of
from cinestreamd.store.sqlite.disk import MOUNTINFO, refuse_network_disk
from cinestreamd.store.sqlite.migrations import MIGRATIONS, SCHEMA_VERSION

APPLICATION_ID: Final = 0x63696E65  # "cine"; tells our file from any other program's SQLite database
OLDEST_SQLITE: Final = (3, 37, 0)  # STRICT tables; RETURNING came with 3.35
BUSY_SECONDS: Final = 2.0
IN_USE: Final = "is in use by another program; stop it and try again"


class UnusableDatabaseError(ConfigurationError):
    """The path holds something that cannot be used as this program's database. It was left as it was."""

    code = "unusable_database"


def prepare(path: Path, *, mountinfo: Path = MOUNTINFO) -> None:
    """Create the database at ``path`` (file 0600, missing folders 0700) or bring an older one up to date.

    Safe to repeat, to interrupt at any point and to run twice at once. Blocks; not for an event loop.

    Raises:
        NetworkDiskError: the path is on a network disk.
        UnusableDatabaseError: the path holds no database of ours, one made by a newer program, or cannot be used.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise UnusableDatabaseError(
            place=path, problem=f"SQLite 3.37 or newer is needed, this Python has {sqlite3.sqlite_version}"
        )
    refuse_network_disk(path, mountinfo=mountinfo)
    try:
        _create(path)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _refuse_foreign(connection, path)
            _turn_wal_on(connection, path)
            migrate(connection, MIGRATIONS)
        finally:
            connection.close()
    except OSError as error:
        raise UnusableDatabaseError(place=path, problem=f"cannot be used ({error.strerror})") from error
    except sqlite3.Error as error:
        if meaning_of(error) is error:
            raise
        raise UnusableDatabaseError(place=path, problem=_problem(error)) from error


def _problem(error: sqlite3.Error) -> str:
    code = error.sqlite_errorcode & 0xFF
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return "is not a database, or a damaged one; move it away or restore a backup"
    if code == sqlite3.SQLITE_BUSY:
        return IN_USE
    return f"cannot be used ({error})"


def _create(path: Path) -> None:
    """Make the file if there is none. An existing one is not opened here: closing it would drop SQLite's own locks."""
    missing = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink():
        raise UnusableDatabaseError(place=path, problem="is a symbolic link; put the file itself there")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        if not path.is_file():
            raise UnusableDatabaseError(place=path, problem="is not a file") from None
        return
    try:
        owner = path.parent.stat()
        # Those who may make files beside it share it: SQLite gives its own files the mode of this one.
        if owner.st_mode & stat.S_IWGRP:
            os.fchmod(descriptor, 0o660)
        # What root makes is whose the folder is; SQLite does so with its own files.
        if os.geteuid() == 0 != owner.st_uid:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse another program's database and one of a newer schema, before anything is changed in it."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application_id != APPLICATION_ID and (application_id or tables):
        raise UnusableDatabaseError(place=path, problem="is another program's database")
    if _version(connection) > SCHEMA_VERSION:
        raise UnusableDatabaseError(place=path, problem="made by a newer cinestreamd; upgrade")


def _turn_wal_on(connection: sqlite3.Connection, path: Path) -> None:
    deadline = monotonic() + BUSY_SECONDS
    while (mode := _journal_mode(connection)) != "wal":
        if mode is not None:
            raise UnusableDatabaseError(place=path, problem="its disk does not support WAL; use MONGO_URI")
        if monotonic() > deadline:
            raise UnusableDatabaseError(place=path, problem=IN_USE)
        sleep(0.02)


def _journal_mode(connection: sqlite3.Connection) -> str | None:
    """The mode in force after asking for WAL; None when somebody is using the file: the switch does not wait."""
    try:
        mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return None
        raise
    return mode


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]]) -> None:
    """Run the ``migrations`` that the database has not seen, in order, each all or nothing.

    Works with ``synchronous = FULL``: a schema that was reported ready survives a loss of power.
    """
    connection.execute("PRAGMA synchronous = FULL")
    while (version := _version(connection)) < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) == version:  # nobody else did it while we waited
                for statement in migrations[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
