"""The schema's history: migration number N brings a database from ``user_version`` N-1 to N.

A migration is a tuple of SQL statements that run in one transaction. One that has been released is never edited:
what it got wrong, the next one puts right.
"""

from typing import Final

from cinestreamd.store.sqlite.migrations import (
    m0001_first_tables,
    m0002_memory,
    m0003_spending,
    m0004_duties,
    m0005_journal,
    m0006_run_reports,
    m0007_row_corrections,
    m0008_posters,
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    m0001_first_tables.STATEMENTS,
    m0002_memory.STATEMENTS,
    m0003_spending.STATEMENTS,
    m0004_duties.STATEMENTS,
    m0005_journal.STATEMENTS,
    m0006_run_reports.STATEMENTS,
    m0007_row_corrections.STATEMENTS,
    m0008_posters.STATEMENTS,
)

SCHEMA_VERSION: Final = len(MIGRATIONS)
