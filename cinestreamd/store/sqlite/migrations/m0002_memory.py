"""What operators correct, and what one run leaves for the next."""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE correction (
        cinema_id TEXT PRIMARY KEY,
        city_id TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX correction_by_city ON correction (city_id, cinema_id)",
    """
    CREATE TABLE page_memory (
        cinema_id TEXT NOT NULL,
        place INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (cinema_id, place)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE discovery (city_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT",
    "CREATE TABLE server_pause (server TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)
