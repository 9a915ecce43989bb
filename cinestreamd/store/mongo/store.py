"""The store over one MongoDB database: one client a process, opened at first use."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

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
)
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.memory import Discovery, KnownTitle, PageMemory, Recipe, WebDiscovery
from cinestreamd.store.mongo import (
    corrections,
    counters,
    duties,
    guide,
    journal,
    leases,
    locations,
    memory,
    publications,
    reports,
    row_corrections,
    runs,
    spending,
)
from cinestreamd.store.mongo.connection import Access
from cinestreamd.store.mongo.engine import Engine
from cinestreamd.store.records import decode_film, kept, milliseconds, moment
from cinestreamd.store.reports import RunReport
from cinestreamd.store.row_corrections import RowCorrection
from cinestreamd.store.spending import AwaitedBatch, Cap, Caps, ClaudeState, ModelCall, PendingBatch, Spent

NO_STATS: Final = Stats(visits_total=0, visits_today=0, cities=0, cinemas=0, films=0, upcoming_showtimes=0, days=())


class MongoStore(Store):
    """``Store`` over a database that ``prepare`` has made ready. Opened at first use, by and for the using process.

    ``write_timeout`` (seconds) is how long the server may be looked for, and how long a transaction that meets others
    is tried again. ``transactions``: whether to use them; None asks the server. Use from one event loop.
    """

    def __init__(self, uri: str, *, write_timeout: float = 2.0, transactions: bool | None = None) -> None:
        self._engine = Engine(uri, timeout=write_timeout, transactions=transactions)
        self._acquiring = asyncio.Lock()
        self._read = self._engine.read
        self._write = self._engine.write

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.close()

    async def add_location(self, location: Location) -> None:
        """One document."""
        await self._write(lambda access: locations.put_location(access, location))

    async def location(self, city_id: str) -> Location | None:
        """By primary key."""
        return await self._read(lambda access: locations.find_location(access, city_id), None)

    async def locations(self) -> list[Location]:
        """The whole collection."""
        return await self._read(locations.list_locations, [])

    async def acquire_lease(self, city_id: str, *, owner: str, now: datetime, seconds: int) -> Lease | None:
        """One conditional update of the city's document.

        One at a time in a process, after a look: of many that want the same city, few send a write.
        """
        async with self._acquiring:
            if await self._read(lambda access: leases.is_held(access, city_id, now=now), nothing=False):
                return None
            return await self._write(
                lambda access: leases.take_lease(access, city_id, owner=owner, now=now, seconds=seconds)
            )

    async def renew_lease(self, lease: Lease, *, now: datetime, seconds: int) -> Lease:
        """One conditional update."""
        return await self._write(lambda access: leases.prolong_lease(access, lease, now=now, seconds=seconds))

    async def release_lease(self, lease: Lease, *, now: datetime, cooldown_until: datetime | None) -> None:
        """One conditional update."""
        await self._write(lambda access: leases.give_lease_back(access, lease, now=now, cooldown_until=cooldown_until))

    async def free_leases(self, owner_prefix: str, *, except_prefix: str | None = None) -> list[str]:
        """One conditional update a lease."""

        def chosen(owner: str, _until: datetime) -> bool:
            spared = except_prefix is not None and owner.startswith(except_prefix)
            return owner.startswith(owner_prefix) and not spared

        return await self._write(lambda access: leases.free_chosen(access, chosen))

    async def expire_leases(self, now: datetime) -> list[str]:
        """One conditional update a lease; finishes what dead publishers left, too."""

        async def expire(access: Access) -> list[str]:
            await leases.settle_all(access)
            return await leases.free_chosen(access, lambda _owner, until: until <= kept(now))

        return await self._write(expire)

    async def hold_duty(self, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
        """One conditional update."""
        return await self._write(lambda access: duties.hold(access, duty, owner=owner, now=now, seconds=seconds))

    async def lay_down_duty(self, duty: str, *, owner: str) -> None:
        """One conditional deletion."""
        await self._write(lambda access: duties.lay_down(access, duty, owner=owner))

    async def begin_run(self, lease: Lease, run: Run) -> None:
        """In a transaction, or between two looks at the lease."""
        refuse_foreign_run(lease, run)
        await self._write(lambda access: leases.begin_run(access, lease, run), whole=True)

    async def report_progress(self, lease: Lease, run_id: str, *, done: int, total: int, now: datetime) -> None:
        """In a transaction; without one, a run that was declared lost meanwhile stays as it is."""

        async def report(access: Access) -> None:
            await leases.require_lease(access, lease, now=now)
            await runs.set_progress(access, lease.city_id, run_id, done=done, total=total)

        await self._write(report, whole=True)

    async def finish_run(self, run: Run) -> None:
        """One document, and the day's figure."""
        await self._write(lambda access: runs.end_run(access, run), whole=True)

    async def publish(self, lease: Lease, publication: Publication, *, now: datetime) -> int:
        """In a transaction, or in an order that can be interrupted anywhere; see ``publications``."""
        refuse_foreign_records(lease, publication)
        return await self._write(
            lambda access: publications.put_publication(access, lease, publication, now=now), whole=True
        )

    async def run(self, run_id: str) -> Run | None:
        """By primary key."""
        return await self._read(lambda access: runs.find_run(access, run_id), None)

    async def runs(self, city_id: str | None = None, *, limit: int = 50) -> list[Run]:
        """By index, newest first."""
        return await self._read(lambda access: runs.latest_runs(access, city_id, limit=limit), [])

    async def put_report(self, report: RunReport) -> None:
        """One document."""
        await self._write(lambda access: reports.put_report(access, report))

    async def report(self, run_id: str) -> RunReport | None:
        """By primary key."""
        return await self._read(lambda access: reports.find_report(access, run_id), None)

    async def cinemas(self, city_id: str | None = None) -> list[Cinema]:
        """By index; names in code point order."""
        return await self._read(lambda access: guide.cinemas_of(access, city_id), [])

    async def cinema(self, cinema_id: str) -> Cinema | None:
        """By primary key."""
        return await self._read(lambda access: guide.find_cinema(access, cinema_id), None)

    async def film(self, film_id: str) -> Film | None:
        """By primary key."""

        async def find(access: Access) -> Film | None:
            document = await access["films"].find_one({"_id": film_id})
            return None if document is None else decode_film(document["record"])

        return await self._read(find, None)

    async def films(self, film_ids: Sequence[str]) -> list[Film]:
        """By primary key, each id once."""
        return await self._read(lambda access: guide.find_films(access, film_ids), [])

    async def showtimes(
        self,
        city_id: str,
        *,
        since: datetime,
        until: datetime | None = None,
        film_id: str | None = None,
        cinema_id: str | None = None,
    ) -> list[Showtime]:
        """By index; a publication is seen whole or not at all."""
        return await self._read(
            lambda access: guide.find_showtimes(
                access, city_id, since=since, until=until, film_id=film_id, cinema_id=cinema_id
            ),
            [],
        )

    async def correct_cinema(self, correction: CinemaCorrection, *, now: datetime) -> None:
        """In a transaction, or in an order that can be interrupted anywhere."""
        await self._write(lambda access: corrections.put_correction(access, correction, now=now), whole=True)

    async def corrections(self, city_id: str | None = None) -> list[CinemaCorrection]:
        """By index."""
        return await self._read(lambda access: corrections.find_corrections(access, city_id), [])

    async def correct_showtime(self, correction: RowCorrection, *, now: datetime) -> None:
        """In a transaction, or in an order that can be interrupted anywhere."""
        await self._write(lambda access: row_corrections.put_correction(access, correction, now=now), whole=True)

    async def row_corrections(self, city_id: str) -> list[RowCorrection]:
        """By index."""
        return await self._read(lambda access: row_corrections.find_corrections(access, city_id), [])

    async def found_showtime(self, showtime_id: str) -> Showtime | None:
        """By primary key."""
        return await self._read(lambda access: row_corrections.find_found(access, showtime_id), None)

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """By primary key."""
        pages = await self._read(
            lambda access: memory.find(access, "page_memories", cinema_id, tuple[PageMemory, ...]), None
        )
        return list(pages or ())

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """One document."""
        await self._write(lambda access: memory.put_pages(access, cinema_id, pages))

    async def discovery(self, city_id: str) -> Discovery | None:
        """By primary key."""
        return await self._read(lambda access: memory.find(access, "discoveries", city_id, Discovery), None)

    async def remember_discovery(self, discovery: Discovery) -> None:
        """One document."""
        await self._write(lambda access: memory.put_discovery(access, "discoveries", discovery))

    async def paused_until(self, server: str) -> datetime | None:
        """By primary key."""
        until = await self._read(lambda access: memory.find(access, "server_pauses", server, int), None)
        return None if until is None else moment(until)

    async def pause(self, server: str, until: datetime) -> None:
        """One document."""
        await self._write(lambda access: memory.put(access, "server_pauses", server, milliseconds(until)))

    async def recipes(self, cinema_id: str) -> list[Recipe]:
        """By primary key."""
        recipes = await self._read(lambda access: memory.find(access, "recipes", cinema_id, tuple[Recipe, ...]), None)
        return list(recipes or ())

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """One document."""
        await self._write(lambda access: memory.put_recipes(access, cinema_id, recipes))

    async def known_titles(self, keys: Sequence[str]) -> list[KnownTitle]:
        """By primary key, each once."""
        return await self._read(lambda access: memory.find_titles(access, keys), [])

    async def remember_titles(self, titles: Sequence[KnownTitle]) -> None:
        """One document a title."""
        await self._write(lambda access: memory.put_titles(access, titles))

    async def web_discovery(self, city_id: str) -> WebDiscovery | None:
        """By primary key."""
        return await self._read(lambda access: memory.find(access, "web_discoveries", city_id, WebDiscovery), None)

    async def remember_web_discovery(self, discovery: WebDiscovery) -> None:
        """One document."""
        await self._write(lambda access: memory.put_discovery(access, "web_discoveries", discovery))

    async def reserve_call(self, call: ModelCall, caps: Caps) -> Cap | None:
        """All sums of a month are one document, changed only as it was read."""
        return await self._write(lambda access: spending.reserve(access, call, caps), whole=True)

    async def settle_call(self, call: ModelCall) -> None:
        """As ``reserve_call``."""
        await self._write(lambda access: spending.settle_call(access, call), whole=True)

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
        return await self._read(
            lambda access: spending.find_calls(
                access, run_id=run_id, city_id=city_id, since=since, until=until, limit=limit
            ),
            [],
        )

    async def spent(self, now: datetime) -> Spent:
        """By primary key."""
        return await self._read(lambda access: spending.find_spent(access, now), Spent(day=0, month=0))

    async def claude_state(self) -> ClaudeState | None:
        """By primary key."""
        return await self._read(lambda access: memory.find(access, "states", "claude", ClaudeState), None)

    async def set_claude_state(self, state: ClaudeState) -> None:
        """One document."""
        await self._write(lambda access: spending.put_state(access, state))

    async def pending_batches(self) -> list[PendingBatch]:
        """The whole collection, which holds a few documents."""
        return await self._read(spending.find_batches, [])

    async def awaited_batches(self) -> list[AwaitedBatch]:
        """The same without the records."""
        return await self._read(spending.find_awaited, [])

    async def remember_batch(self, batch: PendingBatch) -> None:
        """One document."""
        await self._write(lambda access: spending.put_batch(access, batch))

    async def forget_batch(self, batch_id: str) -> None:
        """One document."""

        async def forget(access: Access) -> None:
            await access["batches"].delete_one({"_id": batch_id})

        await self._write(forget)

    async def note(self, entry: JournalEntry) -> None:
        """One document."""
        await self._write(lambda access: journal.put_entry(access, entry))

    async def noted(self, entry_id: str) -> JournalEntry | None:
        """By primary key."""
        return await self._read(lambda access: journal.find_entry(access, entry_id), None)

    async def journal(self, *, limit: int = 100) -> list[JournalEntry]:
        """By index, newest first."""
        return await self._read(lambda access: journal.latest_entries(access, limit=limit), [])

    async def count_attempts(self, period: str, names: Sequence[str]) -> Mapping[str, int]:
        """One document."""
        return await self._write(lambda access: journal.count_attempts(access, period, names))

    async def prune(
        self, *, showtimes_before: datetime, runs_before: datetime, calls_before: datetime | None = None
    ) -> int:
        """By index; the server lets other writes pass in between."""

        async def delete(access: Access) -> int:
            gone = await access["showtimes"].delete_many({"start_time": {"$lt": kept(showtimes_before)}})
            count = gone.deleted_count
            await access["found_rows"].delete_many({"start_time": {"$lt": kept(showtimes_before)}})
            for collection in ("runs", "run_reports"):
                gone = await access[collection].delete_many({"started_at": {"$lt": kept(runs_before)}})
                count += gone.deleted_count
            if calls_before is not None:
                gone = await access["calls"].delete_many({"started_at": {"$lt": kept(calls_before)}})
                count += gone.deleted_count
            return count

        return await self._write(delete)

    async def count_visits(self, day: date, *, visits: int, views: Mapping[str, int], batch: str | None = None) -> None:
        """One document after the other, each of which remembers the batches that it has counted."""
        if visits or views:
            await self._write(lambda access: counters.add_visits(access, day, visits=visits, views=views, batch=batch))

    async def viewed_cities(self, since: date) -> dict[str, int]:
        """By index, added up by the server."""
        return await self._read(lambda access: counters.views_by_city(access, since), {})

    async def stats(self, *, now: datetime, days: int = 30) -> Stats:
        """Counts, not of one moment; cache them."""
        return await self._read(lambda access: counters.site_stats(access, now=now, days=days), NO_STATS)
