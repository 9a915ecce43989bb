"""What runs found, row by row."""

from typing import Final

STATEMENTS: Final = (
    "CREATE TABLE run_report (run_id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, record TEXT NOT NULL) STRICT",
    "CREATE INDEX run_report_by_start ON run_report (started_at)",
)
