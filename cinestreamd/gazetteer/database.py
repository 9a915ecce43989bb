"""The table of cities on disk: its layout, and a connection that belongs to one process.

The file is written once by the builder and never changes under a running process, so it is opened read-only and
immutable: SQLite takes no locks and looks for no journal. It is read through a memory map, which all workers share.
"""

import os
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from cinestreamd.errors import ConfigurationError

SCHEMA_VERSION: Final = 1
SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE timezones (timezone INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE regions (region INTEGER PRIMARY KEY, uk TEXT NOT NULL, en TEXT NOT NULL, ru TEXT NOT NULL);
-- rank 1 is the most populous city. A name that no source gives in Ukrainian or Russian is NULL: English is shown.
CREATE TABLE cities (
    rank INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    geonameid INTEGER NOT NULL,
    uk TEXT,
    en TEXT NOT NULL,
    ru TEXT,
    country TEXT NOT NULL,
    lat REAL NOT NULL,
    lon REAL NOT NULL,
    timezone INTEGER NOT NULL REFERENCES timezones,
    population INTEGER NOT NULL,
    region INTEGER REFERENCES regions
);
-- Folded names. kind 0: a name proper; 1: a name in another language or spelling; 2: a name proper from one of its
-- later words on ("york" of New York).
CREATE TABLE names (
    key TEXT NOT NULL, kind INTEGER NOT NULL, rank INTEGER NOT NULL, PRIMARY KEY (key, kind, rank)
) WITHOUT ROWID;
-- The best ranks for a prefix that more names begin with than are worth reading: little-endian 16-bit numbers.
CREATE TABLE prefixes (prefix TEXT PRIMARY KEY, ranks BLOB NOT NULL) WITHOUT ROWID;
-- Points on the unit sphere: no seam at the antimeridian, no special case at the poles.
CREATE VIRTUAL TABLE points USING rtree (rank, x_min, x_max, y_min, y_max, z_min, z_max);
"""
MAX_RESULTS: Final = 50
"""The most cities that one question is answered with, and the length of a prefix's prepared answer."""

SCANNED_NAMES: Final = 128
"""A prefix that more names than these begin with has a prepared answer in ``prefixes``."""

_MMAP_BYTES: Final = 64 * 2**20
_CACHE_KIB: Final = 256

Row = tuple[Any, ...]
Parameters = tuple[object, ...] | Mapping[str, float]


class UnusableGazetteerError(ConfigurationError):
    """The table of cities is missing, damaged or of another version."""

    code = "unusable_gazetteer"


@cache
def packaged_path() -> Path:
    """Where the package keeps its table of cities."""
    return Path(str(resources.files("cinestreamd.gazetteer") / "cities.sqlite"))


class Database:
    """Read-only access to the table at ``path``, with one connection per process, opened when first used."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._parents: list[sqlite3.Connection] = []

    def rows(self, query: str, parameters: Parameters) -> list[Row]:
        """All rows that ``query`` gives.

        Raises:
            UnusableGazetteerError: the file is missing, damaged or of another version.
        """
        connection = self._connection
        if connection is None or self._owner != os.getpid():
            connection = self._open()
        try:
            return connection.execute(query, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise UnusableGazetteerError(place=self._path, problem=str(error)) from error

    def close(self) -> None:
        """Let go of the file; the next question opens it again. Does nothing in a process that has not opened it."""
        if self._connection is not None and self._owner == os.getpid():
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            # SQLite forbids even to close a connection that came over a fork, so the child keeps it untouched.
            self._parents.append(self._connection)
        self._connection = _connect(self._path)
        self._owner = os.getpid()
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    try:
        # SQLite is built to serialise threads (sqlite3.threadsafety is 3), and nothing is ever written here.
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    except sqlite3.Error as error:
        raise UnusableGazetteerError(place=path, problem=str(error)) from error
    try:
        _set_up(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute(f"PRAGMA mmap_size = {_MMAP_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        with closing(connection.execute("PRAGMA user_version")) as cursor:
            version = cursor.fetchone()[0]
    except sqlite3.Error as error:
        raise UnusableGazetteerError(place=path, problem=str(error)) from error
    if version != SCHEMA_VERSION:
        raise UnusableGazetteerError(place=path, problem=f"version {version} where {SCHEMA_VERSION} is needed")


def pack(ranks: list[int]) -> bytes:
    """Ranks as they stand in ``prefixes``; each below 65,536."""
    return b"".join(rank.to_bytes(2, "little") for rank in ranks)


def unpack(packed: bytes) -> list[int]:
    """The ranks that ``pack`` has written."""
    words = memoryview(packed).cast("H")
    return words.tolist() if sys.byteorder == "little" else [word >> 8 | (word & 0xFF) << 8 for word in words]
