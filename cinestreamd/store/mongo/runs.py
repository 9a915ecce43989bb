"""Run records: one scrape of one city each."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from cinestreamd.store.admission import refuse_foreign_run
from cinestreamd.store.errors import StaleLeaseError
from cinestreamd.store.leases import Lease
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import Access, Document
from cinestreamd.store.mongo.fence import require_lease
from cinestreamd.store.records import decode_run, encode_run, kept
from cinestreamd.store.runs import Run, RunStore


async def find_run(access: Access, run_id: str) -> Run | None:
    """The run of that id."""
    document = await access["runs"].find_one({"_id": run_id}, session=access.session)
    return None if document is None else decode_run(document["record"])


async def latest_runs(access: Access, city_id: str | None, *, limit: int) -> list[Run]:
    """The latest runs, of one city or of all, newest first."""
    if limit <= 0:
        return []
    chosen = {} if city_id is None else {"city_id": city_id}
    cursor = access["runs"].find(chosen).sort([("started_at", -1), ("_id", -1)]).limit(limit)
    return [decode_run(document["record"]) async for document in cursor]


async def put_run(access: Access, run: Run, *, fence: int | None = None) -> bool:
    """Add a run, or replace it; tells whether it is new, and so is to be counted. ``fence`` is that of its lease."""
    fields: Document = {
        "city_id": run.city_id,
        "started_at": kept(run.started_at),
        "outcome": run.outcome,
        "record": encode_run(run),
    }
    if fence is not None:
        fields["fence"] = fence
    made = await access["runs"].update_one({"_id": run.id}, {"$set": fields}, upsert=True, session=access.session)
    return made.matched_count == 0


async def count_run(access: Access, run: Run) -> None:
    """Count a run on the day it began."""
    await add_to_day(access, run.started_at.astimezone(UTC).date(), runs=1)


async def record_run(access: Access, run: Run) -> None:
    """Add a run and count it, or replace it."""
    if await put_run(access, run):
        await count_run(access, run)


async def end_run(access: Access, run: Run) -> None:
    """Put the end of a run, which cannot undo that it was published or found lost."""
    known = await find_run(access, run.id)
    if known is not None and known.outcome == "published":
        return
    await record_run(access, replace(run, outcome="lost") if known is not None and known.outcome == "lost" else run)


async def set_progress(access: Access, city_id: str, run_id: str, *, done: int, total: int) -> None:
    """Set how far a run of this city has come; one that changes while it is read has ended, or is lost."""
    document = await access["runs"].find_one({"_id": run_id, "city_id": city_id}, session=access.session)
    if document is not None:
        run = replace(decode_run(document["record"]), done=done, total=total)
        as_read = {"_id": run_id, "record": document["record"]}
        await access["runs"].update_one(as_read, {"$set": {"record": encode_run(run)}}, session=access.session)


async def lose_runs(access: Access, city_id: str, *, before: int) -> None:
    """Mark as lost what still calls itself running in a city, of holders before a fence.

    A later holder may have begun its own by now. Runs without a fence were moved here from elsewhere.
    """
    former = [{"fence": {"$lt": before}}, {"fence": None}]
    running = access["runs"].find({"city_id": city_id, "outcome": "running", "$or": former}, session=access.session)
    for document in await running.to_list(None):
        run = replace(decode_run(document["record"]), outcome="lost")
        await access["runs"].update_one(
            {"_id": run.id, "outcome": "running"},
            {"$set": {"outcome": "lost", "record": encode_run(run)}},
            session=access.session,
        )


async def add_to_day(access: Access, day: date, **counts: int) -> None:
    """Raise a UTC day's counters (visits, views, runs)."""
    await access["stats"].update_one({"_id": day.isoformat()}, {"$inc": counts}, upsert=True, session=access.session)


async def begin_run(access: Access, lease: Lease, run: Run) -> None:
    """Record a run under a lease in force.

    Outside a transaction the lease may be lost between the look and the record, after the next holder has declared all
    runs lost: so it is looked at again, and the run taken back. A process that dies in between leaves a running run,
    which the next grant of the city declares lost.
    """
    await require_lease(access, lease, now=run.started_at)
    is_new = await put_run(access, run, fence=lease.fence)
    if access.session is None:
        try:
            await require_lease(access, lease, now=run.started_at)
        except StaleLeaseError:
            if is_new:
                await access["runs"].delete_one({"_id": run.id})
            raise
    if is_new:
        await count_run(access, run)


class MongoRunStore(Connected, RunStore):
    """Runs, in a database of MongoDB."""

    async def begin_run(self, lease: Lease, run: Run) -> None:
        """In a transaction, or between two looks at the lease."""
        refuse_foreign_run(lease, run)
        await self._write(lambda access: begin_run(access, lease, run), whole=True)

    async def report_progress(self, lease: Lease, run_id: str, *, done: int, total: int, now: datetime) -> None:
        """In a transaction; without one, a run that was declared lost meanwhile stays as it is."""

        async def report(access: Access) -> None:
            await require_lease(access, lease, now=now)
            await set_progress(access, lease.city_id, run_id, done=done, total=total)

        await self._write(report, whole=True)

    async def finish_run(self, run: Run) -> None:
        """One document, and the day's figure."""
        await self._write(lambda access: end_run(access, run), whole=True)

    async def run(self, run_id: str) -> Run | None:
        """By primary key."""
        return await self._read(lambda access: find_run(access, run_id), None)

    async def runs(self, city_id: str | None = None, *, limit: int = 50) -> list[Run]:
        """By index, newest first."""
        return await self._read(lambda access: latest_runs(access, city_id, limit=limit), [])
