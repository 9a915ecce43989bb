"""Posters of films. The record stands last: what is looked up for a page lies before it, and is read without it."""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE film_poster (
        film_id TEXT PRIMARY KEY,
        url TEXT NOT NULL,
        tried_at INTEGER NOT NULL,
        digest TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX film_poster_by_try ON film_poster (tried_at)",
)
