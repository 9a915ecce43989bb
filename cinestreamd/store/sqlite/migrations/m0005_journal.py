"""What operators did through the console, and the attempts to log in of the current period."""

from typing import Final

STATEMENTS: Final = (
    "CREATE TABLE journal (id TEXT PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL) STRICT",
    "CREATE INDEX journal_by_moment ON journal (at, id)",
    """
    CREATE TABLE attempt (
        period TEXT NOT NULL,
        name TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (period, name)
    ) STRICT, WITHOUT ROWID
    """,
)
