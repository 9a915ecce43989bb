"""What operators say of single showings, and how the pages have these."""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE row_correction (
        id TEXT PRIMARY KEY,
        city_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX row_correction_by_city ON row_correction (city_id, at, id)",
    "CREATE TABLE found_row (showtime_id TEXT PRIMARY KEY, start_time INTEGER NOT NULL, record TEXT NOT NULL) STRICT",
    "CREATE INDEX found_row_by_start ON found_row (start_time)",
)
