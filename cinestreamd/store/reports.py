"""What a run has found, row by row, and how long each part of it took: for people who want to know why.

A report goes with its run. Losing one costs an explanation, never data. It is kept compressed.
"""

import zlib
from datetime import datetime
from typing import Final, Literal, Protocol

import msgspec
from msgspec import Struct

StageOfRun = Literal["discover", "read", "hand_over", "titles", "publish"]

LONGEST_REPORT: Final = 8_000_000
"""Bytes that a report may unpack to."""

_encoder: Final = msgspec.json.Encoder()


class StageTime(Struct, frozen=True, array_like=True):
    """One stage of a run: when it began, and how long it took, in seconds after the run's start."""

    stage: StageOfRun
    began: float
    seconds: float


class KeptRow(Struct, frozen=True, array_like=True):
    """A showing that a run published (or held back, of a quarantined cinema), with the excerpt that proves it."""

    showtime_id: str
    title: str
    start_time: datetime
    quote: str
    reader: str


class RefusedRow(Struct, frozen=True, array_like=True):
    """What a reader took for a showing and verification did not let through. ``when`` is the page's day and clock."""

    title: str
    when: str
    reason: str
    quote: str


class CinemaReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cinema in one run. ``more_kept`` and ``more_refused`` count the rows beyond those that are told."""

    cinema_id: str
    began: float = 0.0
    seconds: float = 0.0
    kept: tuple[KeptRow, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    more_kept: int = 0
    more_refused: int = 0


class RunReport(Struct, frozen=True, kw_only=True):
    """What one run did, in parts."""

    run_id: str
    city_id: str
    started_at: datetime
    stages: tuple[StageTime, ...]
    cinemas: tuple[CinemaReport, ...]


class PackedReport(Struct, frozen=True, kw_only=True):
    """A report as it is kept."""

    run_id: str
    started_at: datetime
    packed: bytes


def pack_report(report: RunReport) -> PackedReport:
    """A report as it is kept."""
    packed = zlib.compress(_encoder.encode(report), 6)
    return PackedReport(run_id=report.run_id, started_at=report.started_at, packed=packed)


def unpack_report(kept: PackedReport) -> RunReport:
    """A report as it was."""
    data = zlib.decompressobj().decompress(kept.packed, LONGEST_REPORT)
    return msgspec.json.decode(data, type=RunReport)


class ReportStore(Protocol):
    """Keeping what runs found, row by row."""

    async def put_report(self, report: RunReport) -> None:
        """Keep what a run found, row by row, in place of a former report of it. It is pruned with its run."""

    async def report(self, run_id: str) -> RunReport | None:
        """The report of a run."""
