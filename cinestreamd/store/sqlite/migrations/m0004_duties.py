"""What one daemon of several does for all."""

from typing import Final

STATEMENTS: Final = (
    "CREATE TABLE duty (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)
