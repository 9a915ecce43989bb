"""Connections to a prepared database, and what SQLite's errors mean to the rest of the product."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from cinestreamd.store.errors import StoreBusyError, StoreUnavailableError
from cinestreamd.store.sqlite.migrations import SCHEMA_VERSION

Row = tuple[Any, ...]
Made = TypeVar("Made")

RETRY_AFTER_SECONDS: Final = 2
# A reader meets a lock only while a crashed process's log is being recovered; the loop must not wait longer for it.
READER_BUSY_MS: Final = 50
READER_MMAP_BYTES: Final = 256 * 2**20
READER_CACHE_KIB: Final = 64
# The log is moved into the database every 1000 pages (4 MiB); after a large publication its file shrinks to this.
CHECKPOINT_PAGES: Final = 1000
JOURNAL_SIZE_LIMIT: Final = 8 * 2**20

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNAVAILABLE: Final = frozenset(
    {
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR),
        *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL),
        *(sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_AUTH),
    }
)


def meaning_of(error: sqlite3.Error) -> Exception:
    """The neutral error for a condition outside the program; a mistake of the program's own stays what it is."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary in _BUSY:
        return StoreBusyError(retry_after=RETRY_AFTER_SECONDS)
    if primary in _UNAVAILABLE:
        return StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason=str(error))
    return error


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. It belongs to the calling thread."""
    connection = _open(path, busy_ms=READER_BUSY_MS)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA temp_store = MEMORY")  # a process that is locked to its data has no folder for files
    connection.execute(f"PRAGMA mmap_size = {READER_MMAP_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
    return connection


def open_writer(path: Path, *, busy_ms: int) -> sqlite3.Connection:
    """A connection for the writer thread, which must be the caller. Transactions are begun and ended explicitly."""
    connection = _open(path, busy_ms=busy_ms)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT}")
    connection.execute("PRAGMA secure_delete = FAST")  # nothing here is secret; some systems default to overwriting
    return connection


def _open(path: Path, *, busy_ms: int) -> sqlite3.Connection:
    """Connect to an existing file of this schema; ``timeout`` sets busy_timeout before any statement runs."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy_ms / 1000, isolation_level=None
    )
    try:
        _require_schema(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_schema(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA_VERSION:
        reason = f"{path} has schema {version}, this program needs {SCHEMA_VERSION}"
        raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason=reason)


class Reader:
    """Reads of one process: a connection opened at the first read, in the thread that reads (the event loop's)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[Row]:
        """All rows of one SELECT, read to the end, so that no read transaction stays open.

        Raises:
            StoreUnavailableError: the file is missing, damaged or of another schema.
            StoreBusyError: the file is being recovered.
        """
        return self.each(tuple, sql, parameters)

    def each(self, make: Callable[[Row], Made], sql: str, parameters: tuple[object, ...] = ()) -> list[Made]:
        """The same, with what ``make`` makes of each row: rows of which little is kept are never all there at once."""
        try:
            if self._connection is None:
                self._connection = open_reader(self._path)
            return list(map(make, self._connection.execute(sql, parameters)))
        except UnicodeEncodeError:
            return []  # a lone surrogate: nothing that is stored has such a name
        except sqlite3.Error as error:
            meaning = meaning_of(error)
            if isinstance(meaning, StoreUnavailableError):
                self.close()
            if meaning is error:
                raise
            raise meaning from error

    def close(self) -> None:
        """Close the connection; the next read opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
