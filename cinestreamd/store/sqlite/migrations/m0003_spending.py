"""Calls of Claude and what they cost, and what a run keeps so that it need not ask again."""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE model_call (
        id TEXT PRIMARY KEY,
        run_id TEXT NOT NULL,
        city_id TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX model_call_by_start ON model_call (started_at, id)",
    "CREATE INDEX model_call_by_run ON model_call (run_id, started_at, id)",
    "CREATE INDEX model_call_by_city ON model_call (city_id, started_at, id)",
    # A period is a UTC day ("2026-11-21") or month ("2026-11"); the city "" stands for the whole site.
    """
    CREATE TABLE spend (
        period TEXT NOT NULL,
        city_id TEXT NOT NULL,
        amount INTEGER NOT NULL,
        PRIMARY KEY (period, city_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE claude_state (name TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE pending_batch (id TEXT PRIMARY KEY, submitted_at INTEGER NOT NULL, record TEXT NOT NULL) STRICT",
    """
    CREATE TABLE recipe (
        cinema_id TEXT NOT NULL,
        place INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (cinema_id, place)
    ) STRICT
    """,
    "CREATE TABLE known_title (key TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE web_discovery (city_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT",
)
