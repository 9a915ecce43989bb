"""Runs: one scrape of one city each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from cinestreamd.store.leases import Lease

Trigger = Literal["visitor", "refresh", "operator", "recheck", "batch"]
RunOutcome = Literal["running", "published", "empty", "failed", "lost"]
SourceOutcome = Literal["published", "empty", "quarantined", "unreachable", "refused_by_robots", "unreadable"]


class SourceResult(Struct, frozen=True, kw_only=True):
    """What one cinema gave in one run: rows ``kept`` and ``refused`` by verification, the latter by reason."""

    cinema_id: str
    url: str
    outcome: SourceOutcome
    reader: str | None = None
    kept: int = 0
    refused: Mapping[str, int] = {}
    detail: str = ""


class Run(Struct, frozen=True, kw_only=True):
    """One scrape of one city. ``done`` of ``total`` cinemas is its progress. Costs are in millionths of a US dollar."""

    id: str
    city_id: str
    owner: str
    trigger: Trigger
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome = "running"
    done: int = 0
    total: int = 0
    sources: tuple[SourceResult, ...] = ()
    error: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost_microusd: int = 0


class RunStore(Protocol):
    """Recording runs from their beginning to their end."""

    async def begin_run(self, lease: Lease, run: Run) -> None:
        """Record a run that has just taken its lease; the lease must be in force at ``run.started_at``."""

    async def report_progress(self, lease: Lease, run_id: str, *, done: int, total: int, now: datetime) -> None:
        """Record how many of a run's cinemas have been read. A run that is not recorded stays so."""

    async def finish_run(self, run: Run) -> None:
        """Record the end of a run that publishes nothing, also of one that never began.

        A run that has been declared ``lost`` stays lost but takes the other details; a published one stays as it is.
        """

    async def run(self, run_id: str) -> Run | None:
        """The run of that id."""

    async def runs(self, city_id: str | None = None, *, limit: int = 50) -> list[Run]:
        """The latest runs, newest first."""
