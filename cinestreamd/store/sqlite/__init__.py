"""The embedded store: one SQLite file a site, in WAL mode. SQL is found in this folder only."""

from cinestreamd.store.sqlite.disk import NetworkDiskError
from cinestreamd.store.sqlite.prepare import UnusableDatabaseError, prepare
from cinestreamd.store.sqlite.store import SqliteStore

__all__ = ["NetworkDiskError", "SqliteStore", "UnusableDatabaseError", "prepare"]
