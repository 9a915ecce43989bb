"""The first tables: cities with their lease, cinemas, films, showtimes, runs and counters.

Moments are integer milliseconds since 1970 UTC, days are ISO text. What is filtered or sorted by has its column; the
whole record is JSON in ``record``, which decodes straight into its type (see docs/STORE.md for the figures).
"""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE location (
        id TEXT PRIMARY KEY,
        name_uk TEXT NOT NULL,
        name_en TEXT NOT NULL,
        name_ru TEXT NOT NULL,
        lat REAL NOT NULL,
        lon REAL NOT NULL,
        country TEXT NOT NULL,
        timezone TEXT NOT NULL,
        last_updated INTEGER,
        revision INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        cooldown_until INTEGER,
        lease_owner TEXT,
        lease_fence INTEGER NOT NULL DEFAULT 0,
        lease_until INTEGER,
        CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX location_leased ON location (lease_until, lease_owner) WHERE lease_until IS NOT NULL",
    """
    CREATE TABLE cinema (
        id TEXT PRIMARY KEY,
        city_id TEXT NOT NULL,
        name TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX cinema_by_city ON cinema (city_id, name, id)",
    "CREATE TABLE film (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT",
    """
    CREATE TABLE showtime (
        id TEXT PRIMARY KEY,
        city_id TEXT NOT NULL,
        cinema_id TEXT NOT NULL,
        film_id TEXT NOT NULL,
        start_time INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX showtime_by_city ON showtime (city_id, start_time, cinema_id, id)",
    "CREATE INDEX showtime_by_film ON showtime (city_id, film_id, start_time, cinema_id, id)",
    "CREATE INDEX showtime_by_cinema ON showtime (cinema_id, city_id, start_time, id)",
    "CREATE INDEX showtime_by_start ON showtime (start_time)",
    """
    CREATE TABLE run (
        id TEXT PRIMARY KEY,
        city_id TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX run_by_start ON run (started_at, id)",
    "CREATE INDEX run_by_city ON run (city_id, started_at, id)",
    "CREATE INDEX run_running ON run (city_id) WHERE outcome = 'running'",
    """
    CREATE TABLE day (
        day TEXT PRIMARY KEY,
        visits INTEGER NOT NULL,
        views INTEGER NOT NULL,
        runs INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE city_view (
        day TEXT NOT NULL,
        city_id TEXT NOT NULL,
        views INTEGER NOT NULL,
        PRIMARY KEY (day, city_id)
    ) STRICT, WITHOUT ROWID
    """,
)
