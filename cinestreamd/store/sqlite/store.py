"""The store over one SQLite file: reads in the loop's thread, writes on the writer thread."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Final, TypeVar
from weakref import WeakSet

from cinestreamd.store.admission import refuse_foreign_records, refuse_foreign_run
from cinestreamd.store.base import (
    Cinema,
    CinemaCorrection,
    Film,
    Lease,
    Location,
    Publication,
    Run,
    Showtime,
    Stats,
    Store,
    StoreBusyError,
    StoreUnavailableError,
)
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.memory import Discovery, KnownTitle, PageMemory, Recipe, WebDiscovery
from cinestreamd.store.records import milliseconds
from cinestreamd.store.reports import RunReport
from cinestreamd.store.row_corrections import RowCorrection
from cinestreamd.store.spending import AwaitedBatch, Cap, Caps, ClaudeState, ModelCall, PendingBatch, Spent
from cinestreamd.store.sqlite import (
    corrections,
    counters,
    duties,
    guide,
    journal,
    leases,
    locations,
    memory,
    pruning,
    publications,
    reports,
    row_corrections,
    runs,
    spending,
)
from cinestreamd.store.sqlite.connection import RETRY_AFTER_SECONDS, Reader
from cinestreamd.store.sqlite.writer import Operation, Writer

T = TypeVar("T")

PRUNE_STEP: Final = 2000


class _Access:
    """What one process opened of one file."""

    def __init__(self, path: Path, write_timeout: float) -> None:
        self.process = os.getpid()
        self.file = path.resolve()
        if any(other.file == self.file and other.process != self.process for other in _in_use):
            raise RuntimeError(_FORKED.format(path=path))
        self.reader = Reader(path)
        self.writer = Writer(path, timeout=write_timeout)
        _in_use.add(self)

    async def close(self) -> None:
        """Let go of the file; the writer last, as the last one out empties the log."""
        self.reader.close()
        await self.writer.close()
        _in_use.discard(self)


_FORKED: Final = "{path} was in use when this process was forked: fork before the first use, or after close()"
_in_use: Final[WeakSet[_Access]] = WeakSet()


class SqliteStore(Store):
    """``Store`` over a file that ``prepare`` has made ready. Opened at first use, by and for the using process.

    ``write_timeout`` (seconds) is how long a write may wait to begin. Use from one event loop's thread.

    A file in use must not cross a fork, not even to be opened anew by the child: SQLite's knowledge of its file locks
    is inherited while the locks are not, and acknowledged writes vanish. The child is refused with a RuntimeError.
    """

    def __init__(self, path: Path, *, write_timeout: float = 2.0) -> None:
        self._path = path
        self._write_timeout = write_timeout
        self._access: _Access | None = None
        self._acquiring = asyncio.Lock()
        self._closed = False

    def _own(self) -> _Access:
        if self._closed:
            raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason="the store is closed")
        if self._access is None:
            self._access = _Access(self._path, self._write_timeout)
        elif self._access.process != os.getpid():
            raise RuntimeError(_FORKED.format(path=self._path))
        return self._access

    @property
    def _reader(self) -> Reader:
        return self._own().reader

    async def _write(self, operation: Operation[T], *, durable: bool) -> T:
        """Make one write. ``durable``: it survives a loss of power; all writes survive the death of processes."""
        return await self._own().writer.run(operation, durable=durable)

    async def close(self) -> None:
        """Finish pending writes and let go of the file."""
        was_open, self._closed = not self._closed, True
        if was_open and self._access is not None and self._access.process == os.getpid():
            await self._access.close()

    async def add_location(self, location: Location) -> None:
        """Durable."""
        await self._write(lambda connection: locations.put_location(connection, location), durable=True)

    async def location(self, city_id: str) -> Location | None:
        """By primary key."""
        return locations.find_location(self._reader, city_id)

    async def locations(self) -> list[Location]:
        """The whole table: some 4 µs a city, which for thousands is better not done on every request."""
        return locations.list_locations(self._reader)

    async def acquire_lease(self, city_id: str, *, owner: str, now: datetime, seconds: int) -> Lease | None:
        """Durable, so that a fence is never granted twice.

        One at a time in a process, after a look: of many that want the same city, few ask for the write lock.
        """
        try:
            async with asyncio.timeout(self._write_timeout):
                await self._acquiring.acquire()
        except TimeoutError:
            raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS) from None
        try:
            if leases.is_held(self._reader, city_id, now=now):
                return None
            return await self._write(
                lambda connection: leases.take_lease(connection, city_id, owner=owner, now=now, seconds=seconds),
                durable=True,
            )
        finally:
            self._acquiring.release()

    async def renew_lease(self, lease: Lease, *, now: datetime, seconds: int) -> Lease:
        """Not durable: no holder survives a loss of power."""
        return await self._write(
            lambda connection: leases.prolong_lease(connection, lease, now=now, seconds=seconds), durable=False
        )

    async def release_lease(self, lease: Lease, *, now: datetime, cooldown_until: datetime | None) -> None:
        """Durable, so that a cooldown is kept."""
        await self._write(
            lambda connection: leases.give_lease_back(connection, lease, now=now, cooldown_until=cooldown_until),
            durable=True,
        )

    async def free_leases(self, owner_prefix: str, *, except_prefix: str | None = None) -> list[str]:
        """Not durable: what is still held after a loss of power is freed again."""

        def chosen(owner: str, _until: int) -> bool:
            spared = except_prefix is not None and owner.startswith(except_prefix)
            return owner.startswith(owner_prefix) and not spared

        return await self._free(chosen)

    async def expire_leases(self, now: datetime) -> list[str]:
        """Not durable, as ``free_leases``. Costs no write when there is nothing to do."""
        return await self._free(lambda _owner, until: until <= milliseconds(now))

    async def _free(self, chosen: leases.Chooser) -> list[str]:
        if not leases.any_lease(self._reader, chosen):
            return []
        return await self._write(lambda connection: leases.free_chosen(connection, chosen), durable=False)

    async def hold_duty(self, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
        """Not durable: nobody holds a duty after a loss of power."""
        return await self._write(
            lambda connection: duties.hold(connection, duty, owner=owner, now=now, seconds=seconds), durable=False
        )

    async def lay_down_duty(self, duty: str, *, owner: str) -> None:
        """Not durable, as ``hold_duty``."""
        await self._write(lambda connection: duties.lay_down(connection, duty, owner=owner), durable=False)

    async def begin_run(self, lease: Lease, run: Run) -> None:
        """Not durable: a run does not survive a loss of power, and its lease tells of it."""
        refuse_foreign_run(lease, run)

        def begin(connection: Connection) -> None:
            leases.require_lease(connection, lease, now=run.started_at)
            runs.put_run(connection, run)

        await self._write(begin, durable=False)

    async def report_progress(self, lease: Lease, run_id: str, *, done: int, total: int, now: datetime) -> None:
        """Not durable."""

        def report(connection: Connection) -> None:
            leases.require_lease(connection, lease, now=now)
            runs.set_progress(connection, lease.city_id, run_id, done=done, total=total)

        await self._write(report, durable=False)

    async def finish_run(self, run: Run) -> None:
        """Durable: it tells what was spent."""
        await self._write(lambda connection: runs.end_run(connection, run), durable=True)

    async def publish(self, lease: Lease, publication: Publication, *, now: datetime) -> int:
        """Durable: caches outside the machine know the revision."""
        refuse_foreign_records(lease, publication)
        return await self._write(
            lambda connection: publications.put_publication(connection, lease, publication, now=now), durable=True
        )

    async def run(self, run_id: str) -> Run | None:
        """By primary key."""
        return runs.find_run(self._reader, run_id)

    async def runs(self, city_id: str | None = None, *, limit: int = 50) -> list[Run]:
        """By index, newest first."""
        return runs.latest_runs(self._reader, city_id, limit=limit)

    async def put_report(self, report: RunReport) -> None:
        """Not durable: losing one costs an explanation, never data."""
        await self._write(lambda connection: reports.put_report(connection, report), durable=False)

    async def report(self, run_id: str) -> RunReport | None:
        """By primary key."""
        return reports.find_report(self._reader, run_id)

    async def cinemas(self, city_id: str | None = None) -> list[Cinema]:
        """By index; names in code point order."""
        return guide.cinemas_of(self._reader, city_id)

    async def cinema(self, cinema_id: str) -> Cinema | None:
        """By primary key."""
        return guide.find_cinema(self._reader, cinema_id)

    async def film(self, film_id: str) -> Film | None:
        """By primary key."""
        return guide.find_film(self._reader, film_id)

    async def films(self, film_ids: Sequence[str]) -> list[Film]:
        """By primary key, each id once."""
        return guide.find_films(self._reader, film_ids)

    async def showtimes(
        self,
        city_id: str,
        *,
        since: datetime,
        until: datetime | None = None,
        film_id: str | None = None,
        cinema_id: str | None = None,
    ) -> list[Showtime]:
        """By index, in one statement: a publication is seen whole or not at all."""
        return guide.find_showtimes(
            self._reader, city_id, since=since, until=until, film_id=film_id, cinema_id=cinema_id
        )

    async def correct_cinema(self, correction: CinemaCorrection, *, now: datetime) -> None:
        """Durable: an operator's word."""
        await self._write(lambda connection: corrections.put_correction(connection, correction, now=now), durable=True)

    async def corrections(self, city_id: str | None = None) -> list[CinemaCorrection]:
        """By index."""
        return corrections.find_corrections(self._reader, city_id)

    async def correct_showtime(self, correction: RowCorrection, *, now: datetime) -> None:
        """Durable: an operator's word."""
        await self._write(
            lambda connection: row_corrections.put_correction(connection, correction, now=now), durable=True
        )

    async def row_corrections(self, city_id: str) -> list[RowCorrection]:
        """By index."""
        return row_corrections.find_corrections(self._reader, city_id)

    async def found_showtime(self, showtime_id: str) -> Showtime | None:
        """By primary key."""
        return row_corrections.find_found(self._reader, showtime_id)

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """By primary key."""
        return memory.find_pages(self._reader, cinema_id)

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Not durable: forgetting costs requests, never data."""
        await self._write(lambda connection: memory.put_pages(connection, cinema_id, pages), durable=False)

    async def discovery(self, city_id: str) -> Discovery | None:
        """By primary key."""
        return memory.find_discovery(self._reader, city_id)

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: memory.put_discovery(connection, discovery), durable=False)

    async def paused_until(self, server: str) -> datetime | None:
        """By primary key."""
        return memory.find_pause(self._reader, server)

    async def pause(self, server: str, until: datetime) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: memory.put_pause(connection, server, until), durable=False)

    async def recipes(self, cinema_id: str) -> list[Recipe]:
        """By primary key."""
        return memory.find_recipes(self._reader, cinema_id)

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: memory.put_recipes(connection, cinema_id, recipes), durable=False)

    async def known_titles(self, keys: Sequence[str]) -> list[KnownTitle]:
        """By primary key, each once."""
        return memory.find_titles(self._reader, keys)

    async def remember_titles(self, titles: Sequence[KnownTitle]) -> None:
        """Not durable, as ``remember_pages``."""
        if titles:
            await self._write(lambda connection: memory.put_titles(connection, titles), durable=False)

    async def web_discovery(self, city_id: str) -> WebDiscovery | None:
        """By primary key."""
        return memory.find_web_discovery(self._reader, city_id)

    async def remember_web_discovery(self, discovery: WebDiscovery) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: memory.put_web_discovery(connection, discovery), durable=False)

    async def reserve_call(self, call: ModelCall, caps: Caps) -> Cap | None:
        """Durable: money that may be spent must not be forgotten."""
        return await self._write(lambda connection: spending.reserve(connection, call, caps), durable=True)

    async def settle_call(self, call: ModelCall) -> None:
        """Durable, as ``reserve_call``."""
        await self._write(lambda connection: spending.settle(connection, call), durable=True)

    async def calls(
        self,
        *,
        run_id: str | None = None,
        city_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 500,
    ) -> list[ModelCall]:
        """By index."""
        return spending.find_calls(self._reader, run_id=run_id, city_id=city_id, since=since, until=until, limit=limit)

    async def spent(self, now: datetime) -> Spent:
        """By primary key."""
        return spending.find_spent(self._reader, now)

    async def claude_state(self) -> ClaudeState | None:
        """By primary key."""
        return spending.find_state(self._reader)

    async def set_claude_state(self, state: ClaudeState) -> None:
        """Not durable: the next agent finds the same."""
        await self._write(lambda connection: spending.put_state(connection, state), durable=False)

    async def pending_batches(self) -> list[PendingBatch]:
        """The whole table, which holds a few rows."""
        return spending.find_batches(self._reader)

    async def awaited_batches(self) -> list[AwaitedBatch]:
        """The whole table, its pages left where they are."""
        return spending.find_awaited(self._reader)

    async def remember_batch(self, batch: PendingBatch) -> None:
        """Durable: it has been paid for."""
        await self._write(lambda connection: spending.put_batch(connection, batch), durable=True)

    async def forget_batch(self, batch_id: str) -> None:
        """Not durable: one that comes back is collected again, and changes nothing."""
        await self._write(lambda connection: spending.forget_batch(connection, batch_id), durable=False)

    async def note(self, entry: JournalEntry) -> None:
        """Durable: an operator's deed."""
        await self._write(lambda connection: journal.put_entry(connection, entry), durable=True)

    async def noted(self, entry_id: str) -> JournalEntry | None:
        """By primary key."""
        return journal.find_entry(self._reader, entry_id)

    async def journal(self, *, limit: int = 100) -> list[JournalEntry]:
        """By index, newest first."""
        return journal.latest_entries(self._reader, limit=limit)

    async def count_attempts(self, period: str, names: Sequence[str]) -> Mapping[str, int]:
        """Not durable: who can cut the power need not guess passwords."""
        return await self._write(lambda connection: journal.count_attempts(connection, period, names), durable=False)

    async def prune(
        self, *, showtimes_before: datetime, runs_before: datetime, calls_before: datetime | None = None
    ) -> int:
        """Not durable: what comes back after a loss of power is deleted the next time."""
        gone = await self._prune(partial(pruning.prune_showtimes, before=showtimes_before, limit=PRUNE_STEP))
        await self._prune(partial(row_corrections.prune_found, before=showtimes_before, limit=PRUNE_STEP))
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

    async def count_visits(
        self,
        day: date,
        *,
        visits: int,
        views: Mapping[str, int],
        batch: str | None = None,  # noqa: ARG002 - the fate of a write to a file is always known
    ) -> None:
        """Not durable: the last seconds' visits may be lost with the power."""
        if visits or views:
            await self._write(
                lambda connection: counters.add_visits(connection, day, visits=visits, views=views), durable=False
            )

    async def viewed_cities(self, since: date) -> dict[str, int]:
        """By index, added up over the days."""
        return counters.views_by_city(self._reader, since)

    async def stats(self, *, now: datetime, days: int = 30) -> Stats:
        """Counts over small indexes: some milliseconds at 100,000 showtimes, so cache them."""
        return counters.site_stats(self._reader, now=now, days=days)
