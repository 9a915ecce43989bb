"""Reports of runs, which go with their runs."""

from datetime import datetime
from sqlite3 import Connection
from typing import Final

import msgspec

from cinestreamd.store.records import kept, milliseconds
from cinestreamd.store.reports import PackedReport, ReportStore, RunReport, pack_report, unpack_report
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile

_ONE: Final = "SELECT CAST(record AS BLOB) FROM run_report WHERE run_id = ?"
_PUT: Final = """
    INSERT INTO run_report (run_id, started_at, record) VALUES (?, ?, ?)
    ON CONFLICT (run_id) DO UPDATE SET started_at = excluded.started_at, record = excluded.record
"""
_PRUNE: Final = "DELETE FROM run_report WHERE rowid IN (SELECT rowid FROM run_report WHERE started_at < ? LIMIT ?)"

_encoder: Final = msgspec.json.Encoder()
_decode: Final = msgspec.json.Decoder(PackedReport).decode


def put_report(connection: Connection, report: RunReport) -> None:
    """Keep a report, in place of a former one of its run."""
    packed = pack_report(msgspec.structs.replace(report, started_at=kept(report.started_at)))
    values = (report.run_id, milliseconds(report.started_at), _encoder.encode(packed).decode())
    connection.execute(_PUT, values)


def find_report(reader: Reader, run_id: str) -> RunReport | None:
    """The report of a run."""
    rows = reader.rows(_ONE, (run_id,))
    return unpack_report(_decode(rows[0][0])) if rows else None


def prune_reports(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete up to ``limit`` reports of runs that began before a moment. Returns how many."""
    return connection.execute(_PRUNE, (milliseconds(before), limit)).rowcount


class SqliteReportStore(OpenedFile, ReportStore):
    """Reports, in a file."""

    async def put_report(self, report: RunReport) -> None:
        """Not durable: losing one costs an explanation, never data."""
        await self._write(lambda connection: put_report(connection, report), durable=False)

    async def report(self, run_id: str) -> RunReport | None:
        """By primary key."""
        return find_report(self._reader, run_id)
