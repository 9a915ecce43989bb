"""The store over one SQLite file: reads in the loop's thread, writes on the writer thread.

The operations of each noun stand in its own room, beside their SQL.
"""

from datetime import datetime
from functools import partial
from typing import Final

from cinestreamd.store.base import Store
from cinestreamd.store.posters import POSTERS_LONGER
from cinestreamd.store.sqlite import posters, pruning, reports, row_corrections, spending
from cinestreamd.store.sqlite.corrections import SqliteCorrectionStore
from cinestreamd.store.sqlite.counters import SqliteCounterStore
from cinestreamd.store.sqlite.duties import SqliteDutyStore
from cinestreamd.store.sqlite.guide import SqliteGuideStore
from cinestreamd.store.sqlite.journal import SqliteJournalStore
from cinestreamd.store.sqlite.leases import SqliteLeaseStore
from cinestreamd.store.sqlite.locations import SqliteLocationStore
from cinestreamd.store.sqlite.memory import SqliteMemoryStore
from cinestreamd.store.sqlite.posters import SqlitePosterStore
from cinestreamd.store.sqlite.publications import SqlitePublicationStore
from cinestreamd.store.sqlite.reports import SqliteReportStore
from cinestreamd.store.sqlite.row_corrections import SqliteRowCorrectionStore
from cinestreamd.store.sqlite.runs import SqliteRunStore
from cinestreamd.store.sqlite.spending import SqliteSpendingStore
from cinestreamd.store.sqlite.writer import Operation

PRUNE_STEP: Final = 2000


class SqliteStore(
    SqliteLocationStore,
    SqliteLeaseStore,
    SqliteDutyStore,
    SqliteRunStore,
    SqlitePublicationStore,
    SqliteReportStore,
    SqliteGuideStore,
    SqlitePosterStore,
    SqliteCorrectionStore,
    SqliteRowCorrectionStore,
    SqliteMemoryStore,
    SqliteSpendingStore,
    SqliteJournalStore,
    SqliteCounterStore,
    Store,
):
    """``Store`` over a file that ``prepare`` has made ready. Opened at first use, by and for the using process.

    ``write_timeout`` (seconds) is how long a write may wait to begin. Use from one event loop's thread.

    A file in use must not cross a fork, not even to be opened anew by the child: SQLite's knowledge of its file locks
    is inherited while the locks are not, and acknowledged writes vanish. The child is refused with a RuntimeError.
    """

    async def prune(
        self, *, showtimes_before: datetime, runs_before: datetime, calls_before: datetime | None = None
    ) -> int:
        """Not durable: what comes back after a loss of power is deleted the next time."""
        gone = await self._prune(partial(pruning.prune_showtimes, before=showtimes_before, limit=PRUNE_STEP))
        await self._prune(partial(row_corrections.prune_found, before=showtimes_before, limit=PRUNE_STEP))
        await self._prune(partial(posters.prune_posters, before=showtimes_before - POSTERS_LONGER, limit=PRUNE_STEP))
        gone += await self._prune(partial(pruning.prune_runs, before=runs_before, limit=PRUNE_STEP))
        gone += await self._prune(partial(reports.prune_reports, before=runs_before, limit=PRUNE_STEP))
        if calls_before is None:
            return gone
        return gone + await self._prune(partial(spending.prune_calls, before=calls_before, limit=PRUNE_STEP))

    async def _prune(self, step: Operation[int]) -> int:
        gone = deleted = await self._write(step, durable=False)
        while deleted == PRUNE_STEP:
            deleted = await self._write(step, durable=False)
            gone += deleted
        return gone
