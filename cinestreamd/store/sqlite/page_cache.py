"""How SQLite's page caches begin: without room set aside.

By default a connection that has read one page has touched room for twenty (SQLITE_CONFIG_PAGECACHE). Readers map the
file into memory and keep next to none, so for twelve workers that would be 1 MiB for nothing.
"""

import ctypes
import sqlite3
from importlib.util import find_spec
from typing import Final

CONFIG_PAGECACHE: Final = 7


def begin_small() -> bool:
    """Have the page cache of each connection that is opened from now on grow page by page; tells whether it will.

    To be called while no connection is open and no other thread runs: SQLite takes such a setting only while it rests.
    While it uses memory, and where Python has it built in, it stays as it is.
    """
    module = find_spec("_sqlite3")
    if module is None or not module.has_location or module.origin is None:
        return False
    library = ctypes.CDLL(module.origin)
    if not hasattr(library, "sqlite3_config") or library.sqlite3_memory_used() > 0:
        return False
    library.sqlite3_shutdown()
    taken = library.sqlite3_config(CONFIG_PAGECACHE, None, 0, 0)
    return bool(library.sqlite3_initialize() == taken == sqlite3.SQLITE_OK)
